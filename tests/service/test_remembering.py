"""What is answered from memory, and that a failure is never shown as an absence by it."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapter import Found, Query, RawRecord, ServerError, SourceError, Unauthorised, Unreachable
from gateway.core.model import Identification, Origin, Outcome, SourceAnswer
from gateway.core.steps import Skipped
from gateway.core.tenant import BreakerPolicy, CachePolicy, Strategy
from gateway.resilience import BreakerState
from gateway.service.sources import source_states
from tests.service.scripted import ANA, ANAS_CPF, BETO, House, Script, never, outcomes

pytestmark = pytest.mark.anyio

CACHE = CachePolicy(ttl=30.0, nobody_ttl=5.0, stale_for=60.0)


def house(*steps: object, cache: CachePolicy | None = CACHE, **more: object) -> House:
    return House({"crm": Script(list(steps))}, cache=cache, **more)  # type: ignore[arg-type]


def asked(one: House, source: str = "crm") -> int:
    return len(one.scripts[source].asked)


def only(result: Identification) -> SourceAnswer:
    [answer] = result.sources
    return answer


def told(result: Identification) -> list[str]:
    return [step.what for step in result.trace if step.source == "crm"]


# ------------------------------------------------------------------------------------------ while it holds


async def test_without_a_cache_every_question_asks_the_source() -> None:
    one = house([ANA], cache=None)
    for _ in range(3):
        assert only(await one.identify(cpf=ANAS_CPF)).age is None
    assert asked(one) == 3


async def test_a_customer_is_given_again_with_his_age_while_he_holds() -> None:
    one = house([ANA])
    first = await one.identify(cpf=ANAS_CPF)
    one.clock.now = 29.9
    again = await one.identify(cpf=ANAS_CPF, explain=True)
    assert asked(one) == 1
    assert again.matches == first.matches
    assert again.complete
    assert (only(again).origin, only(again).age, only(again).stale) == (Origin.CACHED, 29.9, False)
    assert told(again) == ["cached"]
    one.clock.now = 30.0
    assert only(await one.identify(cpf=ANAS_CPF)).origin is Origin.ASKED
    assert asked(one) == 2


async def test_a_nobody_holds_for_seconds_only() -> None:
    one = house([], [ANA])
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.NOT_FOUND
    one.clock.now = 4.9
    again = await one.identify(cpf=ANAS_CPF)
    assert (again.outcome, only(again).age, asked(one)) == (Outcome.NOT_FOUND, 4.9, 1)
    one.clock.now = 5.0
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.FOUND


async def test_another_question_another_limit_and_another_file_ask_the_source() -> None:
    one = house([ANA])
    await one.identify(cpf=ANAS_CPF)
    await one.identify(cpf=ANAS_CPF, nome="Ana Souza")
    await one.identify(cpf=ANAS_CPF, limit=3)
    one.tenant = one.make_tenant()
    await one.identify(cpf=ANAS_CPF)
    assert asked(one) == 4


async def test_the_same_value_written_otherwise_is_the_same_question() -> None:
    one = house([ANA])
    await one.identify(cpf=ANAS_CPF)
    await one.identify(cpf="529.982.247-25")
    assert asked(one) == 1


async def test_refresh_asks_the_source_and_what_it_says_is_remembered() -> None:
    one = house([ANA], [], [ANA])
    await one.identify(cpf=ANAS_CPF)
    assert (await one.identify(cpf=ANAS_CPF, refresh=True)).outcome is Outcome.NOT_FOUND
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.NOT_FOUND
    assert asked(one) == 2


@pytest.mark.parametrize(
    "failure", [ServerError(), Unreachable(), [BETO], [{"nome": "without a key"}], ValueError("a defect")]
)
async def test_no_failure_is_ever_remembered(failure: object) -> None:
    one = house(failure, [ANA])
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.FOUND


async def test_a_doubtful_nobody_is_not_remembered_either() -> None:
    one = house(Found([], truncated=True), [ANA])
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.FOUND


# ------------------------------------------------------------------------------------------ where the source fails


async def test_where_the_source_fails_its_customer_stands_in_with_his_age_and_the_reason() -> None:
    one = house([ANA], Unreachable())
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 89.0
    result = await one.identify(cpf=ANAS_CPF, explain=True)
    assert (result.outcome, result.complete) == (Outcome.FOUND, False)
    answer = only(result)
    assert (answer.stale, answer.age, answer.code) == (True, 89.0, "unreachable")
    assert told(result)[-2:] == ["failed", "stale"]
    one.clock.now = 90.0
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE


async def test_unless_it_is_asked_for_a_failure_is_shown_as_one() -> None:
    one = house([ANA], Unreachable(), cache=CachePolicy(30.0, 5.0))
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 31.0
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE


@pytest.mark.parametrize("failure", [Unreachable(), ServerError(), never])
async def test_a_nobody_never_stands_in_for_a_failure(failure: object) -> None:
    one = house([], failure, timeout=0.02)
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 5.0
    result = await one.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.proposal) == (Outcome.UNAVAILABLE, None)


async def test_a_failure_takes_a_remembered_nobody_back() -> None:
    one = house([], Unreachable())
    await one.identify(cpf=ANAS_CPF)
    assert (await one.identify(cpf=ANAS_CPF, refresh=True)).outcome is Outcome.UNAVAILABLE
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE


async def test_refresh_shows_a_failure_as_a_failure_and_the_customer_stays_remembered() -> None:
    one = house([ANA], Unreachable())
    await one.identify(cpf=ANAS_CPF)
    assert (await one.identify(cpf=ANAS_CPF, refresh=True)).outcome is Outcome.UNAVAILABLE
    assert only(await one.identify(cpf=ANAS_CPF)).origin is Origin.CACHED


async def test_a_customer_whom_the_source_has_denied_since_does_not_come_back() -> None:
    one = house([ANA], [], Unreachable())
    await one.identify(cpf=ANAS_CPF)
    await one.identify(cpf=ANAS_CPF, refresh=True)
    one.clock.now = 6.0
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE


@pytest.mark.parametrize("failure", [Unauthorised(), [BETO]])
async def test_nobody_stands_in_where_access_was_withdrawn_or_others_came(
    failure: SourceError | list[RawRecord],
) -> None:
    one = house([ANA], failure, Unreachable())
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 31.0
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE


async def test_beside_a_source_that_answers_a_stale_customer_makes_the_answer_incomplete() -> None:
    crm, erp = Script([[ANA], ServerError()]), Script([[]])
    one = House({"crm": crm, "erp": erp}, Strategy.MERGE, cache=CACHE)
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 31.0
    result = await one.identify(cpf=ANAS_CPF)
    assert (result.outcome, result.complete) == (Outcome.FOUND, False)
    assert [answer.stale for answer in result.sources] == [True, False]


# ------------------------------------------------------------------------------------------ the breaker


async def test_an_open_breaker_is_a_failure_and_never_an_absence() -> None:
    one = house(Unreachable(), cache=None, breaker=BreakerPolicy(2, 10.0))
    for _ in range(2):
        await one.identify(cpf=ANAS_CPF)
    result = await one.identify(cpf=ANAS_CPF, explain=True)
    assert (result.outcome, result.proposal) == (Outcome.UNAVAILABLE, None)
    assert outcomes(result.sources) == {"crm": "skipped/breaker_open"}
    assert "the last time: unreachable" in (only(result).detail or "")
    assert asked(one) == 2
    assert [step.said.code for step in result.trace if isinstance(step.said, Skipped)] == ["breaker_open"]
    [state] = source_states(one.tenants, "acme")
    assert (state.breaker, state.asked) == (BreakerState.OPEN, 2)


async def test_behind_an_open_breaker_a_customer_stands_in_at_once() -> None:
    one = house([ANA], Unreachable(), breaker=BreakerPolicy(1, 10.0))
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 31.0
    await one.identify(nome="Ana Souza")
    result = await one.identify(cpf=ANAS_CPF)
    assert (only(result).stale, only(result).code, asked(one)) == (True, "breaker_open", 2)


async def test_behind_a_breaker_that_opened_because_access_was_withdrawn_nobody_stands_in() -> None:
    one = house([ANA], Unauthorised(), breaker=BreakerPolicy(1, 10.0))
    await one.identify(cpf=ANAS_CPF)
    one.clock.now = 31.0
    await one.identify(nome="Ana Souza")
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.UNAVAILABLE


async def test_a_changed_file_starts_with_closed_breakers_and_says_so() -> None:
    one = house(Unreachable(), [ANA], cache=None, breaker=BreakerPolicy(1, 10.0))
    await one.identify(cpf=ANAS_CPF)
    one.tenant = one.make_tenant()
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.FOUND
    assert [state for _, state in one.heard.breakers] == [BreakerState.OPEN, BreakerState.CLOSED]


# ------------------------------------------------------------------------------------------ the same question at once


async def test_the_same_question_at_once_is_one_lookup_and_one_callers_leaving_harms_no_other() -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def held(query: Query) -> list[RawRecord]:
        started.set()
        await release.wait()
        return [ANA]

    one = house(held, cache=None)
    first, *others = [asyncio.create_task(one.identify(cpf=ANAS_CPF, explain=True)) for _ in range(5)]
    await started.wait()
    first.cancel()
    await asyncio.wait((first,))
    release.set()
    results = await asyncio.gather(*others)
    assert {result.outcome for result in results} == {Outcome.FOUND}
    assert {only(result).origin for result in results} == {Origin.COALESCED}
    assert all(told(result) == ["coalesced"] for result in results)
    assert asked(one) == 1
    [state] = source_states(one.tenants, "acme")
    assert (state.asked, state.in_flight) == (1, 0)


async def test_refresh_does_not_join_a_lookup_that_began_before_it() -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def held(query: Query) -> list[RawRecord]:
        started.set()
        await release.wait()
        return []

    one = house(held, [ANA])
    older = asyncio.create_task(one.identify(cpf=ANAS_CPF))
    await started.wait()
    one.clock.now = 1.0
    assert (await one.identify(cpf=ANAS_CPF, refresh=True)).outcome is Outcome.FOUND
    release.set()
    assert (await older).outcome is Outcome.NOT_FOUND
    assert (await one.identify(cpf=ANAS_CPF)).outcome is Outcome.FOUND, "what was asked later is what is remembered"


async def test_a_defect_is_told_to_every_caller_who_waited() -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def held(query: Query) -> list[RawRecord]:
        started.set()
        await release.wait()
        raise ValueError("secret")

    one = house(held)
    tasks = [asyncio.create_task(one.identify(cpf=ANAS_CPF)) for _ in range(3)]
    await started.wait()
    release.set()
    results = await asyncio.gather(*tasks)
    assert {only(result).code for result in results} == {"adapter_fault"}
    assert len(one.heard.broke) == 3


async def test_thousands_of_callers_who_leave_leave_nothing_behind() -> None:
    one = house(never)
    before = asyncio.all_tasks()
    for _ in range(20):
        tasks = [asyncio.create_task(one.identify(cpf=ANAS_CPF)) for _ in range(100)]
        while not asked(one):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        one.scripts["crm"].asked.clear()
    assert asyncio.all_tasks() == before
    with one.tenants.lease("acme") as live:
        layers = live.sources["crm"].layers
        assert (len(layers.flights), layers.bulkhead.in_flight, layers.bulkhead.queue) == (0, 0, 0)


async def test_one_tenants_memory_is_its_own() -> None:
    one, other = house([ANA]), house([])
    await one.identify(cpf=ANAS_CPF)
    assert (await other.identify(cpf=ANAS_CPF)).outcome is Outcome.NOT_FOUND
