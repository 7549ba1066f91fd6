"""Conditions over facts: a closed language, read by hand, with three truths: true, false, and not known."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from difflib import get_close_matches
from enum import StrEnum
from typing import TypeAlias

from gateway.core.channel import CHANNELS
from gateway.core.facts import CodeState, Facts
from gateway.core.folding import fold
from gateway.core.interaction import RISING, LinkAssurance
from gateway.core.model import ATTRIBUTES, Outcome

Truth: TypeAlias = bool | None
"""None: not known. Neither it nor its opposite holds."""
Holds: TypeAlias = Callable[[Facts], Truth]

_CREATED = "customer_created"
_BOOLEAN = ("true", "false")
_WORDS: Map[str, tuple[str, ...]] = {
    "identified": _BOOLEAN,
    "complete": _BOOLEAN,
    "outcome": tuple(Outcome),
    "assurance": RISING,
    "code": tuple(CodeState),
    "channel": tuple(CHANNELS),
}
"""Facts of which every value is a word, and the words."""
_FACTS = ("identified", _CREATED, "code", "outcome", "complete", "assurance", "customer_type", "channel")
_QUOTED = re.compile(r'"([^"]*)"|' + r"'([^']*)'")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Relation(StrEnum):
    """What a comparison holds a fact against its value by."""

    IS = "is"
    IS_NOT = "is not"
    AT_LEAST = "at least"
    AFTER = "after"
    BEFORE = "before"
    KNOWN = "is known"
    UNKNOWN = "is unknown"


class How(StrEnum):
    """How a group's conditions are taken together."""

    ALL = "all"
    ANY = "any"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact held against one value; `str()` is how it is written. `value`: `""` with `is known` and `is unknown`."""

    fact: str
    relation: Relation
    value: str = ""

    def __str__(self) -> str:
        if self.relation in (Relation.KNOWN, Relation.UNKNOWN):
            return f"{self.fact} {self.relation}"
        free = self.fact not in _WORDS and self.fact != _CREATED
        mark = "'" if '"' in self.value else '"'
        return f"{self.fact} {self.relation} {f'{mark}{self.value}{mark}' if free else self.value}"


@dataclass(frozen=True, slots=True)
class Group:
    """Several conditions; at least one."""

    how: How
    conditions: tuple[Condition, ...]


Condition: TypeAlias = Comparison | Group
_AMBIGUOUS = Comparison("outcome", Relation.IS_NOT, Outcome.FOUND)
"""One blank instead of a line under it, and a failure would be taken for an absence."""


class ConditionError(ValueError):
    """A text that is no condition. `str()` is a sentence that says what to write, and repeats nothing of it."""


# ---------------------------------------------------------------------------------------------- reading


def parse(text: str, attributes: Sequence[str] | None) -> Comparison:
    """`identified is true`, `customer_created after 2026-01-01`, `assurance at least channel`. `attributes`: those that the
    tenant makes facts; None takes any. Raises ConditionError."""
    # Blanks and line breaks are one blank: `is  not` must not become something else than `is not`.
    fact, _, rest = " ".join(text.split()).partition(" ")
    _check_fact(fact, attributes)
    relation = next((one for one in _relations(fact) if rest == one or rest.startswith(f"{one} ")), None)
    if relation is None:
        raise ConditionError(f"After '{fact}' comes one of: {', '.join(reversed(_relations(fact)))}.")
    value = rest[len(relation) :].strip()
    if relation in (Relation.KNOWN, Relation.UNKNOWN):
        if not value:
            return Comparison(fact, relation)
        # A text that begins with one of the two words.
        relation, value = Relation.IS, rest[len(Relation.IS) :].strip()
    comparison = Comparison(fact, relation, _value(fact, value))
    if comparison == _AMBIGUOUS:
        raise ConditionError(
            "This could mean 'outcome is not_found' (for certain nobody), and it would hold for 'unavailable', too. Write "
            "'outcome is not_found', or put 'outcome is found' under 'none'."
        )
    return comparison


def _check_fact(fact: str, attributes: Sequence[str] | None) -> None:
    if fact.startswith(ATTRIBUTES):
        if attributes is None or fact[len(ATTRIBUTES) :] in attributes:
            return
        known = tuple(f"{ATTRIBUTES}{name}" for name in attributes)
        listed = f"Known: {', '.join(known)}." if known else "It names none yet."
        raise ConditionError(f"The attribute is not among facts.attributes.{_near(fact, known)} {listed}")
    if fact not in _FACTS:
        named = attributes or ()
        near = _near(
            f"{ATTRIBUTES}{fact}" if fact in named else fact, (*_FACTS, *(ATTRIBUTES + name for name in named))
        )
        raise ConditionError(f"A condition begins with a fact.{near} Known: {', '.join(_FACTS)}, {ATTRIBUTES}<name>.")


def _relations(fact: str) -> tuple[Relation, ...]:
    """The longer ones first."""
    asked = (Relation.UNKNOWN, Relation.KNOWN)
    if fact == _CREATED:
        return (*asked, Relation.AFTER, Relation.BEFORE)
    more = (Relation.AT_LEAST,) if fact == "assurance" else ()
    return (*asked, *more, Relation.IS_NOT, Relation.IS)


def _value(fact: str, text: str) -> str:
    if fact == _CREATED:
        return _day(text)
    words = _WORDS.get(fact)
    if words is not None:
        if text not in words:
            raise ConditionError(f"'{fact}' is one of: {', '.join(words)}.{_near(text, words)}")
        return str(text)
    quoted = _QUOTED.fullmatch(text)
    value = text if quoted is None else quoted[1] if quoted[1] is not None else quoted[2]
    if not value.strip():
        raise ConditionError(f"With what is '{fact}' compared? Write the text, in quotes where it is more than a word.")
    if quoted is None and ('"' in text or "'" in text):
        raise ConditionError('A quote is not closed, or stands in the middle. Write: customer_type is "Não Cliente".')
    return value


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        day = None
    # The ends of the calendar have no midnight in every time zone.
    if day is None or not 1900 <= day.year < 9999:
        raise ConditionError(f"'{_CREATED}' is compared with a day. Write it like 2026-01-31.")
    return text


def _near(word: str, known: Sequence[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


# ---------------------------------------------------------------------------------------------- judging


def comparisons_of(condition: Condition) -> Iterator[Comparison]:
    """All that is held against a value in it, in the order in which it is written."""
    if isinstance(condition, Comparison):
        yield condition
    else:
        for one in condition.conditions:
            yield from comparisons_of(one)


def compile_condition(condition: Condition, zone: tzinfo) -> Holds:
    """Does it hold, of these facts? `zone`: whose days are meant.

    `all` is false as soon as one is false, true where all are true, else not known; `any` the other way round; `none` is
    the opposite of `any`.
    """
    if isinstance(condition, Comparison):
        return _comparison(condition, zone)
    parts = tuple(compile_condition(one, zone) for one in condition.conditions)
    if condition.how is How.ALL:
        return lambda facts: _some(parts, facts, False)
    if condition.how is How.ANY:
        return lambda facts: _some(parts, facts, True)
    return lambda facts: _opposite(_some(parts, facts, True))


def _some(parts: Sequence[Holds], facts: Facts, decides: bool) -> Truth:
    """`decides` where one part says so; not known where none does and one is not known; else the opposite."""
    truth: Truth = not decides
    for part in parts:
        said = part(facts)
        if said is decides:
            return decides
        if said is None:
            truth = None
    return truth


def _opposite(truth: Truth) -> Truth:
    return None if truth is None else not truth


def _comparison(comparison: Comparison, zone: tzinfo) -> Holds:
    read = _reader(comparison.fact)
    match comparison.relation:
        case Relation.KNOWN:
            return lambda facts: read(facts) is not None
        case Relation.UNKNOWN:
            return lambda facts: read(facts) is None
        case Relation.AFTER | Relation.BEFORE:
            return _created(comparison.relation, date.fromisoformat(comparison.value), zone)
    wanted = fold(comparison.value)
    enough = (
        RISING[RISING.index(LinkAssurance(comparison.value)) :]
        if comparison.relation is Relation.AT_LEAST
        else (wanted,)
    )
    agrees = comparison.relation is not Relation.IS_NOT
    none_is_an_answer = comparison.fact == "assurance"

    def holds(facts: Facts) -> Truth:
        value = read(facts)
        if value is None and not (none_is_an_answer and facts.identified is not None):
            return None
        return (value in enough) is agrees

    return holds


def _created(relation: Relation, day: date, zone: tzinfo) -> Holds:
    """The day itself is neither before nor after itself."""
    begins = datetime.combine(day, time(), zone)
    ends = datetime.combine(day + timedelta(days=1), time(), zone)

    def holds(facts: Facts) -> Truth:
        at = facts.created_at
        if at is None:
            return None
        return at >= ends if relation is Relation.AFTER else at < begins

    return holds


def _reader(fact: str) -> Callable[[Facts], str | None]:
    """A fact as text, folded; None for what is not known."""
    match fact:
        case "identified":
            return lambda facts: _said(facts.identified)
        case "complete":
            return lambda facts: _said(facts.complete)
        case "outcome":
            return lambda facts: facts.outcome
        case "assurance":
            return lambda facts: facts.assurance
        case "code":
            return lambda facts: facts.code
        case "channel":
            return lambda facts: facts.channel
        case "customer_created":
            return lambda facts: None if facts.created_at is None else ""
        case "customer_type":
            return lambda facts: None if facts.customer_type is None else fold(facts.customer_type)
    name = fact[len(ATTRIBUTES) :]
    return lambda facts: None if (value := facts.attributes.get(name)) is None else fold(value)


def _said(truth: Truth) -> str | None:
    return None if truth is None else _BOOLEAN[0] if truth else _BOOLEAN[1]
