"""A new key in front, everything sealed anew, the old key taken away: nothing is lost, nothing is found twice."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from sqlalchemy import func, select

from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, SealBroken
from gateway.core.interaction import CaseDraft, Opening, StartedBy
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Identifier, Standing, UniqueKey
from gateway.storage.contact_base import ContactBase
from gateway.storage.database import Database
from gateway.storage.interaction_base import InteractionBase
from gateway.storage.resealing import PLANS, Resealed, Resealing
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CONTACTS, METADATA, UNLINKED

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
OLD, NEW = bytes(range(32)), b"n" * 32
COMMAND = Command("acme", Viewer("helpdesk", "k1"), "op-7", "r1")
KEY = UniqueKey("cpf", "cpf", "52998224725")
ANA = ContactDraft(
    Standing.CUSTOMER,
    KEY,
    "Ana Souza",
    (Identifier("email", "ana@example.com"), Identifier("phone", "+5511987654321", verified=True)),
    None,
    {"attributes.plano": "Ouro"},
    {"obs": "x"},
    seal_name=True,
)
CHANNEL_USER = Identifier("channel_user", "whatsapp:77")


def silent(table: str, far: Resealed) -> None: ...


async def test_after_it_the_old_key_can_be_taken_away(database: Database) -> None:
    old = ContactBase(database, Sealing([OLD]))
    ana = (await old.register(COMMAND, ANA, NOW)).made
    bia = (await old.register(COMMAND, replace(ANA, unique_key=None, name="Bia"), NOW)).made
    move = (await old.merge(COMMAND, bia.id, ana.id, None, True, NOW)).made.move
    talks = InteractionBase(database, Sealing([OLD]))
    opening = Opening("chat", StartedBy.EVENT, channel_user=CHANNEL_USER, context={"page": "/x"})
    started = (await talks.start(COMMAND, opening, None, NOW, 2026)).made.interaction
    await talks.link(COMMAND, started.id, LinkTarget(contact=ana.id), NOW)
    await talks.add_note(COMMAND, started.id, "a note", NOW)
    await talks.add_case(COMMAND, started.id, CaseDraft("C-1", identified=True, title="a title"), NOW)
    await talks.unlink(COMMAND, started.id, NOW)
    before = (await old.get("acme", ana.id), await talks.history("acme", started.id))

    first = await Resealing(database, Sealing([NEW, OLD]), portion=2).reseal(silent)
    assert first.changed == first.rows > 6
    # Begun again, it finds nothing to do.
    assert (await Resealing(database, Sealing([NEW, OLD])).reseal(silent)).changed == 0

    base, later = ContactBase(database, Sealing([NEW])), InteractionBase(database, Sealing([NEW]))
    assert (await base.get("acme", ana.id), await later.history("acme", started.id)) == before
    for sought in (Sought(keys=(KEY.value,)), Sought(values=(("email", "ana@example.com"),))):
        assert [one.id for one in await base.find("acme", sought)] == [ana.id]
    assert (await base.undo(COMMAND, move, True, NOW)).made.name == "Bia"
    # Who was taken apart still is.
    again = await later.start(COMMAND, opening, LinkTarget(contact=ana.id, verified=True), NOW, 2026)
    assert again.made.interaction.link is None
    assert await database.read(lambda c: c.execute(select(func.count()).select_from(UNLINKED)).scalar_one()) == 1
    with pytest.raises(SealBroken):
        await old.get("acme", ana.id)


def test_every_sealed_column_is_sealed_anew() -> None:
    planned = {(plan.table.name, one.column) for plan in PLANS for one in plan.columns}
    sealed = {(table.name, column) for table in METADATA.sorted_tables for column in table.columns.keys()}  # noqa: SIM118  # a collection of columns, not a dict
    assert planned == {(table, column) for table, column in sealed if column.endswith("_sealed")}


async def test_a_key_that_is_not_there_is_said_to_be_missing(database: Database) -> None:
    await ContactBase(database, Sealing([OLD])).register(COMMAND, ANA, NOW)
    with pytest.raises(SealBroken, match="Put the key back"):
        await Resealing(database, Sealing([NEW])).reseal(silent)


async def test_with_a_new_key_in_front_nobody_is_stored_twice(database: Database) -> None:
    await ContactBase(database, Sealing([OLD])).register(COMMAND, ANA, NOW)
    rotated = ContactBase(database, Sealing([NEW, OLD]))
    with pytest.raises(Conflict, match="Another contact has this unique key"):
        await rotated.register(COMMAND, ANA, NOW)
    await rotated.save(COMMAND, ANA, NOW)
    assert await database.read(lambda c: c.execute(select(func.count()).select_from(CONTACTS)).scalar_one()) == 1


async def test_a_request_is_known_again_after_the_key_changed(database: Database) -> None:
    command = replace(COMMAND, repeat=Repeat("k", b"digest"))
    first = await ContactBase(database, Sealing([OLD])).register(command, ANA, NOW)
    rotated = ContactBase(database, Sealing([NEW, OLD]))
    again = await rotated.register(command, ANA, NOW)
    assert (again.again, again.made.id) == (True, first.made.id)
    with pytest.raises(Conflict, match="another request before"):
        await rotated.register(replace(command, repeat=Repeat("k", b"other")), ANA, NOW)
