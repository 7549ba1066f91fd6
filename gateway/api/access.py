"""Who asks: the key, whose tenant it is, and what its role may. In this order, so that nothing of a tenant shows before."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api.ports import Keys
from gateway.core.disclosure import Permission
from gateway.core.errors import Forbidden, Unauthenticated, UnknownTenant
from gateway.service.caller import Caller, caller_of, put_caller

Presented = Callable[[Scope], Iterable[tuple[str, str]]]
"""Where a face looks for keys: the request -> (place, what stands there), the likeliest first."""

Check = Callable[[Scope], None]
"""Lets a request pass, or raises the AccessError that says why not."""

BEARER_CHALLENGE = 'Bearer realm="gateway"'


def bearer(scope: Scope) -> Iterable[tuple[str, str]]:
    """`Authorization: Bearer <key>` (RFC 6750, 2.1), of which there may be one."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, credentials = value.decode("latin-1").partition(" ")
            return (("bearer", credentials.strip()),) if scheme.lower() == "bearer" else ()
    return ()


class Behind:
    """An endpoint behind its checks, which run in their order."""

    def __init__(self, checks: Iterable[Check], app: ASGIApp) -> None:
        self._checks = tuple(checks)
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        for check in self._checks:
            check(scope)
        await self._app(scope, receive, send)


class Authentication:
    """Finds the caller, or raises Unauthenticated before anything else of the request is looked at."""

    def __init__(self, keys: Keys, presented: Presented, challenge: str) -> None:
        self._keys = keys
        self._presented = presented
        self._challenge = challenge

    def __call__(self, scope: Scope) -> None:
        put_caller(scope, self._caller(scope))

    def _caller(self, scope: Scope) -> Caller:
        came = False
        for place, presented in self._presented(scope):
            came = True
            key = self._keys.find(presented)
            if key is not None:
                return Caller(key.tenant, key.viewer, place)
        reason = "The API key is unknown or has expired." if came else self._none_came()
        raise Unauthenticated(self._challenge, f"{reason} `gateway keys create` makes one.")

    def _none_came(self) -> str:
        # Where other faces take theirs, the tenant's file and their pages say.
        where = " Send it as `Authorization: Bearer …`." if self._challenge == BEARER_CHALLENGE else ""
        return f"No API key came with the request.{where}"


def own_tenant_only(scope: Scope) -> None:
    """A key opens its own tenant; every other one looks like one that does not exist."""
    if scope["path_params"]["tenant"] != caller_of(scope).tenant:
        raise UnknownTenant


class Permitted:
    """Only for roles that have the permission."""

    def __init__(self, permission: Permission) -> None:
        self._permission = permission

    def __call__(self, scope: Scope) -> None:
        if not caller_of(scope).viewer.may(self._permission):
            raise Forbidden(self._permission)
