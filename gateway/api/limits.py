"""How much, how fast, how many at once. Per process: several workers let through as many times more."""

from __future__ import annotations

from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.core.errors import TooManyInFlight, TooManyRequests
from gateway.service.caller import caller_of

MOST_BODY = 64 * 1024
"""Bytes of a request's body, where gateway.yaml says nothing else."""


class TokenBuckets:
    """One bucket a key: `rate` tokens come back a second, at most `burst` lie in it. `clock`: seconds, monotonic."""

    def __init__(self, rate: float, burst: int, clock: Callable[[], float]) -> None:
        self._rate = rate
        self._burst = float(burst)
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key_id: str) -> float:
        """0.0 and a token less; or the seconds until the next token, and nothing taken."""
        now = self._clock()
        tokens, filled = self._buckets.get(key_id, (self._burst, now))
        tokens = min(self._burst, tokens + (now - filled) * self._rate)
        if tokens < 1.0:
            self._buckets[key_id] = (tokens, now)
            return (1.0 - tokens) / self._rate
        self._buckets[key_id] = (tokens - 1.0, now)
        return 0.0


class RateLimit:
    """A check: a request costs its key a token. Only keys that are known reach it: the buckets are as many as the keys."""

    def __init__(self, buckets: TokenBuckets) -> None:
        self._buckets = buckets

    def __call__(self, scope: Scope) -> None:
        wait = self._buckets.take(caller_of(scope).viewer.key_id)
        if wait:
            raise TooManyRequests(wait)


class Places:
    """How many requests of each tenant are under way; shared by the faces that count together."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: dict[str, int] = {}

    def enter(self, tenant: str) -> None:
        """Raises TooManyInFlight where all places are taken."""
        taken = self._taken.get(tenant, 0)
        if taken >= self._most:
            raise TooManyInFlight
        self._taken[tenant] = taken + 1

    def leave(self, tenant: str) -> None:
        left = self._taken[tenant] - 1
        if left:
            self._taken[tenant] = left
        else:
            del self._taken[tenant]


class InFlight:
    """So many requests of one tenant at once, so that one tenant's slow source leaves the others room."""

    def __init__(self, app: ASGIApp, places: Places) -> None:
        self._app = app
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tenant = caller_of(scope).tenant
        self._places.enter(tenant)
        try:
            await self._app(scope, receive, send)
        finally:
            self._places.leave(tenant)
