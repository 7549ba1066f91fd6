"""Contacts over the API, down to the database: what is written comes back, and what cannot be is said with its reason."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.api.contact_operations import CONTACT_OPERATIONS
from gateway.api.contacts import endpoints
from gateway.api.openapi import openapi, problem_codes
from gateway.api.routes import api_routes, at_the_edge
from gateway.core.errors import UnknownTenant
from gateway.core.joining import Sought
from gateway.core.tenant import SearchField, Tenant, UniqueKeySpec
from gateway.service.contacts import KeptContacts
from gateway.storage.engine import embedded
from gateway.storage.storage import Storage, bring_up_to_date
from tests.api.composed import BOT, HELPDESK, Answer, Composed, Key, call

pytestmark = pytest.mark.anyio

COMPANY = "company-key"
NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ANAS_CPF, BIAS_CPF = "529.982.247-25", "123.456.789-09"
ACME = Tenant(
    "acme", "Acme", "pt-BR", "BR", "UTC", "1",
    {"pedido": SearchField("pedido", "code", "Pedido", "attributes.pedido")},
    UniqueKeySpec("cpf", "cpf", "person"), {}, {},
    stored_fields=frozenset({"name", "emails", "attributes.pedido", "birth_date"}),
)  # fmt: skip
ANA = {
    "unique_key": ANAS_CPF,
    "name": "Ana Souza",
    "identifiers": [{"kind": "cpf", "value": ANAS_CPF}, {"kind": "phone", "value": "(11) 98765-4321"}],
    "stored": {"attributes.pedido": "A77", "birth_date": "1980-04-12"},
}
DOCUMENT: dict[str, Any] = openapi("9.9")
PROBLEMS = {operation.name: problem_codes(operation) for operation in CONTACT_OPERATIONS}


class OneTenant:
    def get(self, slug: str) -> Tenant:
        if slug != "acme":
            raise UnknownTenant
        return ACME


@dataclass(slots=True)
class Gateway:
    storage: Storage
    composed: Composed = field(default_factory=Composed)

    def __post_init__(self) -> None:
        self.composed.ring.known[COMPANY] = Key("k-co", "acme", "company")
        kept = KeptContacts(OneTenant(), self.storage.contacts, lambda: NOW)
        self.composed.parts.stored.update(endpoints(kept))  # type: ignore[attr-defined]
        self.composed.app = at_the_edge(api_routes(self.composed.parts), self.composed.parts.observer)

    async def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        key: str = HELPDESK,
        headers: Iterable[tuple[str, str]] = (("Gateway-Actor", "op-7"),),
    ) -> Answer:
        sent = b"" if body is None else json.dumps(body).encode()
        authorised = [("Authorization", f"Bearer {key}"), *headers]
        return await call(self.composed.app, method, f"/v1/tenants/acme/contacts{path}", sent, authorised)

    async def registered(self, body: object = ANA) -> dict[str, Any]:
        answer = await self.ask("POST", "", body)
        assert answer.status == 201, answer.body
        contact: dict[str, Any] = answer.json
        return contact

    def refused(self, answer: Answer, operation: str, status: int, code: str) -> dict[str, Any]:
        """The problem document, which is one of those that are documented, and holds nobody's value."""
        assert (answer.status, answer.json["code"]) == (status, code), answer.body
        assert code in PROBLEMS[operation]
        for value in ("529.982", "52998224725", "Ana", "tem.com", "98765"):
            assert value not in answer.body.decode()
        problem: dict[str, Any] = answer.json
        return problem


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    address = embedded(tmp_path / "data")
    bring_up_to_date(address)
    storage = Storage(address, [bytes(32)])
    yield Gateway(storage)
    await storage.aclose()


def fits(body: object, schema: str) -> None:
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    ).validate(body)


