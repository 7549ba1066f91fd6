"""A prospect is saved once, and counts as saved only where the source's reply says so."""

from __future__ import annotations

import json

import pytest
from gateway_rest_json import REST_JSON
from pydantic import JsonValue, ValidationError

from gateway.adapter import (
    HtmlPage,
    Misconfigured,
    Person,
    PersonWriter,
    RateLimited,
    Saved,
    ServerError,
    SourceError,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
    Unreadable,
)
from gateway.adapter.settings import PERSON_VALUES, SEARCH_FIELDS
from gateway.testing import SourceRequest, SourceResponse
from plugins.rest_json.tests.asking import adapter_before, said

pytestmark = pytest.mark.anyio

SAVE: dict[str, JsonValue] = {
    "path": "/people",
    "body": {"nome": "{person.name}", "doc": {"cpf": "{cpf}"}, "fones": ["{fone}"], "origem": "gateway"},
}
ANA = Person({"cpf": "52998224725", "person.name": 'Ana "D\'Ávila"', "person.id": "c1"})


def settings(**save: JsonValue) -> dict[str, JsonValue]:
    return {"query": {"cpf": "{cpf}"}, "save": {**SAVE, **save}}


async def saving(
    answer: SourceResponse, given: JsonValue, person: Person = ANA
) -> tuple[Saved | SourceError, list[SourceRequest]]:
    async with adapter_before(lambda request: answer, given) as (adapter, source):
        assert isinstance(adapter, PersonWriter)
        try:
            return await adapter.save(person, key="k-1"), source.requests
        except SourceError as error:
            return error, source.requests


async def test_what_is_known_of_him_is_sent_with_the_key(anyio_backend: str) -> None:
    saved, [request] = await saving(said({"id": 7}, 201), settings(headers={"X-Contact": "{person.id}"}))
    assert saved == Saved(True)
    assert (request.method, request.path()) == ("POST", "/api/people")
    assert (request.headers["idempotency-key"], request.headers["x-contact"]) == ("k-1", "c1")
    assert json.loads(request.body) == {
        "nome": 'Ana "D\'Ávila"', "doc": {"cpf": "52998224725"}, "origem": "gateway",
    }  # fmt: skip


@pytest.mark.parametrize("status", [200, 201, 204])
async def test_a_2xx_says_that_he_is_saved(status: int) -> None:
    body = said({"ok": 1}, status) if status != 204 else SourceResponse(b"", 204)
    assert (await saving(body, settings()))[0] == Saved(True)


@pytest.mark.parametrize("status", [400, 404, 409, 422])
async def test_a_refusal_is_told_without_its_text(status: int) -> None:
    saved, _ = await saving(said({"error": "52998224725 is blocked"}, status), settings())
    assert saved == Saved(False, f"The source refused him with HTTP {status}.")


async def test_who_is_there_already_is_saved_where_the_settings_say_so() -> None:
    assert (await saving(said({}, 409), settings(already=[409])))[0] == Saved(True)


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (said({}, 500), ServerError),
        (said({}, 401), Unauthorised),
        (said({}, 429), RateLimited),
        (said({}, 408), UnexpectedStatus),
        (said({"queued": True}, 202), UnexpectedStatus),
        (SourceResponse(b"<!DOCTYPE html><html>Entrar</html>"), HtmlPage),
        (SourceResponse(b'{"ok": tr'), Truncated),
        (SourceResponse(b"saved"), Unreadable),
    ],
)
async def test_what_says_neither_is_a_failure(reply: SourceResponse, error: type[SourceError]) -> None:
    assert type((await saving(reply, settings()))[0]) is error


@pytest.mark.parametrize(
    ("reply", "saved"),
    [
        (said({"result": {"ok": True}}), Saved(True)),
        (said({"result": {"ok": "TRUE"}}), Saved(True)),
        (
            said({"result": {"ok": False}}),
            Saved(False, "The source's reply does not say at 'result.ok' that he is saved."),
        ),
        (said({}), Saved(False, "The source's reply does not say at 'result.ok' that he is saved.")),
        (
            said({"errors": [{"m": "no"}]}),
            Saved(False, "The source's reply reports that it failed; its text is not shown."),
        ),
    ],
)
async def test_only_what_the_settings_name_says_that_he_is_saved(reply: SourceResponse, saved: Saved) -> None:
    assert (await saving(reply, settings(saved={"path": "result.ok", "equals": True})))[0] == saved


async def test_an_empty_reply_says_nothing_where_a_value_is_due() -> None:
    result, _ = await saving(SourceResponse(b"", 204), settings(saved={"path": "ok", "equals": True}))
    assert isinstance(result, Unreadable)


async def test_a_source_without_save_saves_nobody() -> None:
    result, requests = await saving(said({}), {"query": {"cpf": "{cpf}"}})
    assert isinstance(result, Misconfigured)
    assert requests == []
    assert REST_JSON.saves is not None
    model = REST_JSON.settings
    assert not REST_JSON.saves(model.model_validate({"query": {"cpf": "{cpf}"}}))
    assert REST_JSON.saves(model.model_validate(settings()))


@pytest.mark.parametrize(
    ("save", "said"),
    [
        (
            {"body": {"a": "{person.nam}"}},
            "'person.nam' is nothing that is known of a prospect. Did you mean 'person.name'?",
        ),
        ({"headers": {"X": "{nobody}"}}, "'nobody' is nothing that is known of a prospect."),
        ({"path": "/people?x=1"}, "a fixed path"),
        ({"body": "{cpf}"}, "body: is the object to send"),
    ],
)
def test_settings_that_cannot_be_are_refused(save: dict[str, JsonValue], said: str) -> None:
    context = {SEARCH_FIELDS: frozenset({"cpf"}), PERSON_VALUES: frozenset({"cpf", "person.name", "person.id"})}
    with pytest.raises(ValidationError) as refusal:
        REST_JSON.settings.model_validate(settings(**save), context=context)
    assert said in str(refusal.value)
