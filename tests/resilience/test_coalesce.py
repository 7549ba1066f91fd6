"""Identical lookups under way are one, and nobody's leaving harms another."""

from __future__ import annotations

import asyncio

import pytest

from gateway.core.errors import TimedOut
from gateway.core.tenant import Resilience
from gateway.resilience import Bulkhead, Deadline, Flights, first_arrivals, guarded_lookup, leave
from tests.resilience.scripted import QUERY, Source, never

pytestmark = pytest.mark.anyio


class Held:
    """Work that waits to be released. `begun`, `cancelled`: how often."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.begun = self.cancelled = 0

    async def __call__(self, deadline: Deadline) -> str:
        self.begun += 1
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return "Ana"


def at(seconds: float = 5.0) -> float:
    return asyncio.get_running_loop().time() + seconds


async def ask(flights: Flights[str], held: Held, deadline: float | None = None) -> str | None:
    """One caller: joins or begins, waits, and leaves. None where his own deadline came first."""
    moment = at() if deadline is None else deadline
    seat = flights.join("ana", moment) or flights.start("ana", moment, held)
    try:
        await first_arrivals((seat,))
        return seat.task.result() if seat.task.done() else None
    finally:
        await leave((seat,))


async def callers(flights: Flights[str], held: Held, many: int) -> list[asyncio.Task[str | None]]:
    tasks = [asyncio.create_task(ask(flights, held)) for _ in range(many)]
    while not held.begun:
        await asyncio.sleep(0)
    return tasks


async def test_many_who_ask_the_same_at_once_are_one_lookup() -> None:
    flights, held = Flights[str](), Held()
    tasks = await callers(flights, held, 20)
    held.release.set()
    assert await asyncio.gather(*tasks) == ["Ana"] * 20
    assert (held.begun, len(flights)) == (1, 0)


async def test_the_first_callers_cancellation_harms_no_other() -> None:
    flights, held = Flights[str](), Held()
    first, *others = await callers(flights, held, 3)
    first.cancel()
    await asyncio.wait((first,))
    held.release.set()
    assert await asyncio.gather(*others) == ["Ana", "Ana"]
    assert (held.begun, held.cancelled) == (1, 0)


async def test_the_last_who_leaves_cancels_the_lookup() -> None:
    flights, held = Flights[str](), Held()
    tasks = await callers(flights, held, 3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert (held.cancelled, len(flights)) == (1, 0)


async def test_who_asks_after_the_last_has_left_begins_anew() -> None:
    flights, held = Flights[str](), Held()
    (gone,) = await callers(flights, held, 1)
    gone.cancel()
    again = asyncio.create_task(ask(flights, held))
    await asyncio.wait((gone,))
    held.release.set()
    assert await again == "Ana"


async def test_who_has_less_time_leaves_at_his_own_deadline_and_the_others_get_the_answer() -> None:
    flights, held = Flights[str](), Held()
    hasty = asyncio.create_task(ask(flights, held, at(0.03)))
    while not held.begun:
        await asyncio.sleep(0)
    patient = asyncio.create_task(ask(flights, held, at(60)))
    async with asyncio.timeout(5):
        assert await hasty is None
    held.release.set()
    assert await patient == "Ana"
    assert held.begun == 1


async def test_who_joins_with_more_time_puts_the_deadline_of_the_lookup_off() -> None:
    release = asyncio.Event()

    async def slowly() -> str:
        await release.wait()
        return "Ana"

    lookup = guarded_lookup(Source(slowly), Resilience(timeout=60), Bulkhead(1))

    async def work(deadline: Deadline) -> str:
        return await lookup(QUERY, 5, deadline)

    flights = Flights[str]()
    begun = asyncio.get_running_loop().time()
    hasty = flights.start("ana", begun + 0.03, work)
    await asyncio.sleep(0)
    patient = flights.join("ana", begun + 60)
    assert patient is not None
    async with asyncio.timeout(5):
        assert await first_arrivals((hasty,)) == {hasty}
    assert not hasty.task.done()
    release.set()
    await first_arrivals((patient,))
    assert patient.task.result() == "Ana"
    await leave((hasty, patient))


async def test_a_lookup_past_its_deadline_is_not_joined_any_more() -> None:
    lookup = guarded_lookup(Source(never), Resilience(timeout=60), Bulkhead(1))

    async def work(deadline: Deadline) -> str:
        return await lookup(QUERY, 5, deadline)

    flights = Flights[str]()
    seat = flights.start("ana", at(0.02), work)
    await first_arrivals((seat,))
    assert flights.join("ana", at(60)) is None
    with pytest.raises(TimedOut):
        seat.task.result()
    await leave((seat,))


async def test_a_newer_lookup_is_the_one_that_is_joined_and_the_older_one_goes_on() -> None:
    flights, older, newer = Flights[str](), Held(), Held()
    first = flights.start("ana", at(), older)
    await asyncio.sleep(0)
    second = flights.start("ana", at(), newer)
    joined = flights.join("ana", at())
    assert joined is not None
    assert joined.task is second.task
    assert not first.task.done()
    await leave((first,))
    assert (older.cancelled, newer.cancelled, len(flights)) == (1, 0, 1)
    newer.release.set()
    await first_arrivals((second, joined))
    assert second.task.result() == "Ana"
    await leave((second, joined))


async def test_thousands_of_cancelled_callers_leave_no_task_and_no_timer() -> None:
    flights, held = Flights[str](), Held()
    before = asyncio.all_tasks()
    for _ in range(20):
        tasks = [asyncio.create_task(ask(flights, held, at(5 + number / 1000))) for number in range(100)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert asyncio.all_tasks() == before
    assert len(flights) == 0
    assert (held.begun, held.cancelled) == (20, 20)
