"""Identical lookups under way are one: who asks what is being asked already waits for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic

from gateway.resilience.attempt import Answer
from gateway.resilience.deadline import Deadline

_MOMENT = 0.05
"""Seconds that a lookup gets to end after its deadline before its callers look again whether it was put off."""
_TICK = 0.001
"""Timers may run up to so much before their time (uvloop counts milliseconds)."""


@dataclass(slots=True, eq=False)
class Flight(Generic[Answer]):
    """A lookup under way, in a task of its own, for `waiting` callers. `among`: the flights that can be joined."""

    key: Hashable
    among: dict[Hashable, Flight[Answer]]
    deadline: Deadline
    task: asyncio.Task[Answer]
    waiting: int = 1

    def left(self) -> bool:
        """One caller fewer: was it the last?"""
        self.waiting -= 1
        if self.waiting:
            return False
        if self.among.get(self.key) is self:
            del self.among[self.key]
        return True


@dataclass(slots=True, eq=False)
class Seat(Generic[Answer]):
    """One caller's place in a flight. `deadline`: the caller's own, of the event loop's clock. `leads`: the flight was begun
    for this caller. Whoever has a seat gives it back with `leave`, whatever happens."""

    flight: Flight[Answer]
    deadline: float
    leads: bool

    @property
    def task(self) -> asyncio.Task[Answer]:
        return self.flight.task


@dataclass(slots=True)
class Flights(Generic[Answer]):
    """The lookups of one source that are under way, by what they ask.

    A flight lives as long as somebody waits for it: one caller's leaving harms no other, the last one's cancels it.
    """

    _by_key: dict[Hashable, Flight[Answer]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self._by_key)

    def join(self, key: Hashable, deadline: float) -> Seat[Answer] | None:
        """A seat where the same is being asked and can go on until `deadline`."""
        flight = self._by_key.get(key)
        if flight is None or flight.task.done() or not flight.deadline.put_off(deadline):
            return None
        flight.waiting += 1
        return Seat(flight, deadline, leads=False)

    def start(
        self, key: Hashable, deadline: float, work: Callable[[Deadline], Coroutine[None, None, Answer]]
    ) -> Seat[Answer]:
        """A flight that begins now; those who ask the same from now on join this one."""
        moment = Deadline(deadline)
        flight = self._by_key[key] = Flight(key, self._by_key, moment, asyncio.create_task(work(moment)))
        return Seat(flight, deadline, leads=True)


async def leave(seats: Iterable[Seat[Answer]]) -> None:
    """Give the seats back. What nobody waits for any more is cancelled, and has ended when this returns: it gives its
    connection back before its caller goes on."""
    abandoned = [seat.task for seat in seats if seat.flight.left()]
    under_way = [task for task in abandoned if not task.done()]
    for task in under_way:
        task.cancel()
    if under_way:
        await asyncio.wait(under_way)
    for task in abandoned:
        # An error that nobody looked at would be logged by asyncio, with whatever stands in its text.
        if not task.cancelled():
            task.exception()


async def first_arrivals(seats: Iterable[Seat[Answer]]) -> set[Seat[Answer]]:
    """Wait for the first of `seats` (one at least) that are through: their flight has ended, or goes on for others beyond
    their own deadline."""
    waiting = list(seats)
    tasks = [seat.task for seat in waiting]
    loop = asyncio.get_running_loop()
    deadline = min(seat.deadline for seat in waiting)
    left = deadline - loop.time()
    while True:
        done, _ = await asyncio.wait(tasks, timeout=max(left, _TICK), return_when=asyncio.FIRST_COMPLETED)
        if done:
            return {seat for seat in waiting if seat.task in done}
        left = deadline - loop.time()
        if left <= 0:
            if late := {seat for seat in waiting if seat.flight.deadline.at > seat.deadline}:
                return late
            # All end by this deadline themselves, and then say more than that the time is over.
            left = _MOMENT
