"""The tenants of a configuration folder: slug -> Tenant, compiled at its first request, replaced when its file changes."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterator
from collections.abc import Mapping as Map
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import time
from pathlib import Path
from typing import Any
from weakref import ReferenceType, ref

from gateway.adapter.contract import AdapterType
from gateway.config.file_model import SLUG
from gateway.config.gateway_file import GatewaySettings
from gateway.config.source_builder import Adapters
from gateway.config.stamps import Stamp, stamp
from gateway.config.tenant_builder import Built, Surroundings, build_tenant
from gateway.core.errors import ConfigurationError, Located, TenantBroken, UnknownTenant
from gateway.core.tenant import Tenant

SUFFIX = ".yaml"
RESERVED = frozenset({"gateway"})
"""Slugs that no tenant can have: `GATEWAY_…` are the gateway's own variables."""


@dataclass(frozen=True, slots=True)
class Reload:
    """What a reload found: slugs whose tenant is another now (new ones, too) and works, slugs that are gone, and what is
    broken."""

    changed: frozenset[str] = frozenset()
    removed: frozenset[str] = frozenset()
    broken: Map[str, ConfigurationError] = field(default_factory=dict)


_LONG = 2048
"""Bytes from which on a file is kept packed: it pays in memory what it costs in time."""


@dataclass(slots=True)
class _Entry:
    """One tenant's file, kept small: there may be ten thousand. `text`: its bytes when it was last right (or not looked at
    yet), from which the tenant is made whenever it is asked for and nobody has it; `packed`: they are compressed. `made`:
    the tenant as long as somebody has it; `held`: the old state of what is broken now. `judged`: it was made once, for
    better or worse; `error`: wrong since the start. `files`: the other files it was made from. `load_at`: when its
    prospects are loaded, on which clock."""

    stamp: Stamp
    text: bytes
    packed: bool
    made: ReferenceType[Tenant] | None = None
    held: Tenant | None = None
    files: tuple[tuple[Path, Stamp], ...] = ()
    error: ConfigurationError | None = None
    judged: bool = False
    load_at: tuple[time, str] | None = None

    @classmethod
    def of(cls, now: Stamp, data: bytes) -> _Entry:
        packed = len(data) >= _LONG
        return cls(now, zlib.compress(data, 1) if packed else data, packed)

    @property
    def data(self) -> bytes:
        return zlib.decompress(self.text) if self.packed else self.text

    @property
    def tenant(self) -> Tenant | None:
        made = self.made
        return None if made is None else made()

    def unchanged(self, now: Stamp) -> bool:
        return now == self.stamp and all(stamp(path) == known for path, known in self.files)


