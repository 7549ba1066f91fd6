"""Lookups that are cancelled at any moment leave no connection, no task and no descriptor; the others get their answers."""

from __future__ import annotations

import asyncio
import gc
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapter import Call
from gateway.core.tenant import TransportName, Upstream
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Peer, running_source, written
from gateway.upstream import open_wire
from tests.upstream.opened import LOOPBACK, SOURCE, Names
from tests.upstream.test_tls import certified

pytestmark = pytest.mark.anyio

_LOOKUPS = 10_000 if "GATEWAY_PROOF" in os.environ else 2_000
_AT_ONCE = 25
_DESCRIPTORS = Path("/dev/fd")


@pytest.fixture(params=[False, True], ids=["asyncio", "uvloop"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, bool]]:
    return ("asyncio", {"use_uvloop": request.param})


@pytest.fixture(scope="module")
def cancelled(summary: list[str]) -> Iterator[list[int]]:
    counts: list[int] = []
    yield counts
    summary.append(f"{sum(counts)} cancelled lookups left no connection, task or descriptor")


class Leisurely:
    """Answers in two halves with pauses of its own, and now and then not at all."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        whole = written(SourceResponse(request.target.encode()))
        cut = self._dice.randrange(len(whole))
        for half in (whole[:cut], whole[cut:]):
            for _ in range(self._dice.randrange(6)):
                await asyncio.sleep(0)
            await peer.send(half)
        if self._dice.random() < 0.1:
            peer.finish()


async def _one(call: Call, number: int, patience: int) -> bool:
    """Was it cancelled? `patience`: rounds of the loop after which it is."""
    lookup = asyncio.create_task(call.send({"code": str(number)}))
    for _ in range(patience):
        await asyncio.sleep(0)
    lookup.cancel()
    try:
        reply = await lookup
    except asyncio.CancelledError:
        return True
    assert reply.body == b"/%d" % number
    return False


def _descriptors() -> int:
    gc.collect()
    return len(list(_DESCRIPTORS.iterdir())) if _DESCRIPTORS.exists() else 0


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
async def test_cancelled_at_any_moment_they_leave_nothing(secure: bool, tmp_path: Path, cancelled: list[int]) -> None:
    dice = random.Random(20)
    made = certified(tmp_path) if secure else None
    lookups = _LOOKUPS // 4
    async with running_source(Leisurely(dice), tls=made.server if made else None) as source:
        tasks, descriptors = asyncio.all_tasks(), _descriptors()
        upstream = Upstream(
            source.url.replace("127.0.0.1", "erp.acme.example"), networks=LOOPBACK, transport=TransportName.OWN
        )
        wire = open_wire(SOURCE, upstream, resolver=Names([["127.0.0.1"]]), tls=made.trust if made else None)
        call = wire.prepare("GET", "{code}")
        given_up = number = 0
        while given_up < lookups:
            batch = range(number, number + _AT_ONCE)
            number += _AT_ONCE
            given_up += sum(await asyncio.gather(*(_one(call, one, dice.randrange(40)) for one in batch)))
        await wire.aclose()
        await source.until(lambda: source.open == 0, "every connection is closed")
        assert asyncio.all_tasks() <= tasks | source.tasks
        assert _descriptors() <= descriptors
    cancelled.append(given_up)
