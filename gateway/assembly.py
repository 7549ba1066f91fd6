"""Which concrete parts the gateway is made of, whoever uses it: the server, or a command."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

from gateway.config.gateway_file import GatewaySettings, load_gateway
from gateway.config.keys import KeyRing
from gateway.config.registry import Reload, TenantRegistry
from gateway.core.errors import ConfigurationError
from gateway.plugins import Plugins, discover
from gateway.service.auditing import Auditor
from gateway.service.identify import Identifier
from gateway.service.live import LiveTenants, WireOpener
from gateway.service.observer import Observer
from gateway.service.prospect_jobs import LoadObserver, LoadTime, ProspectJobs
from gateway.service.prospect_loading import ProspectLoading
from gateway.service.refs import Refs
from gateway.service.sealing_key import read_keys, sealing_keys
from gateway.upstream import open_wire

if TYPE_CHECKING:
    from gateway.storage.observer import StorageObserver
    from gateway.storage.storage import Storage

STORAGE_KEY = "storage.key"
"""The file in the data folder with the keys that seal what is stored, where gateway.yaml names none."""


def utc_now() -> datetime:
    """The one clock that tells the time of day: aware, in UTC."""
    return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts that every composition shares: the server's and the command line's."""

    folder: Path
    settings: GatewaySettings
    plugins: Plugins
    registry: TenantRegistry
    keys: KeyRing
    tenants: LiveTenants
    identifier: Identifier
    storage: Storage | None = None

    def refs(self) -> Refs:
        """Seals and opens matches' refs under the gateway's own key, made in the data folder where there is none."""
        return Refs(sealing_keys(self.settings.data), time.time)

    @property
    def problems(self) -> dict[str, ConfigurationError]:
        """Slug (of a misnamed file, its name) -> what is wrong now with the tenant's file and its keys' file."""
        found = {slug: error.problems for slug, error in self.registry.problems.items()}
        for slug, error in self.keys.problems.items():
            found[slug] = (*found.get(slug, ()), *error.problems)
        return {slug: ConfigurationError(problems) for slug, problems in found.items()}

    def reload(self) -> Reload:
        """Take up what changed in the folder; what is broken keeps its old state and is told of. Raises OSError where the
        folder cannot be read just now: everything stays as it was."""
        self.keys.reload()
        reloaded = self.registry.reload()
        self.tenants.forget(reloaded.changed | reloaded.removed)
        return reloaded


def open_storage(settings: GatewaySettings, prepare: bool, observer: StorageObserver | None = None) -> Storage | None:
    """What the gateway keeps; None where it keeps nothing. `prepare`: make and migrate the embedded database; else it is
    left as it is, and None where it is not there yet. Raises ConfigurationError, StorageUnavailable."""
    kept = settings.contact_base
    if kept is None:
        return None
    # Here, because a gateway that keeps nothing needs no SQLAlchemy.
    from gateway.storage.engine import DATABASE, embedded
    from gateway.storage.storage import Storage, bring_up_to_date

    address = kept.database.reveal() if kept.database is not None else embedded(settings.data)
    if prepare:
        bring_up_to_date(address)
    elif kept.database is None and not (settings.data / DATABASE).exists():
        return None
    return Storage(address, storage_keys(settings), observer)


def storage_keys(settings: GatewaySettings) -> tuple[bytes, ...]:
    """The keys that seal what is stored: those that gateway.yaml names, else one made in the data folder."""
    kept = settings.contact_base
    if kept is not None and kept.keys is not None:
        return read_keys("\n".join(kept.keys.reveal().split()), Path("contact_base.keys"))
    return sealing_keys(settings.data, STORAGE_KEY)


def doubt_about_key(settings: GatewaySettings) -> str | None:
    """Why the key that seals what is stored may not be in good hands; None where nothing is to be said of it."""
    kept = settings.contact_base
    if kept is None or kept.keys is not None or not (settings.data / STORAGE_KEY).exists():
        return None
    return (
        "The gateway made the key that seals what is stored itself, and it lies beside the data. Keep a copy elsewhere "
        "(without it nothing opens), or give keys of your own with contact_base.keys in gateway.yaml."
    )


def prospect_loading(gateway: Gateway, storage: Storage) -> ProspectLoading:
    """What gives the companies their prospects at the end of the day."""
    kept = gateway.settings.contact_base
    files = kept.files if kept is not None and kept.files is not None else gateway.settings.data / "prospects"
    return ProspectLoading(gateway.registry, gateway.tenants, storage.loads, files, utc_now)


def prospect_jobs(gateway: Gateway, storage: Storage, observer: LoadObserver) -> ProspectJobs:
    """Loads that run beside the requests."""

    def times() -> dict[str, LoadTime]:
        return {slug: LoadTime(*when) for slug, when in gateway.registry.load_times.items()}

    return ProspectJobs(gateway.registry, prospect_loading(gateway, storage), storage.loads, times, observer, utc_now)


def assemble(
    folder: Path,
    observer: Observer,
    wires: WireOpener = open_wire,
    settings: GatewaySettings | None = None,
    storage: Storage | None = None,
) -> Gateway:
    """From a configuration folder. `wires`: who opens the ways to the sources; `settings`: gateway.yaml's, where it was read
    already; `storage`: what the gateway keeps, None for nothing. Raises ConfigurationError for gateway.yaml and for two
    plugins of one name; a tenant whose file is wrong is in `registry.problems`, and the others work."""
    if settings is None:
        settings = load_gateway(folder / "gateway.yaml")
    plugins = discover()
    registry = TenantRegistry(folder, plugins.types, plugins.broken, settings)
    keys = KeyRing(folder / "keys", now=utc_now)
    most = settings.limits.tenants_in_memory
    tenants = LiveTenants(registry, plugins.types, wires, breaker_changed=observer.breaker_changed, most=most)
    identifier = Identifier(tenants, observer)
    if storage is not None:
        identifier = Identifier(
            tenants, observer, storage.contacts, Auditor(storage.audit, utc_now), storage.interactions
        )
    return Gateway(folder, settings, plugins, registry, keys, tenants, identifier, storage)
