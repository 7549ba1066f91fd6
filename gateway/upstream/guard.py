"""The destination guard: resolves a source's host and judges every address before anything connects to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Protocol, TypeAlias

from gateway.core.errors import DestinationRefused, Unreachable
from gateway.core.tenant import Network

IPAddress: TypeAlias = IPv4Address | IPv6Address

NEVER: tuple[Network, ...] = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/32",
        "::/128",
        "169.254.0.0/16",  # link-local, with the metadata service of most clouds
        "fe80::/10",
        "100.100.100.200/32",  # Alibaba Cloud
        "168.63.129.16/32",  # Azure, a public address that is only answered inside
        "192.0.0.192/32",  # Oracle Cloud
        "fd00:ec2::/32",  # AWS
        "fd20:ce::254/128",  # Google Cloud
    )
)
"""Refused even where a granted network covers them: they hand out the machine's own credentials."""

# What the IANA registries list as not global and the ipaddress module of Python 3.11 does not know.
_ALSO_PRIVATE: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = IPv6Network("::/96")


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
        written = _literal(host)
        addresses = (written,) if written is not None else await self._resolve(host, port)
        for address in addresses:
            if not may_reach(address, self._networks):
                raise DestinationRefused()
        return addresses

    async def _resolve(self, host: str, port: int) -> tuple[IPAddress, ...]:
        try:
            texts = await self._resolver.addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise Unreachable("The source's host name is not known. Check upstream.url and the DNS.") from error
        addresses = tuple(dict.fromkeys(_unmapped(ip_address(text)) for text in texts))
        if not addresses:
            raise Unreachable("The source's host name has no address. Check upstream.url and the DNS.")
        return addresses


def may_reach(address: IPAddress, networks: Sequence[Network]) -> bool:
    """Is the address public, or inside one of the granted networks? The same is asked of an IPv4 address inside it."""
    if any(_within(address, network) for network in NEVER):
        return False
    embedded = tuple(_embedded(address))
    if not all(may_reach(inner, networks) for inner in embedded):
        return False
    if any(_within(address, network) for network in networks):
        return True
    return _translated(address) if embedded else _is_public(address)


def _is_public(address: IPAddress) -> bool:
    if any(_within(address, network) for network in _ALSO_PRIVATE):
        return False
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _within(address: IPAddress, network: Network) -> bool:
    return address.version == network.version and address in network


def _embedded(address: IPAddress) -> Iterator[IPv4Address]:
    """The IPv4 addresses that a gateway on the way would take out of this one."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64 or (address in _V4_COMPATIBLE and int(address) > 1):
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _translated(address: IPAddress) -> bool:
    """Is it an embedding that counts as its IPv4 address (mapped, 6to4, NAT64)? Others need a grant of their own."""
    return isinstance(address, IPv6Address) and (
        address.ipv4_mapped is not None or address.sixtofour is not None or address in _NAT64
    )


def _unmapped(address: IPAddress) -> IPAddress:
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _literal(host: str) -> IPAddress | None:
    """The address that a host is by itself, in every form that a C library would take for one (`2130706433`, `0x7f.1`)."""
    try:
        return _unmapped(ip_address(host))
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
