"""A failed attempt is made again where that may help: only errors that say so, while deadline and budget allow."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from gateway.core.errors import RateLimited, SourceError
from gateway.core.model import Query
from gateway.resilience.attempt import Answer, Ask
from gateway.resilience.deadline import Deadline


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full jitter: the n-th wait is drawn between 0 and `first * 2**n` seconds, at most `most`."""

    first: float = 0.05
    most: float = 1.0
    draw: random.Random = field(default_factory=random.Random)

    def wait(self, attempts: int) -> float:
        return self.draw.uniform(0.0, min(self.most, self.first * 2**attempts))


@dataclass(slots=True)
class RetryBudget:
    """Of a source's recent lookups at most the share `ratio` is repeated, so that retries never multiply the load on a
    source that is down. Each lookup earns `ratio` of a retry; up to `most` earned ones are kept, and so many are there at
    the start."""

    ratio: float = 0.2
    most: float = 10.0
    left: float = field(init=False)

    def __post_init__(self) -> None:
        self.left = self.most

    def earn(self) -> None:
        self.left = min(self.most, self.left + self.ratio)

    def spend(self) -> bool:
        """May an attempt be repeated? Then it is paid for."""
        if self.left < 1.0:
            return False
        self.left -= 1.0
        return True


def retrying(ask: Ask[Answer], retries: int, backoff: Backoff, budget: RetryBudget) -> Ask[Answer]:
    """Up to `retries` more attempts. A source's own `Retry-After` is honoured where it ends before the deadline."""

    async def again(query: Query, limit: int, deadline: Deadline) -> Answer:
        budget.earn()
        for attempts in range(retries):
            try:
                return await ask(query, limit, deadline)
            except SourceError as error:
                wait = _wait(error, attempts, backoff)
                if wait is None or asyncio.get_running_loop().time() + wait >= deadline.at or not budget.spend():
                    raise
            await asyncio.sleep(wait)
        return await ask(query, limit, deadline)

    return again


def _wait(error: SourceError, attempts: int, backoff: Backoff) -> float | None:
    """Seconds until the next attempt, or None where another cannot help."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after
    return backoff.wait(attempts) if error.retryable else None
