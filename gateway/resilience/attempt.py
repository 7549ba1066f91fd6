"""One attempt at a lookup ends after its time-out, however slowly the source drips."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeAlias, TypeVar

from gateway.core.errors import TimedOut
from gateway.core.model import Query

Answer = TypeVar("Answer")
Answer_co = TypeVar("Answer_co", covariant=True)

Ask: TypeAlias = Callable[[Query, int, float], Awaitable[Answer]]
"""query, limit, deadline (the event loop's clock) -> what the source said."""


class Asks(Protocol[Answer_co]):
    """Whatever is asked: an adapter, for the gateway."""

    async def lookup(self, query: Query, *, limit: int) -> Answer_co: ...


def attempt(adapter: Asks[Answer], timeout: float) -> Ask[Answer]:
    """`timeout` in seconds; the deadline of the whole wins where it is sooner."""
    lookup = adapter.lookup

    async def ask(query: Query, limit: int, deadline: float) -> Answer:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(deadline, now + timeout)):
                return await lookup(query, limit=limit)
        except TimeoutError as error:
            raise TimedOut from error

    return ask
