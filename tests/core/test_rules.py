"""Rules in their order: which apply, what they add up to, and why."""

from zoneinfo import ZoneInfo

import pytest

from gateway.core.conditions import Condition, Group, How, parse
from gateway.core.facts import CodeState, Facts
from gateway.core.model import Outcome
from gateway.core.rules import NO_ACTIONS, NO_RULES, Actions, AskFor, Rule, RuleSet, explained, rule
from gateway.core.steps import Judged, Verdict

UTC = ZoneInfo("UTC")
NOT_YET = Facts(outcome=Outcome.NOT_FOUND, complete=True, identified=False, channel="whatsapp")
IDENTIFIED = Facts(outcome=Outcome.FOUND, complete=True, identified=True, code=CodeState.VALID)
SILENT = Facts(outcome=Outcome.UNAVAILABLE, complete=False)


def when(text: str) -> Condition:
    return parse(text, ())


def made(name: str, then: Actions, text: str | None = None, *, stop: bool = False) -> Rule:
    return rule(name, then, None if text is None else when(text), UTC, stop=stop)


ASK = made("ask", Actions(tags=("sem-identificacao",), ask_for=(AskFor.CODE,)), "identified is false")
ROUTE = made("route", Actions({"prioridade": "alta"}, ("cliente",), "atendimento"), "identified is true")
ALWAYS = made("always", Actions({"prioridade": "normal", "origem": "gateway"}, ("cliente", "todos"), "triagem"))


def test_without_rules_there_is_nothing_to_do() -> None:
    assert NO_RULES.actions(IDENTIFIED) is NO_ACTIONS


def test_every_rule_that_holds_applies_and_the_first_word_counts() -> None:
    rules = RuleSet(rules=(ASK, ROUTE, ALWAYS))
    assert rules.actions(IDENTIFIED) == Actions(
        {"prioridade": "alta", "origem": "gateway"}, ("cliente", "todos"), "atendimento"
    )
    assert rules.actions(NOT_YET) == Actions(
        {"prioridade": "normal", "origem": "gateway"},
        ("sem-identificacao", "cliente", "todos"),
        "triagem",
        (AskFor.CODE,),
    )


def test_what_is_not_known_makes_no_rule_apply() -> None:
    assert RuleSet(rules=(ASK, ROUTE)).actions(SILENT) == NO_ACTIONS


def test_a_rule_that_stops_is_the_last_one() -> None:
    last = made("last", Actions(queue="primeira"), "identified is true", stop=True)
    rules = RuleSet(rules=(last, ALWAYS))
    assert rules.actions(IDENTIFIED) == Actions(queue="primeira")
    assert rules.actions(NOT_YET) == ALWAYS.then
    assert [one.verdict for one in explained(rules, IDENTIFIED, UTC)] == [Verdict.APPLIED, Verdict.STOPPED]


@pytest.mark.parametrize(
    ("facts", "verdict", "truths"),
    [
        (IDENTIFIED, Verdict.APPLIED, [True, True, False]),
        (NOT_YET, Verdict.NOT_APPLIED, [False, False, False]),
        (SILENT, Verdict.UNKNOWN, [None, False, True]),
    ],
)
def test_each_rule_says_why(facts: Facts, verdict: Verdict, truths: list[bool | None]) -> None:
    texts = ["identified is true", "code is valid", "outcome is unavailable"]
    one, two, three = map(when, texts)
    group = Group(How.ALL, (Group(How.ANY, (one, two)), Group(How.NONE, (three,))))
    if facts is SILENT:
        group = Group(How.ALL, (one, Group(How.NONE, (two,)), three))
    [told] = explained(RuleSet(rules=(rule("mixed", NO_ACTIONS, group, UTC),)), facts, UTC)
    assert (told.rule, told.verdict) == ("mixed", verdict)
    assert told.conditions == tuple(Judged(text, truth) for text, truth in zip(texts, truths, strict=True))


def test_sentences_of_actions_add_up_within_a_rule_too() -> None:
    both = Actions(tags=("a",), queue="x").and_then(Actions(tags=("b", "a"), queue="y", ask_for=(AskFor.CODE,)))
    assert both == Actions(tags=("a", "b"), queue="x", ask_for=(AskFor.CODE,))
