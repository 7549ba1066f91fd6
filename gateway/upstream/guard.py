"""The destination guard: resolves a source's host and judges every address before anything connects to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Protocol

from gateway.core.destination import IPAddress, literal, may_be_named, may_reach, unmapped
from gateway.core.errors import DestinationRefused, Unreachable
from gateway.core.tenant import Network


class Resolver(Protocol):
    """Turns a host name into addresses."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Addresses as texts, the preferred first. Raises OSError where the name is not known."""
        ...


class SystemResolver:
    """The machine's own resolver (hosts file, DNS), asked through the running loop."""

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [str(entry[4][0]) for entry in found]


class Guard:
    """Knows which networks one source may be reached in: the public internet and `networks`."""

    def __init__(self, networks: Sequence[Network], resolver: Resolver) -> None:
        self._networks = tuple(networks)
        self._resolver = resolver

    async def addresses(self, host: str, port: int) -> tuple[IPAddress, ...]:
        """The addresses to connect to, the preferred first; at least one.

        Raises DestinationRefused where any of them may not be reached (a name with one good address and one inside is not
        trusted by halves), Unreachable where the name is not known.
        """
        written = literal(host)
        addresses = (written,) if written is not None else await self._resolve(host, port)
        for address in addresses:
            if not may_reach(address, self._networks):
                raise DestinationRefused()
        return addresses

    def named(self, host: str) -> str:
        """The host for somebody else to resolve. Raises DestinationRefused where it is an address that may not be reached,
        or a name that leads to the resolver's own machine; where any other leads, nobody here can know."""
        if not may_be_named(host, self._networks):
            raise DestinationRefused()
        address = literal(host)
        return host if address is None else str(address)

    async def _resolve(self, host: str, port: int) -> tuple[IPAddress, ...]:
        try:
            texts = await self._resolver.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise _unknown("The source's host name is not known. Check upstream.url and the DNS.") from error
        addresses = tuple(dict.fromkeys(unmapped(ip_address(text)) for text in texts))
        if not addresses:
            raise _unknown("The source's host name has no address. Check upstream.url and the DNS.")
        return addresses


def _unknown(text: str) -> Unreachable:
    failure = Unreachable(text)
    failure.undone = True
    return failure
