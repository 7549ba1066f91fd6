"""The use cases of an interaction over scripted sources and real databases: linked by itself only when it is sure."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from gateway.core.command import Repeat
from gateway.core.errors import (
    ContextTooLarge,
    Forbidden,
    InvalidKey,
    NotHere,
    RefExpired,
    RefForged,
    StorageUnavailable,
    UnknownChannel,
    Unreachable,
)
from gateway.core.interaction import LinkAssurance, LinkHow, NoLink
from gateway.core.joining import Sought
from gateway.core.model import UniqueKey
from gateway.service.interactions import StartRequest
from gateway.storage.storage import Storage
from tests.service.attended import BOT, KEY, OPERATOR, Attended
from tests.service.scripted import ANA, ANAS_CPF, BETO

pytestmark = pytest.mark.anyio

ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
CHAT = StartRequest("whatsapp", channel_user=("channel_user", "5511987654321"))
ASKED = replace(CHAT, search={"cpf": ANAS_CPF})


@pytest.fixture
async def acme(address: str) -> AsyncIterator[Attended]:
    attended = Attended(address)
    yield attended
    await attended.aclose()


# ---------------------------------------------------------------------------------------------- start, number, end


async def test_the_number_comes_when_the_channel_says(acme: Attended) -> None:
    desk = acme.desk
    chat = (await desk.start(BOT, CHAT)).made.interaction
    call = (await desk.start(BOT, StartRequest("phone"))).made.interaction
    by_hand = (await desk.start(OPERATOR, replace(CHAT, by_hand=True))).made.interaction
    assert [str(one.protocol) for one in (chat, call, by_hand)] == ["None", "2026-0000000001", "2026-0000000002"]
    acted = (await desk.first_action(OPERATOR, chat.id)).made
    assert str(acted.protocol) == "2026-0000000003"
    finished = (await desk.finish(OPERATOR, chat.id)).made
    assert finished.survey == "https://pesquisa.example/?p=2026-0000000003"
    assert (await desk.finish(OPERATOR, call.id)).made.survey is None


async def test_the_year_is_that_of_the_tenants_calendar(acme: Attended) -> None:
    acme.time.now = datetime(2027, 1, 1, 2, tzinfo=timezone.utc)
    started = (await acme.desk.start(BOT, StartRequest("phone"))).made.interaction
    assert str(started.protocol) == "2026-0000000001"


async def test_starting_by_hand_is_a_permission(acme: Attended) -> None:
    with pytest.raises(Forbidden, match=r"interactions\.start_by_hand"):
        await acme.desk.start(BOT, replace(CHAT, by_hand=True))


@pytest.mark.parametrize(
    ("request_", "error", "said"),
    [
        (replace(CHAT, channel="watsapp"), UnknownChannel, "Did you mean 'whatsapp'? Known: email, phone"),
        (replace(CHAT, channel_user=("phone", "12")), InvalidKey, "'channel_user' is not a valid phone"),
        (replace(CHAT, channel_user=("email", "ana@")), InvalidKey, "'channel_user' is not a valid email"),
        (replace(CHAT, search={"cpf": "52998224724"}), InvalidKey, "'cpf' is not a valid cpf"),
        (replace(CHAT, context_bytes=40_000), ContextTooLarge, "more than 32768 bytes"),
    ],
    ids=["channel", "phone", "email", "search", "context"],
)
async def test_what_is_wrong_starts_nothing(
    acme: Attended, request_: StartRequest, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said.replace("?", r"\?")) as refused:
        await acme.desk.start(OPERATOR, request_)
    assert "52998224724" not in str(refused.value)
    assert (await acme.desk.page(OPERATOR, None, None, 10)).interactions == ()


async def test_one_id_in_two_channels_is_two_users(acme: Attended) -> None:
    users = [
        (await acme.desk.start(OPERATOR, replace(CHAT, channel=channel))).made.interaction.channel_user
        for channel in ("whatsapp", "telegram")
    ]
    assert [user.value for user in users if user] == ["whatsapp:5511987654321", "telegram:5511987654321"]
    named = replace(CHAT, channel_user=("channel_user", "whatsapp:1"))
    user = (await acme.desk.start(OPERATOR, named)).made.interaction.channel_user
    assert user
    assert user.value == "whatsapp:1"


# ---------------------------------------------------------------------------------------------- links


async def test_the_only_verified_match_is_linked_and_saved(acme: Attended) -> None:
    started = (await acme.desk.start(BOT, ASKED)).made
    assert started.refused is None
    link = started.interaction.link
    assert link
    assert (link.how, link.assurance, link.actor) == (LinkHow.AUTOMATIC, LinkAssurance.MATCHED, None)
    contact = await acme.storage.contacts.get("acme", link.contact)
    assert contact
    assert (contact.name, contact.unique_key) == ("Ana Souza", ANAS_KEY)
    found = await acme.storage.contacts.find("acme", Sought(values=(("cpf", ANAS_CPF),)))
    assert [one.id for one in found] == [contact.id]


async def test_only_what_may_be_stored_is_stored(address: str) -> None:
    acme = Attended(address, stored_fields=frozenset())
    link = (await acme.desk.start(BOT, ASKED)).made.interaction.link
    assert link
    contact = await acme.storage.contacts.get("acme", link.contact)
    assert contact
    assert (contact.name, contact.identifiers, contact.unique_key) == (None, (), ANAS_KEY)
    await acme.aclose()


@pytest.mark.parametrize(
    ("gives", "request_", "why"),
    [
        ((), ASKED, NoLink.NOBODY),
        (Unreachable(), ASKED, NoLink.UNAVAILABLE),
        ((ANA, {**BETO, "cpf": ANA["cpf"]}), ASKED, NoLink.SEVERAL),
        ((ANA, {"cpf": ANA["cpf"]}), ASKED, NoLink.INCOMPLETE),
        (({"email": "ana@example.com", "nome": "Ana Souza"},), ASKED, NoLink.NOT_VERIFIED),
        (({**ANA, "email": "nao@tem.com"},), ASKED, NoLink.JUNK_KEY),
        ((ANA,), replace(ASKED, anonymous=True), NoLink.ANONYMOUS),
    ],
    ids=lambda value: str(value) if isinstance(value, NoLink) else "",
)
async def test_anything_less_links_nobody_and_says_why(
    address: str, gives: tuple[dict[str, str], ...] | Exception, request_: StartRequest, why: NoLink
) -> None:
    acme = Attended(address, gives)
    started = (await acme.desk.start(BOT, request_)).made
    assert (started.refused, started.interaction.link) == (why, None)
    assert await acme.storage.contacts.known("acme", None, ANAS_KEY.value) is None
    await acme.aclose()


async def test_who_was_unlinked_is_never_linked_by_himself_again(acme: Attended) -> None:
    first = (await acme.desk.start(BOT, ASKED)).made.interaction
    await acme.desk.unlink(OPERATOR, first.id)
    again = (await acme.desk.start(BOT, ASKED)).made
    assert (again.refused, again.interaction.link) == (NoLink.UNLINKED, None)
    elsewhere = (await acme.desk.start(BOT, replace(ASKED, channel="telegram"))).made
    assert elsewhere.refused is None


async def test_an_operator_links_by_a_match_and_its_key_is_kept(acme: Attended) -> None:
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    linked = (await acme.desk.link(OPERATOR, interaction.id, ref=acme.ref(ANAS_KEY))).made
    link = linked.link
    assert link
    assert (linked.unique_key, link.how, link.assurance, link.actor) == (
        ANAS_KEY, LinkHow.HAND, LinkAssurance.MATCHED, "op-7",
    )  # fmt: skip
    other = (await acme.desk.start(BOT, CHAT)).made.interaction
    unsure = acme.ref(ANAS_KEY, verified=False)
    second = (await acme.desk.link(OPERATOR, other.id, ref=unsure)).made.link
    assert second
    assert (second.contact, second.assurance) == (link.contact, LinkAssurance.CLAIMED)


async def test_an_operator_links_by_a_contact(acme: Attended) -> None:
    first = (await acme.desk.start(BOT, ASKED)).made.interaction
    second = (await acme.desk.start(BOT, CHAT)).made.interaction
    assert first.link
    linked = (await acme.desk.link(OPERATOR, second.id, contact=first.link.contact)).made.link
    assert linked
    assert (linked.contact, linked.assurance) == (first.link.contact, LinkAssurance.CLAIMED)


async def test_a_key_that_is_an_order_works_the_same(acme: Attended) -> None:
    order = UniqueKey("pedido", "code", "PED-2026/118")
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    assert (await acme.desk.link(OPERATOR, interaction.id, ref=acme.ref(order))).made.unique_key == order


async def test_a_ref_that_is_too_old_forged_or_anothers_links_nobody(acme: Attended) -> None:
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    old, theirs = acme.ref(ANAS_KEY), acme.ref(ANAS_KEY, tenant="boreal")
    acme.time.now += timedelta(minutes=31)
    for ref, error in ((old, RefExpired), (theirs, RefForged), ("x" * 80, RefForged)):
        for use in (acme.desk.link, acme.desk.reidentify):
            with pytest.raises(error):
                await use(OPERATOR, interaction.id, ref=ref)
    assert (await acme.desk.history(OPERATOR, interaction.id)).links == ()


async def test_a_contact_of_another_tenant_is_not_here(acme: Attended) -> None:
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    with pytest.raises(NotHere, match="no such contact"):
        await acme.desk.link(OPERATOR, interaction.id, contact="0" * 32)


async def test_of_whom_only_the_key_is_at_hand_the_rest_is_asked_for(address: str) -> None:
    acme = Attended(address, by_key=True)
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    once = replace(OPERATOR, repeat=Repeat("k", b"digest"))
    for _ in range(2):
        await acme.desk.link(once, interaction.id, ref=acme.ref(ANAS_KEY))
    await acme.filling.settled()
    contact = await acme.storage.contacts.known("acme", None, ANAS_KEY.value)
    assert contact
    assert (contact.name, contact.revision) == ("Ana Souza", 2)
    assert [look.what for look in acme.house.heard.consultations] == ["link"]
    await acme.aclose()


@pytest.mark.parametrize("gives", [(), (BETO,), (ANA, BETO), Unreachable()], ids=["nobody", "other", "two", "away"])
async def test_whom_the_sources_do_not_give_stays_with_his_key(
    address: str, gives: tuple[dict[str, str], ...] | Exception
) -> None:
    acme = Attended(address, gives, by_key=True)
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    await acme.desk.link(OPERATOR, interaction.id, ref=acme.ref(UniqueKey("email", "email", "caio@example.com")))
    await acme.filling.settled()
    contact = await acme.storage.contacts.known("acme", None, "caio@example.com")
    assert contact
    assert (contact.name, contact.revision) == (None, 1)
    await acme.aclose()


# ---------------------------------------------------------------------------------------------- who sees what


async def test_a_bot_sees_likenesses_and_nothing_that_was_told(acme: Attended) -> None:
    context = {"variables": {"plano": "Ouro"}}
    asked = replace(ASKED, context=context)
    started = (await acme.desk.start(BOT, asked)).made.interaction
    assert started.channel_user
    assert (started.context, started.unique_key) == ({}, None)
    assert "5511987654321" not in started.channel_user.value
    await acme.desk.add_note(OPERATOR, started.id, "Quer a 2ª via")
    assert (await acme.desk.history(BOT, started.id)).notes == ()
    seen = await acme.desk.history(OPERATOR, started.id)
    assert (seen.interaction.context, [note.text for note in seen.notes]) == (context, ["Quer a 2ª via"])
    [listed] = (await acme.desk.page(BOT, None, None, 10)).interactions
    assert listed.unique_key == started.unique_key


async def test_an_interaction_is_found_by_the_number_as_people_read_it_out(acme: Attended) -> None:
    call = (await acme.desk.start(OPERATOR, StartRequest("phone"))).made.interaction
    assert (await acme.desk.by_protocol(OPERATOR, " 2026-0000000001 ")).interactions == (call,)
    for number in ("2026-0000000002", "2026-1", "52998224725"):
        assert (await acme.desk.by_protocol(OPERATOR, number)).interactions == ()


async def test_a_repeated_start_is_one_interaction(acme: Attended) -> None:
    once = replace(OPERATOR, repeat=Repeat("k", b"digest"))
    first, second = [await acme.desk.start(once, ASKED) for _ in range(2)]
    assert (first.again, second.again) == (False, True)
    assert first.made.interaction == second.made.interaction


async def test_a_database_that_is_away_confirms_nothing() -> None:
    storage = Storage("postgresql://gateway@/gateway?host=/nowhere", [KEY])
    acme = Attended("postgresql://gateway@/gateway?host=/nowhere")
    with pytest.raises(StorageUnavailable, match="same Idempotency-Key"):
        await acme.desk.start(OPERATOR, CHAT)
    await storage.aclose()
    await acme.aclose()
