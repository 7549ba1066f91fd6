"""At most so many lookups of one source at once; the others wait their turn within their deadline."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from gateway.core.errors import Overloaded
from gateway.core.model import Query
from gateway.resilience.attempt import Answer, Ask
from gateway.resilience.deadline import Deadline


@dataclass(slots=True)
class Bulkhead:
    """`concurrency` places; `waiting` callers beyond which a new one is refused at once. First come, first served."""

    concurrency: int
    waiting: int = 256
    in_flight: int = 0
    queue: int = 0
    _places: asyncio.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.concurrency)

    async def enter(self, deadline: Deadline) -> None:
        """Raises Overloaded where no place came free by `deadline`, or too many wait already."""
        if self._places.locked():
            if self.queue >= self.waiting:
                raise Overloaded
            self.queue += 1
            try:
                async with deadline.scope():
                    await self._places.acquire()
            except TimeoutError as error:
                raise Overloaded from error
            finally:
                deadline.left()
                self.queue -= 1
        else:
            await self._places.acquire()
        self.in_flight += 1

    def leave(self) -> None:
        self.in_flight -= 1
        self._places.release()


def within(bulkhead: Bulkhead, ask: Ask[Answer]) -> Ask[Answer]:
    """`ask`, but only while it has a place in the bulkhead."""

    async def guarded(query: Query, limit: int, deadline: Deadline) -> Answer:
        await bulkhead.enter(deadline)
        try:
            return await ask(query, limit, deadline)
        finally:
            bulkhead.leave()

    return guarded
