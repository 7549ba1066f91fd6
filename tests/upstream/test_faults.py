"""A source that breaks in every way there is: each ends as the right SourceError, in time, in little memory."""

from __future__ import annotations

import asyncio
import gzip
import struct
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic

import pytest

from gateway.adapter import Nobody, has_answer
from gateway.core.errors import (
    DestinationRefused,
    Redirected,
    SourceError,
    TimedOut,
    TooLarge,
    Truncated,
    Unreachable,
    Unreadable,
)
from gateway.core.tenant import TransportName, Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import (
    Behaviour,
    Peer,
    Source,
    answering,
    cut,
    dripping,
    raw,
    resetting,
    running_source,
    silent,
    written,
)
from gateway.upstream import SourceWire, open_wire
from tests.upstream.opened import LOOPBACK, SOURCE, Names
from tests.upstream.replies import NEITHER, OK, OURS_REFUSES, in_chunks, with_length

pytestmark = pytest.mark.anyio

_WITHIN = 0.25
_CAP = 1024 * 1024
_MOST_MEMORY = 6 * _CAP
# A deadline is kept within this, on a machine that does other things beside.
_GRACE = 2.0


@dataclass
class Worst:
    """What the corpus cost at most: shown at the end of the test run."""

    memory: int = 0
    memory_of: str = ""
    seconds: float = 0.0
    seconds_of: str = ""
    faults: set[str] = field(default_factory=set)

    def note(self, fault: str, memory: int, seconds: float) -> None:
        self.faults.add(fault)
        if memory > self.memory:
            self.memory, self.memory_of = memory, fault
        if seconds > self.seconds:
            self.seconds, self.seconds_of = seconds, fault

    def __str__(self) -> str:
        return (
            f"{len(self.faults)} faults of sources: at most {self.memory / 1e6:.1f} MB ({self.memory_of}) "
            f"under a cap of {_CAP / 1e6:.1f} MB, longest answer {self.seconds:.2f} s ({self.seconds_of}) "
            f"within a deadline of {_WITHIN} s"
        )


@pytest.fixture(scope="module")
def worst(summary: list[str]) -> Iterator[Worst]:
    noted = Worst()
    yield noted
    summary.append(str(noted))


# ---------------------------------------------------------------------------------------------- faults


def _then_reset(data: bytes) -> Behaviour:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(data)
        # So that the bytes before the reset have arrived: it would overtake them.
        await asyncio.sleep(0.02)
        peer.reset()

    return behave


def _then_nothing(data: bytes) -> Behaviour:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(data)
        await peer.gone()

    return behave


def _endless(start: bytes, again: bytes) -> Behaviour:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(start)
        while True:
            await peer.send(again)

    return behave


def _slowly(start: bytes, again: bytes) -> Behaviour:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        await peer.send(start)
        while True:
            await peer.send(again)
            await asyncio.sleep(0.01)

    return behave


