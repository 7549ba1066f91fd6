"""A failed attempt is made again where that may help: only errors that say so, only while the deadline allows."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from gateway.core.errors import RateLimited, SourceError
from gateway.core.model import Query
from gateway.resilience.attempt import Answer, Ask


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: the n-th wait is drawn between 0 and `first * 2**n` seconds, at most `most`."""

    first: float = 0.05
    most: float = 1.0
    draw: random.Random = field(default_factory=random.Random)

    def wait(self, attempts: int) -> float:
        return self.draw.uniform(0.0, min(self.most, self.first * 2**attempts))


def retrying(ask: Ask[Answer], retries: int, backoff: Backoff) -> Ask[Answer]:
    """Up to `retries` more attempts. A source's own `Retry-After` is honoured where it ends before the deadline."""

    async def again(query: Query, limit: int, deadline: float) -> Answer:
        for attempts in range(retries):
            try:
                return await ask(query, limit, deadline)
            except SourceError as error:
                wait = _wait(error, attempts, backoff)
                if wait is None or asyncio.get_running_loop().time() + wait >= deadline:
                    raise
            await asyncio.sleep(wait)
        return await ask(query, limit, deadline)

    return again


def _wait(error: SourceError, attempts: int, backoff: Backoff) -> float | None:
    """Seconds until the next attempt, or None where another cannot help."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after
    return backoff.wait(attempts) if error.retryable else None
