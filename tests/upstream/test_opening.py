"""Large replies come in pieces over both transports: capped, decoded, no faster than they are read, and left at any time."""

from __future__ import annotations

import asyncio
import gc
import gzip
import random
import tracemalloc
import zlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

import pytest

from gateway.adapter import Call, LargeReply, Reply
from gateway.core.errors import TooLarge, Truncated, Unreadable
from gateway.core.tenant import Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.exchange import gzipped
from gateway.testing.source import Behaviour, Peer, answering, cut, raw, running_source, written
from gateway.upstream import open_wire
from tests.upstream.opened import LOOPBACK, SOURCE, Opened, opened

pytestmark = pytest.mark.anyio
_MEGABYTE = 1024 * 1024
_WHOLE = 100_000
_DESCRIPTORS = Path("/dev/fd")


def body_of(size: int) -> bytes:
    return random.Random(size).randbytes(size)


def chunked(response: SourceResponse, size: int = 50_000) -> Behaviour:
    """Without a length."""
    head = f"HTTP/1.1 {response.status} OK\r\ntransfer-encoding: chunked\r\n"
    fields = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    pieces = [response.body[start : start + size] for start in range(0, len(response.body), size)]
    return raw(
        (head + fields + "\r\n").encode() + b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [*pieces, b""])
    )


def at(behaviour: Behaviour, max_body: int = 10 * _MEGABYTE) -> AbstractAsyncContextManager[Opened]:
    return opened(behaviour, lambda url: Upstream(url, networks=LOOPBACK, max_body=max_body))


async def _read(here: Opened, seen: Callable[[int], object] = lambda length: None) -> None:
    """A large reply to its end."""
    async with here.wire.prepare("GET").open({}, whole=_WHOLE) as reply:
        assert isinstance(reply, LargeReply)
        async for piece in reply.chunks:
            seen(len(piece))


SENT = {
    "with its length": answering,
    "in chunks": chunked,
    "compressed": lambda response: answering(gzipped(response)),
    "compressed, in chunks": lambda response: chunked(gzipped(response), 1000),
}


@pytest.mark.parametrize("sent", SENT.values(), ids=list(SENT))
@pytest.mark.parametrize("size", [0, 1, _WHOLE, _WHOLE + 1, 3_000_000])
async def test_a_reply_is_whole_up_to_the_size_and_comes_in_pieces_beyond(
    sent: Callable[[SourceResponse], Behaviour], size: int
) -> None:
    body = body_of(size)
    async with at(sent(SourceResponse(body, headers={"x-a": "1"}))) as here:
        call = here.wire.prepare("GET")
        for _ in range(2):
            async with call.open({}, whole=_WHOLE) as reply:
                assert (reply.status, reply.headers["x-a"]) == (200, "1")
                if size <= _WHOLE:
                    assert isinstance(reply, Reply)
                    assert reply.body == body
                    continue
                assert isinstance(reply, LargeReply)
                pieces = [piece async for piece in reply.chunks]
                assert b"".join(pieces) == body
                assert pieces[0] == reply.head
                assert max(map(len, pieces)) < _MEGABYTE
        assert here.source.accepted == 1


async def test_leaving_early_closes_the_connection_and_the_next_question_is_answered() -> None:
    body = body_of(3_000_000)
    async with at(answering(SourceResponse(body))) as here:
        call = here.wire.prepare("GET")
        for taken in range(3):
            async with call.open({}, whole=_WHOLE) as reply:
                assert isinstance(reply, LargeReply)
                chunks = aiter(reply.chunks)
                for _ in range(taken):
                    await anext(chunks)
            await here.source.until(lambda: here.source.open == 0, "the reply is left")
        assert (await call.send({})).body == body
        assert here.source.accepted == 4


async def test_a_source_waits_while_nobody_reads() -> None:
    """Memory stays flat: what is not read is not fetched."""
    sent = 0
    stuck = asyncio.Event()

    async def endless(request: SourceRequest, peer: Peer) -> None:
        nonlocal sent
        await peer.send(b"HTTP/1.1 200 OK\r\ncontent-length: 999999999\r\n\r\n")
        while not peer.finished:
            asyncio.get_running_loop().call_later(0.2, stuck.set)
            await peer.send(b"x" * 65536)
            sent += 65536
            if stuck.is_set():
                break
        await peer.gone()

    async with at(endless) as here:
        async with here.wire.prepare("GET").open({}, whole=_WHOLE) as reply:
            assert isinstance(reply, LargeReply)
            await stuck.wait()
        # The kernel's own buffers of both ends are in it.
        assert sent < 16 * _MEGABYTE