def _zeros(megabytes: int, wbits: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    return b"".join([packer.compress(bytes(1024 * 1024)) for _ in range(megabytes)]) + packer.flush()


def _coded(body: bytes, coding: bytes) -> bytes:
    return with_length(body, b"content-encoding: %b\r\n" % coding)


def _redirect(location: str) -> Behaviour:
    return answering(SourceResponse(b"", 302, {"location": location}))


_HALF = gzip.compress(b"<r>" + bytes(range(256)) * 100 + b"</r>")
_LAST_BYTE_WRONG = _HALF[:-8] + struct.pack("<I", 1) + _HALF[-4:]

FAULTS: dict[str, tuple[Behaviour, type[SourceError]]] = {
    # the connection
    "reset before a byte": (resetting, Unreachable),
    "closed before a byte": (raw(b"", closing=True), Unreachable),
    "blackhole": (silent, TimedOut),
    "reset within the status line": (_then_reset(b"HTTP/1.1 20"), Unreachable),
    "reset within the headers": (_then_reset(OK + b"x-a: 1\r\n"), Unreachable),
    "closed within the headers": (raw(OK + b"x-a: 1\r\n", closing=True), Unreachable),
    "reset after the headers": (_then_reset(OK + b"content-length: 9\r\n\r\n"), Truncated),
    "reset within the body": (_then_reset(OK + b"content-length: 9\r\n\r\nabc"), Truncated),
    "reset within a chunk": (_then_reset(OK + b"transfer-encoding: chunked\r\n\r\n9\r\nabc"), Truncated),
    "reset where only the end says how long": (_then_reset(OK + b"\r\nabc"), Truncated),
    "truncated": (cut(SourceResponse(b"x" * 5000)), Truncated),
    "truncated chunks": (raw(in_chunks([b"abc", b"def"])[:-6], closing=True), Truncated),
    "no last chunk": (raw(in_chunks([b"abc"])[:-5], closing=True), Truncated),
    "no end of the trailers": (raw(in_chunks([b"abc"])[:-2], closing=True), Truncated),
    "stops within the headers": (_then_nothing(OK + b"x-a: "), TimedOut),
    "stops within the body": (_then_nothing(OK + b"content-length: 9\r\n\r\nabc"), TimedOut),
    "stops within a chunk": (_then_nothing(OK + b"transfer-encoding: chunked\r\n\r\n9\r\nabc"), TimedOut),
    "stops after an interim reply": (_then_nothing(b"HTTP/1.1 100 Continue\r\n\r\n"), TimedOut),
    # slow
    "drips": (dripping(SourceResponse(b"x" * 10_000)), TimedOut),
    "drips headers": (_slowly(OK, b"x: y\r\n"), TimedOut),
    "drips a body": (_slowly(OK + b"\r\n", b"x"), TimedOut),
    "drips chunks": (_slowly(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), TimedOut),
    "drips interim replies": (_slowly(b"", b"HTTP/1.1 102 Processing\r\n\r\n"), TimedOut),
    "drips trailers": (_slowly(OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n"), TimedOut),
    # large
    "a body without end": (_endless(OK + b"\r\n", b"x" * 65536), TooLarge),
    "chunks without end": (
        _endless(OK + b"transfer-encoding: chunked\r\n\r\n", (b"20\r\n" + b"x" * 32 + b"\r\n") * 500),
        TooLarge,
    ),
    "a length over the cap": (_endless(OK + b"content-length: 9999999999\r\n\r\n", b"x" * 65536), TooLarge),
    "one giant header": (_then_nothing(OK + b"x: " + b"y" * 70_000 + b"\r\n\r\n"), TooLarge),
    "one giant header, whole": (raw(with_length(b"ok", b"x: " + b"y" * 70_000 + b"\r\n")), TooLarge),
    "headers without end": (_endless(OK, b"x: yyyyyyyyyyyyyyyyy\r\n" * 100), TooLarge),
    "a header without end": (_endless(OK + b"x: ", b"y" * 5000), TooLarge),
    "a name without end": (_endless(OK, b"y" * 5000), TooLarge),
    "a status line without end": (_endless(b"HTTP/1.1 200 ", b"y" * 5000), TooLarge),
    "interim replies without end": (_endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), TooLarge),
    "trailers without end": (_endless(OK + b"transfer-encoding: chunked\r\n\r\n0\r\n", b"x: y\r\n" * 500), TooLarge),
    "an extension without end": (_endless(OK + b"transfer-encoding: chunked\r\n\r\n1;", b"x" * 5000), TooLarge),
    "a gzip bomb": (raw(_coded(_zeros(300, 31), b"gzip")), TooLarge),
    "a small gzip bomb in chunks": (raw(in_chunks([_zeros(100, 31)], b"content-encoding: gzip\r\n")), TooLarge),
    "a deflate bomb": (raw(_coded(_zeros(300, 15), b"deflate")), TooLarge),
    "a raw deflate bomb": (raw(_coded(_zeros(300, -15), b"deflate")), TooLarge),
    "gzip members without end": (
        _endless(OK + b"content-encoding: gzip\r\n\r\n", gzip.compress(b"") * 100),
        TooLarge,
    ),
    # lies
    "a length that is too long": (raw(OK + b"content-length: 10\r\n\r\nabc", closing=True), Truncated),
    "cut gzip": (raw(_coded(_HALF[:200], b"gzip")), Truncated),
    "gzip that is none": (raw(_coded(b"<r/>", b"gzip")), Unreadable),
    "gzip with a wrong sum": (raw(_coded(_LAST_BYTE_WRONG, b"gzip")), Unreadable),
    "a coding that nobody asked for": (raw(_coded(b"abc", b"br")), Unreadable),
    "codings one on the other": (raw(_coded(b"abc", b"gzip, gzip")), Unreadable),
    # elsewhere
    "a redirect to the metadata service": (_redirect("http://169.254.169.254/latest/meta-data/"), Redirected),
    "a redirect to its name": (_redirect("http://metadata.google.internal/"), Redirected),
    "a redirect to loopback": (_redirect("http://127.0.0.1:1/"), Redirected),
    "a redirect to a file": (_redirect("file:///etc/passwd"), Redirected),
    # no HTTP
    **{name: (_then_nothing(data), Unreadable) for name, data in (NEITHER | OURS_REFUSES).items()},
}

# Of these the reply itself is whole: its connection is as good as any.
_WHOLE = frozenset(
    {
        *(name for name in FAULTS if "redirect" in name or "bomb" in name),
        *("cut gzip", "gzip that is none", "gzip with a wrong sum", "a coding that nobody asked for"),
        *("codings one on the other", "one giant header, whole"),
    }
)


@asynccontextmanager
async def _asked(behaviour: Behaviour) -> AsyncIterator[tuple[Source, SourceWire]]:
    async with running_source(behaviour) as source:
        upstream = Upstream(source.url, networks=LOOPBACK, max_body=_CAP, transport=TransportName.OWN)
        wire = open_wire(SOURCE, upstream)
        try:
            yield source, wire
        finally:
            await wire.aclose()


async def _look_up(wire: SourceWire, method: str) -> bytes:
    """As an adapter does, within a deadline as the gateway sets it."""
    try:
        async with asyncio.timeout(_WITHIN):
            reply = await wire.prepare(method, "clientes").send({}, b"x" * 100 if method == "POST" else None)
    except TimeoutError as error:
        raise TimedOut from error
    assert has_answer(reply, Nobody())
    return reply.body


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_its_own_failure_in_time_and_in_little_memory(
    fault: str, method: str, worst: Worst
) -> None:
    behaviour, due = FAULTS[fault]
    async with _asked(behaviour) as (source, wire):
        tracemalloc.start()
        began, before = monotonic(), tracemalloc.get_traced_memory()[0]
        try:
            with pytest.raises(SourceError) as failed:
                await _look_up(wire, method)
            took, memory = monotonic() - began, tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()
        assert type(failed.value) is due
        if fault not in _WHOLE:
            await source.until(lambda: source.open == 0, "its connection is closed")
        assert len(source.requests) == 1, "A fresh connection's failure is not tried again by the wire."
        # The next lookup is not harmed.
        source.behaviour = answering(SourceResponse(b"ok"))
        assert await _look_up(wire, method) == b"ok"
    worst.note(fault, memory, took)
    assert memory < _MOST_MEMORY
    assert took < _WITHIN + _GRACE


@pytest.mark.parametrize("junk", [with_length(b"somebody else"), b"HTTP/1.1 ", b"\r\n\r\nabc", b"x" * 100_000])
async def test_junk_after_a_reply_reaches_nobody(junk: bytes, worst: Worst) -> None:
    async def chatty(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(SourceResponse(b"%d" % len(source.requests))) + junk)

    async with _asked(chatty) as (source, wire):
        for number in range(1, 20):
            assert await _look_up(wire, "GET") == b"%d" % number
    worst.note("junk after a reply", 0, 0.0)


async def test_a_name_that_leads_to_the_metadata_service_is_refused(worst: Worst) -> None:
    for addresses in (["169.254.169.254"], ["93.184.215.14", "169.254.169.254"], ["::ffff:169.254.169.254"]):
        upstream = Upstream("http://crm.example", networks=LOOPBACK, transport=TransportName.OWN)
        wire = open_wire(SOURCE, upstream, resolver=Names([addresses]))
        with pytest.raises(DestinationRefused):
            await _look_up(wire, "GET")
        await wire.aclose()
    worst.note("a name of the metadata service", 0, 0.0)
