"""The timeline: what happened with a contact, the latest first, in pages that newer entries do not move."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, text

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import MalformedRequest, NotHere
from gateway.core.interaction import CaseDraft, Interaction, Opening, StartedBy
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Standing, UniqueKey
from gateway.core.timeline import EVERYTHING, Entry, EntryType, TimelineFilter
from gateway.storage.contact_base import ContactBase
from gateway.storage.database import Database
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.sealing import Sealing
from gateway.storage.timeline import Timeline
from gateway.storage.timeline_base import TimelineBase

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ACT = Command("acme", Viewer("helpdesk", "k1"), "op-7", "r1")
ANA, BIA = "ana@example.com", "bia@example.com"


def later(minutes: int) -> datetime:
    return NOW + timedelta(minutes=minutes)


def target(key: str) -> LinkTarget:
    return LinkTarget(
        draft=ContactDraft(Standing.CUSTOMER, UniqueKey("email", "email", key), key.partition("@")[0]), verified=True
    )


@pytest.fixture
def interactions(database: Database, sealing: Sealing) -> InteractionBase:
    return InteractionBase(database, sealing)


@pytest.fixture
def timeline(database: Database, sealing: Sealing) -> TimelineBase:
    return TimelineBase(database, sealing)


async def attended(interactions: InteractionBase, whom: str, begin: int = 0) -> Interaction:
    """An interaction of somebody, from start to finish, five minutes long."""
    opening = Opening("phone", StartedBy.EVENT, context={"variables": {"fila": "2"}})
    started = (await interactions.start(ACT, opening, None, later(begin), 2026)).made.interaction
    await interactions.link(ACT, started.id, target(whom), later(begin + 1))
    await interactions.add_note(ACT, started.id, "Quer a 2ª via", later(begin + 2))
    await interactions.add_case(ACT, started.id, CaseDraft("SR-77", True, "2ª via"), later(begin + 3))
    await interactions.add_case(ACT, started.id, CaseDraft("SR-78", False), later(begin + 4))
    return (await interactions.finish(ACT, started.id, later(begin + 5), 2026)).made


async def test_a_key_that_was_given_up_in_a_merger_leads_to_who_took_it_over(
    interactions: InteractionBase, timeline: TimelineBase, database: Database, sealing: Sealing
) -> None:
    bia = (await attended(interactions, BIA)).link
    ana = (await attended(interactions, ANA, 10)).link
    assert ana is not None
    assert bia is not None
    await ContactBase(database, sealing).merge(ACT, bia.contact, ana.contact, ana.contact, False, later(30))
    assert await everything(timeline, BIA) == await everything(timeline, ANA)
    recorded = await timeline.of("acme", None, BIA, None, 5)
    assert recorded.contact is not None
    assert recorded.contact.id == ana.contact
    assert len(recorded.recent) == 2
    listed = (await interactions.page("acme", bia.contact, None, 9)).interactions
    assert [one.id for one in listed] == [one.id for one in recorded.recent]
    assert (await interactions.page("acme", "0" * 32, None, 9)).interactions == ()


def types(entries: Sequence[Entry]) -> list[str]:
    return [entry.type.value for entry in entries]


async def everything(timeline: TimelineBase, key: str, wanted: TimelineFilter = EVERYTHING) -> tuple[Entry, ...]:
    return (await timeline.page("acme", None, key, wanted, None, 50)).entries


async def test_what_happened_stands_in_its_order_the_latest_first(
    interactions: InteractionBase, timeline: TimelineBase
) -> None:
    interaction = await attended(interactions, ANA)
    entries = await everything(timeline, ANA)
    assert types(entries) == ["interaction_finished", "case", "case", "note", "linked", "interaction_started"]
    assert [entry.at for entry in entries] == [later(minute) for minute in (5, 4, 3, 2, 1, 0)]
    assert {entry.interaction for entry in entries} == {interaction.id}
    finished, anonymous, case, note, linked, started = entries
    assert (started.channel, str(started.protocol)) == ("phone", "2026-0000000001")
    assert linked.link is not None
    assert linked.actor == "op-7"
    assert note.note is not None
    assert note.note.text == "Quer a 2ª via"
    assert case.case is not None
    assert (case.case.case, case.case.title) == ("SR-77", "2ª via")
    assert anonymous.case is not None
    assert not anonymous.case.identified
    assert finished.protocol == started.protocol


async def test_a_reidentified_interaction_leaves_what_was_registered_for_him(
    interactions: InteractionBase, timeline: TimelineBase
) -> None:
    opening = Opening("phone", StartedBy.EVENT)
    started = (await interactions.start(ACT, opening, None, NOW, 2026)).made.interaction
    await interactions.link(ACT, started.id, target(ANA), later(1))
    await interactions.add_case(ACT, started.id, CaseDraft("SR-77", True), later(2))
    await interactions.reidentify(ACT, started.id, target(BIA), later(3))
    assert types(await everything(timeline, ANA)) == ["unlinked", "case", "linked"]
    assert types(await everything(timeline, BIA)) == ["linked", "interaction_started"]


async def test_pages_follow_one_another_whatever_comes_meanwhile(
    interactions: InteractionBase, timeline: TimelineBase
) -> None:
    for begin in (0, 10, 20):
        await attended(interactions, ANA, begin)
    before = await everything(timeline, ANA)
    read: list[Entry] = []
    after: str | None = None
    for number in range(100):
        page = await timeline.page("acme", None, ANA, EVERYTHING, after, 4)
        read += page.entries
        after = page.next
        if after is None:
            break
        if number == 0:
            await attended(interactions, ANA, 100)
    assert [(entry.type, entry.id) for entry in read] == [(entry.type, entry.id) for entry in before]


async def test_only_what_is_wanted_is_shown(interactions: InteractionBase, timeline: TimelineBase) -> None:
    first, second = await attended(interactions, ANA), await attended(interactions, ANA, 10)
    notes = await everything(timeline, ANA, TimelineFilter(frozenset({EntryType.NOTE})))
    assert types(notes) == ["note", "note"]
    of_first = await everything(timeline, ANA, TimelineFilter(record=first.id))
    assert {entry.interaction for entry in of_first} == {first.id}
    [case, *_] = await everything(timeline, ANA, TimelineFilter(frozenset({EntryType.CASE})))
    of_case = await everything(timeline, ANA, TimelineFilter(record=case.id))
    assert ({entry.interaction for entry in of_case}, len(of_case)) == ({second.id}, 6)


async def test_a_record_of_nobody_is_not_here(interactions: InteractionBase, timeline: TimelineBase) -> None:
    await attended(interactions, ANA)
    with pytest.raises(NotHere, match="no such interaction or case"):
        await everything(timeline, ANA, TimelineFilter(record="f" * 32))


async def test_somebody_elses_record_shows_nothing_of_him(
    interactions: InteractionBase, timeline: TimelineBase
) -> None:
    await attended(interactions, ANA)
    bias = await attended(interactions, BIA)
    assert await everything(timeline, ANA, TimelineFilter(record=bias.id)) == ()


async def test_a_cursor_that_no_page_gave_is_refused(interactions: InteractionBase, timeline: TimelineBase) -> None:
    await attended(interactions, ANA)
    with pytest.raises(MalformedRequest, match="Send a page's 'next' as it came"):
        await timeline.page("acme", None, ANA, EVERYTHING, "bm9uZQ", 5)


async def test_everything_of_a_customer_comes_at_once(interactions: InteractionBase, timeline: TimelineBase) -> None:
    await attended(interactions, ANA)
    newest = await attended(interactions, ANA, 10)
    recorded = await timeline.of("acme", None, ANA, newest.id, 1)
    assert recorded.contact is not None
    assert recorded.current is not None
    assert recorded.current.context == {"variables": {"fila": "2"}}
    assert [interaction.id for interaction in recorded.recent] == [newest.id]
    assert types(recorded.cases) == ["case"]
    assert types(recorded.timeline.entries) == ["interaction_finished"]
    assert recorded.timeline.next is not None


async def test_of_whom_the_base_does_not_know_there_is_nothing_but_the_current_interaction(
    interactions: InteractionBase, timeline: TimelineBase
) -> None:
    current = await attended(interactions, ANA)
    recorded = await timeline.of("acme", "0" * 32, BIA, current.id, 5)
    assert (recorded.contact, recorded.recent, recorded.timeline.entries) == (None, (), ())
    assert recorded.current is not None


async def test_another_tenants_interaction_is_not_here(interactions: InteractionBase, timeline: TimelineBase) -> None:
    current = await attended(interactions, ANA)
    with pytest.raises(NotHere, match="no such interaction"):
        await timeline.of("other", None, ANA, current.id, 5)


async def test_no_part_of_it_reads_everybodys_rows(database: Database, sealing: Sealing) -> None:
    """On SQLite, whose plans do not hang on how many rows there are: more than the tenant leads to each row."""
    values = {"of_tenant": "acme", "of_contact": "c", "in_record": "i", "behind_at": 1, "behind_id": "i", "most": 3}
    streams = Timeline(sealing)._streams
    statements = [statement for stream in streams for statement in stream.statements.values()]

    def plans(connection: Connection) -> list[str]:
        if connection.dialect.name != "sqlite":
            return []
        told: list[str] = []
        for statement in statements:
            written = statement.params(values).compile(connection, compile_kwargs={"literal_binds": True})
            told += [str(row[3]) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {written}"))]
        return told

    told = await database.read(plans)
    assert not [line for line in told if line.startswith("SCAN") or line.endswith("(tenant=?)")]
