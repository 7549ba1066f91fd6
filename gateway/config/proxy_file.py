"""The proxies of `gateway.yaml`, and which of them one tenant's sources go through."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, PlainValidator, ValidationInfo, WithJsonSchema

from gateway.adapter.settings import SECRETS
from gateway.config.file_model import FileModel, Maybe, Name, Text
from gateway.config.http_text import BLANKS, UserName
from gateway.config.nearest import did_you_mean
from gateway.config.units import Duration
from gateway.core.destination import EVERYWHERE, literal, may_reach
from gateway.core.redaction import Secret
from gateway.core.tenant import BasicAuth, Proxy

NONE = "none"
"""Stands for no proxy wherever one is named."""


# ---------------------------------------------------------------------------------------------- as it is written


def _proxy_name(name: str) -> str:
    if name == NONE:
        raise ValueError("'none' means no proxy. Give this one another name.")
    return name


def _proxy_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise ValueError("This is not an address. Write http://host:port.") from None
    if BLANKS.search(text) or not text.isascii():
        raise ValueError("The address has a character that no address has. Write http://host:port.")
    if "@" in parts.netloc:
        raise ValueError("The address has credentials in it. Put them under auth:, the password as !env NAME.")
    if parts.scheme.lower() != "http":
        raise ValueError(
            "A proxy is reached over http://host:port; other kinds are not spoken. What goes to an https source is "
            "encrypted all the way through it."
        )
    if not host or not port:
        raise ValueError("The address must name a host and a port: http://proxy.corp.example:3128.")
    if parts.path not in ("", "/") or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise ValueError("A proxy's address ends with its port. Leave out what follows.")
    address = literal(host)
    if address is not None and not may_reach(address, EVERYWHERE):
        raise ValueError("This address is never connected to: such addresses hand out the machine's own credentials.")
    return text


def _secret(text: object, info: ValidationInfo) -> Secret:
    take = (info.context or {}).get(SECRETS)
    secret = take(text) if take is not None and isinstance(text, str) else None
    if not isinstance(secret, Secret):
        raise ValueError(
            "A secret does not stand in the file: write '!env NAME' and set that environment variable, or '!file name' "
            "for a file in the folder secrets/gateway."
        )
    return secret


ProxyName = Annotated[Name, AfterValidator(_proxy_name)]
ProxyUrl = Annotated[Text, AfterValidator(_proxy_url)]
OwnSecret = Annotated[Secret, PlainValidator(_secret), WithJsonSchema({"x-type": "secret", "type": "string"})]
"""A secret of gateway.yaml's own."""


class ProxyBasicFile(FileModel):
    """User and password (RFC 7617), shown to the proxy alone."""

    user: UserName = Field(description="User name.")
    password: OwnSecret = Field(
        description="Password: `!env NAME` (any variable), or `!file name` (a file in `config/secrets/gateway/`)."
    )


class ProxyAuthFile(FileModel):
    """Who the gateway is to the proxy."""

    basic: ProxyBasicFile = Field(description="User and password (RFC 7617), shown to the proxy alone.")


class ProxyFile(FileModel):
    """An HTTP proxy that opens tunnels (CONNECT)."""

    url: ProxyUrl = Field(description="`http://host:port`; it may be in any network.")
    auth: Maybe[ProxyAuthFile] = Field(default=None, description="Credentials; without it none are shown.")
    resolve: Literal["gateway", "proxy"] = Field(
        default="gateway",
        description="Who turns a source's name into an address. `gateway`: the proxy is given the address that was judged. "
        "`proxy`: it is given the name, and its own rules alone decide where that leads.",
    )
    timeout: Duration = Field(
        default=3.0, description="Longest time for a tunnel through it; keep it below a source's."
    )

    def made(self, name: str) -> Proxy:
        auth = self.auth.basic if self.auth is not None else None
        return Proxy(
            name=name,
            url=self.url,
            auth=BasicAuth(auth.user, auth.password) if auth is not None else None,
            resolves=self.resolve == "proxy",
            timeout=self.timeout,
        )


# ---------------------------------------------------------------------------------------------- as it is used


class ProxyRefused(ValueError):
    """A tenant's file names a proxy that it may not use; the text is a sentence."""


def no_such_proxy(name: str, known: Collection[str]) -> str:
    """The sentence for whoever wrote it. `known`: the names that he may know."""
    listed = ", ".join(sorted(known))
    return f"There is no proxy '{name}' under proxies: of gateway.yaml.{did_you_mean(name, known)} Known: {listed}."


@dataclass(frozen=True, slots=True)
class Proxies:
    """What one tenant's sources go through. `usual`: where they name nothing; `granted`: what else they may name; `direct`:
    may they name NONE? `declared`: all names of gateway.yaml's."""

    usual: Proxy | None = None
    granted: tuple[Proxy, ...] = ()
    direct: bool = True
    declared: frozenset[str] = frozenset()

    def chosen(self, name: str | None, slug: str) -> Proxy | None:
        """The proxy of a source that names `name`, or nothing (None). Raises ProxyRefused."""
        if name is None:
            return self.usual
        known: dict[str, Proxy | None] = {NONE: None} if self.direct else {}
        known |= {proxy.name: proxy for proxy in (self.usual, *self.granted) if proxy is not None}
        if name in known:
            return known[name]
        if name != NONE and name not in self.declared:
            raise ProxyRefused(no_such_proxy(name, known))
        what = "To do without the usual proxy" if name == NONE else f"The proxy '{name}'"
        raise ProxyRefused(
            f"{what} is not granted. Grant it in gateway.yaml (tenants.{slug}.proxies). Granted: {', '.join(sorted(known))}."
        )


def granted_proxies(declared: Map[str, Proxy], usual: str, further: Collection[str]) -> Proxies:
    """`usual` and `further`: declared names, or NONE."""
    return Proxies(
        usual=declared.get(usual),
        granted=tuple(declared[name] for name in further if name != NONE),
        direct=NONE in (usual, *further),
        declared=frozenset(declared),
    )