async def test_a_registered_person_comes_back_normalised_and_is_found(gateway: Gateway) -> None:
    contact = await gateway.registered()
    fits(contact, "Contact")
    assert contact == {
        "id": contact["id"],
        "standing": "registered",
        "unique_key": {"name": "cpf", "kind": "cpf", "value": "52998224725"},
        "name": "Ana Souza",
        "identifiers": [
            {"kind": "cpf", "value": "52998224725", "verified": False},
            {"kind": "phone", "value": "+5511987654321", "verified": False},
        ],
        "stored": {"attributes.pedido": "A77", "birth_date": "1980-04-12"},
        "form": {},
        "active": True,
        "revision": 1,
        "created_at": "2026-11-22T12:00:00Z",
        "updated_at": "2026-11-22T12:00:00Z",
    }
    assert (await gateway.ask("GET", f"/{contact['id']}")).json == contact
    for sought in (Sought(values=(("phone", "+5511987654321"),)), Sought(values=(("attributes.pedido", "A77"),))):
        assert [found.id for found in await gateway.storage.contacts.find("acme", sought)] == [contact["id"]]


async def test_a_repeated_request_is_done_once(gateway: Gateway) -> None:
    headers = [("Gateway-Actor", "op-7"), ("Idempotency-Key", "k-1")]
    first, again = [await gateway.ask("POST", "", {"name": "Ana"}, headers=headers) for _ in range(2)]
    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert (first.headers.get("idempotency-replayed"), again.headers["idempotency-replayed"]) == (None, "true")
    other = await gateway.ask("POST", "", {"name": "Bia"}, headers=headers)
    assert gateway.refused(other, "register_contact", 409, "conflict")["reason"] == "idempotency_key_reused"


@pytest.mark.parametrize(
    ("body", "member", "kind", "check"),
    [
        ({"unique_key": "529.982.247-26"}, "unique_key", "cpf", "check_digits"),
        ({"identifiers": [{"kind": "email", "value": "nao@tem.com"}]}, "identifiers[0]", "email", "junk"),
        ({"identifiers": [{"kind": "phone", "value": "x"}]}, "identifiers[0]", "phone", "characters"),
        ({"identifiers": [{"kind": "52998224725", "value": "x"}]}, "identifiers[0].kind", "kind", "kind"),
        ({"identifiers": [{"kind": "code", "value": "x"}]}, "identifiers[0].kind", "kind", "kind"),
        ({"name": "7"}, "name", "name", "length"),
        ({"stored": {"attributes.renda": "1"}}, "stored", "path", "not_stored"),
        ({"stored": {"52998224725": "1"}}, "stored", "path", "not_stored"),
        ({"stored": {"emails": "ana@example.com"}}, "stored", "path", "not_stored"),
        ({"stored": {"birth_date": "12/04/1980"}}, "stored.birth_date", "date", "shape"),
    ],
)
async def test_a_value_that_is_not_of_its_kind_is_named_by_its_place(
    gateway: Gateway, body: dict[str, Any], member: str, kind: str, check: str
) -> None:
    problem = gateway.refused(await gateway.ask("POST", "", body), "register_contact", 422, "invalid_value")
    assert (problem["field"], problem["kind"], problem["check"]) == (member, kind, check)
    contact = await gateway.registered({"name": "Caio Prado"})
    changed = await gateway.ask("PATCH", f"/{contact['id']}", {"revision": 1, **body})
    gateway.refused(changed, "change_contact", 422, "invalid_value")


async def test_a_change_leaves_alone_what_it_does_not_name(gateway: Gateway) -> None:
    contact = await gateway.registered()
    body = {"revision": 1, "name": None, "stored": {"birth_date": None}, "customer_type": "Cliente"}
    changed = (await gateway.ask("PATCH", f"/{contact['id']}", body)).json
    assert changed == {
        **{name: value for name, value in contact.items() if name != "name"},
        "stored": {"attributes.pedido": "A77"},
        "customer_type": "Cliente",
        "revision": 2,
    }
    late = await gateway.ask("PATCH", f"/{contact['id']}", {"revision": 1, "name": "Ana Lima"})
    assert gateway.refused(late, "change_contact", 409, "conflict")["reason"] == "changed_meanwhile"
    fewer = {"revision": 2, "identifiers": [], "unique_key": None, "stored": {"attributes.pedido": "B1"}}
    emptied = (await gateway.ask("PATCH", f"/{contact['id']}", fewer)).json
    assert (emptied["identifiers"], emptied.get("unique_key")) == ([], None)
    sought = [Sought(values=(("attributes.pedido", pedido),)) for pedido in ("A77", "B1")]
    assert [len(await gateway.storage.contacts.find("acme", one)) for one in sought] == [0, 1]


