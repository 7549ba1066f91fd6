"""Writing to the contact base: once under one key, by whoever read it last, merged and taken apart again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, insert, select

from gateway.core.audit import CONTACT, AuditFilter, Subject
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, MalformedRequest, NotHere
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft, Move, MovePage, draft_of
from gateway.core.model import Contact, Identifier, Standing, UniqueKey
from gateway.storage.audit import AuditRows
from gateway.storage.contact_base import ContactBase
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CASES, INTERACTIONS, LINKS

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
LATER = NOW + timedelta(hours=1)
COMMAND = Command("acme", Viewer("helpdesk", "k1"), "op-7", "r1")
ANA_KEY, BIA_KEY = UniqueKey("cpf", "cpf", "52998224725"), UniqueKey("cpf", "cpf", "12345678909")
ANA = ContactDraft(Standing.REGISTERED, ANA_KEY, "Ana Souza", (Identifier("email", "ana@example.com"),))
BIA = ContactDraft(Standing.REGISTERED, BIA_KEY, "Bia Lima", (Identifier("phone", "+5511987654321"),))


@pytest.fixture
def base(database: Database, sealing: Sealing) -> ContactBase:
    return ContactBase(database, sealing)


async def registered(base: ContactBase, draft: ContactDraft) -> Contact:
    return (await base.register(COMMAND, draft, NOW)).made


async def saved(database: Database, sealing: Sealing, draft: ContactDraft) -> Contact:
    return await database.write(lambda connection: Contacts(sealing).save(connection, "acme", draft, LATER))


async def refused(reason: str, call: object) -> str:
    with pytest.raises(Conflict) as conflict:
        await call  # type: ignore[misc]
    assert conflict.value.reason == reason
    return str(conflict.value)


def as_draft(contact: Contact) -> ContactDraft:
    return draft_of(contact, seal_name=False)


async def test_a_person_is_registered_once_under_one_idempotency_key(base: ContactBase) -> None:
    command = replace(COMMAND, repeat=Repeat("k", b"digest"))
    first = await base.register(command, ANA, NOW)
    again = await base.register(command, ANA, LATER)
    assert (first.again, again.again) == (False, True)
    assert again.made == first.made
    assert await base.find("acme", Sought(values=(("email", "ana@example.com"),))) == (first.made,)


async def test_a_key_that_another_contact_has_is_refused_and_nothing_is_changed(base: ContactBase) -> None:
    ana = await registered(base, ANA)
    assert "Change that one" in await refused(
        "key_taken", base.register(COMMAND, replace(BIA, unique_key=ANA_KEY), NOW)
    )
    assert await base.get("acme", ana.id) == ana
    bia = await registered(base, BIA)
    call = base.change(COMMAND, bia.id, 1, lambda there: replace(as_draft(there), unique_key=ANA_KEY), NOW)
    await refused("key_taken", call)


async def test_only_who_read_it_last_changes_it(base: ContactBase) -> None:
    ana = await registered(base, ANA)
    edit: Callable[[Contact], ContactDraft] = lambda there: replace(as_draft(there), name="Ana Lima")  # noqa: E731
    changed = (await base.change(COMMAND, ana.id, 1, edit, LATER)).made
    assert (changed.name, changed.revision, changed.updated_at) == ("Ana Lima", 2, LATER)
    assert "Read it again" in await refused("changed_meanwhile", base.change(COMMAND, ana.id, 1, edit, LATER))
    with pytest.raises(NotHere, match="no such contact"):
        await base.change(COMMAND, "0" * 32, 1, edit, LATER)
    with pytest.raises(NotHere):
        await base.change(replace(COMMAND, tenant="boreal"), ana.id, 2, edit, LATER)


async def test_who_is_deactivated_is_not_found_and_the_second_time_changes_nothing(base: ContactBase) -> None:
    ana = await registered(base, ANA)
    for _ in range(2):
        gone = (await base.deactivate(COMMAND, ana.id, LATER)).made
        assert (gone.active, gone.revision) == (False, 2)
    assert await base.find("acme", Sought(keys=(ANA_KEY.value,))) == ()


async def test_the_companys_push_makes_changes_and_brings_back(base: ContactBase) -> None:
    draft = replace(ANA, standing=Standing.CUSTOMER)
    made = (await base.put(COMMAND, draft, NOW)).made
    await base.deactivate(COMMAND, made.id, NOW)
    edit = Identifier("channel_user", "whatsapp:77", verified=True)
    await base.change(
        COMMAND, made.id, 2, lambda c: replace(as_draft(c), identifiers=(*c.identifiers, edit), form={"obs": "x"}), NOW
    )
    moved = replace(draft, name="Ana Lima", identifiers=(Identifier("email", "lima@example.com"),))
    pushed = (await base.put(COMMAND, moved, LATER)).made
    assert (pushed.id, pushed.active, pushed.name, pushed.form) == (made.id, True, "Ana Lima", {"obs": "x"})
    assert pushed.identifiers == (Identifier("email", "lima@example.com"), edit)
    assert (await base.put(COMMAND, moved, LATER)).made.revision == pushed.revision


# ------------------------------------------------------------------------------------------ merging


async def attended(database: Database, contact: str, interaction: str) -> None:
    """An interaction that is linked to the contact, with a case."""

    def work(connection: Connection) -> None:
        at = stored(NOW)
        connection.execute(
            insert(INTERACTIONS).values(
                tenant="acme", id=interaction, channel="chat", started_by="event", anonymous=False, started_at=at,
                contact=contact,
            )
        )  # fmt: skip
        connection.execute(
            insert(LINKS).values(
                tenant="acme", id=interaction, interaction=interaction, contact=contact, how="hand",
                assurance="claimed", at=at,
            )
        )  # fmt: skip
        connection.execute(
            insert(CASES).values(
                tenant="acme", id=interaction, interaction=interaction, contact=contact, case_sealed=b"", identified=True,
                at=at,
            )
        )  # fmt: skip

    await database.write(work)


async def history(database: Database, contact: str) -> list[list[str]]:
    def work(connection: Connection) -> list[list[str]]:
        return [
            list(
                connection.execute(select(table.c.id).where(table.c.contact == contact).order_by(table.c.id)).scalars()
            )
            for table in (INTERACTIONS, LINKS, CASES)
        ]

    return await database.read(work)


async def test_who_is_merged_leaves_everything_to_the_other_and_gets_it_back(
    database: Database, base: ContactBase
) -> None:
    ana, bia = await registered(base, replace(ANA, unique_key=None)), await registered(base, BIA)
    await attended(database, bia.id, "i1")
    await attended(database, ana.id, "i2")
    merged = (await base.merge(COMMAND, bia.id, ana.id, None, False, LATER)).made
    assert merged.contact.id == ana.id
    assert merged.contact.unique_key == BIA_KEY
    assert merged.contact.identifiers == (*ana.identifiers, *bia.identifiers)
    assert await history(database, ana.id) == [["i1", "i2"]] * 3
    assert await base.known("acme", None, BIA_KEY.value) == merged.contact
    assert await base.find("acme", Sought(values=(("phone", "+5511987654321"),))) == (merged.contact,)
    await attended(database, ana.id, "i3")

    back = (await base.undo(COMMAND, merged.move, False, LATER)).made
    assert replace(back, revision=1, updated_at=NOW) == bia
    again = await base.get("acme", ana.id)
    assert again is not None
    assert replace(again, revision=1, updated_at=NOW) == ana
    assert await history(database, bia.id) == [["i1"]] * 3
    assert await history(database, ana.id) == [["i2", "i3"]] * 3
    assert "undone before" in await refused("undone_already", base.undo(COMMAND, merged.move, False, LATER))


async def test_a_customer_who_is_merged_into_a_prospect_brings_what_is_said_of_customers(
    base: ContactBase, database: Database, sealing: Sealing
) -> None:
    prospect = await saved(
        database,
        sealing,
        ContactDraft(
            Standing.PROSPECT,
            name="Aninha",
            customer_type="Não cliente",
            stored={"attributes.plano": "Prata", "birth_date": "1980-04-12"},
            form={"renda": "alta"},
        ),
    )
    stored = {"attributes.plano": "Ouro", "attributes.loja": "7"}
    customer = await saved(database, sealing, ContactDraft(Standing.CUSTOMER, ANA_KEY, "Ana Souza", stored=stored))
    merged = (await base.merge(COMMAND, customer.id, prospect.id, None, False, LATER)).made
    left = merged.contact
    assert (left.id, left.standing, left.name, left.customer_type, left.form) == (
        prospect.id, Standing.CUSTOMER, "Ana Souza", None, {"renda": "alta"},
    )  # fmt: skip
    assert left.stored == {"attributes.plano": "Ouro", "attributes.loja": "7", "birth_date": "1980-04-12"}

    await base.undo(COMMAND, merged.move, False, LATER)
    again = await base.get("acme", prospect.id)
    assert again is not None
    assert replace(again, revision=prospect.revision, updated_at=prospect.updated_at) == prospect


async def test_what_was_changed_since_a_merger_is_not_undone_with_it(
    base: ContactBase, database: Database, sealing: Sealing
) -> None:
    prospect = await saved(database, sealing, ContactDraft(Standing.PROSPECT, name="Aninha", customer_type="Lead"))
    draft = ContactDraft(Standing.CUSTOMER, ANA_KEY, "Ana Souza", stored={"attributes.plano": "Ouro"})
    customer = await saved(database, sealing, draft)
    merged = (await base.merge(COMMAND, customer.id, prospect.id, None, False, LATER)).made

    def edited(contact: Contact) -> ContactDraft:
        return replace(as_draft(contact), name="Ana Lima", customer_type="VIP", stored={"attributes.plano": "Black"})

    await base.change(COMMAND, prospect.id, merged.contact.revision, edited, LATER)
    await base.undo(COMMAND, merged.move, False, LATER)
    again = await base.get("acme", prospect.id)
    assert again is not None
    assert (again.name, again.customer_type, again.stored) == ("Ana Lima", "VIP", {"attributes.plano": "Black"})


async def test_who_comes_by_a_key_that_was_given_up_finds_who_took_it_over(base: ContactBase) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    merged = (await base.merge(COMMAND, bia.id, ana.id, ana.id, False, NOW)).made
    for contact, key in ((None, BIA_KEY), (bia.id, BIA_KEY), (ana.id, None), ("0" * 32, BIA_KEY), (None, ANA_KEY)):
        assert await base.known("acme", contact, None if key is None else key.value) == merged.contact
    assert await base.known("boreal", bia.id, BIA_KEY.value) is None
    await base.deactivate(COMMAND, ana.id, NOW)
    assert await base.known("acme", None, BIA_KEY.value) is None


async def test_what_went_over_is_listed_with_the_id_that_takes_it_back(base: ContactBase) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    first = (await base.merge(COMMAND, bia.id, ana.id, ana.id, False, NOW)).made.move
    await base.undo(COMMAND, first, False, LATER)
    second = (await base.merge(COMMAND, ana.id, bia.id, ana.id, False, LATER)).made.move
    for contact in (ana.id, bia.id):
        newest = await base.moves("acme", contact, None, 1)
        assert newest.moves == (Move(second, ana.id, bia.id, "merge", LATER, "op-7"),)
        oldest = await base.moves("acme", contact, newest.next, 1)
        assert oldest == MovePage((Move(first, bia.id, ana.id, "merge", NOW, "op-7", LATER),))
    with pytest.raises(NotHere, match="no such contact"):
        await base.moves("boreal", ana.id, None, 9)
    with pytest.raises(MalformedRequest, match="cursor is none that a page gave"):
        await base.moves("acme", ana.id, "invented", 9)


async def test_two_unique_keys_need_a_word_about_which_one_stays(
    base: ContactBase, database: Database, sealing: Sealing
) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    assert "whose key stays" in await refused("two_keys", base.merge(COMMAND, bia.id, ana.id, None, False, NOW))
    merged = (await base.merge(COMMAND, bia.id, ana.id, bia.id, False, NOW)).made
    assert (merged.contact.id, merged.contact.unique_key) == (ana.id, BIA_KEY)
    # Who comes by the key that was given up is led to him.
    again = await saved(database, sealing, ContactDraft(Standing.CUSTOMER, ANA_KEY))
    assert (again.id, again.unique_key) == (ana.id, BIA_KEY)
    back = (await base.undo(COMMAND, merged.move, False, NOW)).made
    assert (back.id, back.unique_key) == (bia.id, BIA_KEY)
    there = await base.known("acme", None, ANA_KEY.value)
    assert there is not None
    assert there.id == ana.id


async def test_a_key_that_somebody_got_meanwhile_forbids_the_undoing(
    base: ContactBase, database: Database, sealing: Sealing
) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    merged = (await base.merge(COMMAND, bia.id, ana.id, ana.id, False, NOW)).made
    # By another process, at the moment of the merger.
    await database.write(lambda connection: Contacts(sealing).create(connection, "acme", BIA, NOW))
    assert "Merge the two" in await refused("key_taken", base.undo(COMMAND, merged.move, False, LATER))


async def test_what_cannot_be_merged_is_said_why(base: ContactBase) -> None:
    ana, bia = await registered(base, ANA), await registered(base, replace(BIA, unique_key=None))
    caio = await registered(base, ContactDraft(Standing.REGISTERED, None, "Caio"))
    await refused("same_contact", base.merge(COMMAND, ana.id, ana.id, None, False, NOW))
    with pytest.raises(NotHere):
        await base.merge(COMMAND, ana.id, "0" * 32, None, False, NOW)
    with pytest.raises(NotHere):
        await base.undo(COMMAND, "0" * 32, False, NOW)
    first = (await base.merge(COMMAND, bia.id, ana.id, None, False, NOW)).made
    assert "Name that one" in await refused("merged", base.merge(COMMAND, bia.id, caio.id, None, False, NOW))
    assert "Change that one" in await refused("merged", base.change(COMMAND, bia.id, 2, as_draft, NOW))
    await base.merge(COMMAND, ana.id, caio.id, None, False, NOW)
    assert "later merge first" in await refused("changed_meanwhile", base.undo(COMMAND, first.move, False, NOW))
    await base.deactivate(COMMAND, caio.id, NOW)
    dora = await registered(base, ContactDraft(Standing.REGISTERED, None, "Dora"))
    assert "Activate him first" in await refused("inactive", base.merge(COMMAND, dora.id, caio.id, None, False, NOW))


async def test_saving_under_a_key_that_was_given_up_saves_who_took_it_over(
    base: ContactBase, database: Database, sealing: Sealing
) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    await base.merge(COMMAND, bia.id, ana.id, ana.id, False, NOW)
    again = await saved(database, sealing, ContactDraft(Standing.CUSTOMER, BIA_KEY, "Bia"))
    assert (again.id, again.unique_key) == (ana.id, ANA_KEY)


async def test_a_push_under_a_key_that_was_given_up_makes_no_second_contact_of_him(base: ContactBase) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    await base.merge(COMMAND, bia.id, ana.id, ana.id, False, NOW)
    left = (await base.put(COMMAND, ContactDraft(Standing.CUSTOMER, BIA_KEY, "Bia Lima"), NOW)).made
    assert (left.id, left.unique_key, left.name) == (ana.id, ANA_KEY, "Bia Lima")
    given_up = Identifier("unique_key", BIA_KEY.value)
    assert set(left.identifiers) == {*ana.identifiers, *bia.identifiers, given_up}
    assert await base.known("acme", None, BIA_KEY.value) == left


async def test_nobody_gets_a_key_that_was_given_up_in_a_merger(base: ContactBase) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    caio = await registered(base, ContactDraft(Standing.REGISTERED, None, "Caio"))
    move = (await base.merge(COMMAND, bia.id, ana.id, ana.id, False, NOW)).made.move
    assert "merged into another" in await refused("key_taken", base.register(COMMAND, BIA, NOW))

    def bias_key(contact: Contact) -> ContactDraft:
        return replace(as_draft(contact), unique_key=BIA_KEY)

    assert "merged into another" in await refused("key_taken", base.change(COMMAND, caio.id, 1, bias_key, NOW))
    # Who took it over may have it as his own.
    left = (await base.change(COMMAND, ana.id, 2, bias_key, NOW)).made
    assert left.unique_key == BIA_KEY
    await base.undo(COMMAND, move, False, LATER)
    back = [await base.get("acme", one.id) for one in (ana, bia)]
    assert [one and one.unique_key for one in back] == [ANA_KEY, BIA_KEY]
    assert "merge the two" in await refused("key_taken", base.register(COMMAND, BIA, NOW))


@pytest.mark.parametrize("stays", ["source", "target"])
async def test_who_gave_up_a_key_is_found_by_it_until_that_is_undone(base: ContactBase, stays: str) -> None:
    ana, bia = await registered(base, ANA), await registered(base, BIA)
    keeps, gone = (bia, ANA_KEY) if stays == "source" else (ana, BIA_KEY)
    move = (await base.merge(COMMAND, bia.id, ana.id, keeps.id, False, NOW)).made.move
    both = [await base.find("acme", Sought(keys=(key.value,))) for key in (ANA_KEY, BIA_KEY)]
    assert [[one.id for one in found] for found in both] == [[ana.id], [ana.id]]
    assert Identifier("unique_key", gone.value) in both[0][0].identifiers
    # A push says nothing of it, so it stays.
    pushed = await base.put(COMMAND, ContactDraft(Standing.CUSTOMER, both[0][0].unique_key), NOW)
    assert pushed.made.identifiers == (Identifier("unique_key", gone.value),)
    await base.undo(COMMAND, move, False, LATER)
    both = [await base.find("acme", Sought(keys=(key.value,))) for key in (ANA_KEY, BIA_KEY)]
    assert [[one.id for one in found] for found in both] == [[ana.id], [bia.id]]


async def test_every_write_is_audited_with_the_contact_that_it_concerns(
    base: ContactBase, database: Database, sealing: Sealing
) -> None:
    command = replace(COMMAND, repeat=Repeat("k", b"digest"))
    ana = (await base.register(command, replace(ANA, unique_key=None), NOW)).made
    await base.register(command, replace(ANA, unique_key=None), NOW)  # done before: no line
    bia = await registered(base, BIA)
    await base.change(COMMAND, ana.id, 1, as_draft, NOW)
    move = (await base.merge(COMMAND, bia.id, ana.id, None, False, NOW)).made.move
    await base.undo(COMMAND, move, False, NOW)
    await base.deactivate(COMMAND, bia.id, NOW)
    with pytest.raises(Conflict):
        await base.change(COMMAND, ana.id, 1, as_draft, NOW)  # refused: no line
    await base.put(COMMAND, replace(ANA, standing=Standing.CUSTOMER), NOW)
    rows = AuditRows(sealing)

    def about(contact: str) -> AuditFilter:
        return AuditFilter(subjects=(Subject(CONTACT, contact),))

    of = {who.id: await database.read(lambda c, w=who: rows.read(c, "acme", about(w.id), 100)) for who in (ana, bia)}  # type: ignore[misc]
    assert sorted(line.action for line in of[ana.id]) == ["contact_change", "contact_merge", "contact_register"]
    assert sorted(line.action for line in of[bia.id]) == [
        "contact_deactivate", "contact_merge", "contact_register", "history_undo",
    ]  # fmt: skip
    assert {(line.actor, line.key_id) for line in of[ana.id]} == {("op-7", "k1")}
