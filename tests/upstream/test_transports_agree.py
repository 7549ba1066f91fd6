"""Our transport against the standard one: the same replies, cut into segments anywhere, are the same answers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.adapter import Call, Reply
from gateway.core.errors import SourceError, Unreadable
from gateway.core.tenant import TransportName, Upstream
from gateway.testing import SourceRequest
from gateway.testing.source import Peer, running_source
from gateway.upstream import open_wire
from tests.upstream.opened import LOOPBACK, SOURCE
from tests.upstream.replies import NEITHER, OURS_REFUSES, WELL_FORMED, Served, well_formed

pytestmark = pytest.mark.anyio

Answer: TypeAlias = tuple[int, Mapping[str, str], bytes] | type[SourceError]


class Serving:
    """Serves one reply, cut at `cuts`: each piece is a write, and a TCP segment, of its own."""

    def __init__(self) -> None:
        self.served = Served(b"")
        self.cuts: Sequence[int] = ()

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        data = self.served.data
        places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in self.cuts)})
        for start, end in pairwise(places):
            await peer.send(data[start:end])
            await asyncio.sleep(0)
        if self.served.closing:
            peer.finish()


async def answer_of(call: Call) -> Answer:
    try:
        reply: Reply = await call.send({})
    except SourceError as error:
        return type(error)
    # h11 gives this one value in lower case.
    coding = {name: reply.headers[name].lower() for name in reply.headers.keys() & {"transfer-encoding"}}
    return (reply.status, {**reply.headers, **coding}, reply.body)


async def both(corpus: Sequence[Served], cuts: Sequence[int] = ()) -> list[tuple[Answer, Answer]]:
    """What our transport makes of each, and what the standard one does; each over connections that it keeps."""
    serving = Serving()
    async with running_source(serving) as source:
        upstream = Upstream(source.url, networks=LOOPBACK)
        wires = [open_wire(SOURCE, replace(upstream, transport=name)) for name in TransportName]
        ours, standard = (wire.prepare("GET") for wire in wires)
        answers: list[tuple[Answer, Answer]] = []
        for serving.served in corpus:
            serving.cuts = cuts
            answers.append((await answer_of(ours), await answer_of(standard)))
        for wire in wires:
            await wire.aclose()
    return answers


@pytest.mark.parametrize("cuts", [(), (1, 17, 40, 90), range(0, 5000, 7)], ids=["whole", "cut", "in pieces"])
async def test_every_well_formed_reply_is_the_same_answer(cuts: Sequence[int]) -> None:
    for name, (ours, standard) in zip(WELL_FORMED, await both(list(WELL_FORMED.values()), cuts), strict=True):
        assert ours == standard, name
        assert isinstance(ours, tuple), name


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.lists(well_formed(), min_size=1, max_size=8), st.lists(st.integers(0, 4000), max_size=6))
async def test_any_well_formed_replies_one_after_the_other_are_the_same_answers(
    corpus: list[Served], cuts: list[int]
) -> None:
    for ours, standard in await both(corpus, cuts):
        assert ours == standard
        assert isinstance(ours, tuple)


async def test_what_neither_may_take_for_a_reply_ours_refuses() -> None:
    """The standard transport waits for more where it cannot tell yet; so each connection ends."""
    corpus = [Served(data, closing=True) for data in NEITHER.values()]
    for name, (ours, standard) in zip(NEITHER, await both(corpus), strict=True):
        assert ours is Unreadable, name
        assert isinstance(standard, type), name


async def test_what_two_readers_may_take_for_two_things_ours_refuses() -> None:
    """A source that sends it can still be asked with `transport: standard`."""
    corpus = [Served(data, closing=True) for data in OURS_REFUSES.values()]
    for name, (ours, standard) in zip(OURS_REFUSES, await both(corpus), strict=True):
        assert ours is Unreadable, name
        assert isinstance(standard, tuple), name
