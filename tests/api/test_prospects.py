"""Prospects over the API: from the proposal's ref to what is listed, and each problem in words."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from starlette.types import ASGIApp

from gateway.api.prospects import endpoints
from gateway.api.routes import api_routes, at_the_edge
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict
from gateway.core.model import ProspectOption
from gateway.core.prospect_settings import FormField, ProspectSettings
from gateway.core.tenant import NotFound
from gateway.service.prospects import ProspectDesk
from gateway.service.refs import Refs
from gateway.storage.engine import embedded
from gateway.storage.storage import Storage, bring_up_to_date
from tests.api.composed import BOT, HELPDESK, OPERATIONS, Answer, Composed, Key, call
from tests.service.scripted import ANAS_CPF, House, Script

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
LOADER, SUPERVISOR = "loader-key", "supervisor-key"
PATH = "/v1/tenants/acme/prospects"
FORM = ProspectSettings({"nome": FormField("nome", "Nome", "name", required=True)})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(slots=True)
class Api:
    """The whole API over a source that knows nobody and a real contact base."""

    storage: Storage
    option: ProspectOption = ProspectOption.MESSAGE
    seconds: float = field(default_factory=NOW.timestamp)
    under_way: bool = False
    begun: list[tuple[str, date | None]] = field(default_factory=list)
    house: House = field(init=False)
    refs: Refs = field(init=False)
    app: ASGIApp = field(init=False)

    def __post_init__(self) -> None:
        self.house = House({"crm": Script([[]])}, contacts=self.storage.contacts)
        self.house.tenant = replace(
            self.house.tenant, not_found=NotFound("Ninguém", "Não cliente", self.option), prospects=FORM
        )
        self.refs = Refs([bytes(32)], lambda: self.seconds)
        gateway = Composed()
        gateway.ring.known[LOADER] = Key("k-load", "acme", "loader")
        gateway.ring.known[SUPERVISOR] = Key("k-sup", "acme", "supervisor")
        desk = ProspectDesk(self.house, self.refs, self.storage.prospects, lambda: NOW)
        parts = replace(gateway.parts, stored=endpoints(desk, self))
        self.app = at_the_edge(api_routes(parts), gateway.parts.observer)

    async def start(self, command: Command, day: date | None) -> None:
        """Stands for the jobs."""
        if self.under_way:
            raise Conflict("load_under_way", "It is being loaded.")
        self.begun.append((command.tenant, day))

    async def proposed(self, **search: str) -> str:
        proposal = (await self.house.identify(**search)).proposal
        assert proposal is not None
        return self.refs.seal_proposal(proposal, "acme")

    async def send_and_die(self, contact: str) -> None:
        """A load that was killed while this prospect was on his way."""
        loads, command = self.storage.loads, Command("acme", Viewer("loader", "k-load"))
        holder = await loads.begin("acme", NOW)
        await loads.open(command, holder, "source:crm", None, "2026-11-22", False, NOW)
        await loads.take("acme", holder, contact, NOW)
        await loads.interrupted("acme", holder, "The gateway was interrupted.", NOW)
        await loads.end("acme", holder)

    async def post(self, path: str, body: object, key: str = HELPDESK, *headers: tuple[str, str]) -> Answer:
        sent = [("Authorization", f"Bearer {key}"), ("Gateway-Actor", "op-7"), *headers]
        return await call(self.app, "POST", path, json.dumps(body).encode(), sent)

    async def get(self, query: str = "", key: str = LOADER) -> Answer:
        return await call(self.app, "GET", f"{PATH}{query}", b"", [("Authorization", f"Bearer {key}")])


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    address = embedded(tmp_path / "data")
    bring_up_to_date(address)
    storage = Storage(address, [bytes(32)])
    yield Api(storage)
    await storage.aclose()


async def test_a_proposal_is_stored_and_listed(api: Api) -> None:
    stored = await api.post(PATH, {"ref": await api.proposed(cpf=ANAS_CPF), "name": "Ana"})
    contact = stored.json["contact"]
    assert (stored.status, stored.json) == (
        201,
        {
            "contact": contact, "option": "message", "day": "2026-11-22", "state": "pending",
            "customer_type": "Não cliente", "name": "Ana",
        },
    )  # fmt: skip
    listed = (await api.get()).json["prospects"]
    assert listed == [{name: value for name, value in stored.json.items() if name != "name"}]
    assert (await api.get(key=SUPERVISOR)).json["prospects"] == [stored.json]


async def test_a_repeated_request_is_done_once(api: Api) -> None:
    body = {"ref": await api.proposed(nome="Ana Souza")}
    first, second = [await api.post(PATH, body, HELPDESK, ("Idempotency-Key", "k-1")) for _ in range(2)]
    assert first.json == second.json
    assert ("idempotency-replayed" in first.headers, second.headers["idempotency-replayed"]) == (False, "true")
    other = await api.post(PATH, {**body, "name": "Bia"}, HELPDESK, ("Idempotency-Key", "k-1"))
    assert (other.status, other.json["reason"]) == (409, "idempotency_key_reused")


async def test_a_contact_is_classified_with_the_form(api: Api) -> None:
    stored = await api.post(PATH, {"ref": await api.proposed(cpf=ANAS_CPF)})
    form = f"{PATH}/{stored.json['contact']}/form"
    filled = await api.post(form, {"form": {"nome": "Ana Souza"}})
    assert (filled.status, filled.json["form"], filled.json["option"]) == (200, {"nome": "Ana Souza"}, "form")
    refused = await api.post(form, {"form": {}})
    assert (refused.status, refused.json["code"]) == (422, "invalid_form")
    assert "'nome' is required" in refused.json["detail"]
    nobody = await api.post(f"{PATH}/{'0' * 32}/form", {"form": {"nome": "Ana"}})
    assert (nobody.status, nobody.json["code"]) == (404, "not_here")


async def test_pages_lead_to_the_end(api: Api) -> None:
    for number in range(3):
        await api.post(PATH, {"ref": await api.proposed(email=f"p{number}@example.com")})
    first = (await api.get("?limit=2&state=pending&day=2026-11-22")).json
    rest = (await api.get(f"?limit=2&cursor={first['next']}")).json
    assert (len(first["prospects"]), len(rest["prospects"]), "next" in rest) == (2, 1, False)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?day=22/11/2026", "The parameter 'day' is no day. Write 2026-11-22."),
        ("?day=2026-W47-7", "The parameter 'day' is no day. Write 2026-11-22."),
        ("?limit=0", "The parameter 'limit' is 1 to 200."),
        ("?state=lost", "'state' is one of pending"),
        ("?cpf=1", "Known: day"),
    ],
)
async def test_what_is_asked_wrongly_is_said(api: Api, query: str, said: str) -> None:
    answer = await api.get(query)
    assert (answer.status, answer.json["code"]) == (400, "malformed_request")
    assert said in answer.json["detail"]


async def test_what_no_answer_proposed_is_not_stored(api: Api) -> None:
    ref = await api.proposed(cpf=ANAS_CPF)
    forged = await api.post(PATH, {"ref": "invented"})
    assert (forged.status, forged.json["code"]) == (422, "ref_forged")
    lost = await api.post(PATH, {"ref": ref, "interaction": "0" * 32})
    assert lost.status == 201, "a prospect of option message has no history, so no interaction is looked at"
    api.seconds += 1801
    late = await api.post(PATH, {"ref": ref})
    assert (late.status, late.json["code"]) == (410, "ref_expired")
    with_form = await api.post(PATH, {"ref": "x", "form": {"nome": 5}})
    assert with_form.status == 400


@pytest.mark.parametrize("key", [BOT, OPERATIONS, LOADER])
async def test_who_may_not_link_stores_nobody(api: Api, key: str) -> None:
    answer = await api.post(PATH, {"ref": await api.proposed(cpf=ANAS_CPF)}, key)
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert (await api.get(key=BOT)).status == 403


async def test_a_load_is_begun(api: Api) -> None:
    begun = await api.post(f"{PATH}/load", {"date": "2026-11-21"}, LOADER)
    assert (begun.status, begun.json) == (202, {"started": True})
    await api.post(f"{PATH}/load", {}, LOADER)
    assert api.begun == [("acme", date(2026, 11, 21)), ("acme", None)]
    wrong = await api.post(f"{PATH}/load", {"date": "yesterday"}, LOADER)
    assert (wrong.status, wrong.json["detail"]) == (400, "The member 'date' is no day. Write 2026-11-22.")
    assert (await api.post(f"{PATH}/load", {}, HELPDESK)).status == 403
    api.under_way = True
    busy = await api.post(f"{PATH}/load", {}, LOADER)
    assert (busy.status, busy.json["reason"]) == (409, "load_under_way")


async def test_a_person_says_what_became_of_somebody_in_doubt(api: Api) -> None:
    stored = await api.post(PATH, {"ref": await api.proposed(cpf=ANAS_CPF)})
    settle = f"{PATH}/{stored.json['contact']}/settle"
    early = await api.post(settle, {"state": "loaded"}, LOADER)
    assert (early.status, early.json["reason"]) == (409, "not_unknown")
    assert "He is 'pending'" in early.json["detail"]
    await api.send_and_die(stored.json["contact"])
    (listed,) = (await api.get("?state=unknown")).json["prospects"]
    assert listed["reason"] == "The gateway was interrupted."
    body = {"state": "refused", "reason": "Já é fornecedor."}
    first, again = [await api.post(settle, body, LOADER, ("Idempotency-Key", "k-1")) for _ in range(2)]
    assert (first.status, first.json["state"], first.json["reason"]) == (200, "refused", "Já é fornecedor.")
    assert (again.json, again.headers["idempotency-replayed"]) == (first.json, "true")


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"state": "customer"}, 400, "Invalid enum value 'customer'"),
        ({"state": "loaded", "reason": "x"}, 400, "Leave 'reason' out, or settle him as refused."),
        ({"state": "refused", "reason": "x" * 201}, 400, "length <= 200"),
        ({"state": "loaded"}, 404, "no such prospect"),
    ],
)
async def test_what_cannot_be_settled_is_said(api: Api, body: object, status: int, said: str) -> None:
    answer = await api.post(f"{PATH}/{'0' * 32}/settle", body, LOADER)
    assert answer.status == status
    assert said in answer.json["detail"]
    assert (await api.post(f"{PATH}/{'0' * 32}/settle", body, HELPDESK)).status == 403


async def test_without_a_contact_base_there_is_nothing(api: Api) -> None:
    bare: Any = Composed().app
    answer = await call(bare, "POST", PATH, b"{}", [("Authorization", f"Bearer {HELPDESK}"), ("Gateway-Actor", "a")])
    assert (answer.status, answer.json["code"]) == (404, "contact_base_off")
