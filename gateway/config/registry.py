"""The tenants of a configuration folder: slug -> Tenant, compiled at its first request, replaced when its file changes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Mapping as Map
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

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


@dataclass(slots=True)
class _Entry:
    """One tenant's file. `data`: its bytes when it was last right (or not looked at yet), from which the tenant is made at
    its first request; `judged`: it was made once, for better or worse; `error`: wrong since the start. `files`: the other
    files it was made from."""

    path: Path
    stamp: Stamp
    data: bytes
    tenant: Tenant | None = None
    files: Map[Path, Stamp] = field(default_factory=dict)
    error: ConfigurationError | None = None
    judged: bool = False

    def unchanged(self, now: Stamp) -> bool:
        return now == self.stamp and all(stamp(path) == known for path, known in self.files.items())


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
        """The same object until the tenant's file changes. Raises UnknownTenant, TenantBroken."""
        entry = self._entries.get(slug)
        if entry is None:
            raise UnknownTenant
        if entry.tenant is None:
            entry.tenant = self._compile(slug, entry)
        return entry.tenant

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
            built = build_tenant(slug, entry.path, entry.data, self._around)
        except ConfigurationError as error:
            entry.error = self._problems[slug] = error
            raise TenantBroken from error
        entry.files = {path: stamp(path) for path in built.files}
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
            if (
                known is None
                or entry.data != known.data
                or (known.tenant is not None and entry.tenant is not known.tenant)
            ):
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
            return self._kept(known, path, now, _unreadable(path, error))
        if known is None:
            return _Entry(path, now, data), None
        if data == known.data and known.error is None and known.unchanged(known.stamp):
            known.stamp = now
            return known, None
        fresh = _Entry(path, now, data)
        try:
            built = build_tenant(slug, path, data, self._around)
        except ConfigurationError as error:
            return self._kept(known, path, now, error)
        fresh.judged, fresh.tenant, fresh.files = True, built.tenant, {file: stamp(file) for file in built.files}
        return fresh, None

    def _kept(
        self, known: _Entry | None, path: Path, now: Stamp, error: ConfigurationError
    ) -> tuple[_Entry, ConfigurationError]:
        """The old state, where there is one that works."""
        if known is None or known.error is not None:
            return _Entry(path, now, b"", error=error, judged=True), error
        return known, error

    def _files(self) -> Iterator[tuple[str, Path]]:
        for entry in os.scandir(self._tenants):
            path = self._tenants / entry.name
            if not entry.name.startswith(".") and path.suffix in (SUFFIX, ".yml"):
                yield (path.stem if path.suffix == SUFFIX else entry.name), path


def _misnamed(path: Path) -> ConfigurationError | None:
    if path.suffix != SUFFIX:
        sentence = f"A tenant's file ends with {SUFFIX}. Rename it."
    elif path.stem in RESERVED:
        sentence = f"'{path.stem}' cannot be a tenant's slug. Choose another name."
    elif not SLUG.fullmatch(path.stem):
        sentence = "The file's name is the tenant's slug: small letters, digits and hyphens. Rename it."
    else:
        return None
    return ConfigurationError([Located(str(path), 0, 0, sentence)])


def _unreadable(path: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError([Located(str(path), 0, 0, f"The file cannot be read: {error.strerror}. Check its mode.")])
