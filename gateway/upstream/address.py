"""A source's base address, taken apart once and checked: what every request of its wire starts from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

from gateway.core.errors import Misconfigured

DEFAULT_PORTS = {"http": 80, "https": 443}
_NAME = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252})", re.ASCII)
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\]")
# RFC 3986, 3.3 and 3.4, and `%`: what an address holds is escaped already.
_PATH = "/%:@!$&'()*+,;=~"
_QUERY = _PATH + "?"


@dataclass(frozen=True, slots=True)
class Address:
    """`host` in lower case, ASCII, without brackets; `path` begins with `/`; `path` and `query` are percent-encoded."""

    scheme: str
    host: str
    port: int
    path: str
    query: str

    @property
    def origin(self) -> tuple[str, str, int]:
        return (self.scheme, self.host, self.port)

    @property
    def host_header(self) -> bytes:
        """The value of `Host`: the port only where it is not the scheme's own (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}").encode("ascii")

    def __repr__(self) -> str:
        # The query is left out: keys are put there.
        return f"<Address {self.scheme}://{self.host_header.decode()}>"


def parse_address(url: str) -> Address:
    """Raises Misconfigured with what is wrong; the address itself is not repeated, since it may hold a key."""
    if _FORBIDDEN.search(url):
        raise Misconfigured("upstream.url has a blank, a control character or a backslash. Percent-encode it.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise Misconfigured("upstream.url is not an address. Write https://host/path.") from None
    scheme = parts.scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise Misconfigured("upstream.url must begin with https:// or http://.")
    if "@" in parts.netloc:
        raise Misconfigured("upstream.url has credentials in it. Put them under upstream.auth.")
    if parts.fragment or url.endswith("#"):
        raise Misconfigured("upstream.url has a fragment (#…), which is never sent. Leave it out.")
    if port == 0:
        raise Misconfigured("upstream.url names port 0. Name the port that the source listens on.")
    return Address(
        scheme=scheme,
        host=_checked_host(parts.hostname or "", bracketed="[" in parts.netloc),
        port=port or DEFAULT_PORTS[scheme],
        path=escaped_path(parts.path) or "/",
        query=escaped_query(parts.query),
    )


def escaped_path(text: str, charset: str = "utf-8") -> str:
    """A path as somebody wrote it: escapes stay, what a path cannot hold is escaped. Raises UnicodeError."""
    return quote(text, safe=_PATH, encoding=charset, errors="strict")


def escaped_query(text: str, charset: str = "utf-8") -> str:
    return quote(text, safe=_QUERY, encoding=charset, errors="strict")


def _checked_host(host: str, *, bracketed: bool) -> str:
    if bracketed:
        try:
            return str(IPv6Address(host))
        except ValueError:
            raise Misconfigured("upstream.url has brackets around something that is no IPv6 address.") from None
    if not host.isascii():
        # IDNA 2003 and 2008 send some names to different owners; the ASCII form has one reading.
        raise Misconfigured("upstream.url names a host outside ASCII. Write its xn--… form.")
    if not _NAME.fullmatch(host):
        raise Misconfigured("upstream.url names no valid host. Write https://host/path.")
    return host
