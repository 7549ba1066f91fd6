"""The gateway's own file, `config/gateway.yaml`: where it listens, what it limits, and what each tenant may reach."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping as Map
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.adapter.settings import SECRETS
from gateway.config.contact_base_file import ContactBaseFile, ContactBaseSettings, contact_base
from gateway.config.document import Problems, Step
from gateway.config.file_model import FileModel, Maybe, Name, NetworkText, Slug, Text
from gateway.config.proxy_file import NONE, Proxies, ProxyFile, ProxyName, granted_proxies, no_such_proxy
from gateway.config.secrets import OwnSecretStore, settle
from gateway.config.units import Size
from gateway.config.validation import validate
from gateway.config.yaml_loader import parse
from gateway.core.destination import NEVER
from gateway.core.errors import ConfigurationError, Located
from gateway.core.tenant import Network

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


# ---------------------------------------------------------------------------------------------- as it is written


def _variable(text: str) -> str:
    if not _VARIABLE.fullmatch(text):
        raise ValueError(
            "An environment variable's name has letters, digits and '_' only. Write the name, not the value."
        )
    return text


def _grantable(network: Network) -> Network:
    for never in NEVER:
        if network.version == never.version and network.subnet_of(never):  # type: ignore[arg-type]  # same version
            raise ValueError(f"{never} is never granted: such addresses hand out the machine's own credentials.")
    if network.prefixlen == 0:
        raise ValueError("This is every address there is. Grant the networks that the tenant's sources are in.")
    return network


class ListenFile(FileModel):
    """Where the gateway takes requests."""

    host: Text = Field(default="127.0.0.1", description="Address to listen on; `0.0.0.0` for all of the machine's.")
    port: int = Field(default=8080, ge=0, le=65535, description="TCP port; 0 lets the system choose one.")
    workers: int = Field(
        default=1, ge=1, le=64, description="Processes that share the work; one for each core is plenty."
    )


def _loopback(host: str) -> str:
    if host == "localhost":
        return host
    with suppress(ValueError):
        if ip_address(host).is_loopback:
            return host
    raise ValueError("It answers without a key, so it listens on a loopback address only: 127.0.0.1 or ::1.")


class OperationsFile(FileModel):
    """An address of their own for `/metrics` and `/readyz`, without a key and for every tenant."""

    host: Annotated[Text, AfterValidator(_loopback)] = Field(
        default="127.0.0.1", description="A loopback address of this machine."
    )
    port: int = Field(
        ge=0,
        le=65535,
        description="TCP port; 0 lets the system choose one. Several workers take this one and those after it.",
    )


class LogFile(FileModel):
    """What the log looks like."""

    format: Literal["json", "readable"] = Field(
        default="json", description="One JSON object a line, or lines for people."
    )
    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is written."
    )


class RateFile(FileModel):
    """A token bucket for each API key."""

    per_second: float = Field(default=50.0, gt=0, le=100_000, description="Requests a second that one key may keep up.")
    burst: int = Field(default=100, ge=1, le=1_000_000, description="Requests that one key may send at once.")


class LimitsFile(FileModel):
    """What one caller may ask of the gateway, and how many tenants it keeps ready; per process."""

    body: Size = Field(default=64 * 1024, description="Largest body of a request.")
    rate: RateFile = Field(default_factory=RateFile, description="How often one API key may ask.")
    in_flight: int = Field(default=200, ge=1, le=100_000, description="Most requests of one tenant under way at once.")
    tenants_in_memory: int = Field(
        default=1000,
        ge=1,
        le=1_000_000,
        description="Most tenants kept ready with connections, breakers and remembered answers. Beyond it the least used "
        "is closed, and made anew at its next request.",
    )


class GrantFile(FileModel):
    """What a tenant's file may use beyond the usual."""

    networks: list[Annotated[NetworkText, AfterValidator(_grantable)]] = Field(
        default_factory=list, description="Private networks that the tenant's sources may be in; none unless listed."
    )
    env: list[Annotated[str, AfterValidator(_variable)]] = Field(
        default_factory=list,
        description="Environment variables that its `!env` may name, besides those that start with its slug (`ACME_`).",
    )
    proxy: Maybe[Name] = Field(
        default=None,
        description="Proxy that its sources are reached through, or `none`; without it the one for all tenants.",
    )
    proxies: list[Name] = Field(
        default_factory=list,
        description="Further proxies that its sources may name (`upstream.proxy`); `none` among them lets them do without.",
    )


