"""Replies of many megabytes over a real wire: the first records, and the rest is not fetched."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
from collections.abc import Mapping

import pytest

from gateway.adapter import Json, ReportedError, ServerError, TooLarge, Truncated, Unauthorised
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, answering, cut, running_source, written
from plugins.xml_get.tests.asking import adapter_at, query

pytestmark = pytest.mark.anyio
SETTINGS: Mapping[str, Json] = {"query": {"nome": "nome"}}
READS = frozenset({"email", "nome"})
_MEGABYTE = 1024 * 1024
_ROW = '<cliente email="a{}@example.com" nome="Jo\u00e3o" fone="(11) 98765-4321"/>\n'
_COUNT = 160_000
BODY = (
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<clientes>\n' + "".join(map(_ROW.format, range(_COUNT))) + "</clientes>"
).encode("iso-8859-1")  # fmt: skip
assert len(BODY) > 10 * _MEGABYTE


async def _in_chunks(request: SourceRequest, peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
    for start in range(0, len(BODY), 30_000):
        piece = BODY[start : start + 30_000]
        await peer.send(b"%x\r\n%b\r\n" % (len(piece), piece))
    await peer.send(b"0\r\n\r\n")


async def _with_its_length(request: SourceRequest, peer: Peer) -> None:
    await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(BODY))
    for start in range(0, len(BODY), 30_000):
        await peer.send(BODY[start : start + 30_000])


_GZIPPED = gzip.compress(BODY, 1)
SENT: Mapping[str, Behaviour] = {
    "with its length": _with_its_length,
    "in chunks": _in_chunks,
    "compressed": answering(SourceResponse(_GZIPPED, headers={"content-encoding": "gzip"})),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=list(SENT))
async def test_of_a_reply_over_the_cap_the_first_records_are_read_and_memory_stays_flat(sent: Behaviour) -> None:
    async with running_source(sent) as source, adapter_at(source.url, SETTINGS, reads=READS) as adapter:
        await adapter.lookup(query(nome="João"), limit=50)
        tracemalloc.start()
        try:
            found = await adapter.lookup(query(nome="João"), limit=50)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert [record["email"] for record in found.records] == [f"a{number}@example.com" for number in range(50)]
        assert {record["nome"] for record in found.records} == {"João"}
        assert found.truncated
        assert not found.warnings
        assert peak < 5 * _MEGABYTE
        await source.until(lambda: source.open == 0, "the rest is left")


async def test_a_cut_large_reply_is_truncated_unless_the_records_were_there() -> None:
    few = SourceResponse(BODY[: 2 * _MEGABYTE])
    async with running_source(cut(few)) as source, adapter_at(source.url, SETTINGS, reads=READS) as adapter:
        assert len((await adapter.lookup(query(nome="João"), limit=50)).records) == 50
        source.behaviour = cut(SourceResponse(b"<clientes>" + b" " * (2 * _MEGABYTE) + b"</clientes>"))
        with pytest.raises(Truncated):
            await adapter.lookup(query(nome="João"), limit=50)


async def test_records_that_do_not_come_under_the_cap_are_too_large() -> None:
    body = b"<clientes>" + b" " * (11 * _MEGABYTE) + BODY[BODY.index(b"<cliente ") :]
    packed = SourceResponse(gzip.compress(body, 1), headers={"content-encoding": "gzip"})
    async with running_source(answering(packed)) as source, adapter_at(source.url, SETTINGS, reads=READS) as adapter:
        with pytest.raises(TooLarge, match=r"upstream\.max_body"):
            await adapter.lookup(query(nome="João"), limit=50)


@pytest.mark.parametrize(("status", "failure"), [(500, ServerError), (401, Unauthorised)])
async def test_a_large_reply_with_a_status_that_is_no_answer_is_not_read(status: int, failure: type[Exception]) -> None:
    async with (
        running_source(answering(SourceResponse(BODY, status))) as source,
        adapter_at(source.url, SETTINGS, reads=READS) as adapter,
    ):
        with pytest.raises(failure):
            await adapter.lookup(query(nome="João"), limit=50)


async def test_an_error_page_of_megabytes_is_a_failure() -> None:
    body = b"<erro><texto>fora do ar</texto>" + b"<detalhe>nada funciona</detalhe>" * 40_000 + b"</erro>"
    async with (
        running_source(answering(SourceResponse(body))) as source,
        adapter_at(source.url, SETTINGS, reads=READS) as adapter,
    ):
        with pytest.raises(ReportedError):
            await adapter.lookup(query(nome="João"), limit=50)


async def test_the_check_of_a_page_that_shows_everybody_passes() -> None:
    async with running_source(SENT["in chunks"]) as source, adapter_at(source.url, SETTINGS) as adapter:
        await adapter.check()
        await source.until(lambda: source.open == 0, "the rest is left")


async def test_a_drip_within_a_large_reply_ends_with_the_deadline() -> None:
    async def dripping(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(SourceResponse(b"<clientes>" + b" " * len(BODY)))[: 2 * _MEGABYTE])
        await peer.gone()

    async with running_source(dripping) as source, adapter_at(source.url, SETTINGS, reads=READS) as adapter:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(adapter.lookup(query(nome="João"), limit=50), 0.3)
        await source.until(lambda: source.open == 0, "the reply is left")
