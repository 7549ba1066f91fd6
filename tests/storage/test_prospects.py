"""Prospects: each option as the tenant says, nobody twice, and never somebody who is known by now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from hashlib import sha256

import pytest
from sqlalchemy import Engine, delete, event

from gateway.core.audit import CONTACT, Action, AuditFilter, Subject
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, NotHere
from gateway.core.interaction import Opening, StartedBy
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact, Identifier, ProspectOption, Standing, UniqueKey
from gateway.core.prospect import SETTLED, Prospect, ProspectDraft, ProspectState
from gateway.storage.audit_trail import AuditTrail
from gateway.storage.contact_base import ContactBase
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.engine import open_engine
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.load_base import LoadBase
from gateway.storage.observer import Unobserved
from gateway.storage.prospect_base import ProspectBase
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CONTACTS

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
CPF, EMAIL = Identifier("cpf", "52998224725"), Identifier("email", "ana@example.com")
KEYED = ProspectDraft(
    ProspectOption.KEYED, "2026-11-22", UniqueKey("cpf", "cpf", CPF.value), "Ana", (CPF,), "Não cliente"
)
MESSAGE = ProspectDraft(ProspectOption.MESSAGE, "2026-11-22", None, None, (CPF, EMAIL))
COMMAND = Command("acme", Viewer("helpdesk", "k1"), "op-7")


@pytest.fixture
def base(database: Database, sealing: Sealing) -> ProspectBase:
    return ProspectBase(database, sealing)


@pytest.fixture
def contacts(database: Database, sealing: Sealing) -> ContactBase:
    return ContactBase(database, sealing)


async def there_is(database: Database, sealing: Sealing, draft: ContactDraft) -> Contact:
    return await database.write(lambda c: Contacts(sealing).create(c, "acme", draft, NOW))


async def test_a_keyed_prospect_has_his_key_and_waits_for_the_end_of_the_day(base: ProspectBase) -> None:
    effect = await base.store(COMMAND, KEYED, None, NOW)
    prospect, contact = effect.made, effect.made.contact
    assert (effect.again, prospect.state, prospect.day, prospect.option) == (
        False, ProspectState.PENDING, "2026-11-22", ProspectOption.KEYED,
    )  # fmt: skip
    assert (contact.standing, contact.unique_key, contact.name, contact.customer_type) == (
        Standing.PROSPECT, KEYED.unique_key, "Ana", "Não cliente",
    )  # fmt: skip
    assert "Ana" not in repr(prospect)


async def test_who_is_stored_already_stays_one(base: ProspectBase, contacts: ContactBase) -> None:
    for draft in (KEYED, MESSAGE):
        first = (await base.store(COMMAND, draft, None, NOW)).made
        second = (await base.store(COMMAND, replace(draft, name="Ana Souza"), None, NOW + timedelta(minutes=1))).made
        assert (second.contact.id, second.contact.name) == (first.contact.id, "Ana Souza")
        assert second.send_key == first.send_key
    page = await base.page("acme", None, None, None, 10)
    assert len(page.prospects) == 2
    assert len(await contacts.find("acme", Sought(values=(("cpf", CPF.value),)))) == 2


async def test_a_message_prospect_is_told_by_everything_that_he_was_searched_by(base: ProspectBase) -> None:
    first = (await base.store(COMMAND, MESSAGE, None, NOW)).made
    two = (EMAIL, Identifier("phone", "+551133334444"))
    other = (await base.store(COMMAND, replace(MESSAGE, identifiers=two), None, NOW)).made
    assert first.contact.id != other.contact.id


async def test_who_was_searched_by_name_alone_is_somebody_new_each_time(base: ProspectBase) -> None:
    nameless = replace(MESSAGE, identifiers=(), name="Maria")
    first = (await base.store(COMMAND, nameless, None, NOW)).made
    second = (await base.store(COMMAND, nameless, None, NOW)).made
    assert first.contact.id != second.contact.id


@pytest.mark.parametrize("draft", [KEYED, MESSAGE], ids=["keyed", "message"])
async def test_who_became_known_meanwhile_is_no_prospect(
    base: ProspectBase, database: Database, sealing: Sealing, draft: ProspectDraft
) -> None:
    known = ContactDraft(Standing.CUSTOMER, UniqueKey("cpf", "cpf", CPF.value), "Ana", (CPF, EMAIL))
    await there_is(database, sealing, known)
    with pytest.raises(Conflict, match="knows him by now") as refusal:
        await base.store(COMMAND, draft, None, NOW)
    assert refusal.value.reason == "known_already"


async def test_who_is_known_by_a_key_that_was_given_up_in_a_merger_is_no_prospect(
    base: ProspectBase, contacts: ContactBase, database: Database, sealing: Sealing
) -> None:
    known = await there_is(database, sealing, ContactDraft(Standing.CUSTOMER, UniqueKey("cpf", "cpf", CPF.value)))
    left = await there_is(database, sealing, ContactDraft(Standing.CUSTOMER, UniqueKey("cpf", "cpf", "12345678909")))
    await contacts.merge(COMMAND, known.id, left.id, left.id, False, NOW)
    with pytest.raises(Conflict) as refusal:
        await base.store(COMMAND, KEYED, None, NOW)
    assert refusal.value.reason == "known_already"
    assert (await base.page("acme", None, None, None, 10)).prospects == ()


async def test_the_same_request_twice_is_done_once(base: ProspectBase) -> None:
    repeated = replace(COMMAND, repeat=Repeat("key-1", sha256(b"body").digest()))
    nameless = replace(MESSAGE, identifiers=())
    first = await base.store(repeated, nameless, None, NOW)
    second = await base.store(repeated, nameless, None, NOW)
    assert (first.made.contact.id, first.again, second.again) == (second.made.contact.id, False, True)
    assert len((await base.page("acme", None, None, None, 10)).prospects) == 1


async def test_the_attendance_becomes_his_history_unless_he_is_to_have_none(
    base: ProspectBase, database: Database, sealing: Sealing
) -> None:
    interactions = InteractionBase(database, sealing)
    for draft, linked in ((KEYED, True), (MESSAGE, False)):
        opening = Opening("chat", StartedBy.EVENT)
        attendance = (await interactions.start(COMMAND, opening, None, NOW, None)).made.interaction.id
        prospect = (await base.store(COMMAND, draft, attendance, NOW)).made
        link = (await interactions.history("acme", attendance)).interaction.link
        assert (link.contact if link else None) == (prospect.contact.id if linked else None)


async def test_who_cannot_be_linked_is_not_stored_either(base: ProspectBase) -> None:
    with pytest.raises(NotHere, match="no such interaction"):
        await base.store(COMMAND, KEYED, "0" * 32, NOW)
    assert (await base.page("acme", None, None, None, 10)).prospects == ()


async def test_a_registered_contact_is_classified_by_hand(
    base: ProspectBase, database: Database, sealing: Sealing
) -> None:
    known = await there_is(database, sealing, ContactDraft(Standing.REGISTERED, None, "Ana", (EMAIL,)))
    form = ProspectDraft(ProspectOption.FORM, "2026-11-22", identifiers=(CPF,), form={"renda": "alta"})
    prospect = (await base.classify(COMMAND, known.id, form, NOW)).made
    assert (prospect.contact.standing, prospect.contact.name, prospect.contact.form) == (
        Standing.PROSPECT, "Ana", {"renda": "alta"},
    )  # fmt: skip
    assert set(prospect.contact.identifiers) == {EMAIL, CPF}
    assert (prospect.option, prospect.state) == (ProspectOption.FORM, ProspectState.PENDING)


async def test_a_customer_is_not_made_a_prospect(base: ProspectBase, database: Database, sealing: Sealing) -> None:
    known = await there_is(database, sealing, ContactDraft(Standing.CUSTOMER, KEYED.unique_key))
    away = await there_is(database, sealing, ContactDraft(Standing.REGISTERED, active=False))
    form = ProspectDraft(ProspectOption.FORM, "2026-11-22")
    for contact, reason in ((known.id, "customer_already"), (away.id, "not_active")):
        with pytest.raises(Conflict) as refusal:
            await base.classify(COMMAND, contact, form, NOW)
        assert refusal.value.reason == reason
    with pytest.raises(NotHere, match="no such contact"):
        await base.classify(replace(COMMAND, tenant="boreal"), known.id, form, NOW)


async def test_prospects_are_listed_by_day_and_state_in_pages(base: ProspectBase) -> None:
    for number in range(5):
        day = "2026-11-22" if number < 4 else "2026-11-23"
        draft = replace(MESSAGE, day=day, identifiers=(Identifier("email", f"p{number}@example.com"),))
        await base.store(COMMAND, draft, None, NOW + timedelta(seconds=number))
    first = await base.page("acme", "2026-11-22", ProspectState.PENDING, None, 3)
    rest = await base.page("acme", "2026-11-22", ProspectState.PENDING, first.next, 3)
    emails = [one.contact.identifiers[0].value for page in (first, rest) for one in page.prospects]
    assert emails == [f"p{number}@example.com" for number in range(4)]
    assert rest.next is None
    assert (await base.page("acme", None, ProspectState.LOADED, None, 3)).prospects == ()
    assert (await base.page("boreal", None, None, None, 3)).prospects == ()


# ---------------------------------------------------------------------------------------------- settled by a person


@pytest.fixture
async def unknown(base: ProspectBase, database: Database, sealing: Sealing) -> Prospect:
    """Somebody who was being sent when the gateway died."""
    loads = LoadBase(database, sealing)
    stored = (await base.store(COMMAND, MESSAGE, None, NOW)).made
    holder = await loads.begin("acme", NOW)
    assert await loads.open(COMMAND, holder, "source:crm", None, MESSAGE.day, False, NOW) is not None
    assert await loads.take("acme", holder, stored.contact.id, NOW)
    assert await loads.interrupted("acme", holder, "The gateway was interrupted.", NOW) == 1
    await loads.end("acme", holder)
    return stored


@pytest.mark.parametrize("state", SETTLED)
async def test_a_person_ends_the_doubt_about_somebody(
    base: ProspectBase, unknown: Prospect, state: ProspectState
) -> None:
    later = NOW + timedelta(minutes=1)
    settled = (
        await base.settle(COMMAND, unknown.contact.id, state, "because" if state == "refused" else None, later)
    ).made
    assert (settled.state, settled.reason is None, settled.changed_at) == (state, state != "refused", later)
    assert settled.send_key == unknown.send_key
    assert (settled.batch is None) == (state is ProspectState.PENDING)


async def test_only_one_who_is_unknown_is_settled(base: ProspectBase, unknown: Prospect) -> None:
    await base.settle(COMMAND, unknown.contact.id, ProspectState.LOADED, None, NOW)
    with pytest.raises(Conflict, match="He is 'loaded', and nobody is in doubt about that") as refusal:
        await base.settle(COMMAND, unknown.contact.id, ProspectState.PENDING, None, NOW)
    assert refusal.value.reason == "not_unknown"
    with pytest.raises(NotHere, match="no such prospect"):
        await base.settle(replace(COMMAND, tenant="boreal"), unknown.contact.id, ProspectState.LOADED, None, NOW)


async def test_settling_twice_by_one_request_is_done_once_and_audited(
    base: ProspectBase, unknown: Prospect, database: Database, sealing: Sealing
) -> None:
    repeated = replace(COMMAND, repeat=Repeat("key-1", sha256(b"body").digest()))
    contact = unknown.contact.id
    effects = [await base.settle(repeated, contact, ProspectState.LOADED, None, NOW) for _ in range(2)]
    assert [effect.again for effect in effects] == [False, True]
    wanted = AuditFilter(action=Action.SETTLE_PROSPECT, subjects=(Subject(CONTACT, contact),))
    trail = AuditTrail(database, sealing, Unobserved())
    lines = await trail.read("acme", wanted, 9)
    assert [(line.actor, line.outcome) for line in lines] == [("op-7", "loaded")]


async def test_what_a_person_settled_stands_whatever_a_load_finds_out_then(
    base: ProspectBase, unknown: Prospect, database: Database, sealing: Sealing
) -> None:
    loads, contact = LoadBase(database, sealing), unknown.contact.id
    holder = await loads.begin("acme", NOW)
    await base.settle(COMMAND, contact, ProspectState.REFUSED, "because", NOW)
    await loads.again("acme", holder, [contact], NOW)
    before, after = ProspectState.UNKNOWN, ProspectState.LOADED
    await loads.settle("acme", holder, contact, before, after, None, NOW)
    (there,) = (await base.page("acme", None, None, None, 9)).prospects
    assert (there.state, there.reason) == (ProspectState.REFUSED, "because")


# ---------------------------------------------------------------------------------------------- one moment


async def test_a_list_that_is_read_while_somebody_is_let_go_of_shows_one_moment(
    base: ProspectBase, database: Database, address: str
) -> None:
    for number in range(3):
        draft = replace(MESSAGE, identifiers=(Identifier("email", f"p{number}@example.com"),))
        await base.store(COMMAND, draft, None, NOW + timedelta(seconds=number))
    other, deleted = open_engine(address, "write"), list[str]()

    def retention(_: object, __: object, statement: str, *___: object) -> None:
        if "FROM prospects" in statement and not deleted:
            deleted.append(statement)
            with other.begin() as connection:
                connection.execute(delete(CONTACTS).where(CONTACTS.c.tenant == "acme"))

    event.listen(Engine, "after_cursor_execute", retention)
    try:
        page = await base.page("acme", None, None, None, 2)
    finally:
        event.remove(Engine, "after_cursor_execute", retention)
        other.dispose()
    assert deleted
    assert [len(one.contact.identifiers) for one in page.prospects] == [1, 1]
    assert page.next is not None
    assert (await base.page("acme", None, None, None, 2)).prospects == ()
