"""Which addresses a source may have."""

import random
import socket
from ipaddress import IPv4Address, ip_address, ip_network

import pytest

from gateway.core.destination import literal, may_reach

GRANTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"), ip_network("169.254.0.0/16"))


@pytest.mark.parametrize(
    ("address", "reachable"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("192.168.1.1", False),
        ("127.0.0.1", False),
        ("::1", False),
        ("224.0.0.1", False),
        ("169.254.169.254", False),
        ("fd00:ec2::254", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::c0a8:101", False),
    ],
)
def test_public_and_granted_addresses_are_reachable_and_metadata_never(address: str, reachable: bool) -> None:
    assert may_reach(ip_address(address), GRANTED) is reachable


def test_a_literal_is_read_in_every_form_that_the_system_reads() -> None:
    parts = [
        "0",
        "1",
        "127",
        "255",
        "256",
        "0x7f",
        "017",
        "08",
        "300",
        "65535",
        "16777215",
        "4294967295",
        "0x",
        "a",
        "",
    ]
    dice = random.Random(7)
    for _ in range(5000):
        host = ".".join(dice.choice(parts) for _ in range(dice.randint(1, 5)))
        try:
            expected = IPv4Address(socket.inet_aton(host))
        except OSError:
            expected = None
        assert literal(host) == expected, host


def test_a_name_is_no_literal() -> None:
    assert literal("crm.acme.example") is None
    assert literal("[::1]") is None