class GatewayFile(FileModel):
    """The gateway's own file. Every key may be left out, and so may the file."""

    listen: ListenFile = Field(default_factory=ListenFile, description="Where the gateway takes requests.")
    operations: Maybe[OperationsFile] = Field(
        default=None, description="Where metrics and readiness are told without a key; without it, only with one."
    )
    data: Text = Field(
        default="data",
        description="Folder for what the gateway keeps, such as its sealing key; relative to the working folder.",
    )
    contact_base: ContactBaseFile = Field(
        default_factory=ContactBaseFile, description="The gateway's own data: contacts, interactions, prospects, audit."
    )
    log: LogFile = Field(default_factory=LogFile, description="What the log looks like.")
    limits: LimitsFile = Field(
        default_factory=LimitsFile, description="What one caller may ask, and how many tenants are kept ready."
    )
    proxies: dict[ProxyName, ProxyFile] = Field(
        default_factory=dict,
        description="Name -> an HTTP proxy on the way to sources. The environment's are never used.",
    )
    proxy: Maybe[Name] = Field(
        default=None, description="Proxy that all tenants' sources are reached through; without it none."
    )
    tenants: dict[Slug, GrantFile] = Field(
        default_factory=dict, description="Slug -> what that tenant's file may use beyond the usual."
    )


# ---------------------------------------------------------------------------------------------- as it is used


@dataclass(frozen=True, slots=True)
class Grant:
    """What one tenant may use: private networks, environment variables without its prefix, and proxies."""

    networks: tuple[Network, ...] = ()
    env: frozenset[str] = frozenset()
    proxies: Proxies = field(default_factory=Proxies)


@dataclass(frozen=True, slots=True)
class Limits:
    """Per process. `body`: bytes; `rate`: requests a second of one API key, `burst` at once; `in_flight`: requests of one
    tenant under way; `tenants_in_memory`: tenants ready to be asked, the least used beyond it are closed."""

    body: int = 64 * 1024
    rate: float = 50.0
    burst: int = 100
    in_flight: int = 200
    tenants_in_memory: int = 1000


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The gateway's own settings. `operations`: host and port of a listener of their own, the first worker's; `grants`:
    slug -> Grant; `others`: that of tenants who have none. `contact_base`: None where nothing is kept."""

    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    operations: tuple[str, int] | None = None
    data: Path = Path("data")
    log_format: Literal["json", "readable"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    limits: Limits = Limits()
    grants: Map[str, Grant] = field(default_factory=dict)
    others: Grant = Grant()
    contact_base: ContactBaseSettings | None = field(default_factory=ContactBaseSettings)

    def grant(self, slug: str) -> Grant:
        """What the tenant may use; nothing beyond the usual where gateway.yaml does not name it."""
        return self.grants.get(slug, self.others)


def load_gateway(path: Path, environ: Map[str, str] | None = None) -> GatewaySettings:
    """Read `path`; all defaults where there is no such file. `environ`: what `!env` reads, instead of the process's.
    Raises ConfigurationError with everything that is wrong."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return GatewaySettings()
    except OSError as error:
        raise ConfigurationError([Located(str(path), 0, 0, f"The file cannot be read: {error.strerror}.")]) from error
    problems = Problems(parse(str(path), data, trusted=True))
    store = OwnSecretStore(path.parent / "secrets" / "gateway", os.environ if environ is None else environ)
    value, secrets = settle(problems.document.value, store.read, problems)
    file = validate(GatewayFile, {} if value is None else value, problems, context={SECRETS: secrets.take})
    if file is not None:
        secrets.report_misplaced(problems)
        _check_proxies(file, problems)
    if file is None or problems.found:
        raise ConfigurationError(problems.in_order())
    return _settings(file)


def _check_proxies(file: GatewayFile, problems: Problems) -> None:
    """Complain of every name that no proxy has."""
    known = (*file.proxies, NONE)
    named: list[tuple[tuple[Step, ...], str | None]] = [(("proxy",), file.proxy)]
    for slug, grant in file.tenants.items():
        named.append((("tenants", slug, "proxy"), grant.proxy))
        named += [(("tenants", slug, "proxies", index), name) for index, name in enumerate(grant.proxies)]
    for path, name in named:
        if name is not None and name not in known:
            problems.at(path, no_such_proxy(name, known))


def _settings(file: GatewayFile) -> GatewaySettings:
    limits = file.limits
    proxies = {name: proxy.made(name) for name, proxy in file.proxies.items()}
    alike: dict[Grant, Grant] = {}  # ten thousand tenants are hardly granted ten thousand different things
    grants = {
        slug: Grant(
            tuple(grant.networks),
            frozenset(grant.env),
            granted_proxies(proxies, grant.proxy or file.proxy or NONE, grant.proxies),
        )
        for slug, grant in file.tenants.items()
    }
    return GatewaySettings(
        host=file.listen.host,
        port=file.listen.port,
        workers=file.listen.workers,
        operations=(file.operations.host, file.operations.port) if file.operations else None,
        data=Path(file.data),
        log_format=file.log.format,
        log_level=file.log.level,
        limits=Limits(
            limits.body, limits.rate.per_second, limits.rate.burst, limits.in_flight, limits.tenants_in_memory
        ),
        grants={slug: alike.setdefault(grant, grant) for slug, grant in grants.items()},
        contact_base=contact_base(file.contact_base),
        others=Grant(proxies=granted_proxies(proxies, file.proxy or NONE, ())),
    )
