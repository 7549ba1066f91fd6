"""Every lookup is audited: who, which kinds, what came of it; and what was none is not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timezone

import pytest

from gateway.core.audit import CONTACT, AuditEntry, Subject
from gateway.core.disclosure import Viewer
from gateway.core.errors import RefForged, RequestError, Unreachable
from gateway.core.model import Contact, Customer, Match, Standing, UniqueKey
from gateway.service.auditing import Auditor
from gateway.service.details import Details, DetailsRequest
from gateway.service.refs import Refs
from gateway.service.request import IdentifyRequest
from tests.service.scripted import ANA, ANAS_CPF, House, Script

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


@dataclass(slots=True)
class Sink:
    entries: list[AuditEntry] = field(default_factory=list)

    def record(self, entry: AuditEntry) -> None:
        self.entries.append(entry)


def audited(house: House) -> Sink:
    sink = Sink()
    house.identifier = replace(house.identifier, auditor=Auditor(sink, lambda: NOW))
    return sink


async def test_a_lookup_leaves_who_asked_with_what_and_the_outcome() -> None:
    house = House({"crm": Script([[ANA]])})
    sink = audited(house)
    viewer = Viewer("helpdesk", "k1")
    await house.identifier.identify(IdentifyRequest("acme", viewer, {"cpf": ANAS_CPF}, request_id="r1", actor="op-7"))
    (entry,) = sink.entries
    assert (entry.tenant, entry.at, entry.action, entry.key_id) == ("acme", NOW, "identify", "k1")
    assert (entry.actor, entry.request_id, entry.outcome) == ("op-7", "r1", "found")
    assert entry.subjects == (Subject("cpf", ANAS_CPF),)
    assert ANAS_CPF not in repr(entry)


@pytest.mark.parametrize(("steps", "outcome"), [([[]], "not_found"), ([Unreachable()], "unavailable")])
async def test_a_lookup_that_found_nobody_is_one_too(steps: list[object], outcome: str) -> None:
    house = House({"crm": Script(steps)})  # type: ignore[arg-type]
    sink = audited(house)
    await house.identify(cpf=ANAS_CPF)
    assert [entry.outcome for entry in sink.entries] == [outcome]


async def test_of_the_one_box_only_what_was_asked_counts() -> None:
    house = House({"crm": Script([[ANA]])})
    sink = audited(house)
    await house.identify(text=ANAS_CPF)
    assert [subject.kind for subject in sink.entries[0].subjects] == ["cpf"]


async def test_a_question_that_nobody_was_asked_is_no_lookup() -> None:
    house = House({"crm": Script([[ANA]])})
    sink = audited(house)
    with pytest.raises(RequestError):
        await house.identify(cpf="52998224720")
    assert sink.entries == []


async def test_who_looks_at_a_selected_customer_is_audited_with_whom_he_looked_at() -> None:
    house, sink, refs = House({"crm": Script([[ANA]])}), Sink(), Refs([bytes(32)], lambda: 1_800_000_000.0)
    details = Details(house.tenants, refs, house.heard, auditor=Auditor(sink, lambda: NOW))
    customer = Customer(UniqueKey("email", "email", "ana@example.com"), sources=("crm",))
    ref = refs.seal(Match(customer, Contact("c1", Standing.CUSTOMER), verified=True), "acme")
    await details.details(DetailsRequest("acme", Viewer("helpdesk", "k1"), ref, "r1", actor="op-7"))
    (entry,) = sink.entries
    assert (entry.action, entry.actor, entry.outcome) == ("details", "op-7", "found")
    assert entry.subjects == (Subject("email", "ana@example.com"), Subject(CONTACT, "c1"))
    with pytest.raises(RefForged):
        await details.details(DetailsRequest("acme", Viewer("helpdesk", "k1"), "invented", "r2"))
    assert len(sink.entries) == 1
