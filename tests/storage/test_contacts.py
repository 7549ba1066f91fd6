"""The contact base: found by what one is known by, by nothing else, and unreadable without the key."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from functools import partial

import pytest
from sqlalchemy import Connection, select

from gateway.core.errors import Conflict, NotHere, SealBroken
from gateway.core.joining import MOST_FOUND, Sought
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact, Identifier, Standing, UniqueKey
from gateway.storage.contact_base import ContactBase
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.sealing import Sealing
from gateway.storage.tables import METADATA

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ANA = ContactDraft(
    Standing.CUSTOMER,
    UniqueKey("cpf", "cpf", "52998224725"),
    "Ana Sílvia Souza",
    (
        Identifier("cpf_cnpj", "52998224725"),
        Identifier("email", "ana@example.com", verified=True),
        Identifier("phone", "+5511987654321"),
    ),
    "Cliente",
    {"attributes.plano": "Ouro"},
    {"observação": "prefere e-mail"},
)


async def created(database: Database, sealing: Sealing, draft: ContactDraft = ANA, now: datetime = NOW) -> Contact:
    contacts = Contacts(sealing)
    return await database.write(lambda connection: contacts.create(connection, "acme", draft, now))


async def found(database: Database, sealing: Sealing, sought: Sought, tenant: str = "acme") -> list[str | None]:
    contacts = Contacts(sealing)
    return [contact.name for contact in await database.read(lambda c: contacts.find(c, tenant, sought))]


async def test_a_contact_comes_back_as_it_was_stored(database: Database, sealing: Sealing) -> None:
    contact = await created(database, sealing)
    assert contact == Contact(
        contact.id, ANA.standing, ANA.unique_key, ANA.name,
        (Identifier("cpf", "52998224725"), *ANA.identifiers[1:]),
        ANA.customer_type, ANA.stored, ANA.form, True, None, 1, NOW, NOW,
    )  # fmt: skip
    assert await database.read(lambda c: Contacts(sealing).get(c, "acme", contact.id)) == contact


@pytest.mark.parametrize(
    "sought",
    [
        Sought(values=(("cpf", "52998224725"),)),
        Sought(values=(("cpf_cnpj", "52998224725"),)),
        Sought(values=(("email", "nobody@example.com"), ("email", "ana@example.com"))),
        Sought(values=(("phone", "+5511987654321"),)),
        Sought(keys=("52998224725",)),
        Sought(name="SILVIA ana"),
    ],
    ids=lambda sought: "",
)
async def test_a_contact_is_found_by_what_it_is_known_by(database: Database, sealing: Sealing, sought: Sought) -> None:
    await created(database, sealing)
    assert await found(database, sealing, sought) == ["Ana Sílvia Souza"]
    assert await found(database, sealing, sought, "boreal") == []


async def test_of_a_name_every_word_counts_however_many_there_are(database: Database, sealing: Sealing) -> None:
    words = [f"{first}{second}" for first in "abcdefghij" for second in "klmnopqrst"]
    await created(database, sealing, replace(ANA, unique_key=None, name=" ".join(words)))
    await created(database, sealing, replace(ANA, unique_key=None, name=" ".join(words[1:])))
    assert await found(database, sealing, Sought(name=" ".join(reversed(words)))) == [" ".join(words)]
    assert len(await found(database, sealing, Sought(name=words[7]))) == 2


async def test_nobody_waits_for_a_name_on_the_event_loop(database: Database, sealing: Sealing) -> None:
    """A frequent name is looked for among tens of thousands: that is a reader's work."""
    await created(database, sealing)
    base, by_name = ContactBase(database, sealing), Sought(name="ana")
    assert base.glance("acme", by_name) is None
    assert len(await base.find("acme", by_name)) == 1
    keyed = base.glance("acme", Sought(keys=("52998224725",), name="ana"))
    assert keyed is None or len(keyed) == 1  # PostgreSQL's is never at hand


@pytest.mark.parametrize(
    "sought",
    [
        Sought(),
        Sought(values=(("phone", "52998224725"),)),
        Sought(values=(("email", "bia@example.com"),)),
        Sought(keys=("ana@example.com",)),
        Sought(name="ana maria"),
        Sought(name=" "),
    ],
    ids=lambda sought: "",
)
async def test_nobody_is_found_by_anything_else(database: Database, sealing: Sealing, sought: Sought) -> None:
    await created(database, sealing)
    assert await found(database, sealing, sought) == []


async def test_one_number_may_be_many_peoples(database: Database, sealing: Sealing) -> None:
    await created(database, sealing)
    bia = replace(ANA, unique_key=None, name="Bia Souza", identifiers=(Identifier("phone", "+5511987654321"),))
    await created(database, sealing, bia, NOW + timedelta(seconds=1))
    assert await found(database, sealing, Sought(values=(("phone", "+5511987654321"),))) == [
        "Ana Sílvia Souza",
        "Bia Souza",
    ]


