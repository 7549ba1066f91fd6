"""A prospect becomes a customer: his history follows him once, and goes back once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.interaction import Opening, StartedBy
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Contact, Identifier, ProspectOption, Standing, UniqueKey
from gateway.core.prospect import Prospect, ProspectDraft, ProspectState
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.moves import Moves
from gateway.storage.sealing import Sealing
from gateway.storage.storage import Storage
from gateway.storage.tables import MOVES
from tests.storage.conftest import KEY

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
COMMAND = Command("acme", Viewer("helpdesk", "k1"), "op-7")
CPF, EMAIL = Identifier("cpf", "52998224725"), Identifier("email", "ana@example.com")
ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
CUSTOMER = ContactDraft(Standing.CUSTOMER, ANAS_KEY, "Ana Souza", (EMAIL,))
FORM = ProspectDraft(ProspectOption.FORM, "2026-11-22", None, "Ana", (CPF,))


@pytest.fixture
async def storage(address: str):  # type: ignore[no-untyped-def]
    opened = Storage(address, [KEY])
    yield opened
    await opened.aclose()


async def prospect_with_history(storage: Storage, draft: ProspectDraft = FORM) -> tuple[Prospect, str]:
    opening = Opening("chat", StartedBy.EVENT)
    attendance = (await storage.interactions.start(COMMAND, opening, None, NOW, None)).made.interaction.id
    return (await storage.prospects.store(COMMAND, draft, attendance, NOW)).made, attendance


async def linked(storage: Storage, target: LinkTarget) -> str:
    """The contact of a new attendance that is linked to the target."""
    opening = Opening("chat", StartedBy.EVENT)
    attendance = (await storage.interactions.start(COMMAND, opening, None, NOW, None)).made.interaction.id
    link = (await storage.interactions.link(COMMAND, attendance, target, NOW + timedelta(hours=1))).made.link
    assert link is not None
    return link.contact


async def contact_of(storage: Storage, attendance: str) -> str | None:
    link = (await storage.interactions.history("acme", attendance)).interaction.link
    return None if link is None else link.contact


async def state_of(storage: Storage) -> list[ProspectState]:
    return [one.state for one in (await storage.prospects.page("acme", None, None, None, 9)).prospects]


async def test_a_keyed_prospect_becomes_the_customer_himself(storage: Storage) -> None:
    keyed = replace(FORM, option=ProspectOption.KEYED, unique_key=ANAS_KEY)
    prospect, attendance = await prospect_with_history(storage, keyed)
    customer = await linked(storage, LinkTarget(draft=CUSTOMER, verified=True))
    assert (customer, await contact_of(storage, attendance)) == (prospect.contact.id,) * 2
    assert await state_of(storage) == [ProspectState.CUSTOMER]
    contact = await storage.contacts.get("acme", customer)
    assert contact is not None
    assert contact.standing is Standing.CUSTOMER


@pytest.mark.parametrize(
    ("draft", "customer"),
    [
        (replace(FORM, identifiers=(EMAIL,)), CUSTOMER),
        (FORM, replace(CUSTOMER, identifiers=(EMAIL, CPF))),
    ],
    ids=["by unique key", "by sole document"],
)
async def test_history_follows_to_the_customers_contact(
    storage: Storage, draft: ProspectDraft, customer: ContactDraft
) -> None:
    prospect, attendance = await prospect_with_history(storage, draft)
    contact = await linked(storage, LinkTarget(draft=customer, verified=True))
    assert contact != prospect.contact.id
    assert await contact_of(storage, attendance) == contact
    assert await state_of(storage) == [ProspectState.CUSTOMER]


async def test_that_a_prospect_became_a_customer_is_found_among_the_moves_and_taken_back(storage: Storage) -> None:
    prospect, attendance = await prospect_with_history(storage)
    contact = await linked(storage, LinkTarget(draft=replace(CUSTOMER, identifiers=(EMAIL, CPF)), verified=True))
    assert await contact_of(storage, attendance) == contact
    (move,) = (await storage.contacts.moves("acme", contact, None, 9)).moves
    assert (move.source, move.target, move.why) == (prospect.contact.id, contact, "became_customer")
    await storage.contacts.undo(COMMAND, move.id, False, NOW)
    assert await contact_of(storage, attendance) == prospect.contact.id


async def test_whom_an_identification_took_for_him_follows(storage: Storage) -> None:
    there = await linked(storage, LinkTarget(draft=CUSTOMER, verified=True))
    prospect, attendance = await prospect_with_history(storage)
    assert await linked(storage, LinkTarget(prospect.contact.id, CUSTOMER, verified=True)) == there
    assert await contact_of(storage, attendance) == there


@pytest.mark.parametrize(
    "customer",
    [
        replace(CUSTOMER, identifiers=(EMAIL, Identifier("cpf", "12345678909"))),
        replace(CUSTOMER, identifiers=(EMAIL, CPF, Identifier("cpf", "12345678909"))),
        replace(CUSTOMER, standing=Standing.REGISTERED, identifiers=(EMAIL, CPF)),
    ],
    ids=["another document", "several documents", "no customer"],
)
async def test_a_stranger_does_not_follow(storage: Storage, customer: ContactDraft) -> None:
    prospect, attendance = await prospect_with_history(storage)
    await linked(storage, LinkTarget(draft=customer, verified=True))
    assert await contact_of(storage, attendance) == prospect.contact.id
    assert await state_of(storage) == [ProspectState.PENDING]


async def test_a_shared_phone_is_no_reason_to_follow(storage: Storage) -> None:
    phone = Identifier("phone", "+5511987654321")
    prospect, attendance = await prospect_with_history(storage, replace(FORM, identifiers=(phone,)))
    await linked(storage, LinkTarget(draft=replace(CUSTOMER, identifiers=(EMAIL, phone)), verified=True))
    assert await contact_of(storage, attendance) == prospect.contact.id


async def test_the_company_s_push_makes_him_follow_too(storage: Storage) -> None:
    _, attendance = await prospect_with_history(storage)
    pushed = (await storage.contacts.put(COMMAND, replace(CUSTOMER, identifiers=(EMAIL, CPF)), NOW)).made
    assert await contact_of(storage, attendance) == pushed.id


async def test_what_was_taken_back_does_not_follow_again_and_waits_for_the_load(
    storage: Storage, database: Database, sealing: Sealing
) -> None:
    draft = replace(CUSTOMER, identifiers=(EMAIL, CPF))
    prospect, attendance = await prospect_with_history(storage)
    customer = await linked(storage, LinkTarget(draft=draft, verified=True))
    moves = Moves(sealing, Contacts(sealing))
    [move] = await database.read(lambda c: c.execute(MOVES.select()).all())
    assert (move.source, move.target, move.why) == (prospect.contact.id, customer, "became_customer")
    await database.write(lambda c: moves.undo(c, "acme", move.id, NOW + timedelta(hours=2)))
    assert await contact_of(storage, attendance) == prospect.contact.id
    await linked(storage, LinkTarget(draft=draft, verified=True))
    assert await contact_of(storage, attendance) == prospect.contact.id
    holder = await storage.loads.begin("acme", NOW)
    batch = await storage.loads.open(COMMAND, holder, "csv", "x.csv", "2026-11-22", False, NOW)
    assert batch is not None
    assert batch.rows == 1


async def test_finding_him_moves_nothing(storage: Storage) -> None:
    from gateway.core.joining import Sought

    prospect, attendance = await prospect_with_history(storage)
    found: tuple[Contact, ...] = await storage.contacts.find("acme", Sought(values=(("cpf", CPF.value),)))
    assert [one.id for one in found] == [prospect.contact.id]
    assert await contact_of(storage, attendance) == prospect.contact.id
