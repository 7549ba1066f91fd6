"""The API keys: `config/keys/<slug>.yaml`, which the gateway owns. A key is shown once; its SHA-256 is kept.

A key is `gw_<id>_<secret>`: 12 hexadecimal digits, and 32 random bytes in base64url. 256 random bits need no slow hash.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from pathlib import Path

from gateway.config.atomic import locked, write_private
from gateway.config.document import Problems
from gateway.config.file_model import SLUG
from gateway.config.keys_file import KeyFile, KeysFile
from gateway.config.nearest import did_you_mean
from gateway.config.secrets import settle
from gateway.config.stamps import Stamp, stamp
from gateway.config.validation import validate
from gateway.config.yaml_loader import parse
from gateway.core.disclosure import ROLES, Viewer
from gateway.core.errors import ConfigurationError, Located

_PRESENTED = re.compile(r"gw_([0-9a-f]{12})_([A-Za-z0-9_-]{43})", re.ASCII)
_HEADER = "# The API keys of {slug}, without the keys. The gateway writes this file; use `gateway keys`.\nkeys:\n"


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of one tenant. `id` is safe to log; `expires` None: never. `viewer`: who asks with it."""

    id: str
    tenant: str
    name: str
    role: str
    created: datetime
    expires: datetime | None
    viewer: Viewer = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "viewer", Viewer(self.role, self.id))


@dataclass(frozen=True, slots=True)
class _Stored:
    key: ApiKey
    sha256: str = field(repr=False)


_NOBODY = _Stored(ApiKey("", "", "", "", datetime.min.replace(tzinfo=timezone.utc), None), "0" * 64)
"""What an unknown id is compared with, so that it takes as long as a known one."""


@dataclass(frozen=True, slots=True)
class _File:
    stamp: Stamp
    keys: tuple[_Stored, ...]


class KeyRing:
    """All keys of a folder. `now`: aware time. A file that is wrong is in `problems`, and its keys open nothing until it is
    mended; one that becomes wrong later keeps its old keys."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._files: dict[str, _File] = {}
        self._keys: dict[str, _Stored] = {}
        self.problems: Map[str, ConfigurationError] = {}
        self.reload()

    def find(self, presented: str) -> ApiKey | None:
        """The key, if it is known and in force. Takes the same work whether the id is known or not."""
        shape = _PRESENTED.fullmatch(presented)
        key_id, secret = (shape[1], shape[2]) if shape else ("", presented)
        stored = self._keys.get(key_id, _NOBODY)
        if not hmac.compare_digest(_sha256(secret), stored.sha256):
            return None
        expires = stored.key.expires
        return None if expires is not None and expires <= self._now() else stored.key

    def list(self, tenant: str) -> tuple[ApiKey, ...]:
        """A tenant's keys in the order of their making, expired ones too."""
        known = self._files.get(tenant)
        return tuple(stored.key for stored in known.keys) if known else ()

    def create(self, tenant: str, role: str, name: str, expires: datetime | None) -> tuple[ApiKey, str]:
        """A new key and its text, to be shown once. Raises ValueError for a role that there is not, a name of several lines
        or a time that is past; ConfigurationError where the tenant's file is wrong."""
        if role not in ROLES:
            raise ValueError(f"There is no role '{role}'.{did_you_mean(role, ROLES)} Known: {', '.join(ROLES)}.")
        if not 0 < len(name) <= 80 or not name.isprintable():
            raise ValueError("A key's name is one line of 1 to 80 characters.")
        now = self._now().replace(microsecond=0)
        if expires is not None and expires <= now:
            raise ValueError("The key would have expired already. Choose a later time.")
        key = ApiKey(self._new_id(), tenant, name, role, now, expires and expires.replace(microsecond=0))
        secret = secrets.token_urlsafe(32)
        self._rewrite(tenant, lambda stored: (*stored, _Stored(key, _sha256(secret))))
        return key, f"gw_{key.id}_{secret}"

    def revoke(self, tenant: str, key_id: str) -> bool:
        """Take the key out of the file; False where the tenant has none of this id."""
        if not SLUG.fullmatch(tenant) or not any(key.id == key_id for key in self.list(tenant)):
            return False
        self._rewrite(tenant, lambda stored: tuple(one for one in stored if one.key.id != key_id))
        return True

    def reload(self) -> None:
        """Re-read the files that changed."""
        files: dict[str, _File] = {}
        problems: dict[str, ConfigurationError] = {}
        for slug, path in self._paths():
            now, known = stamp(path), self._files.get(slug)
            if known is not None and known.stamp == now and slug not in self.problems:
                files[slug] = known
                continue
            try:
                files[slug] = _File(now, _read(slug, path))
            except ConfigurationError as error:
                problems[slug] = error
                if known is not None:
                    files[slug] = replace(known, stamp=now)
        self._files, self.problems = files, problems
        self._keys = {stored.key.id: stored for file in files.values() for stored in file.keys}

    def _paths(self) -> Iterator[tuple[str, Path]]:
        for path in sorted(self._folder.glob("*.yaml")):
            if SLUG.fullmatch(path.stem):
                yield path.stem, path

    def _new_id(self) -> str:
        while (key_id := secrets.token_hex(6)) in self._keys:
            pass
        return key_id

    def _rewrite(self, tenant: str, change: Callable[[tuple[_Stored, ...]], tuple[_Stored, ...]]) -> None:
        if not SLUG.fullmatch(tenant):
            raise ValueError("This is no tenant's slug: small letters, digits and hyphens.")
        path = self._folder / f"{tenant}.yaml"
        with locked(self._folder):
            # Another process may have written since this one read.
            stored = _read(tenant, path) if path.exists() else ()
            write_private(path, _written(tenant, change(stored)))
        self.reload()


def _sha256(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def _read(slug: str, path: Path) -> tuple[_Stored, ...]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ConfigurationError([Located(str(path), 0, 0, f"The file cannot be read: {error.strerror}.")]) from error
    problems = Problems(parse(str(path), data))
    value, _ = settle(problems.document.value, None, problems)
    file = validate(KeysFile, value, problems, context={})
    if file is None or problems.found:
        raise ConfigurationError(problems.in_order())
    return tuple(_stored(slug, key) for key in file.keys)


def _stored(slug: str, key: KeyFile) -> _Stored:
    return _Stored(ApiKey(key.id, slug, key.name, key.role, key.created, key.expires), key.sha256)


def _written(slug: str, keys: tuple[_Stored, ...]) -> str:
    return _HEADER.format(slug=slug) + ("".join(map(_block, keys)) or "  []\n")


def _block(stored: _Stored) -> str:
    key = stored.key
    lines = {"id": key.id, "name": key.name, "role": key.role, "sha256": stored.sha256, "created": _utc(key.created)}
    if key.expires is not None:
        lines["expires"] = _utc(key.expires)
    # JSON's texts are YAML's, and what is quoted is never taken for a number.
    written = [f"{name}: {json.dumps(text, ensure_ascii=False)}" for name, text in lines.items()]
    return "- " + "\n  ".join(written) + "\n"


def _utc(moment: datetime) -> str:
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
