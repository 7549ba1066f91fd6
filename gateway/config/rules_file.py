"""The blocks `facts` and `rules` of a tenant's file: what is known of who writes, and what is to be done then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from functools import reduce
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from gateway.config.document import Problems, Step
from gateway.config.file_model import FileModel, Maybe, Name, Text
from gateway.config.nearest import did_you_mean
from gateway.core.conditions import Condition, ConditionError, Group, How, parse
from gateway.core.interaction import LinkAssurance
from gateway.core.moments import compile_moment
from gateway.core.rules import (
    DEEPEST,
    MOST_CONDITIONS,
    MOST_RULES,
    NO_ACTIONS,
    NO_RULES,
    Actions,
    AskFor,
    CreatedAt,
    RuleSet,
    rule,
)

_MOST_ATTRIBUTES = 30
_Short = Annotated[Text, Field(max_length=200)]
_Where = tuple[Step, ...]


def _listed(value: object) -> object:
    return value if isinstance(value, list) else [value]


class FactsFile(FileModel):
    """What is known of who writes. Every answer tells it."""

    identified_from: Literal["matched", "channel", "code"] = Field(
        default="channel",
        description="How sure it must be at least that he is a customer until he counts as identified: `matched` (what he "
        "said fits exactly one), `channel` (a logged-in user who proved himself), `code` (he showed a code just now).",
    )
    attributes: Annotated[list[Name], Field(max_length=_MOST_ATTRIBUTES)] = Field(
        default_factory=list,
        description="Attributes of the customer that are facts, as the mappings name them: `plano`.",
    )
    customer_created: Maybe[Name] = Field(
        default=None,
        description="Attribute that says since when he is a customer, as an ISO date (map it with `date:`); without it, "
        "since when the contact base knows him.",
    )


class GroupFile(FileModel):
    """Several conditions taken together; one of the three words."""

    all: Maybe[list[ConditionFile]] = Field(default=None, description="Every one holds.")
    any: Maybe[list[ConditionFile]] = Field(default=None, description="At least one holds.")
    none: Maybe[list[ConditionFile]] = Field(default=None, description="None of them holds.")

    @model_validator(mode="after")
    def _one_word(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("Write exactly one of all:, any: and none: here; put one into another for more.")
        if not self.parts[1]:
            raise ValueError("There is no condition in it. Write at least one: identified is true.")
        return self

    @property
    def parts(self) -> tuple[How, list[ConditionFile]]:
        [word] = self.model_fields_set
        conditions: list[ConditionFile] = getattr(self, word)
        return How(word), conditions


ConditionFile = Text | GroupFile


class ActionFile(FileModel):
    """Something that the helpdesk is to do."""

    set: Maybe[Annotated[dict[_Short, _Short], Field(min_length=1, max_length=20)]] = Field(
        default=None, description="Fields of the helpdesk -> what to set them to."
    )
    tag: Maybe[_Short] = Field(default=None, description="A tag to put on the conversation.")
    queue: Maybe[_Short] = Field(default=None, description="The queue whose turn it is.")
    ask_for: Maybe[Literal["code"]] = Field(default=None, description="What to ask who writes for.")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("An action is one of set:, tag:, queue: and ask_for:.")
        return self

    def actions(self) -> Actions:
        return Actions(
            self.set or {},
            (self.tag,) if self.tag is not None else (),
            self.queue,
            (AskFor(self.ask_for),) if self.ask_for is not None else (),
        )


class RuleFile(FileModel):
    """What is to be done where a condition holds."""

    name: _Short = Field(description="What people call it; the explanation names it.")
    when: Maybe[ConditionFile] = Field(
        default=None,
        description="`identified is true`, `customer_created after 2026-01-01`, `code is invalid` …, or a block of `all`, "
        "`any` or `none`; without it always.",
    )
    then: Annotated[
        list[ActionFile],
        BeforeValidator(_listed, json_schema_input_type=ActionFile | list[ActionFile]),
        Field(min_length=1, max_length=20),
    ] = Field(description="What is to be done.")
    stop: bool = Field(default=False, description="`true`: where it applies, the rules after it are not looked at.")


RulesFile = Annotated[list[RuleFile], Field(max_length=MOST_RULES)]

GroupFile.model_rebuild()
RuleFile.model_rebuild()


# ---------------------------------------------------------------------------------------------- judged, compiled


def check_rules(
    facts: FactsFile | None, rules: Sequence[RuleFile], given: AbstractSet[str] | None, problems: Problems
) -> None:
    """Report everything that is wrong. `facts`: None where the block could not be read; of conditions over attributes is not
    complained then. `given`: attributes that some source gives, None where that is not known."""
    if facts is not None:
        _check_facts(facts, given, problems)
    names: set[str] = set()
    for at, one in enumerate(rules):
        where = ("rules", at)
        if one.name in names:
            problems.at(
                (*where, "name"), "Another rule has this name. Give each its own: the explanation tells them apart."
            )
        names.add(one.name)
        if one.when is not None:
            _check_when(one.when, (*where, "when"), None if facts is None else facts.attributes, problems)


def _check_facts(facts: FactsFile, given: AbstractSet[str] | None, problems: Problems) -> None:
    named: list[tuple[_Where, str]] = [(("facts", "attributes", at), name) for at, name in enumerate(facts.attributes)]
    if facts.customer_created is not None:
        named.append((("facts", "customer_created"), facts.customer_created))
    for where, name in named:
        if given is not None and name not in given:
            known = f" Known: {', '.join(sorted(given))}." if given else " None is mapped yet."
            problems.at(where, f"No source's mapping gives the attribute '{name}'.{did_you_mean(name, given)}{known}")


def _check_when(when: ConditionFile, where: _Where, attributes: Sequence[str] | None, problems: Problems) -> None:
    count = 0
    for place, text, depth in _texts(when, where, 0):
        count += 1
        if depth > DEEPEST:
            problems.at(where, f"Blocks stand in one another more than {DEEPEST} deep. Split the rule.")
            return
        try:
            parse(text, attributes)
        except ConditionError as error:
            problems.at(place, str(error))
    if count > MOST_CONDITIONS:
        problems.at(where, f"A rule has {MOST_CONDITIONS} conditions at most. Split it.")


def _texts(when: ConditionFile, where: _Where, depth: int) -> Iterator[tuple[_Where, str, int]]:
    if isinstance(when, str):
        yield where, when, depth
        return
    how, parts = when.parts
    for at, part in enumerate(parts):
        yield from _texts(part, (*where, how.value, at), depth + 1)


def rule_set(facts: FactsFile, rules: Sequence[RuleFile], time_zone: str) -> RuleSet:
    """Of blocks that `check_rules` found nothing wrong with."""
    zone = ZoneInfo(time_zone)
    created = facts.customer_created
    made = RuleSet(
        LinkAssurance(facts.identified_from),
        tuple(facts.attributes),
        None if created is None else CreatedAt(created, compile_moment((), zone)),
        tuple(
            rule(
                one.name,
                reduce(Actions.and_then, (action.actions() for action in one.then), NO_ACTIONS),
                None if one.when is None else _condition(one.when, facts.attributes),
                zone,
                stop=one.stop,
            )
            for one in rules
        ),
    )
    # Ten thousand tenants that say nothing have one between them.
    return NO_RULES if made == NO_RULES else made


def _condition(when: ConditionFile, attributes: Sequence[str]) -> Condition:
    if isinstance(when, str):
        return parse(when, attributes)
    how, parts = when.parts
    return Group(how, tuple(_condition(part, attributes) for part in parts))
