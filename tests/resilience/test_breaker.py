"""The breaker: when it opens, that one lookup alone tries the source, and whose word counts."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gateway.core.errors import BreakerOpen, CutShort, Overloaded, ServerError, SourceError, TimedOut
from gateway.core.tenant import BreakerPolicy, Resilience
from gateway.resilience import BreakerState, Bulkhead, guarded_lookup
from gateway.resilience.breaker import ProcessBreaker, Verdict
from tests.resilience.scripted import QUERY, Clock, Source, never, soon

pytestmark = pytest.mark.anyio


class Rig:
    """A breaker that opens after two failures for ten seconds, around a scripted source. `told`: what it reported."""

    def __init__(self, source: Source, failures: int = 2) -> None:
        self.clock = Clock()
        self.told: list[BreakerState] = []
        self.source = source
        self.breaker = ProcessBreaker(BreakerPolicy(failures, 10.0), self.clock, self.told.append)
        self.lookup = guarded_lookup(source, Resilience(), Bulkhead(8), self.breaker)

    async def ask(self, times: int = 1) -> None:
        for _ in range(times):
            with suppress(SourceError):
                await self.lookup(QUERY, 5, soon())


async def test_failures_in_a_row_open_it_and_the_source_is_left_in_peace() -> None:
    rig = Rig(Source(ServerError()))
    await rig.ask(2)
    with pytest.raises(
        BreakerOpen, match=r"failed 2 times in a row \(the last time: server_error\).* in 10 s"
    ) as caught:
        await rig.lookup(QUERY, 5, soon())
    assert not isinstance(caught.value, SourceError)
    assert (rig.source.asked, rig.breaker.state, rig.told) == (2, BreakerState.OPEN, [BreakerState.OPEN])


async def test_an_answer_between_failures_keeps_it_closed() -> None:
    rig = Rig(Source(ServerError(), "Ana", ServerError(), "Ana"))
    await rig.ask(4)
    assert rig.breaker.state is BreakerState.CLOSED


@pytest.mark.parametrize("ours", [Overloaded(), CutShort()])
async def test_what_is_our_own_fault_does_not_open_it(ours: SourceError) -> None:
    rig = Rig(Source(ours))
    await rig.ask(5)
    assert (rig.breaker.state, rig.source.asked) == (BreakerState.CLOSED, 5)


async def test_after_its_time_one_lookup_tries_the_source_and_its_answer_closes_it() -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def slowly() -> str:
        started.set()
        await release.wait()
        return "Ana"

    rig = Rig(Source(ServerError(), ServerError(), slowly, "Ana"))
    await rig.ask(2)
    rig.clock.now = 10.0
    assert rig.breaker.state is BreakerState.HALF_OPEN
    trial = asyncio.create_task(rig.lookup(QUERY, 5, soon()))
    await started.wait()
    for _ in range(20):
        with pytest.raises(BreakerOpen):
            await rig.lookup(QUERY, 5, soon())
    assert rig.source.asked == 3
    release.set()
    assert await trial == "Ana"
    assert await rig.lookup(QUERY, 5, soon()) == "Ana"
    assert rig.told == [BreakerState.OPEN, BreakerState.CLOSED]


async def test_a_trial_that_fails_opens_it_for_as_long_again() -> None:
    rig = Rig(Source(ServerError()))
    await rig.ask(2)
    rig.clock.now = 10.0
    await rig.ask()
    rig.clock.now = 19.9
    with pytest.raises(BreakerOpen):
        await rig.lookup(QUERY, 5, soon())
    assert (rig.source.asked, rig.told) == (3, [BreakerState.OPEN])


async def test_a_cancelled_trial_leaves_its_place_to_the_next() -> None:
    rig = Rig(Source(ServerError(), ServerError(), never, "Ana"))
    await rig.ask(2)
    rig.clock.now = 10.0
    trial = asyncio.create_task(rig.lookup(QUERY, 5, soon()))
    while rig.source.asked < 3:
        await asyncio.sleep(0)
    trial.cancel()
    await asyncio.wait((trial,))
    assert await rig.lookup(QUERY, 5, soon()) == "Ana"
    assert rig.breaker.state is BreakerState.CLOSED


async def test_an_adapter_that_breaks_its_contract_leaves_the_place_too() -> None:
    async def broken() -> str:
        raise ValueError("a defect")

    rig = Rig(Source(ServerError(), ServerError(), broken, "Ana"))
    await rig.ask(2)
    rig.clock.now = 10.0
    with pytest.raises(ValueError, match="a defect"):
        await rig.lookup(QUERY, 5, soon())
    assert await rig.lookup(QUERY, 5, soon()) == "Ana"


async def test_a_slow_success_from_before_does_not_close_a_newer_opening() -> None:
    release = asyncio.Event()

    async def slowly() -> str:
        await release.wait()
        return "Ana"

    rig = Rig(Source(slowly, ServerError()))
    old = asyncio.create_task(rig.lookup(QUERY, 5, soon()))
    while not rig.source.asked:
        await asyncio.sleep(0)
    await rig.ask(2)
    release.set()
    assert await old == "Ana"
    assert rig.breaker.state is BreakerState.OPEN


async def test_a_time_out_counts_only_where_the_source_had_a_fair_time() -> None:
    breaker = ProcessBreaker(BreakerPolicy(1, 10.0), Clock())
    lookup = guarded_lookup(Source(never), Resilience(timeout=60), Bulkhead(8), breaker)
    with pytest.raises(CutShort, match="budget"):
        await lookup(QUERY, 5, soon(0.02))
    assert breaker.state is BreakerState.CLOSED
    lookup = guarded_lookup(Source(never), Resilience(timeout=0.02), Bulkhead(8), breaker)
    with pytest.raises(TimedOut):
        await lookup(QUERY, 5, soon())
    assert breaker.state is BreakerState.OPEN


class AnyOrder(RuleBasedStateMachine):
    """Lookups that enter and leave in any order, with any verdict, at any time, against a model of what must hold."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.told: list[BreakerState] = []
        self.breaker = ProcessBreaker(BreakerPolicy(3, 10.0), self.clock, self.told.append)
        self.under_way: list[tuple[int, int]] = []
        self.openings = 0
        self.trials: list[tuple[int, int]] = []

    @rule(seconds=st.sampled_from([0.5, 4.0, 10.0]))
    def time_passes(self, seconds: float) -> None:
        self.clock.now += seconds

    @rule()
    def enter(self) -> None:
        before = self.breaker.state
        try:
            turn = (self.breaker.enter(), len(self.told))
        except BreakerOpen:
            assert before is BreakerState.OPEN or self.trials
            return
        assert before is not BreakerState.OPEN
        if before is BreakerState.HALF_OPEN:
            assert not self.trials, "exactly one lookup tries the source"
            self.trials.append(turn)
        self.under_way.append(turn)

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), verdict=st.sampled_from(Verdict))
    def leave(self, data: st.DataObject, verdict: Verdict) -> None:
        turn = data.draw(st.sampled_from(self.under_way))
        self.under_way.remove(turn)
        trial, before = turn in self.trials, self.breaker.state
        self.breaker.leave(turn[0], verdict, "server_error")
        if trial:
            self.trials.remove(turn)
            expected = {Verdict.WELL: BreakerState.CLOSED, Verdict.ILL: BreakerState.OPEN}
            assert self.breaker.state is expected.get(verdict, BreakerState.HALF_OPEN)
        elif before is not BreakerState.CLOSED:
            assert self.breaker.state is before, "only the trial's word counts while it is open"

    @invariant()
    def it_tells_openings_and_closings_in_turn(self) -> None:
        assert self.told == [BreakerState.OPEN, BreakerState.CLOSED] * (len(self.told) // 2) + [BreakerState.OPEN] * (
            len(self.told) % 2
        )
        assert (self.breaker.state is BreakerState.CLOSED) == (len(self.told) % 2 == 0)


AnyOrder.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyOrder = AnyOrder.TestCase
