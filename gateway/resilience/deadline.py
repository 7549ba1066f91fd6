"""The outermost layer: past the deadline nothing more is asked."""

from __future__ import annotations

import asyncio

from gateway.adapter import Found, Query
from gateway.core.errors import TimedOut
from gateway.resilience.attempt import Ask


def until(ask: Ask) -> Ask:
    """Refuses to start after the deadline. Each layer beneath ends by the deadline on its own."""

    async def bounded(query: Query, limit: int, deadline: float) -> Found:
        if asyncio.get_running_loop().time() >= deadline:
            raise TimedOut
        return await ask(query, limit, deadline)

    return bounded
