"""Identical lookups under way are one: who asks what is being asked already waits for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic

from gateway.resilience.attempt import Answer
from gateway.resilience.deadline import Deadline

_TICK = 0.001
"""Seconds. Timers may run up to so much before their time (uvloop counts milliseconds)."""


@dataclass(slots=True, eq=False)
class Flight(Generic[Answer]):
    """A lookup under way, in a task of its own, for `waiting` callers. `among`: the flights that can be joined. `key`: holds
    what is asked, so no repr shows it."""

    key: Hashable = field(repr=False)
    among: dict[Hashable, Flight[Answer]] = field(repr=False)
    deadline: Deadline
    task: asyncio.Task[Answer]
    waiting: int = 1
    watchers: list[asyncio.Future[None]] = field(default_factory=list)
    alarms: list[asyncio.TimerHandle] = field(default_factory=list)

    def extended(self, deadline: float) -> bool:
        """Can it go on until `deadline`? Those who have less time are woken at the end of theirs."""
        before = self.deadline.at
        if not self.deadline.put_off(deadline):
            return False
        if deadline > before:
            self.alarms.append(asyncio.get_running_loop().call_at(before + _TICK, self.wake))
        return True

    def left(self) -> bool:
        """One caller fewer: was it the last?"""
        self.waiting -= 1
        if self.waiting:
            return False
        for alarm in self.alarms:
            alarm.cancel()
        if self.among.get(self.key) is self:
            del self.among[self.key]
        return True

    def wake(self, _: object = None) -> None:
        """Let every waiting caller look again."""
        for watcher in self.watchers:
            if not watcher.done():
                watcher.set_result(None)


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

    def is_through(self) -> bool:
        """The flight has ended, or goes on for others beyond this caller's deadline. (One that ends at this very deadline
        does so by itself, and then says more than that the time is over.)"""
        flight = self.flight
        return flight.task.done() or (
            flight.deadline.at > self.deadline and asyncio.get_running_loop().time() >= self.deadline
        )


@dataclass(slots=True)
class Flights(Generic[Answer]):
    """The lookups of one source that are under way, by what they ask.

    A flight lives as long as somebody waits for it: one caller's leaving harms no other, the last one's cancels it.
    """

    _by_key: dict[Hashable, Flight[Answer]] = field(default_factory=dict, repr=False)

    def __len__(self) -> int:
        return len(self._by_key)

    def join(self, key: Hashable, deadline: float) -> Seat[Answer] | None:
        """A seat where the same is being asked and can go on until `deadline`."""
        flight = self._by_key.get(key)
        if flight is None or flight.task.done() or not flight.extended(deadline):
            return None
        flight.waiting += 1
        return Seat(flight, deadline, leads=False)

    def start(
        self, key: Hashable, deadline: float, work: Callable[[Deadline], Coroutine[None, None, Answer]]
    ) -> Seat[Answer]:
        """A flight that begins now; those who ask the same from now on join this one."""
        moment = Deadline(deadline)
        task = asyncio.create_task(work(moment))
        flight = self._by_key[key] = Flight(key, self._by_key, moment, task)
        task.add_done_callback(flight.wake)
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
    """Wait for the first of `seats` (one at least) that are through."""
    waiting = tuple(seats)
    while True:
        through = {seat for seat in waiting if seat.is_through()}
        if through:
            return through
        woken = asyncio.get_running_loop().create_future()
        for seat in waiting:
            seat.flight.watchers.append(woken)
        try:
            await woken
        finally:
            for seat in waiting:
                seat.flight.watchers.remove(woken)
