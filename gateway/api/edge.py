"""The outermost layers: the request's id, and the last handler, which turns every error into an answer."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars, reset_contextvars

from gateway.api.answers import PROBLEM, answer, encode
from gateway.api.ports import EdgeObserver
from gateway.api.problems import Refusal, internal, problem_body, refusal_of
from gateway.core.errors import GatewayError, MethodNotAllowed, UnknownPath
from gateway.service.caller import put_request_id, request_id_of

Render = Callable[[Refusal, str], tuple[bytes, bytes]]
"""A refusal and the request's id -> content type and body, in the words of one face."""

# One letter at least, so that no document or phone number passes for an id and comes into the log.
_VALID_ID = re.compile(r"(?=[0-9._-]*[A-Za-z])[A-Za-z0-9._-]{1,128}")


def new_request_id() -> str:
    return os.urandom(16).hex()


class RequestIds:
    """Takes a valid `X-Request-Id` from the caller, else makes one; it comes back in the answer and in every log line."""

    def __init__(self, app: ASGIApp, new: Callable[[], str] = new_request_id) -> None:
        self._app = app
        self._new = new

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or self._new()
        header = (b"x-request-id", request_id.encode("ascii"))

        async def with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], header]
            await send(message)

        put_request_id(scope, request_id)
        bound = bind_contextvars(request_id=request_id)
        try:
            await self._app(scope, receive, with_id)
        finally:
            reset_contextvars(**bound)


class LastHandler:
    """Turns every error into an answer of its face: a refusal by the table, a defect into a bare `internal`."""

    def __init__(self, app: ASGIApp, render: Render, observer: EdgeObserver) -> None:
        self._app = app
        self._render = render
        self._observer = observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        request_id = request_id_of(scope)
        try:
            await self._app(scope, receive, watched)
            return
        except GatewayError as error:
            refusal = refusal_of(error)
            self._observer.refused(request_id, refusal.code, refusal.status)
        except Exception as error:  # noqa: BLE001  the last handler of the application
            refusal = internal()
            self._observer.crashed(request_id, error)
        if not started:
            content_type, body = self._render(refusal, request_id)
            await answer(send, body, status=refusal.status, content_type=content_type, headers=refusal.headers)


def as_problem(refusal: Refusal, request_id: str) -> tuple[bytes, bytes]:
    """The JSON API's own rendering (RFC 9457)."""
    return PROBLEM, encode(problem_body(refusal, request_id))


class ByMethod:
    """One address, an endpoint a method; HEAD is answered as GET is (the server leaves the body out)."""

    def __init__(self, endpoints: dict[str, ASGIApp]) -> None:
        self._allowed = sorted([*endpoints, "HEAD"] if "GET" in endpoints else endpoints)
        self._endpoints = dict(endpoints)
        if "GET" in endpoints:
            self._endpoints["HEAD"] = endpoints["GET"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = self._endpoints.get(scope["method"])
        if endpoint is None:
            raise MethodNotAllowed(self._allowed)
        await endpoint(scope, receive, send)


async def nothing_here(scope: Scope, receive: Receive, send: Send) -> None:
    """What the router falls back on."""
    raise UnknownPath


def _given_id(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            return text if _VALID_ID.fullmatch(text) else None
    return None
