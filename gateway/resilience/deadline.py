"""A moment at which a lookup ends, which may be put off while the lookup is under way."""

from __future__ import annotations

import asyncio
import math


class Deadline:
    """A moment of the event loop's clock. Who joins the lookup later and has more time puts it off; it is never brought
    forward: who has less time leaves on his own."""

    __slots__ = ("_latest", "_scope", "at")

    def __init__(self, at: float) -> None:
        self.at = at
        self._scope: asyncio.Timeout | None = None
        self._latest = math.inf

    def scope(self, latest: float = math.inf) -> asyncio.Timeout:
        """Enter it at once, and call `left()` at its end. It raises TimeoutError at the deadline, or at `latest` where that
        is sooner. A lookup is in one scope at a time."""
        self._latest = latest
        self._scope = asyncio.timeout_at(min(self.at, latest))
        return self._scope

    def left(self) -> None:
        self._scope = None

    def put_off(self, at: float) -> bool:
        """Is there time until `at` now? No, where the lookup is ending by its deadline already."""
        if at <= self.at:
            return True
        scope = self._scope
        # Timers may run a little before their time, so the clock alone does not tell.
        ending = scope is not None and scope.expired() and self.at <= self._latest
        if ending or asyncio.get_running_loop().time() >= self.at:
            return False
        self.at = at
        if scope is not None and not scope.expired():
            scope.reschedule(min(at, self._latest))
        return True
