"""The gateway's own key: made at the first start in the data folder, readable by its owner only, or given."""

from __future__ import annotations

import os
import secrets
import stat
from base64 import b64decode, b64encode
from contextlib import suppress
from pathlib import Path

from gateway.core.errors import ConfigurationError, Located

LENGTH = 32
"""Bytes of a key."""


def sealing_key(folder: Path, name: str = "sealing.key") -> bytes:
    """The key in `folder/name` (base64), made where there is none. Workers that start at once agree on one.

    Raises ConfigurationError where the file holds no key, or others than its owner may read it.
    """
    file = folder / name
    if not file.exists():
        _make(file)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise _wrong(file, "others than its owner may read this key. Run chmod 600 on it, and consider it known.")
    return read_key(file.read_text(encoding="ascii", errors="replace"), str(file))


def read_key(text: str, place: str) -> bytes:
    """A key that is given (`place` names where it stands, for the error): 32 bytes in base64."""
    with suppress(ValueError):
        key = b64decode(text.strip(), validate=True)
        if len(key) == LENGTH:
            return key
    raise _wrong(place, f"this is not a key: {LENGTH} random bytes in base64 are expected.")


def _make(file: Path) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as stream:
            stream.write(b64encode(secrets.token_bytes(LENGTH)) + b"\n")
            stream.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):  # another worker was first: its key is the gateway's
            os.link(fresh, file)
    finally:
        fresh.unlink()


def _wrong(place: Path | str, message: str) -> ConfigurationError:
    return ConfigurationError([Located(str(place), 0, 0, message)])
