"""A source that goes wrong, in every way that it can: never an absence, and the other sources' answers are kept."""

from __future__ import annotations

from typing import Any

import pytest

from tests.examples.people import NOBODY_CPF
from tests.whole.bad_sources import CASES, HURRIED, Case
from tests.whole.running import Running

every_case = pytest.mark.parametrize("case", CASES, ids=str)


def source(answer: dict[str, Any], name: str) -> dict[str, Any]:
    [found] = [source for source in answer["sources"] if source["source"] == name]
    return dict(found)


@every_case
def test_the_others_answers_are_kept(gateway: Running, case: Case) -> None:
    reply = gateway.identify(case.tenant, cpf=case.cpf)
    answer = reply.json()
    assert reply.status_code == 200
    assert (answer["outcome"], answer["complete"]) == ("found", False)
    bad = source(answer, case.source)
    assert (bad["outcome"], bad["code"]) == (case.outcome, case.code)
    [match] = answer["matches"]
    others = {"pagina", "servico", "api"} - {case.source}
    assert set(match["customer"]["sources"]) == others
    assert {source(answer, name)["outcome"] for name in others} == {"found"}


@every_case
def test_nobody_elsewhere_is_not_nobody(gateway: Running, case: Case) -> None:
    answer = gateway.identify(case.tenant, cpf=NOBODY_CPF).json()
    assert (answer["outcome"], answer["complete"], answer["matches"]) == ("unavailable", False, [])
    assert "proposal" not in answer
    assert {source["outcome"] for source in answer["sources"]} == {case.outcome, "not_found"}


@every_case
def test_alone_it_is_unavailable_and_says_what_to_do(gateway: Running, case: Case) -> None:
    answer = gateway.identify(case.tenant, email=case.email).json()
    assert (answer["outcome"], answer["matches"]) == ("unavailable", [])
    assert "proposal" not in answer
    [bad, contacts] = answer["sources"]
    assert contacts["outcome"] == "not_found"
    assert (bad["source"], bad["outcome"], bad["code"]) == (case.source, case.outcome, case.code)
    assert bad["detail"].endswith(".")


@pytest.mark.parametrize("tenant", ["pagina-everybody", "servico-everybody", "api-everybody"])
def test_of_everybody_only_the_one_who_was_asked_for_is_shown(gateway: Running, tenant: str) -> None:
    answer = gateway.identify(tenant, email="joao@example.com").json()
    [match] = answer["matches"]
    assert match["customer"]["unique_key"]["value"] == "joao@example.com"
    [everybody, _] = answer["sources"]
    assert everybody["outcome"] == "found"
    assert everybody["dropped"] > 10


def test_one_budget_ends_the_whole_and_keeps_what_had_come(gateway: Running) -> None:
    reply = gateway.identify(HURRIED, cpf="012.345.678-90")
    answer = reply.json()
    assert (answer["outcome"], answer["complete"]) == ("found", False)
    assert {name: source(answer, name)["outcome"] for name in ("pagina", "servico", "api")} == {
        "pagina": "timed_out",
        "servico": "found",
        "api": "found",
    }
    # The page's own time-out would have been two seconds.
    assert 0.9 < reply.elapsed.total_seconds() < 1.9


def test_a_source_for_which_no_time_is_left_is_no_absence(gateway: Running) -> None:
    answer = gateway.identify(HURRIED, email="katia@example.com").json()
    assert (answer["outcome"], answer["matches"]) == ("unavailable", [])
    assert [source["outcome"] for source in answer["sources"]] == ["not_found", "timed_out", "timed_out", "not_found"]
