"""A value of a file, held against its pydantic model: everything that does not fit, at its place, in words for its author.

No sentence repeats a value of the file: the value may be a password in the wrong line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from gateway.config.document import Problems, Step
from gateway.config.known_keys import known_keys
from gateway.config.nearest import did_you_mean
from gateway.config.secrets import MISPLACED, SecretRefused, is_stand_in
from gateway.core.model import Json

Model = TypeVar("Model", bound=BaseModel)

_WORDLIKE = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")
_QUOTED = re.compile(r"'([^']*)'")
_KEY_OF_MAPPING = "[key]"
_EXPECTED = {
    "string_type": "text",
    "string_sub_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number that is finite",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
    "dataclass_type": "keys and values",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "path_type": "the name of a file",
    "date_type": "a date (2026-01-31)",
    "none_required": "nothing",
}
_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


@dataclass(frozen=True, slots=True)
class _Complaint:
    """`wanted`: the types of which the value has none; empty where something else is wrong."""

    path: tuple[Step, ...]
    sentence: str
    of_key: bool = False
    wanted: tuple[str, ...] = ()
    found: object = field(default=None, repr=False)


def validate(
    model: type[Model], value: Json, problems: Problems, *, at: tuple[Step, ...] = (), context: Map[str, object]
) -> Model | None:
    """The model made of `value`, which stands at the path `at`; None where something does not fit, all of it reported.

    As JSON, so that a strict model takes a list for a tuple and a text for an enumeration.
    """
    try:
        return model.model_validate_json(json.dumps(value), context=dict(context))
    except ValidationError as error:
        complaints = [_complaint(model, value, detail) for detail in error.errors(include_url=False)]
    for complaint in _nearest_forms(complaints):
        report = problems.at_key if complaint.of_key else problems.at
        report((*at, *complaint.path), complaint.sentence)
    return None


def _complaint(model: type[BaseModel], value: Json, detail: ErrorDetails) -> _Complaint:
    kind, location = detail["type"], detail["loc"]
    path = _really_there(value, location)
    if kind == "extra_forbidden":
        return _Complaint(path, _unknown_key(location, known_keys(model, location[:-1])), of_key=True)
    if kind == "missing":
        return _Complaint(path, f"The key '{location[-1]}' is missing.")
    if location and location[-1] == _KEY_OF_MAPPING:
        return _Complaint(path, _sentence(detail), of_key=True)
    if is_stand_in(detail["input"]) and not isinstance(detail.get("ctx", {}).get("error"), SecretRefused):
        return _Complaint(path, MISPLACED)
    expected = _EXPECTED.get(kind)
    if expected is not None:
        return _Complaint(path, "", wanted=(expected,), found=detail["input"])
    return _Complaint(path, _sentence(detail))


def _really_there(value: Json, location: tuple[Step, ...]) -> tuple[Step, ...]:
    """The steps of pydantic's location that the file has too: the names of a union's branches are left out."""
    path: list[Step] = []
    for step in location:
        try:
            value = value[step]  # type: ignore[index]
        except (TypeError, LookupError):
            continue
        path.append(step)
    return tuple(path)


def _nearest_forms(complaints: list[_Complaint]) -> Iterator[_Complaint]:
    """Where a value may have several forms, pydantic complains of each. The form that the value comes nearest to is meant:
    "not a text" gives way to what is wrong inside, and where no form fits all are named in one sentence."""
    typed: dict[tuple[Step, ...], _Complaint] = {}
    for complaint in complaints:
        if not complaint.wanted:
            yield complaint
            continue
        path = complaint.path
        before = typed.get(path, complaint)
        typed[path] = replace(complaint, wanted=(*before.wanted, *complaint.wanted))
    for path, complaint in typed.items():
        if not any(_goes_deeper(other, path) for other in complaints):
            yield replace(complaint, sentence=_wrong_type(tuple(dict.fromkeys(complaint.wanted)), complaint.found))


def _goes_deeper(other: _Complaint, path: tuple[Step, ...]) -> bool:
    return other.path[: len(path)] == path and (len(other.path) > len(path) or not other.wanted)


def _unknown_key(location: tuple[Step, ...], known: tuple[str, ...]) -> str:
    key = str(location[-1])
    # `{user:hunter2}` is a key without a value, so a key is repeated only where it looks like one.
    shown = f" '{key}'" if _WORDLIKE.fullmatch(key) and "auth" not in location[:-1] else ""
    listed = f" Known here: {', '.join(known)}." if known else ""
    return f"Unknown key{shown}.{did_you_mean(key, known)}{listed}"


def _wrong_type(expected: tuple[str, ...], found: object) -> str:
    wanted = " or ".join(expected)
    hint = " Put it in quotes." if wanted == "text" and isinstance(found, bool | int | float) else ""
    return f"Expected {wanted}, found {_found(found)}.{hint}"


def _found(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    return "a list" if isinstance(value, list) else "keys and values"


def _sentence(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        expected = str(context["expected"])
        given = detail["input"]
        if not isinstance(given, str):
            return f"Expected {expected}, found {_found(given)}."
        return f"Expected {expected}.{did_you_mean(given, _QUOTED.findall(expected))}"
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"The number must be {word} {context[key]}."
    if kind == "string_too_short":
        return "The text is empty." if context["min_length"] == 1 else f"At least {context['min_length']} characters."
    if kind == "string_too_long":
        return f"The text is too long: at most {context['max_length']} characters."
    if kind == "string_pattern_mismatch":
        return f"The text has not the form that is wanted here: {context['pattern']}"
    if kind == "too_short":
        return f"Too few: name at least {context['min_length']}."
    if kind == "too_long":
        return f"Too many: name at most {context['max_length']}."
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return f"Expected one of {context.get('expected_tags', 'the known forms')}."
    return detail["msg"]
