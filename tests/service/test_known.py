"""The contact base beside the sources: it adds, it never hides, and its failure is told."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import pytest

from gateway.core.errors import StorageError, StorageUnavailable
from gateway.core.joining import MOST_FOUND, Sought
from gateway.core.model import Contact, Identifier, Outcome, Standing, UniqueKey
from tests.service.scripted import ANA, ANAS_CPF, House, Script, outcomes

pytestmark = pytest.mark.anyio

CPF = (Identifier("cpf", ANAS_CPF),)
ANAS_KEY = UniqueKey("email", "email", "ana@example.com")


@dataclass(slots=True)
class Base:
    """A contact base that gives what a test says, whatever it is asked."""

    gives: list[Contact] = field(default_factory=list)
    fails: StorageError | None = None
    hangs: bool = False
    at_hand: bool = False
    asked: list[Sought] = field(default_factory=list)

    def glance(self, tenant: str, sought: Sought) -> tuple[Contact, ...] | None:
        if not self.at_hand:
            return None
        self.asked.append(sought)
        return tuple(self.gives)

    async def find(self, tenant: str, sought: Sought) -> tuple[Contact, ...]:
        self.asked.append(sought)
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails is not None:
            raise self.fails
        return tuple(self.gives)


async def test_a_known_customer_comes_with_his_contact() -> None:
    house = House({"crm": Script([[ANA]])}, contacts=Base([Contact("1", Standing.CUSTOMER, ANAS_KEY)]))
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert result.complete
    assert [(match.customer is not None, match.contact is not None) for match in result.matches] == [(True, True)]
    assert outcomes(result.sources) == {"crm": "found", "contact_base": "found"}


async def test_what_is_at_hand_is_not_asked_for_again() -> None:
    base = Base([Contact("1", Standing.CUSTOMER, ANAS_KEY)], at_hand=True, hangs=True)
    result = await House({"crm": Script([[ANA]])}, contacts=base).identify(cpf=ANAS_CPF)
    assert outcomes(result.sources) == {"crm": "found", "contact_base": "found"}
    assert len(base.asked) == 1


async def test_who_is_only_known_here_is_found() -> None:
    house = House({"crm": Script([[]])}, contacts=Base([Contact("1", Standing.REGISTERED, None, "Ana", CPF)]))
    result = await house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.complete, result.proposal) == (Outcome.FOUND, True, None)
    assert outcomes(result.sources) == {"crm": "not_found", "contact_base": "found"}


async def test_a_stored_prospect_leaves_the_outcome_not_found() -> None:
    house = House({"crm": Script([[]])}, contacts=Base([Contact("1", Standing.PROSPECT, None, "Ana", CPF)]))
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.NOT_FOUND
    assert result.known_prospect is not None
    assert result.proposal is not None
    assert outcomes(result.sources) == {"crm": "not_found", "contact_base": "not_found"}


async def test_nobody_anywhere_is_nobody() -> None:
    house = House({"crm": Script([[]])}, contacts=Base())
    result = await house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.complete) == (Outcome.NOT_FOUND, True)


async def test_a_database_that_does_not_answer_hides_no_customer() -> None:
    house = House({"crm": Script([[ANA]])}, contacts=Base(fails=StorageUnavailable()))
    result = await house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.complete) == (Outcome.FOUND, False)
    assert outcomes(result.sources) == {"crm": "found", "contact_base": "failed/storage_unavailable"}


async def test_a_database_that_does_not_answer_is_no_absence() -> None:
    house = House({"crm": Script([[]])}, contacts=Base(fails=StorageUnavailable()))
    result = await house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.proposal) == (Outcome.UNAVAILABLE, None)


async def test_a_database_that_hangs_holds_nobody_up_for_long() -> None:
    house = House({"crm": Script([[ANA]])}, contacts=Base(hangs=True), budget=0.05)
    result = await house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.complete) == (Outcome.FOUND, False)
    assert outcomes(result.sources) == {"crm": "found", "contact_base": "timed_out"}


async def test_a_contact_that_is_somebody_elses_is_not_shown() -> None:
    other = Contact("1", Standing.CUSTOMER, None, "Bia", (Identifier("cpf", "12345678909"),))
    house = House({"crm": Script([[]])}, contacts=Base([other]))
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.NOT_FOUND
    assert result.matches == ()


async def test_a_list_that_was_cut_is_never_one() -> None:
    mine = Contact("0", Standing.REGISTERED, None, "Ana", CPF)
    others = [
        Contact(str(n), Standing.REGISTERED, None, "Bia", (Identifier("cpf", "12345678909"),))
        for n in range(MOST_FOUND)
    ]
    house = House({"crm": Script([[]])}, contacts=Base([mine, *others]))
    result = await house.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.more) == (Outcome.SEVERAL, True)


async def test_the_customers_that_came_are_looked_for_by_their_keys() -> None:
    base = Base()
    house = House({"crm": Script([[ANA]])}, contacts=base)
    await house.identify(fone="(11) 98765-4321")
    assert base.asked[0].keys == ("ana@example.com",)
    assert ("cpf", ANAS_CPF) in base.asked[0].values