@pytest.mark.parametrize("coded", [False, True], ids=["plain", "compressed"])
async def test_a_reply_that_ends_in_the_middle_is_truncated(coded: bool) -> None:
    response = SourceResponse(body_of(2_000_000))
    async with at(cut(gzipped(response) if coded else response)) as here:
        with pytest.raises(Truncated):
            await _read(here)


async def test_compressed_rubbish_in_the_middle_is_unreadable() -> None:
    packed = bytearray(gzip.compress(body_of(1_000_000)))
    packed[500_000:500_100] = b"\xff" * 100
    packed[-8:-4] = b"\0\0\0\0"
    async with at(answering(SourceResponse(bytes(packed), headers={"content-encoding": "gzip"}))) as here:
        with pytest.raises(Unreadable):
            await _read(here)


async def test_a_compression_bomb_stops_at_the_cap_and_takes_no_memory() -> None:
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join([packer.compress(b" " * _MEGABYTE) for _ in range(500)]) + packer.flush()
    most = 64 * _MEGABYTE
    async with at(answering(SourceResponse(bomb, headers={"content-encoding": "gzip"})), most) as here:
        lengths: list[int] = []
        tracemalloc.start()
        try:
            with pytest.raises(TooLarge, match=r"upstream\.max_body"):
                await _read(here, lengths.append)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert sum(lengths) == most
        assert peak < 4 * _MEGABYTE


async def test_what_is_under_the_cap_of_a_reply_over_it_is_given() -> None:
    """So that the first records of a reply without end can be read."""
    async with at(answering(SourceResponse(body_of(500_000))), 50_000) as here:
        lengths: list[int] = []
        with pytest.raises(TooLarge):
            await _read(here, lengths.append)
        assert sum(lengths) == 50_000


async def test_a_drip_in_the_middle_ends_with_the_deadline_and_closes() -> None:
    async def dripping(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(SourceResponse(body_of(1_000_000)))[:500_000])
        await peer.gone()

    async with at(dripping) as here:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(_read(here), 0.2)
        await here.source.until(lambda: here.source.open == 0, "the reply is left")


async def test_an_error_of_the_reader_leaves_the_reply() -> None:
    async with at(answering(SourceResponse(body_of(1_000_000)))) as here:
        with pytest.raises(ZeroDivisionError):
            await _read(here, lambda length: 1 // 0)
        await here.source.until(lambda: here.source.open == 0, "the reply is left")


def _descriptors() -> int:
    gc.collect()
    return len(list(_DESCRIPTORS.iterdir())) if _DESCRIPTORS.exists() else 0


async def _one(call: Call, patience: int) -> None:
    async def read() -> None:
        async with call.open({}, whole=10_000) as reply:
            assert isinstance(reply, LargeReply)
            async for _ in reply.chunks:
                await asyncio.sleep(0)

    task = asyncio.create_task(read())
    for _ in range(patience):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled() or task.exception() is None


async def test_cancelled_at_any_await_it_leaves_nothing() -> None:
    response = SourceResponse(body_of(60_000))

    async def slowly(request: SourceRequest, peer: Peer) -> None:
        whole = written(response)
        for start in range(0, len(whole), 20_000):
            await peer.send(whole[start : start + 20_000])
            await asyncio.sleep(0)

    async with running_source(slowly) as source:
        wire = open_wire(SOURCE, Upstream(source.url, networks=LOOPBACK))
        call = wire.prepare("GET")
        await _one(call, 10_000)
        before = _descriptors()
        for patience in range(120):
            await _one(call, patience)
        await _one(call, 10_000)
        await wire.aclose()
        await source.until(lambda: source.open == 0, "every connection is closed")
        assert _descriptors() <= before
        assert len(asyncio.all_tasks()) <= 2
