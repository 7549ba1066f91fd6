"""A tenant's rules: what is to be done with whom, said as data that the helpdesk acts on; nothing is done here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum

from gateway.core import steps
from gateway.core.conditions import Condition, Holds, Truth, comparisons_of, compile_condition
from gateway.core.facts import Facts
from gateway.core.interaction import LinkAssurance
from gateway.core.redaction import Redacted

MOST_RULES = 100
MOST_CONDITIONS = 50
"""In one rule."""
DEEPEST = 5
"""Groups within one another."""


class AskFor(StrEnum):
    """What who writes may be asked for."""

    CODE = "code"


@dataclass(frozen=True, slots=True)
class Actions:
    """What the rules want done. `values`: field of the helpdesk -> what to set it to; `tags` and `ask_for` in the order of
    the rules, each once; `queue`: whose turn it is, None where no rule says."""

    values: Map[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    queue: str | None = None
    ask_for: tuple[AskFor, ...] = ()

    def and_then(self, more: Actions) -> Actions:
        """Both; where they say different things of one, this one's."""
        return Actions(
            {**more.values, **self.values},
            tuple(dict.fromkeys((*self.tags, *more.tags))),
            self.queue if self.queue is not None else more.queue,
            tuple(dict.fromkeys((*self.ask_for, *more.ask_for))),
        )


NO_ACTIONS = Actions()


@dataclass(frozen=True, slots=True)
class Rule:
    """`when`: None for always. `stop`: where it applies, no rule after it does. `holds`: `when`, compiled."""

    name: str
    then: Actions
    when: Condition | None = None
    stop: bool = False
    holds: Holds = field(default=lambda _: True, compare=False, repr=False)


def rule(name: str, then: Actions, when: Condition | None, zone: tzinfo, *, stop: bool = False) -> Rule:
    """Compiled. `zone`: whose days the conditions mean."""
    return Rule(name, then, when, stop, (lambda _: True) if when is None else compile_condition(when, zone))


@dataclass(frozen=True, slots=True, repr=False)
class CreatedAt(Redacted):
    """Where a customer's own system says since when he is one. `attribute`: its name; `read`: text -> aware moment, or None
    for what is no moment."""

    attribute: str
    read: Callable[[str], datetime | None]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """`identified_from`: the least assurance with which a customer counts as identified, never `claimed`. `attributes`:
    those of a customer that are facts. `created_at`: None for the contact base's own. `rules`: in their order."""

    identified_from: LinkAssurance = LinkAssurance.CHANNEL
    attributes: tuple[str, ...] = ()
    created_at: CreatedAt | None = None
    rules: tuple[Rule, ...] = ()

    def actions(self, facts: Facts) -> Actions:
        """Of every rule that applies, in their order; where two set one field or name a queue, the first one's."""
        done = NO_ACTIONS
        for one in self.rules:
            if one.holds(facts) is True:
                done = done.and_then(one.then)
                if one.stop:
                    break
        return done


NO_RULES = RuleSet()


def explained(rules: RuleSet, facts: Facts, zone: tzinfo) -> Iterator[steps.Ruled]:
    """Why each rule applied or not. Conditions as the tenant wrote them, and no value of anybody."""
    stopped = False
    for one in rules.rules:
        truth = one.holds(facts)
        written = () if one.when is None else tuple(comparisons_of(one.when))
        judged = tuple(steps.Judged(str(each), compile_condition(each, zone)(facts)) for each in written)
        yield steps.Ruled(one.name, steps.Verdict.STOPPED if stopped else _verdict(truth), judged)
        stopped = stopped or (one.stop and truth is True)


def _verdict(truth: Truth) -> steps.Verdict:
    if truth is None:
        return steps.Verdict.UNKNOWN
    return steps.Verdict.APPLIED if truth else steps.Verdict.NOT_APPLIED
