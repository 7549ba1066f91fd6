"""Addresses that a reply gives: resolved, kept within the source's origin, and asked."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from gateway.adapter import Misconfigured, Redirected, Reply, Unreadable, Wire

_LONGEST = 8192
_PORTS = {"http": 80, "https": 443}


class Links:
    """The way to addresses of one source. `base`: its own (`upstream.url`); `headers`: those of the request, holes in them
    filled in with its values."""

    def __init__(self, wire: Wire, base: str, headers: Sequence[tuple[str, str]]) -> None:
        self._wire = wire
        self._origin = _origin(urlsplit(base))
        self._headers = tuple((name, text) for name, text in headers if name.lower() != "content-type")

    def resolve(self, reference: str, at: str) -> str:
        """The whole address of a reference that stood in the reply from `at`. Raises Redirected for another origin's, and
        Unreadable for what is no address."""
        try:
            address = urljoin(at, reference.strip()).partition("#")[0]
            parts = urlsplit(address)
            origin = _origin(parts)
        except ValueError:
            origin, address = None, ""
        if origin is None or not reference.strip() or len(address) > _LONGEST:
            raise Unreadable(
                "The reply gives something that is no address where one is due. Compare it with a real reply."
            )
        if origin != self._origin or "@" in parts.netloc:
            raise Redirected(
                "The reply gives an address of another origin than upstream.url (scheme, host and port), and credentials do "
                "not go there. Put its origin into upstream.url, or page by cursor, page or offset."
            )
        return address

    async def get(self, address: str, values: Map[str, str]) -> Reply:
        """Asks an address that `resolve` gave. Raises SourceError."""
        template = address.replace("{", "%7B").replace("}", "%7D")
        try:
            call = self._wire.prepare("GET", template, headers=self._headers)
        except Misconfigured:
            refused = True
        else:
            refused = False
        if refused:
            raise Unreadable("The reply gives an address that cannot be asked. Compare it with a real reply.")
        return await call.send(values)


def is_one_place(reference: str, address: str) -> bool:
    """Does a reference that stood in the reply from `address` lead there? Where a proxy stands between, a source calls
    itself by another origin, so that does not count; nor does a slash at the end."""
    try:
        there = urlsplit(urljoin(address, reference.strip()))
    except ValueError:
        return False
    asked = urlsplit(address)
    return (unquote(there.path).rstrip("/"), there.query) == (unquote(asked.path).rstrip("/"), asked.query)


def _origin(parts: SplitResult) -> tuple[str, str, int] | None:
    """Raises ValueError for a port that is none."""
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return (parts.scheme, parts.hostname, parts.port or _PORTS[parts.scheme])
