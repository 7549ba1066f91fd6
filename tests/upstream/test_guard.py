"""The destination guard: what a name resolves to is judged before anything connects, every time, to every address."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from ipaddress import ip_network

import pytest

from gateway.core.errors import DestinationRefused, Unreachable
from gateway.core.tenant import Network, Upstream
from gateway.testing import SourceResponse
from gateway.testing.source import answering, running_source
from gateway.upstream import open_wire
from gateway.upstream.guard import Guard, SystemResolver
from tests.upstream.opened import LOOPBACK, SOURCE, Names, opened

pytestmark = pytest.mark.anyio

_TEN = (ip_network("10.0.0.0/8"),)
_EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))


async def judged(host: str, *answers: Sequence[str], networks: Sequence[Network] = ()) -> list[str]:
    return [str(address) for address in await Guard(networks, Names([*answers])).addresses(host, 443)]


async def test_public_addresses_are_given_in_the_resolvers_order() -> None:
    found = await judged("crm.example", ["2606:2800:220:1::1", "93.184.216.34", "93.184.216.34"])
    assert found == ["2606:2800:220:1::1", "93.184.216.34"]


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.0.1",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "192.0.0.8",
        "192.88.99.1",
        "240.0.0.1",
        "::1",
        "::",
        "fc00::1",
        "fec0::1",
        "ff0e::1",
        "2001:db8::1",
        "3fff::1",
        "5f00::1",
        "::ffff:10.0.0.1",
        "::7f00:1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:a00:1::",
        "2001:0:a00:1::1",
    ],
)
async def test_what_is_not_public_is_refused_unless_granted(address: str) -> None:
    with pytest.raises(DestinationRefused) as refused:
        await judged("crm.example", [address])
    assert "Grant it in gateway.yaml" in str(refused.value)
    assert address not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "169.254.1.1",
        "fe80::1",
        "fe80::1%2",
        "fd00:ec2::254",
        "100.100.100.200",
        "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "2002:a9fe:a9fe::",
        "0.0.0.0",
        "::",
    ],
)
async def test_metadata_and_link_local_addresses_are_refused_even_when_granted(address: str) -> None:
    with pytest.raises(DestinationRefused):
        await judged("crm.example", [address], networks=_EVERYTHING)


async def test_a_granted_network_is_reached_and_its_neighbour_is_not() -> None:
    assert await judged("erp.acme.example", ["10.1.2.3"], networks=_TEN) == ["10.1.2.3"]
    assert await judged("erp.acme.example", ["::ffff:10.1.2.3"], networks=_TEN) == ["10.1.2.3"]
    with pytest.raises(DestinationRefused):
        await judged("erp.acme.example", ["192.168.1.1"], networks=_TEN)


async def test_one_bad_address_among_good_ones_refuses_the_name() -> None:
    with pytest.raises(DestinationRefused):
        await judged("crm.example", ["93.184.216.34", "127.0.0.1"])


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.1", "127.0.0.1"]
)
async def test_every_spelling_of_an_address_is_judged_without_asking_the_resolver(host: str) -> None:
    names = Names([["93.184.216.34"]])
    with pytest.raises(DestinationRefused):
        await Guard((), names).addresses(host, 80)
    assert names.asked == 0


async def test_an_unknown_name_says_so() -> None:
    with pytest.raises(Unreachable, match=r"host name is not known\. Check upstream\.url"):
        await judged("crm.example", [])


async def test_the_systems_resolver_is_judged_too() -> None:
    with pytest.raises(DestinationRefused):
        await Guard((), SystemResolver()).addresses("localhost", 80)


async def test_a_name_that_no_resolver_takes_is_unknown() -> None:
    with pytest.raises(Unreachable, match="host name is not known"):
        await Guard((), SystemResolver()).addresses("a" * 70 + ".example", 80)


# ---------------------------------------------------------------------------------------------- over a real connection


def _named(url: str) -> Upstream:
    return Upstream(url.replace("127.0.0.1", "erp.acme.example") + "/x", networks=LOOPBACK)


async def test_the_judged_address_is_connected_to_and_the_name_stays_in_host() -> None:
    async with opened(answering(SourceResponse(b"ok")), _named, names=Names([["127.0.0.1"]])) as here:
        reply = await here.wire.prepare("GET").send({})
        assert reply.body == b"ok"
        port = here.source.address[1]
        assert here.source.requests[0].headers["host"] == f"erp.acme.example:{port}"


async def test_a_name_that_turns_inside_is_refused_at_its_next_connection() -> None:
    names = Names([["127.0.0.1"], ["169.254.169.254"]])
    close = SourceResponse(b"ok", headers={"connection": "close"})
    async with opened(answering(close), _named, names=names) as here:
        call = here.wire.prepare("GET")
        assert (await call.send({})).body == b"ok"
        with pytest.raises(DestinationRefused):
            await call.send({})
        assert names.asked == 2


async def test_the_name_is_resolved_once_for_a_connection_and_nobody_resolves_it_again() -> None:
    """What was judged is what is connected to: the second answer of a rebinding name is never used."""
    names = Names([["127.0.0.1"], ["10.0.0.1"]])
    async with opened(answering(SourceResponse(b"ok")), _named, names=names) as here:
        call = here.wire.prepare("GET")
        for _ in range(3):
            assert (await call.send({})).body == b"ok"
        assert (names.asked, here.source.accepted) == (1, 1)


async def test_a_dead_first_address_gives_way_to_the_next() -> None:
    names = Names([["127.0.0.2", "127.0.0.1"]])
    async with opened(answering(SourceResponse(b"ok")), _named, names=names) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_a_lookup_of_the_name_ends_with_its_deadline() -> None:
    class Never:
        async def addresses(self, host: str, port: int) -> Sequence[str]:
            await asyncio.get_running_loop().create_future()
            raise AssertionError

    wire = open_wire(SOURCE, Upstream("http://erp.acme.example/"), resolver=Never())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await wire.prepare("GET").send({})
    await wire.aclose()


async def test_without_a_grant_nothing_ever_connects_to_loopback() -> None:
    async with running_source(answering(SourceResponse(b"ok"))) as source:
        wire = open_wire(SOURCE, Upstream(source.url))
        with pytest.raises(DestinationRefused):
            await wire.prepare("GET").send({})
        await wire.aclose()
        _, ours = await asyncio.open_connection(*source.address)
        await source.until(lambda: source.accepted > 0, "it accepts")
        ours.close()
        await ours.wait_closed()
        assert source.accepted == 1
