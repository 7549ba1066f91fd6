"""The summary and the timeline over real databases: what they answer, and every problem that they may answer with."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from gateway.api import interactions, summaries
from gateway.api.limits import Places
from gateway.api.openapi import problem_codes
from gateway.api.table import OPERATIONS
from gateway.core.errors import StorageUnavailable, TenantBroken
from gateway.service.summary import Summaries
from tests.api.composed import BOT, HELPDESK, OTHER, Answer, Composed
from tests.api.test_interactions import ALL, ANAS_KEY, CHAT, Api, refused
from tests.api.test_openapi import fits
from tests.service.attended import Attended

pytestmark = pytest.mark.anyio

HERE = "/v1/tenants/acme/customers"


@dataclass(slots=True)
class Desk(Api):
    """Interactions, and summaries of whom they belong to."""

    def __post_init__(self) -> None:
        Api.__post_init__(self)
        house, storage = self.attended.house, self.attended.storage
        summed_up = Summaries(house.tenants, self.attended.refs, house.heard, storage.timeline)
        places = Places(self.places)
        stored = {
            **interactions.endpoints(self.attended.desk, places),
            **summaries.endpoints(summed_up, places),
        }
        self.composed = Composed(stored=stored)

    async def seen(self, what: str, key: str = HELPDESK, ref: str | None = None) -> Answer:
        return await self.composed.get(f"{HERE}/{ref or self.ref()}/{what}", key)

    async def attend(self) -> str:
        """An attendance of Ana's; its interaction's id."""
        started = await self.started({**CHAT, "context": {"variables": {"fila": "2"}}})
        path = f"/{started['id']}"
        await self.post(f"{path}/link", {"ref": self.ref()})
        await self.post(f"{path}/notes", {"text": "Quer a 2ª via"})
        await self.post(f"{path}/cases", {"case": "SR-77", "identified": True, "title": "2ª via"})
        interaction: str = started["id"]
        return interaction


@pytest.fixture
async def desk(address: str) -> AsyncIterator[Desk]:
    attended = Attended(address)
    yield Desk(attended)
    await attended.aclose()


async def test_everything_of_a_customer_comes_in_one_answer(desk: Desk) -> None:
    interaction = await desk.attend()
    answer = await desk.seen(f"summary?wait=true&interaction={interaction}")
    assert answer.status == 200, answer.body
    summary = answer.json
    fits(summary, "CustomerSummary")
    assert (summary["outcome"], summary["complete"], summary["missing"]) == ("found", True, [])
    assert summary["customer"]["name"] == "Ana Souza"
    assert summary["contact"]["standing"] == "customer"
    assert summary["interaction"]["interaction"]["id"] == interaction
    assert summary["interaction"]["context"]["variables"] == {"fila": "2"}
    assert [one["id"] for one in summary["recent"]] == [interaction]
    [case] = summary["cases"]
    assert (case["case"]["case"], case["interaction"]) == ("SR-77", interaction)
    entries = summary["timeline"]["entries"]
    assert [entry["type"] for entry in entries] == ["case", "note", "linked", "interaction_started"]
    assert entries[1]["note"]["text"] == "Quer a 2ª via"
    assert entries[2]["link"]["how"] == "hand"


async def test_without_waiting_the_sources_are_pending(desk: Desk) -> None:
    await desk.attend()
    summary = (await desk.seen("summary")).json
    [missing] = summary["missing"]
    assert (missing["part"], missing["source"], missing["code"]) == ("customer", "crm", "pending")
    assert "customer" not in summary
    assert len(summary["recent"]) == 1


async def test_the_timeline_is_read_in_pages_and_by_type_and_record(desk: Desk) -> None:
    first, second = await desk.attend(), await desk.attend()
    pages = []
    cursor = ""
    while True:
        page = (await desk.seen(f"timeline?limit=3{cursor}")).json
        fits(page, "Timeline")
        pages.append(page["entries"])
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    assert [len(page) for page in pages] == [3, 3, 2]
    notes = (await desk.seen("timeline?type=note,case")).json["entries"]
    assert [entry["type"] for entry in notes] == ["case", "note", "case", "note"]
    of_first = (await desk.seen(f"timeline?record={first}")).json["entries"]
    assert {entry["interaction"] for entry in of_first} == {first}
    of_case = (await desk.seen(f"timeline?record={notes[0]['id']}&type=note")).json["entries"]
    assert [entry["interaction"] for entry in of_case] == [second]


async def test_a_database_that_is_gone_leaves_the_customer(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def gone(*_: object) -> None:
        raise StorageUnavailable

    monkeypatch.setattr(desk.attended.storage.timeline, "of", gone)
    monkeypatch.setattr(desk.attended.storage.timeline, "page", gone)
    summary = (await desk.seen("summary?wait=true")).json
    fits(summary, "CustomerSummary")
    assert summary["customer"]["name"] == "Ana Souza"
    assert [(one["part"], one["code"]) for one in summary["missing"]] == [("records", "storage_unavailable")]
    refused(await desk.seen("timeline"), 503, "storage_unavailable", "does not answer")


# ---------------------------------------------------------------------------------------------- problems


@pytest.mark.parametrize("what", ["summary", "timeline"])
async def test_refs_that_are_not_good_are_refused(desk: Desk, what: str) -> None:
    other = desk.attended.ref(ANAS_KEY, tenant="other")
    refused(await desk.seen(what, ref=other), 422, "ref_forged", "not a ref")
    refused(await desk.seen(what, ref="x"), 422, "ref_forged", "not a ref")
    old = desk.ref()
    desk.attended.time.now = desk.attended.time.now.replace(hour=14)
    refused(await desk.seen(what, ref=old), 410, "ref_expired", "Identify again")


@pytest.mark.parametrize("what", ["summary", "timeline"])
async def test_the_door_wants_the_permission_to_read_customers(desk: Desk, what: str) -> None:
    refused(await desk.seen(what, key=BOT), 403, "forbidden", "customers.read")
    assert (await desk.seen(what, key=OTHER)).json["code"] == "unknown_tenant"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("summary?wait=1", "The parameter 'wait' is true or false."),
        ("summary?cpf=52998224725", "Known: interaction, wait, refresh."),
        ("timeline?type=notes", "interaction_started, interaction_finished, linked, unlinked, note, case."),
        ("timeline?limit=0", "The parameter 'limit' is 1 to 100."),
        ("timeline?limit=x", "The parameter 'limit' is a whole number."),
        ("timeline?cursor=x", "Send a page's 'next' as it came"),
    ],
)
async def test_a_wrong_parameter_is_refused_without_being_repeated(desk: Desk, query: str, said: str) -> None:
    await desk.attend()
    answer = await desk.seen(query)
    refused(answer, 400, "malformed_request", said)
    assert b"52998224725" not in answer.body


async def test_what_is_not_here_is_said(desk: Desk) -> None:
    await desk.attend()
    refused(await desk.seen(f"summary?interaction={'0' * 32}"), 404, "not_here", "no such interaction")
    refused(await desk.seen(f"timeline?record={'0' * 32}"), 404, "not_here", "no such interaction or case")


async def test_too_many_at_once_are_asked_to_wait(address: str) -> None:
    attended = Attended(address)
    desk = Desk(attended, places=0)
    assert (await desk.seen("summary")).json["code"] == "too_many_in_flight"
    await attended.aclose()


async def test_a_broken_tenant_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(slug: str) -> None:
        raise TenantBroken

    monkeypatch.setattr(type(desk.attended.house), "get", lambda _, slug: broken(slug))
    refused(await desk.seen("summary"), 503, "tenant_broken", "configuration is broken")


@pytest.mark.parametrize("what", ["summary", "timeline"])
async def test_without_a_contact_base_there_is_none(what: str) -> None:
    refused(await Composed().get(f"{HERE}/x/{what}"), 404, "contact_base_off", "keeps no contacts")


def test_every_problem_is_in_the_document() -> None:
    operations = {operation.name: operation for operation in OPERATIONS}
    for name in ("customer_summary", "customer_timeline"):
        codes = problem_codes(operations[name])
        assert {"ref_expired", "ref_forged", "not_here", "malformed_request", "storage_unavailable"} <= {*codes}
    assert ALL.startswith("/v1/tenants/acme")
