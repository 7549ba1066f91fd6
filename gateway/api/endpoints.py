"""Endpoints that are no hot path: bytes -> what was asked, strictly -> the use case -> bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from hashlib import sha256
from typing import Generic, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.types import Receive, Scope, Send

from gateway.api.answers import answer, encode, read_body
from gateway.api.body import Body
from gateway.api.decoding import decode
from gateway.api.operation import Operation
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import MalformedRequest
from gateway.core.redaction import Redacted
from gateway.service.caller import caller_of, request_id_of

MOST_HEADER = 200
"""Characters of Gateway-Actor and of Idempotency-Key."""
_PEOPLE = frozenset({"helpdesk", "operator", "supervisor"})
"""Roles behind which a person acts, who is to be named."""
_PRINTABLE = frozenset(range(0x21, 0x7F))

Taken = TypeVar("Taken", bound=Body)


@dataclass(frozen=True, slots=True, repr=False)
class Asked(Redacted, Generic[Taken]):
    """A request that was read. `path`: the address's holes but for the tenant; `query`: its parameters; `body`: what the
    operation takes."""

    command: Command
    path: Map[str, str]
    query: Map[str, str]
    body: Taken

    @property
    def viewer(self) -> Viewer:
        return self.command.viewer


@dataclass(frozen=True, slots=True, repr=False)
class Given(Redacted):
    """What came of it. `again`: it was done before, under the same Idempotency-Key."""

    body: Body
    again: bool = False


class Nothing(Body, frozen=True, forbid_unknown_fields=True):
    """An empty object, or no body at all."""


class Endpoint(Generic[Taken]):
    """`handle` is given what `operation` takes; where it takes nothing, `Nothing`."""

    def __init__(
        self, operation: Operation, takes: type[Taken], handle: Callable[[Asked[Taken]], Awaitable[Given]]
    ) -> None:
        assert operation.takes in (takes, None)
        self._operation = operation
        self._decoder = msgspec.json.Decoder(takes)
        self._members = takes.__struct_fields__
        self._handle = handle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        body = await read_body(receive)
        path = {name: value for name, value in scope["path_params"].items() if name != "tenant"}
        writes = self._operation.writes
        actor = actor_of(scope) if writes or self._operation.audited else None
        if writes and actor is None and caller.viewer.role in _PEOPLE:
            raise MalformedRequest(
                "The header Gateway-Actor is missing. Send the operator's id as the helpdesk knows it."
            )
        key = _id_header(scope, b"idempotency-key", "Idempotency-Key") if writes else None
        repeat = None if key is None else Repeat(key, _digest(scope, body))
        command = Command(caller.tenant, caller.viewer, actor, request_id_of(scope), repeat)
        taken = decode(self._decoder, body if body or self._operation.takes else b"{}", self._members)
        given = await self._handle(Asked(command, path, query_of(self._operation, scope), taken))
        headers = ((b"idempotency-replayed", b"true"),) if given.again else ()
        await answer(send, encode(given.body), status=self._operation.status, headers=headers)


def query_of(operation: Operation, scope: Scope) -> dict[str, str]:
    """The parameters of the address, strictly. Raises MalformedRequest."""
    known = {parameter.name: parameter for parameter in operation.queries}
    given: dict[str, str] = {}
    for name, value in _pairs(scope["query_string"]):
        parameter = known.get(name)
        if parameter is None:
            raise MalformedRequest(
                f"A parameter of the address is not known. Known: {', '.join(known) or 'none'}. Compare with /docs."
            )
        if name in given:
            raise MalformedRequest(f"The parameter '{name}' is given twice. Give it once.")
        if parameter.integer and not (value.isascii() and value.isdigit() and len(value) <= 9):
            raise MalformedRequest(f"The parameter '{name}' is a whole number.")
        if parameter.flag and value not in ("true", "false"):
            raise MalformedRequest(f"The parameter '{name}' is true or false.")
        given[name] = value
    return given


def _pairs(query: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=20)
    except ValueError:
        raise MalformedRequest("The parameters of the address cannot be read. Percent-encode them in UTF-8.") from None


def actor_of(scope: Scope) -> str | None:
    """The helpdesk's id of the operator, where the request names one. Raises MalformedRequest."""
    return _id_header(scope, b"gateway-actor", "Gateway-Actor")


def _id_header(scope: Scope, name: bytes, shown: str) -> str | None:
    found: list[bytes] = [value for given, value in scope["headers"] if given == name]
    if not found:
        return None
    [value, *more] = found
    if more or not value or len(value) > MOST_HEADER or not _PRINTABLE.issuperset(value):
        raise MalformedRequest(
            f"The header {shown} has 1 to {MOST_HEADER} printable ASCII characters without blanks, and is given once."
        )
    return value.decode("ascii")


def _digest(scope: Scope, body: bytes) -> bytes:
    asked = b"\0".join((scope["method"].encode(), scope["path"].encode(), scope["query_string"], body))
    return sha256(asked).digest()
