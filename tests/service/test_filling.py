"""Whom an operator linked by a match is filled from his sources: at once, else later, by one worker, and not for ever."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.core.errors import SourceError, Unreachable
from gateway.core.filling import FIRST, TRIES, Waiting, pause_after
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact, Standing, UniqueKey
from gateway.service.interactions import StartRequest
from gateway.service.refs import Assurance, RefContent
from tests.service.attended import BOT, OPERATOR, Attended
from tests.service.scripted import ANA, Script
from tests.storage.conftest import address, empty_database, postgresql_server  # noqa: F401

pytestmark = pytest.mark.anyio

ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
CHAT = StartRequest("chat")
LONG = timedelta(days=1)


@pytest.fixture
async def acme(address: str) -> AsyncIterator[Attended]:  # noqa: F811
    opened = Attended(address, Unreachable(), by_key=True)
    yield opened
    await opened.aclose()


async def linked(acme: Attended) -> str:
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    link = (await acme.desk.link(OPERATOR, interaction.id, ref=acme.ref(ANAS_KEY))).made.link
    assert link is not None
    await acme.filling.settled()
    return link.contact


def says(acme: Attended, *steps: Sequence[object] | SourceError) -> None:
    """What the source does from now on; the last one stays."""
    script = acme.house.scripts["crm"]
    assert isinstance(script, Script)
    script.steps = list(steps)  # type: ignore[assignment]


async def look(acme: Attended, after: timedelta = LONG) -> None:
    acme.time.now += after
    await acme.filling.tick()
    await acme.filling.settled()


async def contact_of(acme: Attended) -> Contact:
    found = await acme.storage.contacts.known("acme", None, ANAS_KEY.value)
    assert found is not None
    return found


async def waiting(acme: Attended) -> tuple[Waiting, ...]:
    return await acme.storage.fillings.due(acme.time.now + timedelta(days=9), 9)


async def test_whose_sources_were_away_is_filled_when_they_are_back(acme: Attended) -> None:
    contact = await linked(acme)
    assert await waiting(acme) == (Waiting("acme", contact, ("crm",), 0),)
    assert (await contact_of(acme)).name is None
    says(acme, [ANA])
    await look(acme, FIRST)
    assert (await contact_of(acme)).name == "Ana Souza"
    assert await waiting(acme) == ()
    assert acme.told.filled == 1


async def test_a_gateway_that_was_killed_right_after_the_link_fills_him_after_its_start(acme: Attended) -> None:
    says(acme, [ANA])
    interaction = (await acme.desk.start(BOT, CHAT)).made.interaction
    killed = replace(acme.desk, filling=None)
    await killed.link(OPERATOR, interaction.id, ref=acme.ref(ANAS_KEY))
    await look(acme)
    assert (await contact_of(acme)).name == "Ana Souza"


async def test_a_filled_contact_waits_no_more(acme: Attended) -> None:
    says(acme, [ANA])
    await linked(acme)
    assert await waiting(acme) == ()


async def test_before_his_time_nobody_is_tried_again_and_pauses_grow(acme: Attended) -> None:
    await linked(acme)
    script = acme.house.scripts["crm"]
    assert isinstance(script, Script)
    first = len(script.asked)
    await look(acme, timedelta(seconds=30))
    assert len(script.asked) == first
    await look(acme, timedelta(seconds=31))
    await look(acme, timedelta(seconds=200))
    assert len(script.asked) == first + 1
    await look(acme, timedelta(seconds=41))
    assert len(script.asked) == first + 2
    pauses = [pause_after(tries) for tries in range(TRIES)]
    assert pauses == sorted(pauses)
    assert timedelta(days=1) < sum(pauses, timedelta()) < timedelta(days=2)


async def test_of_two_workers_one_tries(acme: Attended) -> None:
    contact = await linked(acme)
    acme.time.now += LONG
    (one,) = await acme.storage.fillings.due(acme.time.now, 9)
    assert [await acme.storage.fillings.take(one, acme.time.now) for _ in range(2)] == [True, False]
    assert (await waiting(acme))[0] == Waiting("acme", contact, ("crm",), 1)


async def test_in_the_end_it_is_given_up_and_told(acme: Attended) -> None:
    contact = await linked(acme)
    for _ in range(TRIES + 2):
        await look(acme)
    assert acme.told.given_up == [(contact, TRIES)]
    assert await waiting(acme) == ()
    assert (await contact_of(acme)).unique_key == ANAS_KEY


@pytest.mark.parametrize("becomes", ["nobody", "deactivated"])
async def test_of_whom_nothing_is_to_be_had_any_more_is_let_go_of(acme: Attended, becomes: str) -> None:
    contact = await linked(acme)
    says(acme, [] if becomes == "nobody" else [ANA])
    if becomes == "deactivated":
        await acme.storage.contacts.deactivate(OPERATOR, contact, acme.time.now)
    await look(acme)
    assert await waiting(acme) == ()
    assert acme.told.given_up == []
    there = await acme.storage.contacts.get("acme", contact)
    assert there is not None
    assert (there.name, there.active) == (None, becomes == "nobody")


async def test_what_waits_and_is_merged_fills_who_took_it_over(acme: Attended) -> None:
    contact = await linked(acme)
    other = (await acme.storage.contacts.register(OPERATOR, ContactDraft(Standing.REGISTERED), acme.time.now)).made
    await acme.storage.contacts.merge(OPERATOR, contact, other.id, None, False, acme.time.now)
    says(acme, [ANA])
    await look(acme)
    left = await contact_of(acme)
    assert (left.id, left.name) == (other.id, "Ana Souza")
    assert await waiting(acme) == ()


async def test_what_is_given_up_at_the_end_is_due_again(acme: Attended) -> None:
    contact = await linked(acme)
    content = RefContent("acme", ANAS_KEY, contact, ("crm",), Assurance.VERIFIED, 0)
    acme.filling.fill(OPERATOR, contact, content)
    await acme.filling.aclose()
    assert len(await waiting(acme)) == 1
