"""The outermost layer: the request's id, the cap on its body, and the last handler, which answers every error."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.api.answers import PROBLEM, Header, answer, encode
from gateway.api.ports import EdgeObserver
from gateway.api.problems import Refusal, internal, problem_body, refusal_of
from gateway.core.errors import BodyTooLarge, GatewayError, MethodNotAllowed
from gateway.service.caller import current_request, put_request_id

Render = Callable[[Refusal, str], tuple[bytes, bytes]]
"""A refusal and the request's id -> content type and body, in the words of one face."""

# One letter at least, so that no document or phone number passes for an id and comes into the log.
_VALID_ID = re.compile(r"(?=[0-9._-]*[A-Za-z])[A-Za-z0-9._-]{1,128}")


_RENDER = "gateway.render"
_HEADERS = "gateway.headers"
_LONGEST_LENGTH = 18
"""Digits of a declared length that is read at all."""


def new_request_id() -> str:
    return os.urandom(16).hex()


class Edge:
    """The outermost layer: gives each request its id, caps its body, and turns every error into an answer.

    The id is the caller's own `X-Request-Id` where that is valid; it comes back in the answer and in every log line. A body
    over `most_body` bytes is refused at once where its length is declared, else as soon as so much has come. An error is
    answered in the words of its face: a refusal by the table, a defect by a bare `internal`.
    """

    def __init__(
        self, app: ASGIApp, observer: EdgeObserver, most_body: int, new: Callable[[], str] = new_request_id
    ) -> None:
        self._app = app
        self._observer = observer
        self._most_body = most_body
        self._new = new

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given, declared = _noted(scope)
        request_id = given or self._new()
        exchange = _Exchange(receive, send, (b"x-request-id", request_id.encode("ascii")), self._most_body)
        put_request_id(scope, request_id)
        before = current_request.set(request_id)
        try:
            if len(declared) > _LONGEST_LENGTH or int(declared) > self._most_body:
                raise BodyTooLarge(self._most_body)
            await self._app(scope, exchange.receive, exchange.send)
            return
        except GatewayError as error:
            refusal = refusal_of(error)
            self._observer.refused(request_id, refusal.code, refusal.status)
        except Exception as error:  # noqa: BLE001  the last handler of the application
            refusal = internal()
            self._observer.crashed(request_id, error)
        finally:
            current_request.reset(before)
        if not exchange.answered:
            render: Render = scope.get(_RENDER, as_problem)
            content_type, body = render(refusal, request_id)
            headers = (*refusal.headers, *scope.get(_HEADERS, ()))
            await answer(exchange.send, body, status=refusal.status, content_type=content_type, headers=headers)


def also_on_refusals(scope: Scope, headers: Sequence[Header]) -> None:
    """From here on, an error is answered with these headers, too."""
    scope[_HEADERS] = tuple(headers)


class _Exchange:
    """One request's ways in and out. `answered`: the answer has begun."""

    __slots__ = ("_came", "_header", "_most", "_receive", "_send", "answered")

    def __init__(self, receive: Receive, send: Send, header: Header, most: int) -> None:
        self._receive = receive
        self._send = send
        self._header = header
        self._most = most
        self._came = 0
        self.answered = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._came += len(message.get("body", b""))
        if self._came > self._most:
            raise BodyTooLarge(self._most)
        return message

    async def send(self, message: Message) -> None:
        if not self.answered:
            self.answered = True
            message["headers"] = [*message["headers"], self._header]
        await self._send(message)


class InWordsOf:
    """A face of its own words: from here on, errors are answered as `render` writes them."""

    def __init__(self, app: ASGIApp, render: Render) -> None:
        self._app = app
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope[_RENDER] = self._render
        await self._app(scope, receive, send)


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


def as_problem(refusal: Refusal, request_id: str) -> tuple[bytes, bytes]:
    """The JSON API's own rendering (RFC 9457)."""
    return PROBLEM, encode(problem_body(refusal, request_id))


def _noted(scope: Scope) -> tuple[str | None, bytes]:
    """What the edge reads of the headers: the caller's valid id, and the declared length of the body."""
    given, declared = None, b"0"
    for name, value in scope["headers"]:
        if name == b"content-length":
            declared = value
        elif name == b"x-request-id":
            text = value.decode("latin-1")
            given = text if _VALID_ID.fullmatch(text) else None
    return given, declared
