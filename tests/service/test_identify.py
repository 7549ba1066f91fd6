"""The whole path behind the faces: strategies, outcomes, budgets, and what a failing source does to the others."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapter import Found, Query, RawRecord, ServerError, Unreachable
from gateway.core.disclosure import Viewer
from gateway.core.errors import CannotAsk, InvalidKey, NothingRecognised, UnknownSearchField, UnknownTenant
from gateway.core.model import Outcome
from gateway.core.steps import Asked, SentKey
from gateway.core.tenant import Strategy
from gateway.service.request import IdentifyRequest
from tests.service.scripted import ANA, ANAS_CPF, BETO, House, Script, never, outcomes

pytestmark = pytest.mark.anyio


# ------------------------------------------------------------------------------------------ strategy `first`


async def test_the_first_source_that_knows_somebody_answers_and_the_rest_is_not_needed() -> None:
    house = House({"crm": Script([[ANA]]), "erp": Script([[ANA]])})
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert result.complete
    assert outcomes(result.sources) == {"crm": "found", "erp": "skipped/not_needed"}
    assert house.scripts["erp"].asked == []


async def test_the_next_source_is_asked_when_the_one_before_knows_nobody() -> None:
    house = House({"crm": Script([[]]), "erp": Script([[ANA]])})
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert result.complete
    assert outcomes(result.sources) == {"crm": "not_found", "erp": "found"}


async def test_a_source_that_fails_is_passed_over_and_the_answer_is_not_complete() -> None:
    house = House({"crm": Script([Unreachable()]), "erp": Script([[ANA]])})
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert not result.complete
    assert outcomes(result.sources) == {"crm": "failed/unreachable", "erp": "found"}


async def test_a_source_that_fails_never_makes_a_prospect() -> None:
    house = House({"crm": Script([ServerError()]), "erp": Script([[]])})
    result = await house.identify(email="ana@example.com")
    assert result.outcome is Outcome.UNAVAILABLE
    assert result.proposal is None


async def test_when_every_source_says_nobody_a_prospect_is_proposed() -> None:
    house = House({"crm": Script([[]]), "erp": Script([[]])})
    result = await house.identify(email="ana@example.com")
    assert result.outcome is Outcome.NOT_FOUND
    assert result.proposal is not None
    assert result.proposal.message == "Cliente não cadastrado/ana@example.com"
    assert result.proposal.customer_type == "Não cliente"


# ------------------------------------------------------------------------------------------ at once, priority decides


async def test_asked_at_once_priority_decides_and_not_speed() -> None:
    quick_answered = asyncio.Event()

    async def quick(query: Query) -> list[RawRecord]:
        quick_answered.set()
        return [{**ANA, "nome": "Ana S."}]

    async def slow(query: Query) -> list[RawRecord]:
        await quick_answered.wait()
        return [ANA]

    house = House({"slow": Script([slow]), "quick": Script([quick])}, parallel=True)
    result = await house.identify(cpf=ANAS_CPF)
    assert result.matches[0].customer is not None
    assert result.matches[0].customer.name == "Ana Souza"


async def test_asked_at_once_the_best_source_ends_the_waiting() -> None:
    house = House({"crm": Script([[ANA]]), "erp": Script([never])}, parallel=True)
    async with asyncio.timeout(3):
        result = await house.identify(cpf=ANAS_CPF)
    assert outcomes(result.sources) == {"crm": "found", "erp": "skipped/not_needed"}
    assert result.complete


async def test_merge_asks_everybody_and_tells_where_each_value_came_from() -> None:
    crm = Script([[ANA]])
    erp = Script([[{**ANA, "nome": "Ana de Souza Lima", "fone": "+55 21 99876-5432"}]])
    result = await House({"crm": crm, "erp": erp}, Strategy.MERGE).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    customer = result.matches[0].customer
    assert customer is not None
    assert customer.sources == ("crm", "erp")
    assert customer.phones == ("+5511987654321", "+5521998765432")
    assert customer.provenance["phones[1]"] == ("erp",)
    assert [conflict.path for conflict in customer.conflicts] == ["name"]


async def test_merge_keeps_the_other_sources_answers_when_one_is_down() -> None:
    house = House({"crm": Script([Unreachable()]), "erp": Script([[ANA]]), "loja": Script([[]])}, Strategy.MERGE)
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert not result.complete
    assert outcomes(result.sources) == {"crm": "failed/unreachable", "erp": "found", "loja": "not_found"}


async def test_sources_are_reported_in_the_order_of_the_route_whoever_arrived_first() -> None:
    late = asyncio.Event()

    async def last(query: Query) -> list[RawRecord]:
        await late.wait()
        return [ANA]

    async def first(query: Query) -> list[RawRecord]:
        late.set()
        return []

    house = House({"a": Script([last]), "b": Script([first])}, Strategy.MERGE)
    assert [answer.source for answer in (await house.identify(cpf=ANAS_CPF)).sources] == ["a", "b"]


# ------------------------------------------------------------------------------------------ time


async def test_a_source_that_never_answers_is_timed_out_and_the_next_one_asked() -> None:
    house = House({"crm": Script([never]), "erp": Script([[ANA]])}, timeout=0.02)
    result = await house.identify(cpf=ANAS_CPF)
    assert outcomes(result.sources) == {"crm": "timed_out", "erp": "found"}
    assert not result.complete


async def test_one_budget_bounds_all_sources_together() -> None:
    house = House({"crm": Script([never]), "erp": Script([never]), "loja": Script([never])}, budget=0.05, timeout=60)
    async with asyncio.timeout(3):
        result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert set(outcomes(result.sources).values()) == {"timed_out"}
    assert house.scripts["loja"].asked == []


async def test_a_caller_who_leaves_leaves_no_lookup_behind() -> None:
    started = asyncio.Event()
    ended = asyncio.Event()

    async def watched(query: Query) -> list[RawRecord]:
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return []

    for strategy in Strategy:
        started.clear()
        ended.clear()
        house = House({"crm": Script([watched]), "erp": Script([watched])}, strategy)
        caller = asyncio.create_task(house.identify(cpf=ANAS_CPF))
        await started.wait()
        caller.cancel()
        await asyncio.wait((caller,))
        assert caller.cancelled()
        assert ended.is_set()
        with house.tenants.lease("acme") as live:
            assert [source.layers.bulkhead.in_flight for source in live.sources.values()] == [0, 0]
            assert live.users == 1


# ------------------------------------------------------------------------------------------ what sources get wrong


async def test_a_source_that_returns_everybody_shows_nobody_elses_data() -> None:
    house = House({"crm": Script([[BETO, {"email": "c@example.com", "nome": "Caio", "cpf": "390.533.447-05"}]])})
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert result.matches == ()
    assert outcomes(result.sources) == {"crm": "mismatch"}
    assert result.sources[0].dropped == 2
    assert "ignore this search field" in (result.sources[0].detail or "")


async def test_of_a_list_that_was_cut_without_anybody_who_agrees_nothing_follows() -> None:
    """Who was asked for may stand behind what was read."""
    result = await House({"crm": Script([Found([BETO], truncated=True)])}).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert outcomes(result.sources) == {"crm": "mismatch"}
    assert result.proposal is None


async def test_of_everybody_only_the_one_who_agrees_is_kept() -> None:
    result = await House({"crm": Script([[BETO, ANA]])}).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert result.sources[0].dropped == 1


async def test_a_record_without_its_unique_key_is_refused_alone() -> None:
    result = await House({"crm": Script([[ANA, {"nome": "Ana sem chave", "cpf": ANAS_CPF}]])}).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert result.sources[0].refused == 1
    assert not result.complete


async def test_records_of_which_none_can_be_mapped_are_a_failure_and_no_absence() -> None:
    result = await House({"crm": Script([[{"nome": "Ana"}]])}).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert outcomes(result.sources) == {"crm": "failed/unreadable_records"}


async def test_an_adapter_that_raises_anything_else_costs_its_own_answer_only() -> None:
    house = House({"crm": Script([ZeroDivisionError("52998224725")]), "erp": Script([[ANA]])}, Strategy.MERGE)
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.FOUND
    assert outcomes(result.sources) == {"crm": "failed/adapter_fault", "erp": "found"}
    assert ANAS_CPF not in (result.sources[0].detail or "")
    [(source, error)] = house.heard.broke
    assert str(source) == "acme/crm"
    assert isinstance(error, ZeroDivisionError)


async def test_an_adapter_that_returns_something_else_is_a_failure() -> None:
    house = House({"crm": Script([lambda query: no_records()])})
    result = await house.identify(cpf=ANAS_CPF)
    assert outcomes(result.sources) == {"crm": "failed/adapter_fault"}


async def no_records() -> None:
    return None


async def test_an_adapter_that_ignores_the_limit_is_cut() -> None:
    many = [{"email": f"ana{n}@example.com", "nome": f"Ana {n}"} for n in range(9)]
    result = await House({"crm": Script([many])}).identify(nome="Ana", limit=3)
    assert result.outcome is Outcome.SEVERAL
    assert len(result.matches) == 3
    assert result.more


async def test_a_limit_of_one_makes_no_found_of_several() -> None:
    script = Script([Found([ANA, {**ANA, "email": "ana2@example.com"}], truncated=True)])
    result = await House({"crm": script}).identify(nome="Ana", limit=1)
    assert result.outcome is Outcome.SEVERAL
    assert script.limits == [2]


# ------------------------------------------------------------------------------------------ the question


async def test_values_reach_the_adapter_in_the_sources_own_form_and_alternatives_follow() -> None:
    script = Script([[], [ANA]])
    result = await House({"crm": script}, formats={"cpf": ("masked", "digits")}).identify(cpf=ANAS_CPF)
    assert [query.values["cpf"] for query in script.asked] == ["529.982.247-25", "52998224725"]
    assert result.outcome is Outcome.FOUND


async def test_a_failure_in_a_later_form_is_no_absence() -> None:
    script = Script([[], ServerError()])
    result = await House({"crm": script}, formats={"cpf": ("masked", "digits")}).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE


async def test_an_empty_list_that_was_cut_is_no_absence() -> None:
    result = await House({"crm": Script([Found((), truncated=True)])}).identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert outcomes(result.sources) == {"crm": "not_found"}
    assert result.sources[0].truncated


async def test_more_forms_than_are_tried_make_no_absence() -> None:
    forms = {"fone": ("e164", "national", "digits", "national_digits", "international", "last8", "last9")}
    script = Script([[]])
    result = await House({"crm": script}, formats=forms).identify(fone="(11) 98765-4321")
    assert len(script.asked) == 8
    assert result.outcome is Outcome.UNAVAILABLE
    assert "List fewer forms" in result.sources[0].warnings[0]
    assert "4321" not in result.sources[0].warnings[0]


async def test_one_person_of_a_list_that_was_cut_is_not_the_only_one() -> None:
    result = await House({"crm": Script([Found([BETO, ANA], truncated=True)])}).identify(nome="Ana")
    assert result.outcome is Outcome.SEVERAL
    assert (len(result.matches), result.more) == (1, True)


async def test_only_the_keys_that_the_source_can_be_asked_with_are_sent_and_all_must_agree() -> None:
    script = Script([[ANA, {**ANA, "email": "x@example.com", "nome": "Zeca Prado"}]], fields=frozenset({"cpf"}))
    result = await House({"crm": script}).identify(cpf=ANAS_CPF, nome="Ana")
    assert script.asked[0].fields == {"cpf"}
    assert result.outcome is Outcome.FOUND
    assert result.sources[0].dropped == 1


async def test_a_source_that_cannot_be_asked_counts_as_a_failure() -> None:
    house = House({"crm": Script([[]]), "erp": Script([[]], fields=frozenset({"nome"}))})
    result = await house.identify(cpf=ANAS_CPF)
    assert result.outcome is Outcome.UNAVAILABLE
    assert outcomes(result.sources) == {"crm": "not_found", "erp": "skipped/cannot_ask"}


async def test_a_question_that_no_source_can_be_asked_is_refused() -> None:
    house = House({"crm": Script([[]], fields=frozenset({"nome"}))})
    with pytest.raises(CannotAsk, match="by cpf"):
        await house.identify(cpf=ANAS_CPF)


async def test_wrong_questions_are_refused_before_anybody_is_asked() -> None:
    house = House({"crm": Script([[]])})
    with pytest.raises(InvalidKey, match="'cpf' is not a valid cpf") as caught:
        await house.identify(cpf="529.982.247-26")
    assert "529" not in str(caught.value)
    with pytest.raises(UnknownSearchField, match="Did you mean 'nome'"):
        await house.identify(nome_="Ana")
    assert house.scripts["crm"].asked == []


async def test_what_is_doubtful_about_the_question_is_said_without_its_value() -> None:
    result = await House({"crm": Script([[]])}).identify(fone="98765-4321")
    assert len(result.warnings) == 1
    assert result.warnings[0].startswith("fone: ")
    assert "area code" in result.warnings[0]
    assert "4321" not in result.warnings[0]


async def test_an_unknown_tenant_is_unknown() -> None:
    request = IdentifyRequest("nobody", Viewer("helpdesk", "k"), {"cpf": ANAS_CPF})
    with pytest.raises(UnknownTenant):
        await House({"crm": Script([[]])}).identifier.identify(request)


# ------------------------------------------------------------------------------------------ the one box


async def test_one_box_asks_each_kind_in_turn_until_somebody_is_found() -> None:
    phone = {**ANA, "cpf": None, "fone": "(11) 98234-0088"}
    script = Script([[], [phone]])
    result = await House({"crm": script}).identify(text="11982340088")
    assert [sorted(query.fields) for query in script.asked][:1] == [["cpf"]]
    assert result.searched == ("fone",)
    assert result.outcome is Outcome.FOUND


async def test_one_box_is_not_found_only_if_each_kind_was_definitely_negative() -> None:
    house = House({"crm": Script([[], ServerError()])})
    assert (await house.identify(text="11982340088")).outcome is Outcome.UNAVAILABLE
    house = House({"crm": Script([[]])})
    assert (await house.identify(text="11982340088")).outcome is Outcome.NOT_FOUND


async def test_one_box_considers_only_fields_that_a_source_can_be_asked_with() -> None:
    house = House({"crm": Script([[]], fields=frozenset({"cpf"}))})
    result = await house.identify(text="11982340088")
    assert result.outcome is Outcome.NOT_FOUND
    with pytest.raises(NothingRecognised):
        await house.identify(text="Ana Souza")


async def test_a_text_that_can_only_be_what_no_source_is_asked_by_is_not_asked_as_something_else() -> None:
    script = Script([[]], fields=frozenset({"nome"}))
    with pytest.raises(CannotAsk, match="by email") as caught:
        await House({"crm": script}).identify(text="ana@example.com")
    assert "ana" not in str(caught.value)
    assert script.asked == []


# ------------------------------------------------------------------------------------------ the explanation


async def test_the_trace_tells_what_was_asked_and_dropped_with_values_masked() -> None:
    house = House({"crm": Script([Unreachable()]), "erp": Script([[BETO, ANA]])}, formats={"cpf": ("masked",)})
    result = await house.identify(cpf=ANAS_CPF, explain=True)
    told = [(step.what, step.source) for step in result.trace]
    assert told == [
        ("normalised", None),
        ("routed", None),
        ("asked", "crm"),
        ("failed", "crm"),
        ("asked", "erp"),
        ("answered", "erp"),
        ("mapped", "erp"),
        ("dropped", "erp"),
        ("verified", "erp"),
        ("merged", None),
        ("concluded", None),
    ]
    asked = next(step.said for step in result.trace if step.what == "asked")
    assert asked == Asked(1, (SentKey("cpf", "masked", "***.***.***-25"),))
    # Not their moments, which may hold any digits.
    details = str([step.said for step in result.trace])
    assert "529" not in details
    assert "Beto" not in details


async def test_without_explain_there_is_no_trace() -> None:
    assert (await House({"crm": Script([[ANA]])}).identify(cpf=ANAS_CPF)).trace == ()


async def test_the_observer_hears_of_every_identification() -> None:
    house = House({"crm": Script([[ANA]])})
    result = await house.identify(cpf=ANAS_CPF)
    assert house.heard.results == [result]
