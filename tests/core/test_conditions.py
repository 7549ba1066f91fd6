"""The language of conditions: what it reads, what it says against the rest, and its three truths."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.channel import CHANNELS
from gateway.core.conditions import (
    Comparison,
    Condition,
    ConditionError,
    Group,
    How,
    Relation,
    Truth,
    comparisons_of,
    compile_condition,
    parse,
)
from gateway.core.facts import CodeState, Facts
from gateway.core.folding import fold
from gateway.core.interaction import LinkAssurance
from gateway.core.model import Outcome

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
ATTRIBUTES = ("plano", "cidade")
WORDS: dict[str, Sequence[str]] = {
    "identified": ("true", "false"),
    "complete": ("true", "false"),
    "outcome": [str(one) for one in Outcome],
    "code": [str(one) for one in CodeState],
    "channel": list(CHANNELS),
    "assurance": [str(one) for one in LinkAssurance],
}
TEXTS = ("customer_type", "attributes.plano", "attributes.cidade")
FREE = st.text(st.characters(codec="utf-8", exclude_characters="\"'", exclude_categories=("C", "Z")), min_size=1)
SPACED = st.lists(FREE, min_size=1, max_size=3).map(" ".join)


def holds(text: str, facts: Facts) -> Truth:
    return compile_condition(parse(text, ATTRIBUTES), SAO_PAULO)(facts)


@st.composite
def a_comparison(draw: st.DrawFn) -> Comparison:
    fact = draw(st.sampled_from([*WORDS, *TEXTS, "customer_created"]))
    relation = draw(st.sampled_from([Relation.KNOWN, Relation.UNKNOWN, None]))
    if relation is not None:
        return Comparison(fact, relation)
    if fact == "customer_created":
        day = draw(st.dates(date(1950, 1, 1), date(2100, 1, 1)))
        return Comparison(fact, draw(st.sampled_from([Relation.AFTER, Relation.BEFORE])), day.isoformat())
    relations = [Relation.IS, Relation.IS_NOT] + ([Relation.AT_LEAST] if fact == "assurance" else [])
    value = draw(st.sampled_from(list(WORDS[fact])) if fact in WORDS else SPACED)
    if (fact, value) == ("outcome", "found"):  # `is not` of it is refused
        relations = [Relation.IS]
    return Comparison(fact, draw(st.sampled_from(relations)), value)


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    a_comparison(),
    lambda inner: st.builds(Group, st.sampled_from(How), st.lists(inner, min_size=1, max_size=4).map(tuple)),
    max_leaves=12,
)
MAYBE_TRUTH = st.sampled_from([True, False, None])
MOMENTS = st.integers(0, 4_000_000_000).map(lambda seconds: datetime.fromtimestamp(seconds, timezone.utc))
FACTS = st.builds(
    Facts,
    outcome=st.none() | st.sampled_from(Outcome),
    complete=MAYBE_TRUTH,
    channel=st.none() | st.sampled_from(list(CHANNELS)),
    identified=MAYBE_TRUTH,
    assurance=st.none() | st.sampled_from(LinkAssurance),
    code=st.sampled_from(CodeState),
    customer_type=st.none() | SPACED,
    created_at=st.none() | MOMENTS,
    attributes=st.dictionaries(st.sampled_from(ATTRIBUTES), SPACED),
)


def naive(condition: Condition, facts: Facts) -> Truth:
    """The same said the long way: numbers for truths, the least for `all`, the greatest for `any`."""
    if isinstance(condition, Group):
        numbers = [{True: 1.0, None: 0.5, False: 0.0}[naive(one, facts)] for one in condition.conditions]
        number = min(numbers) if condition.how is How.ALL else max(numbers)
        number = 1.0 - number if condition.how is How.NONE else number
        return {1.0: True, 0.5: None, 0.0: False}[number]
    value = naive_value(condition.fact, facts)
    if condition.relation is Relation.KNOWN:
        return value is not None
    if condition.relation is Relation.UNKNOWN:
        return value is None
    if condition.fact == "assurance" and value is None and facts.identified is not None:
        return condition.relation is Relation.IS_NOT
    if value is None:
        return None
    if condition.relation is Relation.AFTER:
        return value > condition.value
    if condition.relation is Relation.BEFORE:
        return value < condition.value
    if condition.relation is Relation.AT_LEAST:
        return WORDS["assurance"].index(value) >= WORDS["assurance"].index(condition.value)
    return (value == fold(condition.value)) is (condition.relation is Relation.IS)


def naive_value(fact: str, facts: Facts) -> str | None:
    """A fact as text; a moment as its day in São Paulo."""
    if fact.startswith("attributes."):
        value = facts.attributes.get(fact.removeprefix("attributes."))
        return None if value is None else fold(value)
    if fact == "customer_created":
        return None if facts.created_at is None else facts.created_at.astimezone(SAO_PAULO).date().isoformat()
    said = getattr(facts, fact)
    if said is None:
        return None
    return str(said).lower() if fact in ("identified", "complete") else fold(said) if fact in TEXTS else str(said)


@given(CONDITIONS, FACTS)
def test_conditions_hold_as_the_long_way_says(condition: Condition, facts: Facts) -> None:
    assert compile_condition(condition, SAO_PAULO)(facts) is naive(condition, facts)


@given(a_comparison())
def test_what_is_written_is_read_again(comparison: Comparison) -> None:
    assert parse(str(comparison), ATTRIBUTES) == comparison


@given(CONDITIONS)
def test_a_condition_and_its_opposite_never_both_hold(condition: Condition) -> None:
    opposite = compile_condition(Group(How.NONE, (condition,)), SAO_PAULO)
    for facts in (Facts(), Facts(identified=True, outcome=Outcome.FOUND), Facts(identified=False, complete=False)):
        assert (compile_condition(condition, SAO_PAULO)(facts), opposite(facts)) in (
            (True, False),
            (False, True),
            (None, None),
        )
    assert all(isinstance(one, Comparison) for one in comparisons_of(condition))


@given(st.text(max_size=40))
def test_no_text_does_anything_but_be_read_or_refused(text: str) -> None:
    with suppress(ConditionError):
        assert isinstance(parse(text, ATTRIBUTES), Comparison)


@pytest.mark.parametrize(
    "text", ["identified is true", "identified is false", "outcome is not_found", "complete is false"]
)
def test_what_could_not_be_found_out_is_neither_true_nor_false(text: str) -> None:
    assert holds(text, Facts()) is None


def test_a_source_that_is_silent_never_says_no_customer() -> None:
    silent = Facts(outcome=Outcome.UNAVAILABLE, complete=False, identified=None)
    assert holds("identified is false", silent) is None
    assert holds("outcome is not_found", silent) is False
    assert holds("identified is unknown", silent) is True
    assert holds("outcome is unavailable", silent) is True


def test_who_is_nobody_is_as_sure_as_nobody() -> None:
    nobody = Facts(outcome=Outcome.NOT_FOUND, identified=False)
    assert holds("assurance at least claimed", nobody) is False
    assert holds("assurance is not code", nobody) is True
    assert holds("assurance at least claimed", Facts(identified=None)) is None


@pytest.mark.parametrize(
    ("text", "at", "truth"),
    [
        # 2026-01-01 in São Paulo lasts from 03:00 of the same day to 03:00 of the next, in UTC.
        ("customer_created after 2026-01-01", "2026-01-02T02:59:59", False),
        ("customer_created after 2026-01-01", "2026-01-02T03:00:00", True),
        ("customer_created before 2026-01-01", "2026-01-01T02:59:59", True),
        ("customer_created before 2026-01-01", "2026-01-01T03:00:00", False),
    ],
)
def test_days_are_those_of_the_tenants_calendar(text: str, at: str, truth: bool) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=timezone.utc)
    assert holds(text, Facts(created_at=moment)) is truth
    assert holds(text, Facts(created_at=moment.astimezone(timezone(timedelta(hours=9))))) is truth


@pytest.mark.parametrize(
    "text", ["customer_type is não cliente", 'customer_type is "NAO  CLIENTE"', "customer_type is 'Não Cliente'"]
)
def test_texts_are_compared_without_case_and_accents(text: str) -> None:
    assert holds(text, Facts(customer_type="Não Cliente")) is True
    assert holds(text, Facts(customer_type="Cliente")) is False


def test_a_text_may_begin_like_a_word_of_the_language() -> None:
    assert parse('customer_type is "unknown"', ()) == Comparison("customer_type", Relation.IS, "unknown")
    assert parse("customer_type is unknown to us", ()) == Comparison("customer_type", Relation.IS, "unknown to us")
    assert parse("customer_type is unknown", ()) == Comparison("customer_type", Relation.UNKNOWN)
    # A second blank or a line break is no part of the value: it would turn the meaning round.
    for text in ("customer_type is  not Ouro", "customer_type\n is\n not  Ouro", "  customer_type\tis not Ouro\n"):
        assert parse(text, ()) == Comparison("customer_type", Relation.IS_NOT, "Ouro")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "A condition begins with a fact. Known: identified, customer_created, code, outcome, complete, assurance"),
        ("identifed is true", "Did you mean 'identified'?"),
        ("Customer_Created after 2026-01-01", "Did you mean 'customer_created'?"),
        ("attributes.plno is Ouro", "Did you mean 'attributes.plano'? Known: attributes.plano, attributes.cidade."),
        ("identified", "After 'identified' comes one of: is, is not, is known, is unknown."),
        ("identified = true", "After 'identified' comes one of: is, is not, is known, is unknown."),
        ("assurance above matched", "After 'assurance' comes one of: is, is not, at least, is known, is unknown."),
        (
            "customer_created is 2026-01-01",
            "After 'customer_created' comes one of: before, after, is known, is unknown.",
        ),
        ("identified is yes", "'identified' is one of: true, false."),
        ("code is invalide", "'code' is one of: not_sent, invalid, valid. Did you mean 'invalid'?"),
        ("channel is watsapp", "Did you mean 'whatsapp'?"),
        ("assurance at least sure", "'assurance' is one of: claimed, matched, channel, code."),
        ("customer_created after 31/12/2025", "'customer_created' is compared with a day. Write it like 2026-01-31."),
        ("customer_created before 2026-02-30", "Write it like 2026-01-31."),
        ("customer_created before 9999-12-31", "Write it like 2026-01-31."),
        ("outcome is not found", "Write 'outcome is not_found', or put 'outcome is found' under 'none'."),
        ("customer_type is", "With what is 'customer_type' compared?"),
        ('customer_type is ""', "With what is 'customer_type' compared?"),
        ('customer_type is "Ouro', "A quote is not closed, or stands in the middle."),
        ('customer_type is Ouro "ou" Prata', "A quote is not closed, or stands in the middle."),
    ],
)
def test_what_is_no_condition_is_told_what_is(text: str, says: str) -> None:
    with pytest.raises(ConditionError) as refused:
        parse(text, ATTRIBUTES)
    assert says in str(refused.value)


def test_without_attributes_there_is_none_to_ask_for() -> None:
    with pytest.raises(ConditionError, match=r"not among facts\.attributes\. It names none yet\."):
        parse("attributes.plano is Ouro", ())
