"""The time of a lookup: an attempt ends at its time-out, however slowly the source drips; past the deadline none begins."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar

from gateway.core.errors import CutShort, TimedOut
from gateway.core.model import Query
from gateway.resilience.deadline import Deadline

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)

Ask: TypeAlias = Callable[[Query, int, Deadline], Awaitable[Answer]]
"""query, limit, deadline -> what the source said."""

_FAIR = 0.5
"""The share of its time-out that an attempt must have had for its end to speak against the source."""


class Asks(Protocol[Answer_co]):
    """Whatever is asked: an adapter, for the gateway."""

    async def lookup(self, query: Query, *, limit: int) -> Answer_co: ...


def attempt(adapter: Asks[Answer], timeout: float) -> Ask[Answer]:
    """`timeout` in seconds; the deadline of the whole wins where it is sooner.

    Raises TimedOut; CutShort where the deadline left less than a fair time, because others had used it up.
    """
    lookup = adapter.lookup

    async def ask(query: Query, limit: int, deadline: Deadline) -> Answer:
        now = asyncio.get_running_loop().time()
        try:
            async with deadline.scope(now + timeout):
                return await lookup(query, limit=limit)
        except TimeoutError as error:
            fair = deadline.at - now >= timeout * _FAIR
            raise (TimedOut if fair else CutShort) from error
        finally:
            deadline.left()

    return ask


def until(ask: Ask[Answer]) -> Ask[Answer]:
    """Refuses to start after the deadline. Each layer beneath ends by the deadline on its own."""

    async def bounded(query: Query, limit: int, deadline: Deadline) -> Answer:
        if asyncio.get_running_loop().time() >= deadline.at:
            raise CutShort
        return await ask(query, limit, deadline)

    return bounded
