"""The gateway's own keys: one made at the first start in the data folder, readable by its owner only, or given."""

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


def sealing_keys(folder: Path, name: str = "sealing.key") -> tuple[bytes, ...]:
    """The keys in `folder/name`, one a line, the newest first; made where there is no file yet.

    The first one seals; the others still open what they have sealed, so a key is changed by putting a new line above.
    Workers that start at once agree on one. Raises ConfigurationError where a line is no key, or others than the file's
    owner may read it.
    """
    file = folder / name
    if not file.exists():
        _make(file)
    if stat.S_IMODE(file.stat().st_mode) & 0o077:
        raise _wrong(file, 0, "others than its owner may read this key. Run chmod 600 on it, and consider it known.")
    return read_keys(file.read_text(encoding="ascii", errors="replace"), file)


def read_keys(text: str, place: Path) -> tuple[bytes, ...]:
    """Keys that are given; `place` says where, for the error. Each is 32 bytes in base64; at least one."""
    lines = text.splitlines() or [""]
    return tuple(_key(line, place, number) for number, line in enumerate(lines, 1))


def _key(line: str, place: Path, number: int) -> bytes:
    with suppress(ValueError):
        key = b64decode(line.strip(), validate=True)
        if len(key) == LENGTH:
            return key
    raise _wrong(place, number, f"this is not a key: {LENGTH} random bytes in base64 are expected, one key a line.")


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


def _wrong(place: Path, line: int, message: str) -> ConfigurationError:
    return ConfigurationError([Located(str(place), line, 1 if line else 0, message)])
