"""Requests that change something: read strictly, with who acts and under which key, and refused in words that help."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from msgspec import UNSET, UnsetType
from starlette.routing import Route
from starlette.types import ASGIApp

from gateway.api.body import Body
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.api.routes import at_the_edge
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, NotHere, StorageUnavailable
from gateway.service.caller import Caller, put_caller
from tests.api.composed import Answer, Composed, call

pytestmark = pytest.mark.anyio


class Thing(Body, frozen=True, forbid_unknown_fields=True):
    name: str
    parts: dict[str, str] | UnsetType = UNSET


class Told(Body, frozen=True):
    actor: str | None
    key: str | None
    path: dict[str, str]
    query: dict[str, str]
    name: str


WRITE = Operation(
    "change_thing", "POST", "/v1/tenants/{tenant}/things/{thing}", "", "", Door.TENANT, Told, Thing,
    status=201, stores=True, writes=True,
)  # fmt: skip
READ = Operation(
    "read_thing", "GET", "/v1/tenants/{tenant}/things", "", "", Door.TENANT, Told,
    queries=(QueryParameter("after", "Where to go on."), QueryParameter("limit", "Most.", integer=True)),
)  # fmt: skip


async def tell(asked: Asked[Thing]) -> Given:
    repeat = asked.command.repeat
    if asked.body.name == "gone":
        raise NotHere("thing")
    if asked.body.name == "taken":
        raise Conflict("taken_already", "It is taken. Choose another.")
    if asked.body.name == "away":
        raise StorageUnavailable
    told = Told(
        asked.command.actor, repeat.key if repeat else None, dict(asked.path), dict(asked.query), asked.body.name
    )
    return Given(told, again=asked.body.name == "again")


async def tell_nothing(asked: Asked[Nothing]) -> Given:
    return Given(Told(asked.command.actor, None, dict(asked.path), dict(asked.query), ""))


class As:
    """Stands for the door: lets in under a role."""

    def __init__(self, app: ASGIApp, role: str) -> None:
        self._app, self._role = app, role

    async def __call__(self, scope, receive, send) -> None:  # type: ignore[no-untyped-def]
        put_caller(scope, Caller("acme", Viewer(self._role, "k1"), "bearer"))
        await self._app(scope, receive, send)


async def ask(
    body: bytes, headers: Iterable[tuple[str, str]] = (("Gateway-Actor", "op-7"),), role: str = "helpdesk"
) -> Answer:
    app = at_the_edge([Route(WRITE.path, As(Endpoint(WRITE, Thing, tell), role))], Composed().parts.observer)
    return await call(app, "POST", "/v1/tenants/acme/things/42", body, headers)


async def read(query: str) -> Answer:
    endpoint = As(Endpoint(READ, Nothing, tell_nothing), "bot")
    app = at_the_edge([Route(READ.path, endpoint)], Composed().parts.observer)
    return await call(app, "GET", f"/v1/tenants/acme/things{query}")


async def test_the_use_case_is_told_who_acts_and_what() -> None:
    answer = await ask(b'{"name": "a"}', [("Gateway-Actor", "op-7"), ("Idempotency-Key", "k-1")])
    assert (answer.status, answer.json) == (
        201,
        {"actor": "op-7", "key": "k-1", "path": {"thing": "42"}, "query": {}, "name": "a"},
    )
    assert "idempotency-replayed" not in answer.headers


async def test_what_was_done_before_is_said_to_be_so() -> None:
    assert (await ask(b'{"name": "again"}')).headers["idempotency-replayed"] == "true"


async def test_a_person_is_named_and_a_program_need_not_be() -> None:
    answer = await ask(b'{"name": "a"}', [])
    assert (answer.status, answer.json["code"]) == (400, "malformed_request")
    assert answer.json["detail"].startswith("The header Gateway-Actor is missing. Send the operator's id")
    assert (await ask(b'{"name": "a"}', [], role="bot")).json["actor"] is None


@pytest.mark.parametrize("name", ["Gateway-Actor", "Idempotency-Key"])
@pytest.mark.parametrize("value", ["", "a b", "a" * 201, "jo\u00e3o"])
async def test_a_header_that_is_no_id_is_refused(name: str, value: str) -> None:
    answer = await ask(
        b'{"name": "a"}', [("Gateway-Actor", "op-7"), (name, value)] if name != "Gateway-Actor" else [(name, value)]
    )
    assert answer.status == 400
    assert answer.json["detail"].startswith(f"The header {name} has 1 to 200 printable ASCII characters")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "not JSON in UTF-8"),
        (b"name=a", "not JSON in UTF-8"),
        (b'{"name": "a", "name": "b"}', "given twice"),
        (b'{"name": "a", "52998224725": 1}', "A member of the body is not known. Known: name, parts."),
        (b'{"nam": "a"}', "A member of the body is not known. Did you mean 'name'? Known: name, parts."),
        (b'{"name": 5}', "Expected `str`, got `int` - at `$.name`"),
        (b'{"name": "a", "parts": {"52998224725": 1}}', "Expected `str`, got `int` - at `$.parts[...]`"),
    ],
)
async def test_a_body_that_cannot_be_read_is_refused_without_repeating_it(body: bytes, said: str) -> None:
    answer = await ask(body)
    assert (answer.status, answer.json["code"]) == (400, "malformed_request")
    assert said in answer.json["detail"]
    assert b"52998224725" not in answer.body


@pytest.mark.parametrize(
    ("name", "status", "code", "said"),
    [
        ("gone", 404, "not_here", "This tenant has no such thing."),
        ("taken", 409, "conflict", "It is taken. Choose another."),
        ("away", 503, "storage_unavailable", "does not answer just now"),
    ],
)
async def test_what_the_storage_says_is_a_problem_document(name: str, status: int, code: str, said: str) -> None:
    answer = await ask(json.dumps({"name": name}).encode())
    assert (answer.status, answer.json["code"]) == (status, code)
    assert said in answer.json["detail"]
    assert answer.json.get("reason") == ("taken_already" if name == "taken" else None)


async def test_parameters_of_the_address_are_read_strictly() -> None:
    assert (await read("?after=x%20y&limit=20")).json["query"] == {"after": "x y", "limit": "20"}
    for query, said in (
        ("?cpf=52998224725", "A parameter of the address is not known. Known: after, limit."),
        ("?after=1&after=2", "The parameter 'after' is given twice."),
        ("?limit=-1", "The parameter 'limit' is a whole number."),
        ("?after=%ff", "Percent-encode them in UTF-8."),
    ):
        answer = await read(query)
        assert (answer.status, answer.json["code"]) == (400, "malformed_request")
        assert said in answer.json["detail"]
        assert b"52998224725" not in answer.body
