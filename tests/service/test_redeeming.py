"""A code that somebody shows: one good code proves one customer, once; whatever else he sends looks the same to him."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.core.code import LONGEST_TEXT, new_code
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import (
    Conflict,
    InvalidKey,
    NotHere,
    StorageUnavailable,
    TextTooLong,
    UnknownChannel,
    Unreachable,
)
from gateway.core.facts import CodeState
from gateway.core.interaction import Interaction, LinkAssurance, LinkHow
from gateway.core.issued_code import CodeTrouble
from gateway.core.joining import Sought
from gateway.core.model import Contact, Identification, Outcome, Standing, UniqueKey
from gateway.core.tenant import SearchField, Tenant
from gateway.service.codes import IssueRequest
from gateway.service.interactions import StartRequest
from gateway.service.redeeming import RedeemRequest
from gateway.service.request import IdentifyRequest
from gateway.storage.code_attempts import ALARM, FORGIVEN, LONGEST_WAIT, MOST, SHORTEST_WAIT, WINDOW
from gateway.storage.contacts import Contacts
from gateway.storage.storage import Storage
from tests.service.attended import BOT, KEY, OPERATOR, Attended
from tests.service.coded import ISSUER, Coded
from tests.service.scripted import ANAS_CPF, BETO

pytestmark = pytest.mark.anyio

ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
USER = "5511987654321"
CHAT = StartRequest("whatsapp", channel_user=("channel_user", USER))


@pytest.fixture
async def coded(address: str) -> AsyncIterator[Coded]:
    attended = Attended(address)
    yield Coded(attended)
    await attended.aclose()


async def started(coded: Coded, **more: Any) -> Interaction:
    interaction = (await coded.attended.desk.start(OPERATOR, replace(CHAT, **more))).made.interaction
    assert interaction is not None
    return interaction


async def contacts(coded: Coded, user: str = USER) -> tuple[Contact, ...]:
    """Who is known by this user of WhatsApp."""
    sought = Sought(values=(("channel_user", f"whatsapp:{user}"),))
    return await coded.attended.storage.contacts.find("acme", sought)


def proved(contact: Contact) -> list[str]:
    return [one.value for one in contact.identifiers if one.verified]


# ---------------------------------------------------------------------------------------------- a good code


async def test_a_code_in_a_sentence_identifies_who_writes_and_links_his_open_interaction(coded: Coded) -> None:
    interaction = await started(coded)
    code = await coded.issued(purpose="segunda via")
    shown = await coded.show(f"oi! o código é {code.lower().replace('-', ' ')} obrigada")
    assert (shown.state, shown.reason, shown.purpose) == (CodeState.VALID, None, "segunda via")
    linked = shown.reception.interaction
    assert linked is not None
    assert linked.id == interaction.id
    assert linked.link is not None
    assert (linked.link.how, linked.link.assurance) == (LinkHow.CODE, LinkAssurance.CODE)
    [contact] = await contacts(coded)
    assert linked.link.contact == contact.id
    assert (contact.unique_key, contact.name, contact.standing) == (ANAS_KEY, "Ana Souza", Standing.CUSTOMER)
    assert proved(contact) == [f"whatsapp:{USER}"]
    found = shown.reception.identification
    assert found is not None
    assert (found.outcome, found.complete) == (Outcome.FOUND, True)
    facts = shown.reception.facts
    assert (facts.identified, facts.assurance, facts.code) == (True, LinkAssurance.CODE, CodeState.VALID)


async def test_without_an_open_interaction_the_proof_holds_all_the_same(coded: Coded) -> None:
    shown = await coded.show(await coded.issued())
    assert shown.state is CodeState.VALID
    assert shown.reception.interaction is None
    assert shown.reception.facts.identified is True
    [contact] = await contacts(coded)
    assert proved(contact) == [f"whatsapp:{USER}"]


async def test_a_code_read_out_to_an_operator_links_the_call_that_began_in_the_menu(coded: Coded) -> None:
    number = ("phone", f"+{USER}")
    interaction = await started(coded, channel="ivr", channel_user=number)
    shown = await coded.show(await coded.issued(channel="phone"), number[1], kind="phone", channel="phone")
    assert shown.reception.interaction is not None
    assert shown.reception.interaction.id == interaction.id


async def test_of_two_open_interactions_the_named_one_is_linked(coded: Coded) -> None:
    first, second = await started(coded), await started(coded)
    shown = await coded.show(await coded.issued(), interaction=second.id)
    assert shown.reception.interaction is not None
    assert shown.reception.interaction.id == second.id
    history = await coded.attended.storage.interactions.history("acme", first.id)
    assert history.links == ()


async def test_what_the_sources_say_now_counts_before_what_the_company_said_then(coded: Coded) -> None:
    shown = await coded.show(await coded.issued(name="Ana S."))
    [contact] = await contacts(coded)
    assert contact.name == "Ana Souza"
    assert ("cpf", ANAS_CPF) in {(one.kind, one.value) for one in contact.identifiers}
    assert shown.reception.identification is not None


@pytest.mark.parametrize("failure", [Unreachable(), TimeoutError()], ids=["unreachable", "broken"])
async def test_a_code_is_valid_though_the_sources_are_down(address: str, failure: Exception) -> None:
    attended = Attended(address, gives=failure)
    coded = Coded(attended)
    interaction = await started(coded)
    shown = await coded.show(await coded.issued(), interaction=interaction.id)
    found, linked = shown.reception.identification, shown.reception.interaction
    assert shown.state is CodeState.VALID
    assert found is not None
    assert (found.outcome, found.complete) == (Outcome.UNAVAILABLE, False)
    assert linked is not None
    assert linked.link is not None
    assert linked.unique_key == ANAS_KEY
    [contact] = await contacts(coded)
    assert contact.name == "Ana Souza"
    assert shown.reception.facts.identified is True
    await attended.aclose()


async def test_a_source_that_answers_with_somebody_else_shows_nobody(address: str) -> None:
    attended = Attended(address, gives=(BETO,))
    coded = Coded(attended)
    shown = await coded.show(await coded.issued())
    found = shown.reception.identification
    assert (shown.state, found and found.outcome) == (CodeState.VALID, Outcome.UNAVAILABLE)
    [contact] = await contacts(coded)
    assert contact.unique_key == ANAS_KEY
    await attended.aclose()


async def test_where_the_key_is_no_search_field_a_customer_with_another_key_is_not_shown(coded: Coded) -> None:
    house = coded.attended.house
    fields = {"cpf": house.tenant.search_fields["cpf"], "nome": SearchField("nome", "name", "Nome", "name")}
    house.tenant = replace(house.tenant, search_fields=fields)
    code = await coded.issued(unique_key="bia@example.com", search={"cpf": ANAS_CPF})
    shown = await coded.show(code)
    found = shown.reception.identification
    assert found is not None
    assert (found.outcome, found.matches) == (Outcome.UNAVAILABLE, ())
    [contact] = await contacts(coded)
    assert contact.unique_key == UniqueKey("email", "email", "bia@example.com")


async def test_by_a_document_alone_the_sources_say_whose_key_it_is(coded: Coded) -> None:
    await coded.show(await coded.issued(search={"cpf": ANAS_CPF}))
    [contact] = await contacts(coded)
    assert contact.unique_key == ANAS_KEY


async def test_who_has_no_key_is_one_contact_however_often_he_shows_a_code(address: str) -> None:
    attended = Attended(address, gives=())
    coded = Coded(attended)
    for user in ("1", "2", "1"):
        await coded.show(await coded.issued(search={"cpf": ANAS_CPF}), user)
    [contact] = await contacts(coded, "1")
    assert sorted(proved(contact)) == ["whatsapp:1", "whatsapp:2"]
    await attended.aclose()


async def test_only_what_may_be_stored_is_stored(address: str) -> None:
    attended = Attended(address, stored_fields=frozenset())
    coded = Coded(attended)
    await coded.show(await coded.issued(search={"email": "ana@example.com", "cpf": ANAS_CPF}))
    [contact] = await contacts(coded)
    assert (contact.name, contact.unique_key) == (None, ANAS_KEY)
    assert [one.kind for one in contact.identifiers] == ["channel_user"]
    await attended.aclose()


async def test_a_code_replaces_a_weaker_link_which_stays_in_the_history(coded: Coded) -> None:
    interaction = await started(coded, search={"cpf": ANAS_CPF})
    assert interaction.link is not None
    assert interaction.link.assurance is LinkAssurance.MATCHED
    await coded.show(await coded.issued(search={"email": "beto@example.com"}))
    history = await coded.attended.storage.interactions.history("acme", interaction.id)
    assert [(link.assurance, link.ended_at is None) for link in history.links] == [
        (LinkAssurance.MATCHED, False),
        (LinkAssurance.CODE, True),
    ]


async def test_the_newest_proof_of_a_user_is_the_one_that_holds(coded: Coded) -> None:
    await coded.show(await coded.issued())
    await coded.show(await coded.issued(search={"email": "beto@example.com"}))
    assert {contact.unique_key.value: proved(contact) for contact in await contacts(coded) if contact.unique_key} == {
        "ana@example.com": [],
        "beto@example.com": [f"whatsapp:{USER}"],
    }


async def test_of_two_proofs_of_a_user_at_two_workers_one_holds(
    coded: Coded, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Storage(address, [KEY])
    there = Coded(coded.attended)
    there.redeeming = replace(coded.redeeming, store=other.codes)
    both, prove = threading.Barrier(2), Contacts.his_alone

    def at_once(*arguments: Any) -> None:
        # Where one waits for the other, as it is to be, there are never two here.
        with suppress(threading.BrokenBarrierError):
            both.wait(0.2)
        prove(*arguments)

    monkeypatch.setattr(Contacts, "his_alone", at_once)
    codes = [await coded.issued(search={"email": f"{name}@example.com"}) for name in ("caio", "dora")]
    shown = await asyncio.gather(coded.show(codes[0]), there.show(codes[1]))
    assert [one.state for one in shown] == [CodeState.VALID] * 2
    assert [proved(one) for one in await contacts(coded) if proved(one)] == [[f"whatsapp:{USER}"]]
    await other.aclose()


async def test_whom_somebody_took_apart_a_code_brings_together(coded: Coded) -> None:
    desk = coded.attended.desk
    interaction = await started(coded, search={"cpf": ANAS_CPF})
    await desk.unlink(OPERATOR, interaction.id)
    shown = await coded.show(await coded.issued())
    assert shown.reception.interaction is not None
    assert shown.reception.interaction.link is not None
    await desk.finish(OPERATOR, interaction.id)
    again = await started(coded, search={"cpf": ANAS_CPF})
    assert again.link is not None


# ---------------------------------------------------------------------------------------------- no good code


async def test_a_message_without_a_code_is_no_attempt(coded: Coded) -> None:
    for _ in range(MOST + 1):
        shown = await coded.show("bom dia, meu boleto 34191.79001 01043.510047 não abre")
        assert (shown.state, shown.reason) == (CodeState.NOT_SENT, None)
    assert (await coded.show(await coded.issued())).state is CodeState.VALID


async def trouble(coded: Coded, text: str, **more: Any) -> CodeTrouble | None:
    shown = await coded.show(text, **more)
    assert shown.state is CodeState.INVALID
    assert shown.reception.identification is None
    return shown.reason


async def test_the_helpdesk_learns_why_a_code_is_not_good(coded: Coded) -> None:
    used = await coded.issued()
    await coded.show(used)
    assert await trouble(coded, used, user="another") is CodeTrouble.USED
    assert await trouble(coded, await coded.issued(channel="telegram")) is CodeTrouble.OTHER_CHANNEL
    assert await trouble(coded, new_code().written) is CodeTrouble.UNKNOWN
    assert await trouble(coded, "8X7F-M9LK-JX8H-TTM9") is CodeTrouble.MISTYPED
    old = await coded.issued()
    coded.attended.time.now += timedelta(minutes=5)
    assert await trouble(coded, old, user="a third") is CodeTrouble.EXPIRED


async def test_a_code_of_another_tenant_is_unknown(address: str) -> None:
    attended = Attended(address)
    coded = Coded(attended)
    code = await coded.issued()
    other = replace(attended.tenant, slug="boreal")

    class House:
        def get(self, slug: str) -> Tenant:
            return other

    theirs = replace(coded.redeeming, tenants=House())
    asked = Command("boreal", Viewer("helpdesk", "k9"), "op-1")
    effect = await theirs.redeem(asked, RedeemRequest(code, "whatsapp", ("channel_user", USER)))
    assert effect.made.code is not None
    assert effect.made.code.reason is CodeTrouble.UNKNOWN
    assert (await coded.show(code)).state is CodeState.VALID
    await attended.aclose()


async def test_who_writes_sees_one_face_whatever_is_wrong(coded: Coded) -> None:
    used = await coded.issued()
    await coded.show(used)
    old = await coded.issued()
    coded.attended.time.now += timedelta(minutes=5)
    wrong = [used, old, await coded.issued(channel="telegram"), new_code().written, "8X7F-M9LK-JX8H-TTM9"]
    shown = [await coded.show(text, f"user-{place}", by=BOT) for place, text in enumerate(wrong)]
    for _ in range(MOST):
        await coded.show(new_code().written, "guesser", by=BOT)
    shown.append(await coded.show(await coded.issued(), "guesser", by=BOT))
    faces = {(one.state, one.reason, one.for_writer, one.purpose) for one in shown}
    assert len(faces) == 1
    [(state, reason, said, _)] = faces
    assert (state, reason) == (CodeState.INVALID, None)
    assert said == "Este código não é válido. Gere um novo na sua conta e envie-o aqui."
    assert len({tuple(vars_of(one.reception)) for one in shown}) == 1


def vars_of(reception: Any) -> list[object]:
    facts = reception.facts
    return [
        reception.interaction,
        reception.identification,
        facts.identified,
        facts.assurance,
        facts.code,
        facts.outcome,
    ]


@pytest.mark.parametrize("locale", ["pt-BR", "tr", "en"])
async def test_who_writes_is_told_in_his_language(coded: Coded, locale: str) -> None:
    house = coded.attended.house
    house.tenant = replace(house.tenant, locale=locale)
    shown = [await coded.show("oi"), await coded.show(new_code().written), await coded.show(await coded.issued())]
    assert len({one.for_writer for one in shown}) == 3
    assert all(one.for_writer.endswith(".") for one in shown)


# ---------------------------------------------------------------------------------------------- limits


async def guess(coded: Coded, times: int, user: str = USER) -> None:
    for _ in range(times):
        await coded.show(new_code().written, user)


async def test_who_sent_too_many_wrong_codes_waits_and_his_good_code_is_not_used_up(coded: Coded) -> None:
    await guess(coded, MOST)
    code = await coded.issued()
    assert await trouble(coded, code) is CodeTrouble.THROTTLED
    # Somebody else is not held up by it.
    assert (await coded.show(await coded.issued(), "another")).state is CodeState.VALID
    coded.attended.time.now += SHORTEST_WAIT
    assert (await coded.show(code)).state is CodeState.VALID


async def test_the_wait_grows_has_an_end_and_is_forgiven(coded: Coded) -> None:
    time, waits = coded.attended.time, []
    for _ in range(8):
        await guess(coded, MOST)
        began = time.now
        while (await coded.show(new_code().written)).reason is CodeTrouble.THROTTLED:
            time.now += timedelta(seconds=30)
        waits.append(round((time.now - began) / SHORTEST_WAIT))
        time.now += WINDOW
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    time.now += FORGIVEN + LONGEST_WAIT
    await guess(coded, MOST)
    time.now += SHORTEST_WAIT
    assert (await coded.show(await coded.issued())).state is CodeState.VALID


async def test_wrong_codes_long_ago_count_no_more(coded: Coded) -> None:
    await guess(coded, MOST - 1)
    coded.attended.time.now += WINDOW
    await guess(coded, MOST - 1)
    assert (await coded.show(await coded.issued())).state is CodeState.VALID


async def test_who_sends_his_own_code_again_is_no_guesser(coded: Coded) -> None:
    code = await coded.issued()
    await coded.show(code)
    for _ in range(MOST + 1):
        assert await trouble(coded, code) is CodeTrouble.USED


async def test_workers_count_together(coded: Coded, address: str) -> None:
    other = Storage(address, [KEY])
    there = replace(coded.redeeming, store=other.codes)
    mine = coded.redeeming
    for place in range(MOST):
        coded.redeeming = there if place % 2 else mine
        await coded.show(new_code().written)
    assert await trouble(coded, await coded.issued()) is CodeTrouble.THROTTLED
    await other.aclose()


async def test_of_a_hundred_wrong_codes_at_once_no_more_are_judged_than_one_after_the_other(
    coded: Coded, address: str
) -> None:
    other = Storage(address, [KEY])
    there = Coded(coded.attended)
    there.redeeming = replace(coded.redeeming, store=other.codes)
    shown = await asyncio.gather(*((there if place % 2 else coded).show(new_code().written) for place in range(100)))
    reasons = [one.reason for one in shown]
    assert (reasons.count(CodeTrouble.UNKNOWN), reasons.count(CodeTrouble.THROTTLED)) == (MOST, 100 - MOST)
    assert len({(one.state, one.for_writer) for one in shown}) == 1
    await other.aclose()


async def test_who_is_throttled_while_the_sources_are_asked_has_not_shown_his_code(coded: Coded) -> None:
    class Meanwhile:
        """His wrong codes are counted while the source of the good one answers."""

        async def find(self, request: IdentifyRequest) -> Identification:
            await guess(coded, MOST)
            return await coded.attended.house.identifier.find(request)

    interaction, code = await started(coded), await coded.issued()
    slow = Coded(coded.attended)
    slow.redeeming = replace(coded.redeeming, finds=Meanwhile())
    assert await trouble(slow, code) is CodeTrouble.THROTTLED
    history = await coded.attended.storage.interactions.history("acme", interaction.id)
    assert (history.links, await contacts(coded)) == ((), ())
    coded.attended.time.now += SHORTEST_WAIT
    assert (await coded.show(code)).state is CodeState.VALID


async def test_very_many_wrong_codes_of_a_tenant_ring_once_and_block_nobody(coded: Coded) -> None:
    for place in range(ALARM + 5):
        await guess(coded, 1, f"user-{place}")
    assert coded.heard.alarms == 1
    assert (await coded.show(await coded.issued())).state is CodeState.VALID
    coded.attended.time.now += WINDOW
    for place in range(ALARM):
        await guess(coded, 1, f"again-{place}")
    assert coded.heard.alarms == 2


# ---------------------------------------------------------------------------------------------- at once, and again


async def test_of_many_at_once_one_wins(coded: Coded) -> None:
    code = await coded.issued()
    shown = await asyncio.gather(*(coded.show(code, f"user-{place}") for place in range(16)))
    states = [one.state for one in shown]
    assert states.count(CodeState.VALID) == 1
    assert {one.reason for one in shown if one.state is CodeState.INVALID} == {CodeTrouble.USED}
    assert all(one.reception.identification is None for one in shown if one.state is CodeState.INVALID)


async def test_a_repeated_request_is_answered_as_the_first(coded: Coded) -> None:
    interaction = await started(coded)
    by = replace(OPERATOR, repeat=Repeat("event-1", b"d" * 32))
    code = await coded.issued(purpose="fatura")
    first = await coded.show(code, by=by)
    await coded.attended.desk.finish(OPERATOR, interaction.id)
    again = await coded.show(code, by=by)
    assert (first.state, again.state, again.purpose) == (CodeState.VALID, CodeState.VALID, "fatura")
    wrong = replace(OPERATOR, repeat=Repeat("event-2", b"e" * 32))
    text = new_code().written
    assert [await trouble(coded, text, by=wrong) for _ in range(MOST + 1)] == [CodeTrouble.UNKNOWN] * (MOST + 1)
    assert (await coded.show(await coded.issued())).state is CodeState.VALID


async def test_of_one_customers_codes_the_others_stay_good(coded: Coded) -> None:
    first, second = await coded.issued(), await coded.issued()
    assert (await coded.show(second)).state is CodeState.VALID
    assert (await coded.show(first)).state is CodeState.VALID


# ---------------------------------------------------------------------------------------------- bad input


async def test_a_message_that_is_too_long_is_refused_before_anything_is_read(coded: Coded) -> None:
    with pytest.raises(TextTooLong, match="more than 10000 characters"):
        await coded.show("x" * (LONGEST_TEXT + 1))


async def test_what_cannot_be_is_refused_and_leaves_the_code_good(coded: Coded) -> None:
    code = await coded.issued()
    finished = await started(coded)
    await coded.attended.desk.finish(OPERATOR, finished.id)
    other = await started(coded, channel_user=("channel_user", "somebody-else"))
    elsewhere = [
        await started(coded, channel="telegram", channel_user=None),
        await started(coded, channel="telegram", channel_user=("channel_user", USER)),
    ]
    with pytest.raises(UnknownChannel, match="Did you mean 'whatsapp'"):
        await coded.show(code, channel="watsapp")
    with pytest.raises(InvalidKey, match="'channel_user' is not a valid phone"):
        await coded.show(code, "12", kind="phone")
    with pytest.raises(NotHere, match="no such interaction"):
        await coded.show(code, interaction="0" * 32)
    others = [(one, "other_user") for one in (other, *elsewhere)]
    for interaction, reason in ((finished, "finished"), *others):
        for text in (code, new_code().written):
            with pytest.raises(Conflict) as raised:
                await coded.show(text, interaction=interaction.id)
            assert raised.value.reason == reason
    assert (await coded.show(code)).state is CodeState.VALID


async def test_a_database_that_is_gone_leaves_nothing_half_done(coded: Coded, monkeypatch: pytest.MonkeyPatch) -> None:
    interaction = await started(coded)
    code = await coded.issued()
    store = coded.attended.storage.codes

    def broken(*arguments: object) -> None:
        raise StorageUnavailable

    with monkeypatch.context() as patched:
        patched.setattr(store._codes, "led_to", broken)
        with pytest.raises(StorageUnavailable):
            await coded.show(code)
    assert await contacts(coded) == ()
    shown = await coded.show(code)
    assert shown.state is CodeState.VALID
    assert shown.reception.interaction is not None
    assert shown.reception.interaction.id == interaction.id


async def test_an_issuers_code_of_somebody_without_an_askable_field_still_proves_him(coded: Coded) -> None:
    house = coded.attended.house
    house.tenant = replace(house.tenant, search_fields={"nome": SearchField("nome", "name", "Nome", "name")})
    issued = (await coded.desk.issue(ISSUER, IssueRequest(unique_key="ana@example.com"))).made
    shown = await coded.show(issued.code.written)
    assert (shown.state, shown.reception.identification) == (CodeState.VALID, None)
    [contact] = await contacts(coded)
    assert contact.unique_key == ANAS_KEY
