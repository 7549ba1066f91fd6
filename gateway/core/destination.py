"""Which addresses may a source have? The one rule, for the check of a configuration and for the guard of the wire."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

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

EVERYWHERE: tuple[Network, ...] = (IPv4Network("0.0.0.0/0"), IPv6Network("::/0"))
"""The networks of what gateway.yaml itself names: any address but NEVER."""

_METADATA_NAMES = frozenset({"metadata", "metadata.google.internal", "instance-data", "instance-data.ec2.internal"})

# What the IANA registries list as not global and the ipaddress module of Python 3.11 does not know.
_ALSO_PRIVATE: tuple[Network, ...] = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("3fff::/20"),
)
_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")
_V4_COMPATIBLE = IPv6Network("::/96")


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


def is_local(host: str) -> bool:
    """Is it a name of the machine that resolves it (RFC 6761, 6.3)?"""
    host = host.lower().rstrip(".")
    return host == "localhost" or host.endswith(".localhost")


def may_be_named(host: str, networks: Sequence[Network]) -> bool:
    """What can be known of a host that somebody else resolves: an address in any form is judged, a name that means the
    resolver's own machine or its metadata service is refused."""
    address = literal(host.rstrip("."))
    if address is not None:
        return may_reach(address, networks)
    return not is_local(host) and host.lower().rstrip(".") not in _METADATA_NAMES


def unmapped(address: IPAddress) -> IPAddress:
    """`::ffff:10.0.0.5` -> `10.0.0.5`; any other as it is."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def literal(host: str) -> IPAddress | None:
    """The address that a host is by itself, in every form that a C library would take for one (`2130706433`, `0x7f.1`)."""
    try:
        return unmapped(ip_address(host))
    except ValueError:
        return _as_inet_aton(host)


def _as_inet_aton(host: str) -> IPv4Address | None:
    """One to four numbers, octal and hexadecimal ones too, of which the last fills the bytes that are left."""
    parts = [_number(part) for part in host.split(".")]
    *firsts, last = parts
    if len(parts) > 4 or last is None or last >= 256 ** (4 - len(firsts)):
        return None
    value = 0
    for first in firsts:
        if first is None or first > 255:
            return None
        value = value * 256 + first
    return IPv4Address(value * 256 ** (4 - len(firsts)) + last)


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isalnum() or len(text) > 32:
        return None
    base = 16 if text[:2].lower() == "0x" else 8 if text[0] == "0" else 10
    digits = text[2:] if base == 16 else text
    try:
        return int(digits, base)
    except ValueError:
        return None


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
