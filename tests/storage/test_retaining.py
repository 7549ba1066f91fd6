"""What is past its days is let go of, in portions, and nothing else is."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, func, insert, select

from gateway.core.audit import Action, AuditEntry
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import NotHere
from gateway.core.interaction import Opening, StartedBy
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Contact, Identifier, Standing, UniqueKey
from gateway.core.tenant import Retention
from gateway.storage.audit import AuditRows
from gateway.storage.contact_base import ContactBase
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.moments import stored
from gateway.storage.retaining import EVERY, LetGo, Retaining
from gateway.storage.sealing import Sealing
from gateway.storage.tables import AUDIT, CONTACTS, IDENTIFIERS, INTERACTIONS, LINKS, NOTES, UNLINKED

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
DAY = timedelta(days=1)
COMMAND = Command("acme", Viewer("company", "k1"), "op-7")
KEY = UniqueKey("email", "email", "ana@example.com")
ALL = Retention(prospects=10, interactions=10, context=5, audit=10)
PROSPECT = ContactDraft(Standing.PROSPECT, None, "Ana", (Identifier("email", "ana@example.com"),))


@pytest.fixture
def retaining(database: Database, sealing: Sealing) -> Retaining:
    return Retaining(database, sealing, most=3)


async def stored_at(database: Database, sealing: Sealing, draft: ContactDraft, at: datetime) -> Contact:
    return await database.write(lambda c: Contacts(sealing).create(c, "acme", draft, at))


async def attended(
    database: Database, number: int, start: datetime, end: datetime | None, contact: str | None = None
) -> None:
    def work(connection: Connection) -> None:
        one = f"i{number}"
        connection.execute(
            insert(INTERACTIONS).values(
                tenant="acme", id=one, channel="chat", started_by="event", anonymous=False, started_at=stored(start),
                finished_at=end and stored(end), contact=contact, context_sealed=b"x",
            )
        )  # fmt: skip
        connection.execute(insert(NOTES).values(tenant="acme", id=one, interaction=one, text_sealed=b"x", at=0))
        if contact:
            connection.execute(
                insert(LINKS).values(
                    tenant="acme", id=one, interaction=one, contact=contact, how="hand", assurance="claimed", at=0
                )
            )

    await database.write(work)


async def counted(database: Database) -> dict[str, int]:
    tables = (CONTACTS, IDENTIFIERS, INTERACTIONS, NOTES, LINKS, AUDIT)

    def work(connection: Connection) -> dict[str, int]:
        return {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}

    return await database.read(work)


async def test_interactions_go_with_everything_that_hangs_on_them(database: Database, retaining: Retaining) -> None:
    for number in range(8):
        await attended(database, number, NOW - 12 * DAY, NOW - 11 * DAY)
    await attended(database, 8, NOW - 12 * DAY, NOW - 9 * DAY)
    await attended(database, 9, NOW - 12 * DAY, None)
    await attended(database, 10, NOW - DAY, None)
    assert await retaining.let_go("acme", ALL, NOW) == LetGo(interactions=9, context=1)
    left = await counted(database)
    assert (left["interactions"], left["notes"]) == (2, 2)
    assert await retaining.let_go("acme", ALL, NOW) == LetGo()


async def test_a_pair_that_was_taken_apart_lasts_as_long_as_somebody_can_be_known_by_it(
    database: Database, sealing: Sealing, retaining: Retaining
) -> None:
    ana = await stored_at(database, sealing, ContactDraft(Standing.CUSTOMER, KEY), NOW - 99 * DAY)
    base, before = InteractionBase(database, sealing), NOW - 12 * DAY
    for user in (None, Identifier("channel_user", "whatsapp:77")):
        opening = Opening("chat", StartedBy.EVENT, channel_user=user)
        started = (await base.start(COMMAND, opening, LinkTarget(ana.id, verified=True), before, 2026)).made.interaction
        await base.unlink(COMMAND, started.id, before)
    pairs = select(func.count()).select_from(UNLINKED)
    assert await database.read(lambda c: c.execute(pairs).scalar_one()) == 2
    assert (await retaining.let_go("acme", ALL, NOW)).interactions == 2
    # Who has a user of a channel may write again.
    assert await database.read(lambda c: c.execute(pairs).scalar_one()) == 1


async def test_prospects_go_once_nothing_hangs_on_them(
    database: Database, sealing: Sealing, retaining: Retaining
) -> None:
    old, old_too = [await stored_at(database, sealing, PROSPECT, NOW - 11 * DAY) for _ in range(2)]
    await stored_at(database, sealing, PROSPECT, NOW - 9 * DAY)
    await stored_at(database, sealing, replace(PROSPECT, standing=Standing.CUSTOMER), NOW - 99 * DAY)
    await attended(database, 1, NOW - 11 * DAY, NOW - 9 * DAY, old.id)
    assert (await retaining.let_go("acme", ALL, NOW)).prospects == 1
    assert await database.read(lambda c: Contacts(sealing).get(c, "acme", old_too.id)) is None
    assert await database.read(lambda c: Contacts(sealing).get(c, "acme", old.id)) is not None
    assert (await counted(database))["identifiers"] == 3
    # His last interaction is past its days now, and so is he.
    assert await retaining.let_go("acme", replace(ALL, prospects=12), NOW + 2 * DAY) == LetGo(
        interactions=1, prospects=1
    )


async def test_who_became_a_customer_is_no_prospect_to_let_go_of(
    database: Database, sealing: Sealing, retaining: Retaining
) -> None:
    prospect = await stored_at(database, sealing, PROSPECT, NOW - 11 * DAY)
    base = ContactBase(database, sealing)
    pushed = (await base.put(COMMAND, ContactDraft(Standing.CUSTOMER, KEY), NOW - 10 * DAY)).made
    assert (await retaining.let_go("acme", ALL, NOW)).prospects == 0
    there = await base.get("acme", prospect.id)
    assert there
    assert there.merged_into == pushed.id


async def test_nobody_is_let_go_of_who_is_linked_just_now(address: str, sealing: Sealing) -> None:
    one, other = Database(address), Database(address)
    retaining, base = Retaining(one, sealing), InteractionBase(other, sealing)
    for _ in range(20):
        old = await stored_at(one, sealing, PROSPECT, NOW - 11 * DAY)
        begun = (await base.start(COMMAND, Opening("chat", StartedBy.EVENT), None, NOW, None)).made.interaction.id
        gone, linked = await asyncio.gather(
            retaining.let_go("acme", ALL, NOW),
            base.link(COMMAND, begun, LinkTarget(old.id), NOW),
            return_exceptions=True,
        )
        assert isinstance(gone, LetGo)
        assert isinstance(linked, NotHere) is (gone.prospects == 1)
        link = (await base.history("acme", begun)).interaction.link
        assert (link is None) is (gone.prospects == 1)
    await one.aclose()
    await other.aclose()


async def test_the_record_of_lookups_has_days_of_its_own(
    database: Database, sealing: Sealing, retaining: Retaining
) -> None:
    rows = AuditRows(sealing)
    for age in (11, 11, 11, 11, 9):
        entry = AuditEntry("acme", NOW - age * DAY, Action.IDENTIFY, "k1", "found")
        await database.write(lambda c, entry=entry: rows.write(c, entry))  # type: ignore[misc]
    assert await retaining.let_go("acme", Retention(audit=10), NOW) == LetGo(audit=4)
    assert (await counted(database))["audit"] == 1


async def test_without_days_everything_stays(database: Database, sealing: Sealing, retaining: Retaining) -> None:
    await stored_at(database, sealing, PROSPECT, NOW - 9999 * DAY)
    await attended(database, 1, NOW - 9999 * DAY, NOW - 9999 * DAY)
    assert not await retaining.let_go("acme", Retention(), NOW)
    assert not await retaining.let_go("boreal", ALL, NOW)
    assert await retaining.tenants() == ("acme",)


async def test_one_worker_alone_does_it_once_an_hour(retaining: Retaining) -> None:
    assert [await retaining.is_due(holder, NOW) for holder in ("a", "b", "a")] == [True, False, False]
    assert [await retaining.is_due(holder, NOW + EVERY) for holder in ("b", "a")] == [True, False]