async def test_who_was_deactivated_can_be_brought_back(gateway: Gateway) -> None:
    contact = await gateway.registered()
    gone = (await gateway.ask("POST", f"/{contact['id']}/deactivate")).json
    assert (gone["active"], gone["revision"]) == (False, 2)
    back = (await gateway.ask("PATCH", f"/{contact['id']}", {"revision": 2, "active": True})).json
    assert (back["active"], back["revision"]) == (True, 3)


async def test_two_are_merged_and_taken_apart_once(gateway: Gateway) -> None:
    ana, bia = await gateway.registered(), await gateway.registered({"name": "Bia", "unique_key": BIAS_CPF})
    pair = {"source": bia["id"], "target": ana["id"]}
    unsaid = await gateway.ask("POST", "/merge", pair)
    assert gateway.refused(unsaid, "merge_contacts", 409, "conflict")["reason"] == "two_keys"
    answer = await gateway.ask("POST", "/merge", {**pair, "keeps": ana["id"]})
    fits(answer.json, "MergedContacts")
    assert answer.json["contact"]["unique_key"] == ana["unique_key"]
    assert (await gateway.ask("GET", f"/{bia['id']}")).json["merged_into"] == ana["id"]
    back = await gateway.ask("POST", f"/moves/{answer.json['move']}/undo")
    assert (back.json["id"], back.json["unique_key"]) == (bia["id"], bia["unique_key"])
    again = await gateway.ask("POST", f"/moves/{answer.json['move']}/undo")
    assert gateway.refused(again, "undo_move", 409, "conflict")["reason"] == "undone_already"
    listed = await gateway.ask("GET", f"/{answer.json['contact']['id']}/moves?limit=1", headers=())
    fits(listed.json, "MoveList")
    (move,) = listed.json["moves"]
    assert (move["id"], move["why"], "undone_at" in move, "next" in listed.json) == (
        answer.json["move"], "merge", True, False,
    )  # fmt: skip


async def test_moves_that_cannot_be_listed_are_said_why(gateway: Gateway) -> None:
    ana = await gateway.registered()
    assert (await gateway.ask("GET", f"/{ana['id']}/moves", headers=())).json == {"moves": []}
    for query in ("?limit=0", "?cursor=x"):
        wrong = await gateway.ask("GET", f"/{ana['id']}/moves{query}", headers=())
        gateway.refused(wrong, "contact_moves", 400, "malformed_request")
    nobody = await gateway.ask("GET", f"/{'0' * 32}/moves", headers=())
    gateway.refused(nobody, "contact_moves", 404, "not_here")
    gateway.refused(await gateway.ask("GET", f"/{ana['id']}/moves", key=BOT), "contact_moves", 403, "forbidden")


async def test_the_company_says_how_its_customer_is(gateway: Gateway) -> None:
    body = {
        "unique_key": ANAS_CPF,
        "name": "Ana Lima",
        "identifiers": [{"kind": "email", "value": "ANA@Example.com", "verified": True}],
    }
    pushed = await gateway.ask("PUT", "", body, COMPANY, ())
    assert pushed.status == 200
    # Its role sees nobody's values.
    assert (pushed.json["name"], pushed.json["unique_key"]["value"]) == ("A. L.", "*********25")
    assert pushed.json["identifiers"] == [{"kind": "email", "value": "a**@*******.***", "verified": True}]
    shown = (await gateway.ask("GET", f"/{pushed.json['id']}")).json
    assert (shown["standing"], shown["name"], shown["revision"]) == ("customer", "Ana Lima", 1)
    await gateway.ask("POST", f"/{shown['id']}/deactivate")
    assert (await gateway.ask("PUT", "", body, COMPANY, ())).json["active"]


