"""A source that answers as a test says, and what it is asked with."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

from gateway.core.errors import SourceError
from gateway.core.model import Query, SearchKey
from gateway.resilience import Deadline
from gateway.resilience.retry import Backoff

QUERY = Query((SearchKey("code", "code", "7"),))
NO_WAIT = Backoff(first=0.0, draw=random.Random(1))


class Source:
    """Answers each lookup with the next step of a script; the last one again and again."""

    def __init__(self, *script: str | SourceError | Callable[[], Awaitable[str]]) -> None:
        self.script = list(script)
        self.asked = 0

    async def lookup(self, query: Query, *, limit: int) -> str:
        step = self.script[min(self.asked, len(self.script) - 1)]
        self.asked += 1
        if isinstance(step, SourceError):
            raise step
        return step if isinstance(step, str) else await step()


async def never() -> str:
    await asyncio.Event().wait()
    return "unreachable"


def soon(seconds: float = 5.0) -> Deadline:
    return Deadline(asyncio.get_running_loop().time() + seconds)


class Clock:
    """Stands still unless a test sets `now`."""

    now = 0.0

    def __call__(self) -> float:
        return self.now
