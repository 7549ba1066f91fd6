"""One attempt at a lookup ends after its time-out, however slowly the source drips."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from gateway.adapter import Adapter, Found, Query
from gateway.core.errors import TimedOut

Ask: TypeAlias = Callable[[Query, int, float], Awaitable[Found]]
"""query, limit, deadline (the event loop's clock) -> what the source said."""


def attempt(adapter: Adapter, timeout: float) -> Ask:
    """`timeout` in seconds; the deadline of the whole wins where it is sooner."""
    lookup = adapter.lookup

    async def ask(query: Query, limit: int, deadline: float) -> Found:
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout_at(min(deadline, now + timeout)):
                return await lookup(query, limit=limit)
        except TimeoutError as error:
            raise TimedOut from error

    return ask