async def test_a_change_leaves_nothing_of_what_was(database: Database, sealing: Sealing) -> None:
    contact = await created(database, sealing)
    contacts, later = Contacts(sealing), NOW + timedelta(hours=1)
    draft = ContactDraft(Standing.CUSTOMER, ANA.unique_key, "Ana Lima", (Identifier("email", "lima@example.com"),))
    changed = await database.write(lambda c: contacts.change(c, "acme", contact.id, draft, later))
    assert (changed.revision, changed.created_at, changed.updated_at) == (2, NOW, later)
    assert await found(database, sealing, Sought(values=(("email", "ana@example.com"),))) == []
    assert await found(database, sealing, Sought(name="souza")) == []
    assert await found(database, sealing, Sought(name="lima")) == ["Ana Lima"]
    assert (changed.stored, changed.form, changed.customer_type) == ({}, {}, None)


async def test_who_is_not_active_is_not_found(database: Database, sealing: Sealing) -> None:
    contact = await created(database, sealing, replace(ANA, active=False))
    assert await found(database, sealing, Sought(keys=("52998224725",))) == []
    there = await database.read(lambda c: Contacts(sealing).by_key(c, "acme", "52998224725"))
    assert there is not None
    assert there.id == contact.id


async def test_two_processes_that_store_one_key_at_once_store_one_contact(address: str, sealing: Sealing) -> None:
    one, other = Database(address), Database(address)
    made = [
        await created(door, sealing, replace(ANA, name=name)) for door, name in ((one, "Ana"), (other, "Ana Souza"))
    ]
    assert made[0].id == made[1].id
    assert made[1].name == "Ana Souza"
    await one.aclose()
    await other.aclose()


async def test_nothing_but_the_name_is_legible_in_the_tables(database: Database, sealing: Sealing) -> None:
    await created(database, sealing)
    await created(database, sealing, replace(ANA, unique_key=None, name="Caio Prado", seal_name=True))

    def everything(connection: Connection) -> str:
        rows = [connection.execute(select(table)).all() for table in METADATA.tables.values()]
        return repr([[bytes(x) if isinstance(x, memoryview) else x for x in row] for table in rows for row in table])

    text = await database.read(everything)
    assert "Ana Sílvia Souza" in text
    for value in ("52998224725", "ana@example.com", "987654321", "Ouro", "prefere", "Caio", "caio", "prado"):
        assert value not in text


async def test_another_key_opens_and_finds_nothing(database: Database, sealing: Sealing) -> None:
    contact = await created(database, sealing)
    foreign = Sealing([b"x" * 32])
    assert await found(database, foreign, Sought(keys=("52998224725",))) == []
    with pytest.raises(SealBroken, match="Put the key back"):
        await database.read(lambda c: Contacts(foreign).get(c, "acme", contact.id))


async def test_a_new_key_in_front_still_opens_and_finds(database: Database, sealing: Sealing) -> None:
    await created(database, sealing)
    rotated = Sealing([b"x" * 32, bytes(range(32))])
    assert await found(database, rotated, Sought(keys=("52998224725",))) == ["Ana Sílvia Souza"]
    assert await found(database, rotated, Sought(values=(("email", "ana@example.com"),))) == ["Ana Sílvia Souza"]


def test_a_sealed_value_that_was_moved_does_not_open(sealing: Sealing) -> None:
    sealed = sealing.seal("acme", "contacts.name", "1", "Ana")
    opened = partial(sealing.open, sealed=sealed)
    assert opened("acme", "contacts.name", "1") == "Ana"
    for place in (("boreal", "contacts.name", "1"), ("acme", "contacts.form", "1"), ("acme", "contacts.name", "2")):
        with pytest.raises(SealBroken):
            opened(*place)
    for spoiled in (b"", sealed[:20], sealed[:-1] + bytes([sealed[-1] ^ 1]), b"\2" + sealed[1:]):
        with pytest.raises(SealBroken):
            sealing.open("acme", "contacts.name", "1", spoiled)


def test_equal_values_of_two_tenants_have_different_indexes(sealing: Sealing) -> None:
    assert sealing.index("acme", "email", "ana@example.com") == sealing.index("acme", "email", "ana@example.com")
    assert sealing.index("acme", "email", "ana@example.com") != sealing.index("boreal", "email", "ana@example.com")
    assert sealing.index("acme", "cpf", "52998224725") != sealing.index("acme", "phone", "52998224725")