class TenantRegistry:
    """`folder`: the configuration's. `types`: installed adapter types; `missing`: of others the reason why they cannot be
    used. `validate`: look at every tenant now; else at its first request or in `validate()`.

    `get` may be called from the event loop while another thread reloads. Raises ConfigurationError where there is no folder
    of tenants; what is wrong with single tenants is in `problems`.
    """

    def __init__(
        self,
        folder: Path,
        types: Map[str, AdapterType[Any]],
        missing: Map[str, str],
        gateway: GatewaySettings,
        *,
        environ: Map[str, str] | None = None,
        validate: bool = True,
    ) -> None:
        self._tenants = folder / "tenants"
        if not self._tenants.is_dir():
            raise ConfigurationError(
                [Located(str(self._tenants), 0, 0, "There is no such folder. Name another, or make it.")]
            )
        self._around = Surroundings(
            folder, Adapters(types, missing), gateway, os.environ if environ is None else environ, frozenset()
        )
        self._entries: dict[str, _Entry] = {}
        self._problems: dict[str, ConfigurationError] = {}
        self._take_up()
        if validate:
            self.validate()

    def slugs(self) -> tuple[str, ...]:
        """Every tenant that has a file, broken ones too, in order."""
        return tuple(sorted(self._entries))

    @property
    def problems(self) -> Map[str, ConfigurationError]:
        """Slug (of a misnamed file, its name) -> what is wrong with it now; an older, working state may still be in use."""
        return dict(self._problems)

    def get(self, slug: str) -> Tenant:
        """The same object until the tenant's file changes, as long as anybody has it: compiled anew where nobody does. How
        many stay compiled is for those to decide who use them. Raises UnknownTenant, TenantBroken."""
        entry = self._entries.get(slug)
        if entry is None:
            raise UnknownTenant
        tenant = entry.tenant
        if tenant is None:
            tenant = self._compile(slug, entry)
            entry.made = ref(tenant)
        return tenant

    @property
    def load_times(self) -> Map[str, tuple[time, str]]:
        """Slug -> the time of day at which its prospects are loaded, and its time zone; of tenants that say so."""
        return {slug: entry.load_at for slug, entry in self._entries.items() if entry.load_at is not None}

    def validate(self) -> None:
        """Look at every tenant that nobody has asked for yet. Nothing of it is kept but what is wrong."""
        for slug, entry in self._entries.items():
            if not entry.judged:
                self._judge(slug, entry)

    def reload(self) -> Reload:
        """Take up what changed. A tenant's broken change keeps its old state; both are seen in one instant."""
        before = self._entries
        changed = self._take_up()
        for slug in changed - before.keys():
            self._judge(slug, self._entries[slug])
        working = frozenset(slug for slug in changed if self._entries[slug].error is None)
        removed = frozenset(before.keys() - self._entries.keys())
        return Reload(working, removed, self.problems)

    # ------------------------------------------------------------------------------------------ building

    def _compile(self, slug: str, entry: _Entry) -> Tenant:
        if entry.error is not None:
            raise TenantBroken from entry.error
        return self._build(slug, entry).tenant

    def _judge(self, slug: str, entry: _Entry) -> None:
        with suppress(TenantBroken):
            self._build(slug, entry)

    def _build(self, slug: str, entry: _Entry) -> Built:
        entry.judged = True
        try:
            built = build_tenant(slug, self._path(slug), entry.data, self._around)
        except ConfigurationError as error:
            entry.error = self._problems[slug] = error
            raise TenantBroken from error
        entry.files = _stamps(built.files)
        entry.load_at = _load_at(built.tenant)
        return built

    # ------------------------------------------------------------------------------------------ files

    def _take_up(self) -> frozenset[str]:
        """Bring the entries up to date with the folder; the slugs that are new or another now."""
        files = dict(self._files())
        problems = {path.name: error for path in files.values() if (error := _misnamed(path)) is not None}
        slugs = frozenset(slug for slug, path in files.items() if path.name not in problems)
        self._around = replace(self._around, slugs=slugs)
        entries: dict[str, _Entry] = {}
        changed: set[str] = set()
        for slug in sorted(slugs):
            known = self._entries.get(slug)
            entry, error = self._fresh(slug, files[slug], known)
            if entry is None:
                continue
            entries[slug] = entry
            if error is not None:
                problems[slug] = error
            if entry is not known:
                changed.add(slug)
        self._entries, self._problems = entries, problems
        return frozenset(changed)

    def _fresh(self, slug: str, path: Path, known: _Entry | None) -> tuple[_Entry | None, ConfigurationError | None]:
        """The entry as it is to be now, and what is wrong with the file. None for a file that is gone by now."""
        now = stamp(path)
        if now is None:
            return None, None
        if known is not None and slug not in self._problems and known.unchanged(now):
            return known, None
        try:
            data = path.read_bytes()
        except OSError as error:
            return self._kept(known, now, _unreadable(path, error))
        if known is None:
            return _Entry.of(now, data), None
        if data == known.data and known.error is None and known.unchanged(known.stamp):
            known.stamp, known.held = now, None
            return known, None
        fresh = _Entry.of(now, data)
        try:
            built = build_tenant(slug, path, data, self._around)
        except ConfigurationError as error:
            return self._kept(known, now, error)
        fresh.judged, fresh.files, fresh.load_at = True, _stamps(built.files), _load_at(built.tenant)
        return fresh, None

    def _kept(self, known: _Entry | None, now: Stamp, error: ConfigurationError) -> tuple[_Entry, ConfigurationError]:
        """The old state, where there is one that works."""
        if known is None or known.error is not None:
            return _Entry(now, b"", packed=False, error=error, judged=True), error
        # What it was made from may be gone: a secret's file, for one.
        known.held = known.held or known.tenant
        return known, error

    def _path(self, slug: str) -> Path:
        return self._tenants / f"{slug}{SUFFIX}"

    def _files(self) -> Iterator[tuple[str, Path]]:
        for entry in os.scandir(self._tenants):
            name = entry.name
            if not name.startswith(".") and name.endswith((SUFFIX, ".yml")):
                yield name.removesuffix(SUFFIX), self._tenants / name


def _stamps(files: tuple[Path, ...]) -> tuple[tuple[Path, Stamp], ...]:
    return tuple((path, stamp(path)) for path in files)


def _load_at(tenant: Tenant) -> tuple[time, str] | None:
    at = tenant.prospects.load_at
    return None if at is None else (at, tenant.time_zone)


def _misnamed(path: Path) -> ConfigurationError | None:
    slug = path.name.removesuffix(SUFFIX)
    if slug == path.name:
        sentence = f"A tenant's file ends with {SUFFIX}. Rename it."
    elif slug in RESERVED:
        sentence = f"'{slug}' cannot be a tenant's slug. Choose another name."
    elif not SLUG.fullmatch(slug):
        sentence = "The file's name is the tenant's slug: small letters, digits and hyphens. Rename it."
    else:
        return None
    return ConfigurationError([Located(str(path), 0, 0, sentence)])


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError([Located(str(path), 0, 0, f"The file cannot be read: {error.strerror}. Check its mode.")])
