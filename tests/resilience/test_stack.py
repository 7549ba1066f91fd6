"""What stands around one source's lookup: time-out, bulkhead, retry, deadline."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.errors import Overloaded, RateLimited, ServerError, TimedOut, Unauthorised
from gateway.core.tenant import Resilience
from gateway.resilience import Bulkhead, guarded_lookup
from gateway.resilience.retry import RetryBudget
from tests.resilience.scripted import NO_WAIT, QUERY, Source, never, soon

pytestmark = pytest.mark.anyio


async def test_an_answer_passes_through_every_layer() -> None:
    lookup = guarded_lookup(Source("Ana"), Resilience(retries=2), Bulkhead(1))
    assert await lookup(QUERY, 5, soon()) == "Ana"


async def test_a_source_that_never_answers_ends_at_its_time_out() -> None:
    lookup = guarded_lookup(Source(never), Resilience(timeout=0.02), Bulkhead(1))
    with pytest.raises(TimedOut, match="Raise resilience.timeout"):
        await lookup(QUERY, 5, soon())


async def test_the_deadline_of_the_whole_wins_over_a_longer_time_out() -> None:
    lookup = guarded_lookup(Source(never), Resilience(timeout=60, retries=3), Bulkhead(1), backoff=NO_WAIT)
    async with asyncio.timeout(5):
        with pytest.raises(TimedOut):
            await lookup(QUERY, 5, soon(0.02))


async def test_nothing_is_asked_after_the_deadline() -> None:
    source = Source("Ana")
    with pytest.raises(TimedOut):
        await guarded_lookup(source, Resilience(), Bulkhead(1))(QUERY, 5, soon(-1))
    assert source.asked == 0


async def test_a_passing_failure_is_retried() -> None:
    source = Source(ServerError(), ServerError(), "Ana")
    lookup = guarded_lookup(source, Resilience(retries=2), Bulkhead(1), backoff=NO_WAIT)
    assert await lookup(QUERY, 5, soon()) == "Ana"
    assert source.asked == 3


async def test_a_failure_that_asking_again_cannot_mend_is_not_retried() -> None:
    source = Source(Unauthorised())
    with pytest.raises(Unauthorised):
        await guarded_lookup(source, Resilience(retries=5), Bulkhead(1), backoff=NO_WAIT)(QUERY, 5, soon())
    assert source.asked == 1


async def test_the_last_failure_is_the_one_that_is_told() -> None:
    source = Source(ServerError("HTTP 500"), ServerError("HTTP 502"))
    with pytest.raises(ServerError, match="HTTP 502"):
        await guarded_lookup(source, Resilience(retries=1), Bulkhead(1), backoff=NO_WAIT)(QUERY, 5, soon())


async def test_a_wait_longer_than_the_deadline_is_not_begun() -> None:
    source = Source(RateLimited(retry_after=3600), "Ana")
    with pytest.raises(RateLimited):
        await guarded_lookup(source, Resilience(retries=1), Bulkhead(1), backoff=NO_WAIT)(QUERY, 5, soon())
    assert source.asked == 1


async def test_a_short_retry_after_is_honoured() -> None:
    source = Source(RateLimited(retry_after=0.0), "Ana")
    assert await guarded_lookup(source, Resilience(retries=1), Bulkhead(1), backoff=NO_WAIT)(QUERY, 5, soon()) == "Ana"


async def test_the_bulkhead_lets_in_as_many_as_it_has_places() -> None:
    release, most = asyncio.Event(), 0
    bulkhead = Bulkhead(2)

    async def watched() -> str:
        nonlocal most
        most = max(most, bulkhead.in_flight)
        await release.wait()
        return "Ana"

    lookup = guarded_lookup(Source(watched), Resilience(), bulkhead)
    tasks = [asyncio.create_task(lookup(QUERY, 5, soon())) for _ in range(6)]
    while bulkhead.queue < 4:
        await asyncio.sleep(0)
    release.set()
    assert await asyncio.gather(*tasks) == ["Ana"] * 6
    assert most == 2
    assert (bulkhead.in_flight, bulkhead.queue) == (0, 0)


async def test_who_waits_past_the_deadline_hears_that_we_are_overloaded_not_that_the_source_failed() -> None:
    bulkhead = Bulkhead(1)
    lookup = guarded_lookup(Source(never), Resilience(), bulkhead)
    first = asyncio.create_task(lookup(QUERY, 5, soon()))
    while not bulkhead.in_flight:
        await asyncio.sleep(0)
    with pytest.raises(Overloaded, match="concurrency") as caught:
        await lookup(QUERY, 5, soon(0.02))
    assert caught.value.counts is False
    first.cancel()
    await asyncio.wait((first,))


async def test_too_long_a_queue_refuses_at_once() -> None:
    bulkhead = Bulkhead(1, waiting=0)
    lookup = guarded_lookup(Source(never), Resilience(), bulkhead)
    first = asyncio.create_task(lookup(QUERY, 5, soon()))
    while not bulkhead.in_flight:
        await asyncio.sleep(0)
    with pytest.raises(Overloaded):
        await lookup(QUERY, 5, soon(3600))
    first.cancel()
    await asyncio.wait((first,))


async def test_a_cancelled_caller_gives_its_place_back() -> None:
    bulkhead = Bulkhead(1)
    lookup = guarded_lookup(Source(never, "Ana"), Resilience(), bulkhead)
    first = asyncio.create_task(lookup(QUERY, 5, soon()))
    while not bulkhead.in_flight:
        await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait((first,))
    assert await lookup(QUERY, 5, soon()) == "Ana"


async def test_retries_never_multiply_the_load_on_a_source_that_is_down() -> None:
    source = Source(ServerError())
    lookup = guarded_lookup(source, Resilience(retries=3), Bulkhead(1), backoff=NO_WAIT, budget=RetryBudget(0.2, 5.0))
    for _ in range(100):
        with pytest.raises(ServerError):
            await lookup(QUERY, 5, soon())
    assert 100 < source.asked <= 100 + 5 + 20


async def test_the_budget_for_retries_comes_back_with_the_lookups() -> None:
    budget = RetryBudget(0.5, 1.0)
    assert budget.spend()
    assert not budget.spend()
    budget.earn()
    assert not budget.spend()
    budget.earn()
    assert budget.spend()
