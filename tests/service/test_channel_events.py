"""Events of channels over scripted sources and real databases: who writes, which attendance it is, what is kept of it."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest

from gateway.core.audit import AuditFilter
from gateway.core.channel import Registration
from gateway.core.command import Repeat
from gateway.core.errors import (
    Conflict,
    ContextTooLarge,
    GatewayError,
    IdentityExpired,
    IdentityForged,
    IdentityLivesTooLong,
    IdentityOff,
    IdentityRefused,
    IdentityReplayed,
    StorageUnavailable,
    TextTooLong,
    UnknownChannel,
    Unreachable,
)
from gateway.core.facts import CodeState
from gateway.core.interaction import LinkAssurance, LinkHow, NoLink
from gateway.core.joining import Sought
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact, Identifier, Outcome, ProspectOption, Standing, UniqueKey
from gateway.core.prospect import ProspectState
from gateway.core.reception import Reception
from gateway.core.redaction import Secret
from gateway.core.signed_identity import Algorithm, SignedToken, UserHash
from gateway.core.tenant import NotFound
from gateway.service.channel_events import EventRequest
from gateway.service.interactions import StartRequest
from gateway.service.signed_user import SignedUser
from gateway.storage.engine import embedded
from gateway.storage.storage import Storage
from tests.service.attended import BOT, KEY, OPERATOR, Attended
from tests.service.coded import Coded
from tests.service.scripted import ANAS_CPF, BETO

pytestmark = pytest.mark.anyio

ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
USER = Identifier("channel_user", "telegram:99")
MESSAGE = EventRequest("telegram", "m-1", channel_user=("channel_user", "99"))
MAIL = EventRequest("email", "<1@mail.example>", data={"from": '"Ana Souza" <Ana@Example.com>', "subject": "2ª via"})
CALL = EventRequest(
    "phone", "c-1", "call-1", data={"caller": "sip:+5511987654321@pbx.example", "called": "+551130001000"}
)
CHAT = EventRequest("chat", "v-1", channel_user=("channel_user", "visitor-7"))
SECRET = "c" * 40
SIGNED = SignedToken(Algorithm.HS256, Secret(SECRET), {"email": "email"})


@pytest.fixture
async def acme(address: str) -> AsyncIterator[Attended]:
    attended = Attended(address)
    yield attended
    await attended.aclose()


async def take(acme: Attended, request: EventRequest, **changes: Any) -> Reception:
    return (await acme.events.take(OPERATOR, replace(request, **changes))).made


async def known(acme: Attended, draft: ContactDraft) -> Contact:
    return (await acme.storage.contacts.register(OPERATOR, draft, acme.time())).made


async def proved(acme: Attended, key: UniqueKey | None = ANAS_KEY, user: Identifier = USER) -> Contact:
    """A contact who showed that this user of a channel is he."""
    return await known(acme, ContactDraft(Standing.CUSTOMER, key, "Ana", (replace(user, verified=True),)))


def token(
    acme: Attended, *, secret: str = SECRET, algorithm: str = "HS256", lives: int = 60, **more: Any
) -> SignedUser:
    now = int(acme.time().timestamp())
    claims = {"sub": "77", "email": "ana@example.com", "iat": now, "exp": now + lives, **more}
    return SignedUser(jwt.encode(claims, secret, algorithm))


# ---------------------------------------------------------------------------------------------- who writes


@pytest.mark.parametrize("request_", [MAIL, CALL], ids=["mail", "call"])
async def test_a_sender_or_a_caller_is_found_linked_and_his_attendance_begins(
    acme: Attended, request_: EventRequest
) -> None:
    made = await take(acme, request_)
    assert made.identification
    assert made.interaction
    assert made.identification.outcome is Outcome.FOUND
    link = made.interaction.link
    assert link
    # Senders and numbers can be forged.
    assert (link.how, link.assurance, made.refused) == (LinkHow.AUTOMATIC, LinkAssurance.MATCHED, None)
    assert made.facts.identified is not True
    assert (made.interaction.unique_key, made.left_out) == (ANAS_KEY, ())
    assert (made.interaction.protocol is not None) is (request_.channel == "phone")


async def test_what_was_typed_into_the_telephones_menu_goes_before_the_number(acme: Attended) -> None:
    await take(acme, CALL, channel="ivr", data={**CALL.data, "ivr": {"cpf": "529.982.247-25"}})
    assert [key.field for query in acme.house.scripts["crm"].asked for key in query.keys] == ["cpf"]


async def test_the_next_is_asked_where_the_surer_gave_nobody(address: str) -> None:
    async def by_phone(query: Any) -> list[dict[str, str]]:
        return [{"email": "ana@example.com", "fone": "(11) 98765-4321"}] if "fone" in query.fields else []

    acme = Attended(address, by_phone)  # type: ignore[arg-type]
    made = await take(acme, CHAT, data={"Email": "outra@example.com", "Phone": "(11) 98765-4321"})
    assert made.identification
    assert (made.identification.outcome, made.identification.searched) == (Outcome.FOUND, ("fone",))
    await acme.aclose()


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({"Phone": "(11) 98765-4321"}, None),
        ({"Name": "Ana Souza", "Phone": "(11) 98765-4321"}, None),
        ({"Email": "outra@example.com", "Phone": "(11) 98765-4321"}, NoLink.NOT_VERIFIED),
        ({"Name": "Beto Lima", "Phone": "(11) 98765-4321"}, NoLink.NOT_VERIFIED),
        # Who says his document may write from another telephone or address; his name stays.
        ({"cpf": ANAS_CPF, "Phone": "(11) 91234-5678", "Name": "Ana Souza"}, None),
        ({"cpf": ANAS_CPF, "Name": "Beto Lima"}, NoLink.NOT_VERIFIED),
    ],
    ids=["alone", "all agree", "another address", "another name", "another telephone", "another's document"],
)
async def test_nobody_is_linked_by_one_value_where_another_that_was_told_is_not_his(
    address: str, told: dict[str, str], refused: NoLink | None
) -> None:
    ana = {"email": "ana@example.com", "fone": "(11) 98765-4321", "cpf": ANAS_CPF, "nome": "Ana Souza"}

    async def by_number(query: Any) -> list[dict[str, str]]:
        return [ana] if query.fields & {"fone", "cpf"} else []

    acme = Attended(address, by_number)  # type: ignore[arg-type]
    made = await take(acme, CHAT, data=told)
    assert made.identification
    [match] = made.identification.matches
    assert (match.verified, made.refused) == (refused is None, refused)
    assert made.interaction
    assert (made.interaction.link is None) is (refused is not None)
    await acme.aclose()


async def test_a_contact_whom_no_source_knows_is_held_against_everything_too(address: str) -> None:
    acme = Attended(address, ())
    await known(
        acme,
        ContactDraft(Standing.CUSTOMER, None, "Ana Souza", (Identifier("phone", "+5511987654321"),)),
    )
    made = await take(acme, CHAT, data={"Name": "Beto Lima", "Phone": "(11) 98765-4321"})
    assert made.identification
    assert made.identification.matches
    assert made.refused is NoLink.NOT_VERIFIED
    await acme.aclose()


async def test_nonsense_is_left_out_and_refuses_nothing(acme: Attended) -> None:
    made = await take(acme, CALL, data={"caller": "anonymous", "cpf": "529.982.247-24"})
    assert made.identification is None
    assert made.interaction
    assert made.interaction.protocol
    assert made.left_out == ("cpf: its check digits do not fit the rest; look for a mistyped or swapped digit",)
    assert acme.house.scripts["crm"].asked == []


async def test_what_no_source_can_be_asked_with_is_said(acme: Attended) -> None:
    acme.house.scripts["crm"].fields = frozenset({"cpf"})
    made = await take(acme, CALL)
    assert made.identification is None
    assert "No source of this tenant can be asked by fone" in made.left_out[0]
    assert made.interaction


async def test_for_somebody_who_wants_to_stay_unknown_nobody_is_asked(acme: Attended) -> None:
    made = await take(acme, MAIL, anonymous=True)
    assert (made.identification, made.refused) == (None, NoLink.ANONYMOUS)
    assert made.interaction
    assert made.interaction.anonymous
    again = await take(acme, MAIL, event="2", attendance=None)
    assert again.refused is None
    acme.over("email", continues_for=3600.0)
    unknown, known_ = [(await take(acme, MAIL, event=f"3{yes}", anonymous=yes)).interaction for yes in (True, False)]
    assert unknown
    assert known_
    assert again.interaction
    assert (unknown.id, known_.id) == (made.interaction.id, again.interaction.id)
    assert acme.house.scripts["crm"].asked


async def test_sources_that_are_silent_leave_it_open(address: str) -> None:
    acme = Attended(address, Unreachable())
    acme.over("email", registration=Registration.AUTOMATIC)
    made = await take(acme, MAIL)
    assert made.identification
    assert (made.identification.outcome, made.refused) == (Outcome.UNAVAILABLE, NoLink.UNAVAILABLE)
    assert made.registered is False
    assert await acme.storage.contacts.find("acme", Sought(values=(("email", "ana@example.com"),))) == ()
    await acme.aclose()


# ---------------------------------------------------------------------------------------------- who is known


async def test_a_user_who_proved_himself_is_recognised_at_once(address: str) -> None:
    acme = Attended(address, by_key=True)
    contact = await proved(acme)
    made = await take(acme, MESSAGE)
    assert made.interaction
    link = made.interaction.link
    assert link
    assert (link.contact, link.how, link.assurance) == (contact.id, LinkHow.AUTOMATIC, LinkAssurance.CHANNEL)
    assert made.facts.identified is True
    assert made.identification
    assert [match.customer.name for match in made.identification.matches if match.customer] == ["Ana Souza"]
    # As his sources have him now.
    saved = await acme.storage.contacts.get("acme", contact.id)
    assert saved
    assert saved.name == "Ana Souza"
    assert USER.value in [one.value for one in saved.identifiers if one.verified]
    await acme.aclose()


@pytest.mark.parametrize("gives", [Unreachable(), ()], ids=["silent", "nobody"])
async def test_whatever_the_sources_say_he_is_who_proved_himself(address: str, gives: Any) -> None:
    acme = Attended(address, gives, by_key=True)
    contact = await proved(acme)
    made = await take(acme, MESSAGE)
    assert made.interaction
    assert made.interaction.link
    assert (made.interaction.link.contact, made.facts.assurance) == (contact.id, LinkAssurance.CHANNEL)
    await acme.aclose()


async def test_who_has_no_key_is_recognised_too(acme: Attended) -> None:
    contact = await proved(acme, None)
    made = await take(acme, MESSAGE)
    assert made.interaction
    assert made.interaction.link
    assert made.interaction.link.contact == contact.id


async def test_of_several_contacts_nobody_is_taken(acme: Attended) -> None:
    await proved(acme, None)
    await proved(acme)
    made = await take(acme, MESSAGE)
    assert made.interaction
    assert (made.interaction.link, made.identification) == (None, None)


async def test_who_was_never_proved_is_not_recognised(acme: Attended) -> None:
    await known(acme, ContactDraft(Standing.CUSTOMER, ANAS_KEY, "Ana", (USER,)))
    made = await take(acme, MESSAGE)
    assert made.interaction
    assert made.interaction.link is None


async def test_a_pair_that_was_taken_apart_stays_apart(acme: Attended) -> None:
    await proved(acme)
    first = (await take(acme, MESSAGE)).interaction
    assert first
    await acme.desk.unlink(OPERATOR, first.id)
    made = await take(acme, MESSAGE, event="m-2")
    assert made.interaction
    assert (made.interaction.id, made.interaction.link, made.refused) == (first.id, None, NoLink.UNLINKED)
    assert made.facts.identified is not True


@pytest.mark.parametrize(
    ("request_", "user"),
    [(CALL, Identifier("phone", "+5511987654321")), (CHAT, Identifier("channel_user", "chat:visitor-7"))],
    ids=["call", "chat"],
)
async def test_who_tells_another_document_on_a_lent_telephone_is_not_its_owner(
    address: str, request_: EventRequest, user: Identifier
) -> None:
    acme = Attended(address, (BETO,), by_key=True)
    contact = await proved(acme, user=user)
    made = await take(acme, request_, data={**request_.data, "cpf": BETO["cpf"]})
    assert made.interaction
    assert made.interaction.link
    assert made.interaction.link.contact != contact.id
    assert made.identification
    assert [match.customer.name for match in made.identification.matches if match.customer] == [BETO["nome"]]
    await acme.aclose()


async def test_who_tells_what_is_known_of_him_is_recognised_on_his_telephone(address: str) -> None:
    acme = Attended(address, Unreachable(), by_key=True)
    his = (Identifier("phone", "+5511987654321", verified=True), Identifier("cpf", ANAS_CPF))
    contact = await known(acme, ContactDraft(Standing.CUSTOMER, ANAS_KEY, "Ana", his))
    made = await take(acme, CALL, data={**CALL.data, "cpf": ANAS_CPF, "email": "ana@example.com"})
    assert made.interaction
    assert made.interaction.link
    assert made.interaction.link.contact == contact.id
    await acme.aclose()


async def test_a_messengers_user_is_who_he_proved_to_be_whatever_he_types(address: str) -> None:
    acme = Attended(address, (BETO,))
    contact = await proved(acme)
    made = await take(acme, MESSAGE, data={"cpf": BETO["cpf"]})
    assert made.interaction
    assert made.interaction.link
    assert made.interaction.link.contact == contact.id
    await acme.aclose()


# ---------------------------------------------------------------------------------------------- which attendance


async def test_the_open_attendance_of_the_same_user_goes_on_and_is_linked_later(acme: Attended) -> None:
    first = await take(acme, MESSAGE)
    second = await take(acme, MESSAGE, event="m-2", data={"cpf": ANAS_CPF}, context={"variables": {"fila": "1"}})
    assert first.interaction
    assert second.interaction
    assert second.interaction.id == first.interaction.id
    assert second.interaction.link
    assert second.interaction.context == {"variables": {"fila": "1"}}
    third = await take(acme, MESSAGE, event="m-3")
    assert third.interaction
    assert (third.interaction.link, third.refused) == (second.interaction.link, None)
    other = await take(acme, MESSAGE, event="m-1", channel="messenger")
    assert other.interaction
    assert other.interaction.id != first.interaction.id


async def test_one_that_a_helpdesk_started_goes_on_too(acme: Attended) -> None:
    started = (
        await acme.desk.start(BOT, StartRequest("telegram", channel_user=("channel_user", "99")))
    ).made.interaction
    made = await take(acme, MESSAGE)
    assert started
    assert made.interaction
    assert made.interaction.id == started.id


async def test_what_ended_or_is_long_ago_does_not_go_on(acme: Attended) -> None:
    first = (await take(acme, MESSAGE)).interaction
    assert first
    await acme.desk.finish(OPERATOR, first.id)
    second = (await take(acme, MESSAGE, event="m-2")).interaction
    assert second
    acme.time.now += timedelta(hours=25)
    third = (await take(acme, MESSAGE, event="m-3")).interaction
    assert third
    assert len({first.id, second.id, third.id}) == 3


async def test_a_call_that_the_menu_hands_over_is_one_attendance(acme: Attended) -> None:
    menu = (await take(acme, CALL, channel="ivr", event="i-1")).interaction
    acme.time.now += timedelta(days=2)
    operator = (await take(acme, CALL)).interaction
    other = (await take(acme, CALL, event="c-2", attendance="call-2")).interaction
    assert menu
    assert operator
    assert other
    assert (operator.id == menu.id, other.id == menu.id) == (True, False)


async def test_a_thread_is_one_attendance_and_a_mail_without_one_begins_another(acme: Attended) -> None:
    ids = [
        made.id
        for event, thread in (("1", None), ("2", None), ("3", "t"), ("4", "t"))
        if (made := (await take(acme, MAIL, event=event, attendance=thread)).interaction)
    ]
    assert (len(ids), len(set(ids)), ids[2] == ids[3]) == (4, 3, True)
    await acme.desk.finish(OPERATOR, ids[2])
    again = (await take(acme, MAIL, event="5", attendance="t")).interaction
    assert again
    assert again.id not in ids


@pytest.mark.parametrize(
    "sent",
    [{"from": "mallory@example.com"}, {"from": "a@example.com, b@example.com"}, {}],
    ids=["another", "two", "none"],
)
async def test_who_answers_to_somebody_elses_mail_does_not_go_on_as_him(acme: Attended, sent: dict[str, str]) -> None:
    anas = (await take(acme, MAIL, attendance="t")).interaction
    assert anas
    assert anas.link
    acme.house.scripts["crm"].steps = [()]
    made = (await acme.events.take(BOT, replace(MAIL, event="2", attendance="t", data=sent))).made
    assert made.interaction
    assert (made.interaction.id != anas.id, made.interaction.link) == (True, None)
    assert (made.facts.identified, made.facts.assurance, dict(made.facts.attributes)) == (False, None, {})
    # Each goes on in his own.
    again = (await take(acme, MAIL, event="3", attendance="t", data=sent)).interaction
    hers = (await take(acme, MAIL, event="4", attendance="t")).interaction
    assert again
    assert hers
    assert (again.id, hers.id) == (made.interaction.id, anas.id)
    # Of what ended nothing is left to go on in, for neither.
    for interaction in (anas, again):
        await acme.desk.finish(OPERATOR, interaction.id)
    fresh = [
        (await take(acme, MAIL, event=f"{place}-{data}", attendance="t", data=data)).interaction
        for place in range(2)
        for data in (sent, MAIL.data)
    ]
    ids = [one.id for one in fresh if one]
    assert (ids[:2] == ids[2:], len({*ids, anas.id, again.id})) == (True, 4)


async def test_who_wants_to_stay_unknown_in_a_conversation_is_not_who_he_was(acme: Attended) -> None:
    event = replace(MESSAGE, attendance="c", data={"cpf": ANAS_CPF})
    known_ = (await take(acme, event)).interaction
    made = await take(acme, event, event="m-2", anonymous=True)
    assert known_
    assert known_.link
    assert made.interaction
    assert (made.interaction.id != known_.id, made.interaction.anonymous, made.interaction.link) == (True, True, None)
    assert made.facts.identified is False


async def test_a_transferred_call_goes_on_under_another_number(acme: Attended) -> None:
    menu = (await take(acme, CALL, channel="ivr", event="i-1")).interaction
    moved = (await take(acme, CALL, data={"caller": "+551130001000"})).interaction
    assert menu
    assert moved
    assert moved.id == menu.id


@pytest.mark.parametrize("attendance", [None, "conversation-1"], ids=["user", "attendance"])
async def test_two_events_of_a_new_user_at_once_begin_one_attendance(address: str, attendance: str | None) -> None:
    acme, other = Attended(address), Attended(address)
    taking = [
        desk.events.take(BOT, replace(MESSAGE, event=f"{place}-{number}", attendance=attendance))
        for number in range(8)
        for place, desk in enumerate((acme, other))
    ]
    made = await asyncio.gather(*taking)
    assert len({effect.made.interaction.id for effect in made if effect.made.interaction}) == 1
    await acme.aclose()
    await other.aclose()


# ---------------------------------------------------------------------------------------------- once


async def test_an_event_that_comes_again_is_taken_once(acme: Attended) -> None:
    once = replace(OPERATOR, repeat=Repeat("k", b"digest"))
    first = await acme.events.take(once, MESSAGE)
    again = await acme.events.take(once, MESSAGE)
    assert (first.again, again.again) == (False, True)
    assert first.made.interaction
    assert again.made.interaction
    assert again.made.interaction.id == first.made.interaction.id
    for command in (OPERATOR, replace(once, repeat=Repeat("other", b"digest"))):
        with pytest.raises(Conflict, match="came before") as refused:
            await acme.events.take(command, MESSAGE)
        assert refused.value.reason == "replayed"
    assert len((await acme.desk.page(OPERATOR, None, None, 10)).interactions) == 1


async def test_of_one_event_at_two_workers_one_is_taken(address: str) -> None:
    acme, other = Attended(address), Attended(address)
    came = await asyncio.gather(*(desk.events.take(BOT, MESSAGE) for desk in (acme, other) * 4), return_exceptions=True)
    assert sum(not isinstance(one, Exception) for one in came) == 1
    assert {one.reason for one in came if isinstance(one, Conflict)} == {"replayed"}
    await acme.aclose()
    await other.aclose()


async def test_events_are_let_go_of_when_nobody_repeats_them(acme: Attended) -> None:
    await take(acme, MESSAGE)
    acme.time.now += timedelta(days=9)
    await acme.storage.retaining.forget_repeats(acme.time.now)
    assert (await take(acme, MESSAGE)).interaction


async def test_what_is_refused_leaves_nothing(acme: Attended) -> None:
    for changes, error in (
        ({"channel": "watsapp"}, UnknownChannel),
        ({"data_bytes": 40_000}, ContextTooLarge),
        ({"data": {"a": [[[[[[[[1]]]]]]]]}}, ContextTooLarge),
        ({"context_bytes": 40_000}, ContextTooLarge),
        ({"identity": SignedUser("a.b.c")}, IdentityOff),
    ):
        with pytest.raises(error):
            await take(acme, MESSAGE, **changes)
    assert (await take(acme, MESSAGE)).interaction


async def test_without_the_database_nothing_is_confirmed(tmp_path: Any) -> None:
    acme = Attended(embedded(tmp_path / "nowhere"))
    with pytest.raises(StorageUnavailable):
        await take(acme, MAIL)
    await acme.aclose()


# ---------------------------------------------------------------------------------------------- signed identities


async def test_a_signed_identity_vouches_for_who_is_logged_in(acme: Attended) -> None:
    acme.over("chat", identity=SIGNED)
    made = await take(acme, CHAT, identity=token(acme), data={"cpf": "123.456.789-09"})
    assert made.interaction
    link = made.interaction.link
    assert link
    assert (link.assurance, made.interaction.unique_key, made.facts.identified) == (
        LinkAssurance.CHANNEL, ANAS_KEY, True,
    )  # fmt: skip
    # What he typed beside it was not asked for.
    assert [key.field for query in acme.house.scripts["crm"].asked for key in query.keys] == ["email"]


async def test_a_proof_takes_the_place_of_a_weaker_link_to_the_same_and_to_nobody_else(acme: Attended) -> None:
    acme.over("chat", identity=SIGNED)
    typed = await take(acme, CHAT, data={"Email": "ana@example.com"})
    signed = await take(acme, CHAT, event="v-2", identity=token(acme))
    assert typed.interaction
    assert typed.interaction.link
    assert signed.interaction
    assert signed.interaction.link
    assert typed.interaction.link.assurance is LinkAssurance.MATCHED
    assert (signed.interaction.id, signed.interaction.link.assurance) == (typed.interaction.id, LinkAssurance.CHANNEL)
    history = await acme.desk.history(OPERATOR, typed.interaction.id)
    assert [link.ended_at is None for link in history.links] == [False, True]
    acme.house.scripts["crm"].steps = [(BETO,)]
    other = await take(acme, CHAT, event="v-3", data={"Email": "beto@example.com"})
    assert other.interaction
    assert (other.interaction.link, other.refused) == (signed.interaction.link, NoLink.LINKED)


@pytest.mark.parametrize("gives", [(BETO,), (), Unreachable()], ids=["found", "nobody", "silent"])
@pytest.mark.parametrize("attendance", [None, "conversation-1"], ids=["user", "attendance"])
async def test_who_logs_in_at_somebody_elses_computer_does_not_go_on_as_him(
    acme: Attended, gives: Any, attendance: str | None
) -> None:
    acme.over("chat", identity=SIGNED)
    chat = replace(CHAT, attendance=attendance)
    anas = (await take(acme, chat, identity=token(acme), context={"variables": {"fila": "1"}})).interaction
    assert anas
    assert anas.link
    acme.house.scripts["crm"].steps = [gives]
    made = (
        await acme.events.take(BOT, replace(chat, event="v-2", identity=token(acme, email="beto@example.com")))
    ).made
    assert made.interaction
    assert made.interaction.id != anas.id
    assert made.interaction.link is None or made.interaction.link.contact != anas.link.contact
    assert made.facts.identified is (True if gives == (BETO,) else None if isinstance(gives, Unreachable) else False)
    # What he writes next is his, and hers is as it was.
    later = (await take(acme, chat, event="v-3")).interaction
    assert later
    assert later.id == made.interaction.id
    history = await acme.storage.interactions.history("acme", anas.id)
    assert [link.ended_at for link in history.links] == [None]


async def test_who_is_vouched_for_again_goes_on_though_the_sources_are_silent(acme: Attended) -> None:
    acme.over("chat", identity=SIGNED)
    first = (await take(acme, CHAT, identity=token(acme))).interaction
    acme.house.scripts["crm"].steps = [Unreachable()]
    again = (await take(acme, CHAT, event="v-2", identity=token(acme))).interaction
    assert first
    assert again
    assert (again.id, again.link) == (first.id, first.link)


async def test_who_is_vouched_for_is_not_called_unidentified_because_the_sources_are_silent(acme: Attended) -> None:
    acme.over("chat", identity=SIGNED)
    await take(acme, CHAT, identity=token(acme))
    acme.house.scripts["crm"].steps = [Unreachable()]
    made = await take(acme, replace(CHAT, attendance="conversation-9"), event="v-2", identity=token(acme))
    assert (made.refused, made.facts.complete) == (NoLink.INCOMPLETE, False)
    assert made.facts.identified is None


async def test_a_user_hash_vouches_too(acme: Attended) -> None:
    acme.over("chat", identity=UserHash(Secret(SECRET), "cpf"))
    right = hmac.new(SECRET.encode(), ANAS_CPF.encode(), "sha256").hexdigest()
    made = await take(acme, CHAT, identity=SignedUser(user_id=ANAS_CPF, user_hash=right))
    assert made.facts.identified is True
    for wrong in (
        SignedUser(user_id="12345678909", user_hash=right),
        SignedUser("a.b.c"),
        SignedUser(user_id=ANAS_CPF),
    ):
        with pytest.raises(IdentityForged):
            await take(acme, CHAT, event="v-2", identity=wrong)


async def test_what_is_not_signed_or_not_in_force_is_refused_with_one_face_for_the_writer(acme: Attended) -> None:
    acme.over("chat", identity=SIGNED)
    unsigned = SignedUser(jwt.encode({"email": "ana@example.com", "exp": 4_000_000_000}, None, "none"))
    wrong: list[tuple[SignedUser, type[GatewayError]]] = [
        (token(acme, secret="x" * 40), IdentityForged),
        (unsigned, IdentityForged),
        (token(acme, lives=-120), IdentityExpired),
        (token(acme, lives=10**6), IdentityLivesTooLong),
        (SignedUser(user_id="1", user_hash="2"), IdentityForged),
    ]
    said = set()
    for identity, error in wrong:
        with pytest.raises(error):
            await take(acme, CHAT, identity=identity)
        with pytest.raises(IdentityRefused) as face:
            await acme.events.take(BOT, replace(CHAT, identity=identity))
        said.add((face.value.code, str(face.value)))
    assert len(said) == 1
    assert (await acme.desk.page(OPERATOR, None, None, 10)).interactions == ()


async def test_a_token_that_came_with_another_event_is_refused(acme: Attended) -> None:
    acme.over("chat", identity=SIGNED)
    signed = token(acme, jti="once")
    await take(acme, CHAT, identity=signed)
    with pytest.raises(IdentityReplayed):
        await take(acme, CHAT, event="v-2", identity=signed)
    # What was refused is not taken: the same event with a fresh one is.
    assert (await take(acme, CHAT, event="v-2", identity=token(acme, jti="twice"))).facts.identified is True


# ---------------------------------------------------------------------------------------------- codes


async def test_a_code_in_the_message_proves_who_writes_in_the_same_call(acme: Attended) -> None:
    code = await Coded(acme).issued()
    asked = await take(acme, MESSAGE, text="bom dia")
    assert asked.code
    assert (asked.code.state, asked.facts.code, asked.facts.identified) == (
        CodeState.NOT_SENT, CodeState.NOT_SENT, False,
    )  # fmt: skip
    made = await take(acme, MESSAGE, event="m-2", text=f"oi, meu código é {code.lower()}, obrigada")
    assert made.code
    assert made.interaction
    assert asked.interaction
    assert made.interaction.link
    assert (made.code.state, made.interaction.id) == (CodeState.VALID, asked.interaction.id)
    assert (made.interaction.link.how, made.interaction.link.assurance) == (LinkHow.CODE, LinkAssurance.CODE)
    assert made.facts.identified is True
    assert made.identification
    assert made.identification.outcome is Outcome.FOUND
    # From now on he is known by his user of the channel.
    await acme.desk.finish(OPERATOR, made.interaction.id)
    again = await take(acme, MESSAGE, event="m-3")
    assert again.interaction
    assert again.interaction.link
    assert (again.interaction.link.assurance, again.code) == (LinkAssurance.CHANNEL, None)


async def test_a_wrong_code_is_a_fact_and_what_was_told_beside_it_still_counts(acme: Attended) -> None:
    code = await Coded(acme).issued()
    await take(acme, MESSAGE, text=code)
    made = await take(
        acme, EventRequest("chat", "1"), text=f"{code}", channel_user=("channel_user", "v"), data=MAIL.data
    )
    assert made.code
    assert (made.facts.code, made.facts.identified is True) == (CodeState.INVALID, False)
    bot = (
        await acme.events.take(BOT, replace(MESSAGE, event="m-9", text=code, channel_user=("channel_user", "8")))
    ).made
    assert bot.code
    assert (made.code.reason is None, bot.code.reason) == (False, None)


async def test_a_code_of_whom_nobody_names_proves_nobody(acme: Attended) -> None:
    code = await Coded(acme).issued()
    made = await take(acme, EventRequest("chat", "1"), text=code)
    assert made.facts.code is CodeState.NOT_SENT
    assert made.left_out == ("text: a code proves who writes, and nobody says who that is; send channel_user",)
    hidden = await take(acme, MESSAGE, text=code, anonymous=True)
    assert (hidden.code, hidden.refused) == (None, NoLink.ANONYMOUS)
    assert (await take(acme, MESSAGE, event="m-2", text=code)).facts.code is CodeState.VALID


async def test_who_proves_himself_in_a_moment_is_registered_as_no_stranger(address: str) -> None:
    acme = Attended(address, ())
    acme.over("telegram", registration=Registration.AUTOMATIC)
    code = await Coded(acme).issued()
    made = await take(acme, MESSAGE, text=code, data={"phone": "(11) 91234-5678"})
    assert (made.registered, made.facts.code) == (False, CodeState.VALID)
    assert (await acme.storage.prospects.page("acme", None, None, None, 10)).prospects == ()
    await acme.aclose()


async def test_the_same_request_again_shows_the_code_once(acme: Attended) -> None:
    code = await Coded(acme).issued()
    once = replace(OPERATOR, repeat=Repeat("k", b"digest"))
    first, again = [await acme.events.take(once, replace(MESSAGE, text=code)) for _ in range(2)]
    assert (first.made.facts.code, again.made.facts.code, again.again) == (CodeState.VALID, CodeState.VALID, True)
    assert first.made.interaction == again.made.interaction


async def test_a_request_that_was_cut_off_before_its_code_was_judged_is_done_when_it_comes_again(
    acme: Attended, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: object) -> None:
        raise StorageUnavailable

    code = await Coded(acme).issued()
    by = replace(BOT, repeat=Repeat("update-7", b"d" * 32))
    event = replace(MESSAGE, text=code)
    with monkeypatch.context() as patched:
        patched.setattr(acme.storage.codes, "look", broken)
        with pytest.raises(StorageUnavailable):
            await acme.events.take(by, event)
    again = (await acme.events.take(by, event)).made
    assert again.code
    assert (again.code.state, again.facts.assurance) == (CodeState.VALID, LinkAssurance.CODE)
    page = await acme.storage.interactions.page("acme", None, None, 10)
    assert len(page.interactions) == 1


@pytest.mark.parametrize("attendances", [1, 32])
async def test_64_events_of_a_stranger_at_once_are_one_contact(address: str, attendances: int) -> None:
    stranger = replace(MESSAGE, data={"email": "zeca@example.com"})
    first = Attended(address, ())
    pair = [first, Attended(address, (), time=first.time)]
    for acme in pair:
        acme.house.tenant = acme.tenant = replace(acme.tenant, not_found=NotFound())
        acme.over("telegram", registration=Registration.AUTOMATIC)
    made = await asyncio.gather(
        *(
            acme.events.take(BOT, replace(stranger, event=f"{n}-{m}", attendance=f"at-{m % attendances}"))
            for m in range(32)
            for n, acme in enumerate(pair)
        )
    )
    assert len({effect.made.interaction.id for effect in made if effect.made.interaction}) == attendances
    assert [effect.made.registered for effect in made].count(True) == 1
    found = await pair[0].storage.contacts.find("acme", Sought(values=((USER.kind, USER.value),)))
    assert len(found) == 1
    for acme in pair:
        await acme.aclose()


async def test_a_message_that_is_too_long_is_refused_before_anything_is_kept(acme: Attended) -> None:
    with pytest.raises(TextTooLong):
        await take(acme, MESSAGE, text="x" * 10_001)
    assert (await take(acme, MESSAGE)).interaction


# ---------------------------------------------------------------------------------------------- whom nobody knows


async def test_by_hand_is_proposed_and_none_proposes_nothing(address: str) -> None:
    acme = Attended(address, ())
    by_hand = await take(acme, MAIL)
    acme.over("email", registration=Registration.NONE)
    nothing = await take(acme, MAIL, event="2")
    assert by_hand.identification
    assert nothing.identification
    assert by_hand.identification.proposal
    assert (by_hand.registered, nothing.identification.proposal) == (False, None)
    assert await acme.storage.contacts.find("acme", Sought(values=(("email", "ana@example.com"),))) == ()
    await acme.aclose()


async def test_automatic_registers_whom_nobody_knows_once(address: str) -> None:
    acme = Attended(address, ())
    acme.house.tenant = acme.tenant = replace(acme.tenant, not_found=NotFound(customer_type="Não cliente"))
    acme.over("email", registration=Registration.AUTOMATIC)
    made = await take(acme, MAIL)
    assert made.registered
    assert made.interaction
    assert made.interaction.link
    assert made.interaction.link.assurance is LinkAssurance.CLAIMED
    assert made.facts.identified is not True
    [contact] = await acme.storage.contacts.find("acme", Sought(values=(("email", "ana@example.com"),)))
    assert (contact.standing, contact.name, contact.customer_type) == (Standing.REGISTERED, "Ana Souza", "Não cliente")
    again = await take(acme, MAIL, event="2")
    assert again.identification
    assert (again.registered, again.identification.outcome) == (False, Outcome.FOUND)
    await acme.aclose()


@pytest.mark.parametrize("option", list(ProspectOption))
async def test_automatic_makes_the_prospect_that_the_tenant_wants(address: str, option: ProspectOption) -> None:
    acme = Attended(address, ())
    acme.house.tenant = acme.tenant = replace(acme.tenant, not_found=NotFound(prospect=option))
    acme.over("email", registration=Registration.AUTOMATIC)
    made = [await take(acme, MAIL, event=event) for event in ("1", "2")]
    page = await acme.storage.prospects.page("acme", None, None, None, 10)
    [prospect] = page.prospects
    assert (prospect.option, prospect.state) == (option, ProspectState.PENDING)
    assert prospect.contact.standing is Standing.PROSPECT
    for one in made:
        assert one.interaction
        assert (one.interaction.link is not None) is (option is not ProspectOption.MESSAGE)
        assert one.facts.identified is not True
    await acme.aclose()


async def test_one_stranger_at_two_workers_is_registered_once(address: str) -> None:
    pair = [Attended(address, ()), Attended(address, ())]
    for acme in pair:
        acme.house.tenant = acme.tenant = replace(acme.tenant, not_found=NotFound())
        acme.over("email", registration=Registration.AUTOMATIC)
    await asyncio.gather(
        *(acme.events.take(BOT, replace(MAIL, event=f"{n}-{m}")) for m in range(4) for n, acme in enumerate(pair))
    )
    found = await pair[0].storage.contacts.find("acme", Sought(values=(("email", "ana@example.com"),)))
    assert len(found) == 1
    for acme in pair:
        await acme.aclose()


async def test_only_a_name_registers_nobody(address: str) -> None:
    acme = Attended(address, ())
    acme.over("chat", registration=Registration.AUTOMATIC)
    made = await take(acme, EventRequest("chat", "1", data={"Name": "Ana Souza"}))
    assert made.registered is False
    await acme.aclose()


# ---------------------------------------------------------------------------------------------- what is seen and kept


async def test_a_bot_sees_likenesses(acme: Attended) -> None:
    made = (await acme.events.take(BOT, MAIL)).made
    assert made.interaction
    assert made.interaction.link
    assert made.interaction.unique_key is None
    assert "ana@example.com" not in repr(made)


async def test_everything_is_audited_and_the_data_are_not_kept(acme: Attended) -> None:
    await take(acme, MAIL)
    lines = await acme.storage.audit.read("acme", AuditFilter(), 10)
    assert {line.action for line in lines} == {"channel_event", "interaction_start", "interaction_link"}
    assert {(line.actor, line.key_id) for line in lines} == {("op-7", "k1")}


async def test_after_the_keys_were_changed_what_was_known_is_known(address: str) -> None:
    acme = Attended(address)
    first = (await take(acme, MAIL, attendance="t")).interaction
    await acme.storage.aclose()
    acme.storage = Storage(address, [bytes(32), KEY])
    acme.events = replace(acme.events, store=acme.storage.events, contacts=acme.storage.contacts)
    with pytest.raises(Conflict, match="came before"):
        await take(acme, MAIL, attendance="t")
    second = (await take(acme, MAIL, event="2", attendance="t")).interaction
    assert first
    assert second
    assert second.id == first.id
    await acme.aclose()