@pytest.mark.parametrize(
    ("more", "member", "check"),
    [
        ({"identifiers": [{"kind": "phone", "value": "(11) 98765-4321"}]}, "identifiers[0]", "not_stored"),
        ({"unique_key": "00000000000"}, "unique_key", "repeated_digits"),
        ({"unique_key": " "}, "unique_key", "characters"),
    ],
)
async def test_a_push_of_what_is_not_to_be_stored_is_refused(
    gateway: Gateway, more: dict[str, Any], member: str, check: str
) -> None:
    answer = await gateway.ask("PUT", "", {"unique_key": ANAS_CPF, **more}, COMPANY, ())
    problem = gateway.refused(answer, "push_contact", 422, "invalid_value")
    assert (problem["field"], problem["check"]) == (member, check)


async def test_only_the_roles_that_may_do_so_write(gateway: Gateway) -> None:
    for method, path, operation, key in (
        ("POST", "", "register_contact", BOT),
        ("POST", "", "register_contact", COMPANY),
        ("PUT", "", "push_contact", HELPDESK),
        ("GET", "/1", "contact", BOT),
        ("PATCH", "/1", "change_contact", COMPANY),
        ("POST", "/1/deactivate", "deactivate_contact", BOT),
        ("POST", "/merge", "merge_contacts", BOT),
        ("POST", "/moves/1/undo", "undo_move", BOT),
    ):
        gateway.refused(await gateway.ask(method, path, {}, key), operation, 403, "forbidden")


async def test_who_is_not_here_is_said_so(gateway: Gateway) -> None:
    nobody = "0" * 32
    for method, path, body, operation in (
        ("GET", f"/{nobody}", None, "contact"),
        ("PATCH", f"/{nobody}", {"revision": 1}, "change_contact"),
        ("POST", f"/{nobody}/deactivate", None, "deactivate_contact"),
        ("POST", "/merge", {"source": nobody, "target": "1" * 32}, "merge_contacts"),
        ("POST", f"/moves/{nobody}/undo", None, "undo_move"),
    ):
        gateway.refused(await gateway.ask(method, path, body), operation, 404, "not_here")


async def test_a_body_that_cannot_be_read_is_refused(gateway: Gateway) -> None:
    for body, said in (
        ({"name": 7}, "at `$.name`"),
        ({"52998224725": 1}, "Known: unique_key, name, identifiers, customer_type, stored."),
        ({"name": "x" * 600}, "length <= 512"),
        (
            {"identifiers": [{"kind": "cpf", "value": ANAS_CPF, "verified": True}]},
            "A member is not known - at `$.identifiers[0]`.",
        ),
    ):
        problem = gateway.refused(await gateway.ask("POST", "", body), "register_contact", 400, "malformed_request")
        assert said in problem["detail"]
    unnamed = await gateway.ask("POST", "", ANA, headers=())
    assert "Gateway-Actor" in gateway.refused(unnamed, "register_contact", 400, "malformed_request")["detail"]


async def test_a_database_that_is_gone_is_said_so_and_nothing_is_half_done(gateway: Gateway) -> None:
    await gateway.storage.aclose()
    answer = await gateway.ask("POST", "", ANA)
    gateway.refused(answer, "register_contact", 503, "storage_unavailable")


async def test_many_that_register_one_key_at_once_make_one_contact(gateway: Gateway) -> None:
    answers = await asyncio.gather(*(gateway.ask("POST", "", ANA) for _ in range(10)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 9
    assert {answer.json["reason"] for answer in answers if answer.status == 409} == {"key_taken"}


async def test_without_a_contact_base_nothing_of_it_is_there() -> None:
    composed = Composed()
    answer = await call(
        composed.app, "POST", "/v1/tenants/acme/contacts", b"{}", [("Authorization", f"Bearer {HELPDESK}")]
    )
    assert (answer.status, answer.json["code"]) == (404, "contact_base_off")
    assert all("contact_base_off" in codes for codes in PROBLEMS.values())
