"""The outermost layer: past the deadline nothing more is asked."""

from __future__ import annotations

import asyncio

from gateway.core.errors import TimedOut
from gateway.core.model import Query
from gateway.resilience.attempt import Answer, Ask


def until(ask: Ask[Answer]) -> Ask[Answer]:
    """Refuses to start after the deadline. Each layer beneath ends by the deadline on its own."""

    async def bounded(query: Query, limit: int, deadline: float) -> Answer:
        if asyncio.get_running_loop().time() >= deadline:
            raise TimedOut
        return await ask(query, limit, deadline)

    return bounded
