"""What whoever runs the gateway asks it: alive, ready, metrics.

`/healthz` and the bare `/readyz` are open to everybody. Which tenants' files are wrong, and the metrics, name tenants and
sources: they need a key whose role has the permission `operations`, which sees its own tenant alone, or an address of their
own on the loopback interface, which sees everything.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import UNSET
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api import bodies
from gateway.api.answers import answer, encode
from gateway.api.ports import Exposition, Readiness
from gateway.service.caller import caller_of

Concerns = Callable[[Scope], str | None]
"""Whom an answer may speak of: one tenant's slug, or None for all."""

_METRICS = b"text/plain; version=0.0.4; charset=utf-8"
_ALIVE = encode(bodies.Health("ok"))


def own_tenant(scope: Scope) -> str | None:
    """Behind the authentication: the key's tenant."""
    return caller_of(scope).tenant


def every_tenant(scope: Scope) -> str | None:
    """Only behind an address that strangers cannot reach."""
    return None


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    await answer(send, _ALIVE)


class Readyz:
    """200 while the gateway takes requests, else 503. A tenant whose file is wrong does not stop the others."""

    def __init__(self, readiness: Readiness, concerns: Concerns | None = None) -> None:
        self._readiness = readiness
        self._concerns = concerns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        ready = self._readiness.ready
        body = bodies.Readiness(ready)
        if self._concerns is not None:
            trouble = await self._readiness.storage_trouble()
            body = bodies.Readiness(ready, self._problems(self._concerns(scope)), trouble or UNSET)
        await answer(send, encode(body), status=200 if ready else 503)

    def _problems(self, tenant: str | None) -> tuple[bodies.TenantProblems, ...]:
        return tuple(
            bodies.TenantProblems(slug, tuple(str(problem) for problem in error.problems))
            for slug, error in sorted(self._readiness.problems.items())
            if tenant is None or slug == tenant
        )


class WithKey:
    """`detailed` where the request brings credentials (and then they must be good), else `bare`."""

    def __init__(self, bare: ASGIApp, detailed: ASGIApp) -> None:
        self._bare = bare
        self._detailed = detailed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        came = any(name == b"authorization" for name, _ in scope["headers"])
        await (self._detailed if came else self._bare)(scope, receive, send)


class Metrics:
    """For Prometheus."""

    def __init__(self, exposition: Exposition, concerns: Concerns) -> None:
        self._exposition = exposition
        self._concerns = concerns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, self._exposition.exposition(self._concerns(scope)), content_type=_METRICS)
