"""Interactions: what may be done with them, in which order, by whom; kept sealed, each confirmed or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, func, select

from gateway.core.audit import CONTACT, AuditFilter, Subject
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, MalformedRequest, NotHere
from gateway.core.interaction import CaseDraft, Interaction, LinkAssurance, LinkHow, NoLink, Opening, StartedBy
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Contact, Identifier, Standing, UniqueKey
from gateway.core.protocol import ProtocolNumber
from gateway.storage.audit import AuditRows
from gateway.storage.contact_base import ContactBase
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CONTACTS, INTERACTIONS, LINKS, METADATA

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ACT = Command("acme", Viewer("helpdesk", "k1"), "op-7", "r1")
USER = Identifier("channel_user", "whatsapp:5511987654321")
CHAT = Opening("whatsapp", StartedBy.EVENT, channel_user=USER)
CALL = Opening("phone", StartedBy.EVENT, context={"pre_chat": [{"question": "Assunto", "answer": "2ª via da Ana"}]})
ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
BIAS_KEY = replace(ANAS_KEY, value="bia@example.com")
ANA = LinkTarget(draft=ContactDraft(Standing.CUSTOMER, ANAS_KEY, "Ana Souza"), verified=True)
BIA = LinkTarget(draft=ContactDraft(Standing.CUSTOMER, BIAS_KEY))


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


@pytest.fixture
def base(database: Database, sealing: Sealing) -> InteractionBase:
    return InteractionBase(database, sealing)


async def started(base: InteractionBase, opening: Opening = CHAT, target: LinkTarget | None = None) -> Interaction:
    return (await base.start(ACT, opening, target, NOW, None)).made.interaction


async def known(database: Database, sealing: Sealing, draft: ContactDraft, tenant: str = "acme") -> Contact:
    return await database.write(lambda connection: Contacts(sealing).create(connection, tenant, draft, NOW))


# ---------------------------------------------------------------------------------------------- from start to finish


async def test_an_attendance_is_kept_as_it_went(base: InteractionBase) -> None:
    interaction = await started(base, replace(CALL, channel_user=Identifier("phone", "+5511987654321")))
    assert (interaction.open, interaction.protocol, interaction.actor) == (True, None, "op-7")
    assert interaction.context == CALL.context
    acted = (await base.first_action(ACT, interaction.id, later(1), 2026)).made
    assert (acted.first_action_at, str(acted.protocol)) == (later(1), "2026-0000000001")
    linked = (await base.link(ACT, interaction.id, ANA, later(2))).made
    assert linked.unique_key == ANAS_KEY
    note = (await base.add_note(ACT, interaction.id, "Quer a 2ª via", later(3))).made
    assert (note.text, note.at, note.actor) == ("Quer a 2ª via", later(3), "op-7")
    case = (await base.add_case(ACT, interaction.id, CaseDraft("SR-77", True, "2ª via"), later(4))).made
    assert (case.case, case.title, case.identified) == ("SR-77", "2ª via", True)
    finished = (await base.finish(ACT, interaction.id, later(5), 2026)).made
    assert (finished.finished_at, finished.protocol) == (later(5), acted.protocol)
    history = await base.history("acme", interaction.id)
    assert history.interaction == finished
    assert (history.notes, history.cases) == ((note,), (case,))
    [link] = history.links
    assert (link.how, link.assurance, link.actor, link.at) == (LinkHow.HAND, LinkAssurance.MATCHED, "op-7", later(2))


async def test_the_second_first_action_changes_nothing(base: InteractionBase) -> None:
    interaction = await started(base)
    first = (await base.first_action(ACT, interaction.id, later(1), 2026)).made
    assert (await base.first_action(ACT, interaction.id, later(9), 2027)).made == first


async def test_started_by_hand_the_operator_has_acted(base: InteractionBase) -> None:
    opening = Opening("other", StartedBy.HAND)
    interaction = (await base.start(ACT, opening, None, NOW, 2026)).made.interaction
    assert (interaction.first_action_at, str(interaction.protocol)) == (NOW, "2026-0000000001")


async def test_who_never_had_a_number_gets_it_at_the_end(base: InteractionBase) -> None:
    interaction = await started(base)
    assert str((await base.finish(ACT, interaction.id, later(1), 2026)).made.protocol) == "2026-0000000001"


async def test_after_the_end_nothing_is_written(base: InteractionBase) -> None:
    one = (await started(base)).id
    await base.finish(ACT, one, later(1), 2026)
    for write in (
        base.first_action(ACT, one, later(2), 2026),
        base.link(ACT, one, ANA, later(2)),
        base.unlink(ACT, one, later(2)),
        base.reidentify(ACT, one, ANA, later(2)),
        base.add_note(ACT, one, "a", later(2)),
        base.add_case(ACT, one, CaseDraft("1", False), later(2)),
        base.finish(ACT, one, later(2), 2026),
    ):
        with pytest.raises(Conflict, match="Start a new one") as refused:
            await write
        assert refused.value.reason == "finished"
    assert (await base.history("acme", one)).interaction.finished_at == later(1)


async def test_what_is_not_there_or_another_tenants_is_not_here(base: InteractionBase) -> None:
    interaction = (await started(base)).id
    for command, one in ((ACT, "0" * 32), (replace(ACT, tenant="boreal"), interaction)):
        for call in (
            base.history(command.tenant, one),
            base.first_action(command, one, NOW, 2026),
            base.link(command, one, ANA, NOW),
            base.add_note(command, one, "a", NOW),
        ):
            with pytest.raises(NotHere, match="no such interaction"):
                await call


async def test_a_repeated_request_is_answered_with_what_the_first_made(base: InteractionBase) -> None:
    again = replace(ACT, repeat=Repeat("k", b"digest"))
    first = await base.start(again, CHAT, ANA, NOW, 2026)
    second = await base.start(again, CHAT, ANA, later(1), 2026)
    assert (first.again, second.again) == (False, True)
    assert second.made.interaction == first.made.interaction
    one = first.made.interaction.id
    notes = [await base.add_note(again, one, "a", later(minute)) for minute in (1, 2)]
    assert notes[0].made == notes[1].made
    finished = [await base.finish(again, one, later(minute), 2026) for minute in (3, 4)]
    assert [effect.again for effect in finished] == [False, True]
    assert finished[0].made == finished[1].made
    with pytest.raises(Conflict, match="Use a new key"):
        await base.start(replace(ACT, repeat=Repeat("k", b"other")), CHAT, None, NOW, 2026)


# ---------------------------------------------------------------------------------------------- links


async def test_a_link_makes_the_contact_of_a_key_once(database: Database, base: InteractionBase) -> None:
    one, other = await started(base), await started(base)
    links = [(await base.link(ACT, each.id, ANA, later(1))).made.link for each in (one, other)]
    assert links[0]
    assert links[1]
    assert links[0].contact == links[1].contact
    assert await database.read(lambda c: c.execute(select(func.count()).select_from(CONTACTS)).scalar()) == 1


async def test_a_key_that_is_an_order_works_the_same(base: InteractionBase) -> None:
    order = UniqueKey("pedido", "code", "PED-2026/118")
    interaction = await started(base)
    linked = (
        await base.link(ACT, interaction.id, LinkTarget(draft=ContactDraft(Standing.CUSTOMER, order)), later(1))
    ).made
    assert linked.unique_key == order
    await base.unlink(ACT, interaction.id, later(2))
    again = (
        await base.link(ACT, interaction.id, LinkTarget(draft=ContactDraft(Standing.CUSTOMER, order)), later(3))
    ).made
    assert linked.link
    assert again.link
    assert linked.link.contact == again.link.contact


async def test_nobody_is_linked_twice(base: InteractionBase) -> None:
    interaction = await started(base)
    await base.link(ACT, interaction.id, ANA, later(1))
    for target in (ANA, BIA):
        with pytest.raises(Conflict, match="Unlink it first, or re-identify") as refused:
            await base.link(ACT, interaction.id, target, later(2))
        assert refused.value.reason == "linked_already"
    assert len((await base.history("acme", interaction.id)).links) == 1


async def test_re_identifying_replaces_the_link_and_moves_no_past(base: InteractionBase) -> None:
    past, now = await started(base), await started(base)
    wrong = (await base.link(ACT, past.id, ANA, later(1))).made.link
    await base.finish(ACT, past.id, later(2), 2026)
    await base.link(ACT, now.id, ANA, later(3))
    right = (await base.reidentify(replace(ACT, actor="op-8"), now.id, BIA, later(4))).made
    assert right.unique_key == BIAS_KEY
    ended, held = (await base.history("acme", now.id)).links
    assert (ended.ended_at, ended.ended_by, held.ended_at) == (later(4), "op-8", None)
    assert right.link == held
    assert wrong
    assert (await base.history("acme", past.id)).links == (wrong,)
    with pytest.raises(Conflict, match="this very contact already"):
        await base.reidentify(ACT, now.id, BIA, later(5))


async def test_who_is_linked_to_nobody_is_neither_unlinked_nor_re_identified(base: InteractionBase) -> None:
    interaction = await started(base)
    for write in (base.unlink(ACT, interaction.id, NOW), base.reidentify(ACT, interaction.id, ANA, NOW)):
        with pytest.raises(Conflict, match="linked to nobody") as refused:
            await write
        assert refused.value.reason == "nobody_linked"


async def test_another_tenants_contact_is_not_here(base: InteractionBase, database: Database, sealing: Sealing) -> None:
    theirs = await known(database, sealing, ContactDraft(Standing.CUSTOMER, ANAS_KEY), "boreal")
    interaction = await started(base)
    with pytest.raises(NotHere, match="no such contact"):
        await base.link(ACT, interaction.id, LinkTarget(contact=theirs.id), NOW)
    assert (await base.history("acme", interaction.id)).links == ()


async def test_who_was_deactivated_is_linked_to_nothing(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    gone = await known(database, sealing, ContactDraft(Standing.CUSTOMER, ANAS_KEY, active=False))
    effect = await base.start(ACT, CHAT, ANA, NOW, None)
    assert (effect.made.refused, effect.made.interaction.link) == (NoLink.INACTIVE, None)
    with pytest.raises(Conflict, match="deactivated") as refused:
        await base.link(ACT, effect.made.interaction.id, LinkTarget(contact=gone.id), NOW)
    assert refused.value.reason == "contact_inactive"


async def test_a_contact_that_changes_at_that_moment_costs_nobody_his_start(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    other = UniqueKey(ANAS_KEY.name, ANAS_KEY.kind, "outra@example.com")
    rekeyed = await known(database, sealing, ContactDraft(Standing.CUSTOMER, other))
    for contact in ("0" * 32, rekeyed.id):
        target = replace(ANA, contact=contact) if contact == rekeyed.id else LinkTarget(contact)
        effect = await base.start(ACT, CHAT, target, NOW, 2026)
        assert (effect.made.refused, effect.made.interaction.link) == (NoLink.CHANGED_MEANWHILE, None)
        assert effect.made.interaction.protocol is not None
    assert await ContactBase(database, sealing).known("acme", None, ANAS_KEY.value) is None


async def test_what_matched_is_linked_by_itself(base: InteractionBase) -> None:
    effect = await base.start(replace(ACT, actor=None), CHAT, ANA, NOW, None)
    link = effect.made.interaction.link
    assert link
    assert (effect.made.refused, link.how, link.assurance, link.actor) == (
        None, LinkHow.AUTOMATIC, LinkAssurance.MATCHED, None,
    )  # fmt: skip


@pytest.mark.parametrize("by", ["unlink", "reidentify"])
async def test_a_pair_that_somebody_took_apart_is_never_linked_by_itself_again(base: InteractionBase, by: str) -> None:
    first = await started(base, target=ANA)
    if by == "unlink":
        await base.unlink(ACT, first.id, later(1))
    else:
        await base.reidentify(ACT, first.id, BIA, later(1))
    effect = await base.start(ACT, CHAT, ANA, later(2), None)
    assert (effect.made.refused, effect.made.interaction.link) == (NoLink.UNLINKED, None)
    stranger = replace(CHAT, channel_user=Identifier("channel_user", "telegram:5511987654321"))
    assert (await base.start(ACT, stranger, ANA, later(3), None)).made.refused is None
    by_hand = (await base.link(ACT, effect.made.interaction.id, ANA, later(4))).made.link
    assert by_hand
    assert by_hand.how is LinkHow.HAND


async def test_a_pair_stays_apart_when_the_contact_is_merged(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    first = await started(base, target=ANA)
    assert first.link
    bia = await known(database, sealing, ContactDraft(Standing.CUSTOMER, BIAS_KEY))
    await base.unlink(ACT, first.id, later(1))
    merged = CONTACTS.update().where(CONTACTS.c.id == first.link.contact).values(merged_into=bia.id)
    await database.write(lambda connection: connection.execute(merged))
    target = replace(ANA, contact=first.link.contact)
    assert (await base.start(ACT, CHAT, target, later(2), None)).made.refused is NoLink.UNLINKED


async def test_a_pair_stays_apart_however_often_the_contact_is_merged(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    first = await started(base, target=ANA)
    assert first.link
    await base.unlink(ACT, first.id, later(1))
    contacts = ContactBase(database, sealing)
    lost = first.link.contact
    for _ in range(3):
        kept = await known(database, sealing, ContactDraft(Standing.CUSTOMER))
        await contacts.merge(ACT, lost, kept.id, None, False, later(2))
        lost = kept.id
    for target in (LinkTarget(lost, verified=True), ANA, LinkTarget(lost, ANA.draft, verified=True)):
        assert (await base.start(ACT, CHAT, target, later(3), None)).made.refused is NoLink.UNLINKED


async def test_a_pair_stays_apart_though_another_contact_was_taken_for_the_customer(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    first = await started(base, target=ANA)
    await base.unlink(ACT, first.id, later(1))
    other = await known(database, sealing, ContactDraft(Standing.REGISTERED))
    assert (await base.start(ACT, CHAT, replace(ANA, contact=other.id), later(2), None)).made.refused is NoLink.UNLINKED


async def test_who_is_not_linked_is_not_saved_either(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    first = await started(base, target=ANA)
    assert first.link
    await base.unlink(ACT, first.id, later(1))
    renamed = replace(ANA, draft=ContactDraft(Standing.CUSTOMER, ANAS_KEY, "Ana Lima"))
    await base.start(ACT, CHAT, renamed, later(2), None)
    contacts = Contacts(sealing)
    contact = await database.read(lambda connection: contacts.by_key(connection, "acme", ANAS_KEY.value))
    assert contact
    assert contact.name == "Ana Souza"


async def test_a_key_that_strangers_share_is_linked_to_nothing(base: InteractionBase) -> None:
    shared = LinkTarget(draft=ContactDraft(Standing.CUSTOMER, replace(ANAS_KEY, value="nao@tem.com")))
    with pytest.raises(Conflict, match="Correct it in the source") as refused:
        await base.link(ACT, (await started(base)).id, shared, NOW)
    assert refused.value.reason == "junk_key"


async def test_a_user_who_proved_himself_is_vouched_for_by_his_channel(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    ana = await known(
        database, sealing, ContactDraft(Standing.CUSTOMER, ANAS_KEY, identifiers=(replace(USER, verified=True),))
    )
    linked = (await base.link(ACT, (await started(base)).id, LinkTarget(contact=ana.id), NOW)).made.link
    assert linked
    assert linked.assurance is LinkAssurance.CHANNEL


async def test_an_identified_case_needs_somebody_and_an_anonymous_one_does_not(base: InteractionBase) -> None:
    interaction = await started(base)
    with pytest.raises(Conflict, match="nobody is linked") as refused:
        await base.add_case(ACT, interaction.id, CaseDraft("SR-77", True), NOW)
    assert refused.value.reason == "nobody_linked"
    await base.add_case(ACT, interaction.id, CaseDraft("SR-78", False), NOW)
    assert [case.case for case in (await base.history("acme", interaction.id)).cases] == ["SR-78"]


async def test_every_write_has_its_line_in_the_audit(
    base: InteractionBase, database: Database, sealing: Sealing
) -> None:
    interaction = await started(base, target=ANA)
    assert interaction.link
    await base.reidentify(ACT, interaction.id, BIA, later(1))
    with pytest.raises(Conflict):
        await base.link(ACT, interaction.id, ANA, later(2))
    await base.finish(ACT, interaction.id, later(3), 2026)
    about = AuditFilter(subjects=(Subject(CONTACT, interaction.link.contact),))
    rows = AuditRows(sealing)
    lines = await database.read(lambda connection: rows.read(connection, "acme", AuditFilter(), 10))
    assert [(line.action, line.outcome, line.actor) for line in lines][:2] == [
        ("interaction_finish", "done", "op-7"),
        ("interaction_reidentify", "done", "op-7"),
    ]
    assert {(line.action, line.outcome) for line in lines[2:]} == {
        ("interaction_start", "done"),
        ("interaction_link", "automatic"),
    }
    whom = await database.read(lambda connection: rows.read(connection, "acme", about, 10))
    assert {line.action for line in whom} == {"interaction_link", "interaction_reidentify"}


# ---------------------------------------------------------------------------------------------- lists, what is legible


async def test_a_list_goes_on_where_it_stopped(base: InteractionBase) -> None:
    ids = [(await base.start(ACT, CALL, None, later(minute // 2), None)).made.interaction.id for minute in range(7)]
    seen, after = [], None
    for _ in range(4):
        page = await base.page("acme", None, after, 2)
        seen += [interaction.id for interaction in page.interactions]
        after = page.next
    assert after is None
    assert sorted(seen) == sorted(ids)
    moments = [(await base.history("acme", one)).interaction.started_at for one in seen]
    assert moments == sorted(moments, reverse=True)
    assert page.interactions[0].context == {}
    assert (await base.page("boreal", None, None, 2)).interactions == ()


async def test_a_list_is_one_contacts(base: InteractionBase) -> None:
    mine = await started(base, target=ANA)
    await started(base, target=BIA)
    assert mine.link
    page = await base.page("acme", mine.link.contact, None, 10)
    assert [interaction.id for interaction in page.interactions] == [mine.id]


@pytest.mark.parametrize("cursor", ["", "x", "MTIz", "é", "A" * 200])
async def test_a_cursor_that_no_page_gave_is_refused(base: InteractionBase, cursor: str) -> None:
    with pytest.raises(MalformedRequest, match="none that a page gave"):
        await base.page("acme", None, cursor, 2)


async def test_an_interaction_is_found_by_its_number(base: InteractionBase) -> None:
    made = (await base.start(ACT, CALL, None, NOW, 2026)).made.interaction
    assert made.protocol
    assert await base.by_protocol("acme", made.protocol) == (made,)
    assert await base.by_protocol("boreal", made.protocol) == ()
    assert await base.by_protocol("acme", ProtocolNumber(2026, 2)) == ()


async def test_nothing_that_was_said_is_legible_in_the_tables(database: Database, base: InteractionBase) -> None:
    interaction = await started(base, replace(CALL, channel_user=USER), ANA)
    await base.add_note(ACT, interaction.id, "Quer a 2ª via", NOW)
    await base.add_case(ACT, interaction.id, CaseDraft("SR-77", True, "Segunda via"), NOW)
    await base.unlink(ACT, interaction.id, NOW)

    def everything(connection: Connection) -> str:
        rows = [connection.execute(select(table)).all() for table in METADATA.tables.values()]
        return repr([[bytes(x) if isinstance(x, memoryview) else x for x in row] for table in rows for row in table])

    text = await database.read(everything)
    assert "op-7" in text
    for value in ("ana@example.com", "5511987654321", "Assunto", "2ª via", "Segunda", "SR-77", "whatsapp:"):
        assert value not in text


# ---------------------------------------------------------------------------------------------- two processes at once


@dataclass(frozen=True, slots=True)
class Two:
    """Two processes on one database."""

    doors: tuple[Database, Database]
    bases: tuple[InteractionBase, InteractionBase]


@pytest.fixture
async def two(address: str, sealing: Sealing) -> AsyncIterator[Two]:
    one, other = Database(address), Database(address)
    yield Two((one, other), (InteractionBase(one, sealing), InteractionBase(other, sealing)))
    await one.aclose()
    await other.aclose()


async def test_two_processes_number_each_interaction_once_and_rising(two: Two) -> None:
    async def attended(base: InteractionBase) -> list[int]:
        numbers = []
        for _ in range(20):
            made = (await base.start(ACT, CALL, ANA, NOW, 2026)).made.interaction
            assert made.protocol
            numbers.append(made.protocol.number)
            await base.finish(ACT, made.id, NOW, 2026)
        return numbers

    all_numbers = await asyncio.gather(*(attended(base) for base in two.bases for _ in range(4)))
    assert all(numbers == sorted(numbers) for numbers in all_numbers)
    assert sorted(number for numbers in all_numbers for number in numbers) == list(range(1, 161))


async def test_of_two_links_at_once_one_holds(two: Two) -> None:
    base, other = two.bases
    for _ in range(20):
        interaction = await started(base)
        done = await asyncio.gather(
            base.link(ACT, interaction.id, ANA, NOW), other.link(ACT, interaction.id, BIA, NOW), return_exceptions=True
        )
        [refused] = [error for error in done if isinstance(error, Exception)]
        assert isinstance(refused, Conflict)
        assert refused.reason == "linked_already"
        assert len((await base.history("acme", interaction.id)).links) == 1


async def test_no_link_is_left_with_who_was_merged_meanwhile(two: Two, sealing: Sealing) -> None:
    [contacts, other], base = [ContactBase(door, sealing) for door in two.doors], two.bases[1]
    for number in range(20):
        lost, kept = [await known(two.doors[0], sealing, ContactDraft(Standing.REGISTERED)) for _ in range(2)]
        interaction = await started(base)
        mail = Identifier("email", f"ana{number}@example.com")
        saves = replace(ANA, contact=kept.id, draft=ContactDraft(Standing.CUSTOMER, key_of(number), None, (mail,)))
        another = await started(base)
        await asyncio.gather(
            contacts.merge(ACT, lost.id, kept.id, None, False, later(1)),
            base.link(ACT, interaction.id, LinkTarget(lost.id), later(1)),
            base.link(ACT, another.id, saves, later(1)),
        )
        for one in (interaction, another):
            link = (await base.history("acme", one.id)).interaction.link
            assert link
            assert link.contact == kept.id
        left = await other.get("acme", kept.id)
        assert left
        assert left.identifiers == (mail,)


async def test_what_was_merged_survives_who_saves_the_same_contact(two: Two, sealing: Sealing) -> None:
    contacts, other = [ContactBase(door, sealing) for door in two.doors]
    for number in range(20):
        mail = Identifier("email", f"ana{number}@example.com")
        lost = await known(two.doors[0], sealing, ContactDraft(Standing.REGISTERED, identifiers=(mail,)))
        kept = await known(two.doors[0], sealing, ContactDraft(Standing.CUSTOMER, key_of(number)))
        named = ContactDraft(Standing.CUSTOMER, key_of(number), "Ana Souza")
        await asyncio.gather(
            contacts.merge(ACT, lost.id, kept.id, None, False, later(1)), other.save(ACT, named, later(1))
        )
        left = await other.get("acme", kept.id)
        assert left
        assert (left.name, left.identifiers) == ("Ana Souza", (mail,))


async def test_of_two_who_make_a_contact_at_once_both_are_heard(two: Two, sealing: Sealing) -> None:
    contacts, other = [ContactBase(door, sealing) for door in two.doors]
    for number in range(20):
        bare = ContactDraft(Standing.CUSTOMER, key_of(number))
        await asyncio.gather(
            contacts.save(ACT, replace(bare, name="Ana Souza"), later(1)), other.save(ACT, bare, later(1))
        )
        left = await other.known("acme", None, key_of(number).value)
        assert left
        assert left.name == "Ana Souza"


def key_of(number: int) -> UniqueKey:
    return replace(ANAS_KEY, value=f"ana.{number}@example.com")


async def test_of_two_ends_at_once_one_holds_and_one_number_is_spent(two: Two) -> None:
    base, other = two.bases
    for number in range(1, 21):
        interaction = await started(base)
        done = await asyncio.gather(
            *(each.finish(ACT, interaction.id, NOW, 2026) for each in (base, other)), return_exceptions=True
        )
        assert sum(isinstance(error, Conflict) for error in done) == 1
        assert (await base.history("acme", interaction.id)).interaction.protocol == ProtocolNumber(2026, number)


async def test_no_write_slips_in_behind_the_end(two: Two) -> None:
    base, other = two.bases
    for _ in range(20):
        interaction = await started(base)
        await asyncio.gather(
            base.finish(ACT, interaction.id, later(1), 2026),
            other.link(ACT, interaction.id, ANA, later(2)),
            return_exceptions=True,
        )
        rows = await two.doors[0].read(
            lambda connection, one=interaction.id: connection.execute(  # type: ignore[misc]
                select(INTERACTIONS.c.contact, func.count(LINKS.c.id))
                .outerjoin(LINKS, LINKS.c.interaction == INTERACTIONS.c.id)
                .where(INTERACTIONS.c.id == one)
                .group_by(INTERACTIONS.c.contact)
            ).all()
        )
        [(contact, links)] = rows
        assert (contact is not None) == (links == 1)