async def test_many_at_once_are_stored_as_each_by_itself(database: Database, sealing: Sealing) -> None:
    contacts, keys = Contacts(sealing), [UniqueKey("codigo", "code", str(number)) for number in range(300)]
    await database.write(lambda c: contacts.create_all(c, "acme", [replace(ANA, unique_key=key) for key in keys], NOW))
    (one,) = await database.read(lambda c: contacts.find(c, "acme", Sought(keys=("7",))))
    assert (one.identifiers, one.stored, one.name) == (
        (Identifier("cpf", "52998224725"), *ANA.identifiers[1:]),
        ANA.stored,
        ANA.name,
    )
    everybody = await database.read(lambda c: contacts.find(c, "acme", Sought(values=(("email", "ana@example.com"),))))
    assert len(everybody) == MOST_FOUND + 1
    assert all(contact.identifiers == one.identifiers for contact in everybody)
    for sought in (
        Sought(keys=("7", "8", "9")),
        Sought(values=(("cpf", "1"), ("cpf", "2"), ("cpf", "3")), keys=("7", "8", "9")),
    ):
        found = await database.read(lambda c, sought=sought: contacts.find(c, "acme", sought))  # type: ignore[misc]
        assert len(found) == 3


# ------------------------------------------------------------------------------------------ saving


async def saved(database: Database, sealing: Sealing, draft: ContactDraft, contact: str | None = None) -> Contact:
    contacts = Contacts(sealing)
    later = NOW + timedelta(hours=1)
    return await database.write(lambda c: contacts.save(c, "acme", draft, later, contact))


async def test_who_is_saved_twice_is_one_contact_brought_up_to_date(database: Database, sealing: Sealing) -> None:
    first = await saved(database, sealing, replace(ANA, active=False))
    moved = ContactDraft(Standing.CUSTOMER, ANA.unique_key, "Ana Lima", stored={"attributes.plano": "Prata"})
    second = await saved(database, sealing, moved)
    assert (second.id, second.name, second.active, second.revision) == (first.id, "Ana Lima", True, 2)
    assert second.identifiers == first.identifiers
    assert second.stored == {"attributes.plano": "Prata"}


async def test_saving_what_is_known_changes_nothing(database: Database, sealing: Sealing) -> None:
    await saved(database, sealing, ANA)
    assert (await saved(database, sealing, ANA)).revision == 1


async def test_a_contact_without_a_key_gets_that_of_the_customer_he_is(database: Database, sealing: Sealing) -> None:
    registered = await created(database, sealing, replace(ANA, unique_key=None, standing=Standing.REGISTERED))
    customer = await saved(database, sealing, ContactDraft(Standing.CUSTOMER, ANA.unique_key), registered.id)
    assert (customer.id, customer.standing, customer.unique_key) == (registered.id, Standing.CUSTOMER, ANA.unique_key)


async def test_a_key_that_somebody_has_decides(database: Database, sealing: Sealing) -> None:
    ana = await created(database, sealing)
    other = await created(database, sealing, ContactDraft(Standing.REGISTERED, None, "Bia"))
    assert (await saved(database, sealing, ContactDraft(Standing.CUSTOMER, ANA.unique_key), other.id)).id == ana.id


async def test_a_contact_never_changes_his_key_by_being_saved(database: Database, sealing: Sealing) -> None:
    ana = await created(database, sealing)
    with pytest.raises(Conflict, match="Identify again") as refused:
        await saved(database, sealing, ContactDraft(Standing.CUSTOMER, UniqueKey("cpf", "cpf", "12345678909")), ana.id)
    assert refused.value.reason == "other_key"


async def test_nobody_is_saved_under_a_key_that_strangers_share(database: Database, sealing: Sealing) -> None:
    with pytest.raises(Conflict, match="strangers share"):
        await saved(database, sealing, ContactDraft(Standing.CUSTOMER, UniqueKey("cpf", "cpf", "00000000000")))


async def test_saving_for_a_contact_that_is_not_there_is_refused(database: Database, sealing: Sealing) -> None:
    with pytest.raises(NotHere, match="no such contact"):
        await saved(database, sealing, ANA, "0" * 32)


async def test_a_character_that_postgresql_cannot_hold_stops_neither_a_write_nor_a_question(
    database: Database, sealing: Sealing
) -> None:
    contact = await created(database, sealing, replace(ANA, name="Ana\0 Souza", customer_type="Cli\0ente"))
    kept = await database.read(lambda c: Contacts(sealing).get(c, "acme", contact.id))
    assert ((kept.name or "").replace("\0", ""), kept.stored) == ("Ana Souza", ANA.stored)
    assert await database.read(lambda c: Contacts(sealing).get(c, "acme", "\0")) is None
