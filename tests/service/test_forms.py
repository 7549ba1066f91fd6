"""Asking in the right form: the next one only after a definite nobody, within the deadline, each visible."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapter import Found, RawRecord, SourceError, Unauthorised, Unreachable
from gateway.core.errors import TimedOut
from gateway.core.model import Identification, Outcome
from gateway.core.steps import Answered, Asked
from tests.service.scripted import ANA, ANAS_CPF, House, Script, Step, never, outcomes

pytestmark = pytest.mark.anyio

CPF = {"cpf": ("masked", "digits")}
MASKED, DIGITS = "529.982.247-25", "52998224725"


def asked(script: Script, field: str) -> list[str]:
    return [query.values[field] for query in script.asked]


def sent(result: Identification) -> list[tuple[int, str, str, bool]]:
    """(attempt, form, masked value, another spelling) of each time that a source was asked with one key."""
    return [
        (step.said.attempt, key.form, key.value, key.candidate)
        for step in result.trace
        if isinstance(step.said, Asked)
        for key in step.said.keys
    ]


async def test_the_form_that_finds_somebody_ends_the_trying() -> None:
    script = Script([[], [ANA]])
    result = await House({"crm": script}, formats=CPF).identify(cpf=ANAS_CPF, explain=True)
    assert asked(script, "cpf") == [MASKED, DIGITS]
    assert result.outcome is Outcome.FOUND
    assert sent(result) == [(1, "masked", "***.***.***-25", False), (2, "digits", "*********25", False)]
    assert [step.said.records for step in result.trace if isinstance(step.said, Answered)] == [0, 1]


async def test_a_number_is_tried_without_its_ninth_digit_and_with_the_country_as_the_source_may_store_it() -> None:
    eight: RawRecord = {**ANA, "fone": "1187654321"}
    script = Script([[], [], [], [eight]])
    house = House({"crm": script}, formats={"fone": ("e164", "national_digits")})
    result = await house.identify(fone="(11) 98765-4321", explain=True)
    assert asked(script, "fone") == ["+5511987654321", "11987654321", "+551187654321", "1187654321"]
    assert result.outcome is Outcome.FOUND
    assert result.matches[0].verified
    assert [(form, candidate) for _, form, _, candidate in sent(result)] == [
        ("e164", False), ("national_digits", False), ("e164", True), ("national_digits", True)
    ]  # fmt: skip


@pytest.mark.parametrize("failure", [Unreachable(), TimedOut(), Unauthorised()])
async def test_a_failure_in_any_form_is_a_failure_and_no_other_form_is_tried(failure: SourceError) -> None:
    for steps in ([[], failure, [ANA]], [failure, [ANA]]):
        script = Script(steps)
        result = await House({"crm": script}, formats={"cpf": (*CPF["cpf"], "number")}).identify(cpf=ANAS_CPF)
        assert result.outcome is Outcome.UNAVAILABLE
        assert result.sources[0].code == failure.code
        assert len(script.asked) == len(steps) - 1


async def test_nobody_in_one_form_and_no_answer_in_time_in_the_next_is_no_absence() -> None:
    house = House({"crm": Script([[], never])}, formats=CPF, timeout=0.02)
    result = await house.identify(cpf=ANAS_CPF, explain=True)
    assert outcomes(result.sources) == {"crm": "timed_out"}
    assert (result.outcome, result.proposal) == (Outcome.UNAVAILABLE, None)
    assert [step.what for step in result.trace][2:6] == ["asked", "answered", "asked", "failed"]


async def test_all_forms_together_have_the_time_of_one_identification() -> None:
    house = House({"crm": Script([[], [], never])}, formats={"cpf": (*CPF["cpf"], "number")}, budget=0.05)
    async with asyncio.timeout(3):
        result = await house.identify(cpf="012.345.678-90")
    assert outcomes(result.sources) == {"crm": "timed_out"}


async def test_nobody_in_every_form_is_a_definite_no() -> None:
    result = await House({"crm": Script([[]])}, formats=CPF).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.NOT_FOUND
    assert result.proposal is not None


@pytest.mark.parametrize("order", [0, 1])
async def test_an_answer_in_part_to_one_form_makes_nobody_no_definite_no(order: int) -> None:
    cut = Found((), ("the list was cut",), truncated=True)
    steps: list[Step] = [[], []]
    steps[order] = cut
    result = await House({"crm": Script(steps)}, formats=CPF).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert result.sources[0].truncated
    assert result.sources[0].warnings == ("the list was cut",)


async def test_others_than_who_was_asked_for_end_the_trying_as_a_mismatch() -> None:
    script = Script([[{**ANA, "cpf": "123.456.789-09"}], [ANA]])
    result = await House({"crm": script}, formats=CPF).identify(cpf=ANAS_CPF)
    assert outcomes(result.sources) == {"crm": "mismatch"}
    assert len(script.asked) == 1
