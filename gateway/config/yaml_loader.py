"""Bytes of a YAML file -> a Document: YAML 1.2's core types, nothing twice, nothing hidden, every value with its place.

PyYAML's parser gives the events (libyaml's where it is built in, 20 times faster); the types are ours, because PyYAML's own
are those of YAML 1.1, where `NO` is false, `18:30` is 1110 and `010` is eight. Differs from the core schema in one thing:
a number with a leading zero stays text, for it is a code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from gateway.config.document import Document, Place, Step, Tagged, Value
from gateway.config.yaml_errors import UNKNOWN_TAG, explain_syntax
from gateway.core.errors import ConfigurationError, Located

MOST_BYTES = 1024 * 1024
"""Largest file that is read."""
MOST_VALUES = 20_000
"""Most values in a file, aliases counted as often as they are used (the "billion laughs" are refused)."""
MOST_DEPTH = 32
"""Deepest nesting."""

TAGS = ("!env", "!file")

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})")
_OCTAL = re.compile(r"0o[0-7]{1,100}")
_HEX = re.compile(r"0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,100}|(?:0|[1-9][0-9]{0,99})(?:\.[0-9]{0,100})?)(?:[eE][-+]?[0-9]{1,9})?")
_NO_FINITE = {
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}


def parse(file: str, data: bytes) -> Document:
    """Read one YAML document. `file`: its name for messages. Raises ConfigurationError where it is not YAML at all; what
    is YAML but refused (a key twice, an unknown tag) is in the document's `problems`."""
    if len(data) > MOST_BYTES:
        raise ConfigurationError(
            [
                Located(
                    file,
                    0,
                    0,
                    f"The file is larger than {MOST_BYTES // 1024} KiB. Split it, or take out what is no configuration.",
                )
            ]
        )
    text = _decode(file, data)
    composer = _Composer(file, yaml.parse(text, Loader=_LOADER))
    try:
        value, place = composer.document()
    except yaml.YAMLError as error:
        raise ConfigurationError([*composer.problems, explain_syntax(file, text, error)]) from error
    return Document(file, value, place, tuple(composer.problems))


def _decode(file: str, data: bytes) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        message = "Not UTF-8 from here on. Save the file in UTF-8."
        raise ConfigurationError([Located(file, line, column, message)]) from error


class _Refused(yaml.YAMLError):
    """Reading stops here: going on would cost too much or mean nothing."""

    def __init__(self, event: Event, message: str) -> None:
        super().__init__(message)
        self.problem, self.problem_mark = message, event.start_mark


class _Composer:
    """Builds values and places from a parser's events."""

    def __init__(self, file: str, events: Iterator[Event]) -> None:
        self._file, self._events = file, events
        self._anchors: dict[str, tuple[Value, Place, int]] = {}
        self._values = 0
        self.problems: list[Located] = []

    def document(self) -> tuple[Value, Place]:
        """The only document of the stream; an empty stream is None."""
        value: Value = None
        place = Place(1, 1)
        documents = 0
        for event in self._events:
            if not isinstance(event, DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                raise _Refused(event, "A second document starts here. Keep one in a file.")
            value, place = self._value(next(self._events), 0)
        return value, place

    def _value(self, event: Event, depth: int) -> tuple[Value, Place]:
        if isinstance(event, AliasEvent):
            return self._alias(event)
        before = self._values
        self._count(event, 1)
        if depth > MOST_DEPTH:
            raise _Refused(event, f"Nested deeper than {MOST_DEPTH} levels. No configuration needs that.")
        made: tuple[Value, Place]
        if isinstance(event, ScalarEvent):
            made = self._scalar(event), _place(event)
        elif isinstance(event, MappingStartEvent):
            self._no_tag(event)
            made = self._mapping(event, depth)
        else:
            assert isinstance(event, SequenceStartEvent)
            self._no_tag(event)
            made = self._sequence(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (*made, self._values - before)
        return made

    def _alias(self, event: AliasEvent) -> tuple[Value, Place]:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            raise _Refused(event, "This alias (*) names no anchor (&) that was finished before it.")
        value, place, values = known
        self._count(event, values)
        return value, place

    def _count(self, event: Event, values: int) -> None:
        self._values += values
        if self._values > MOST_VALUES:
            raise _Refused(event, f"The file has more than {MOST_VALUES} values, with aliases counted in full.")

    def _mapping(self, event: MappingStartEvent, depth: int) -> tuple[dict[str, Value], Place]:
        values: dict[str, Value] = {}
        keys: dict[str, tuple[int, int]] = {}
        inside: dict[Step, Place] = {}
        for key_event in self._events:
            if isinstance(key_event, ScalarEvent) and key_event.tag is None:
                key = key_event.value
                place = _place(key_event)
                value, value_place = self._value(next(self._events), depth + 1)
                if key == "<<" and key_event.implicit[0]:
                    self._problem(key_event, "Merge keys (<<) are not part of YAML 1.2. Write the keys out.")
                elif key in keys:
                    line, column = keys[key]
                    self._problem(key_event, f"This key stands already at {line}:{column}. Keep one of the two.")
                else:
                    values[key], keys[key], inside[key] = value, (place.line, place.column), value_place
            elif isinstance(key_event, ScalarEvent | SequenceStartEvent | MappingStartEvent | AliasEvent):
                self._problem(key_event, "A key is plain text: no list, mapping, alias or tag.")
                self._value(key_event, depth + 1)
                self._value(next(self._events), depth + 1)
            else:
                break
        return values, _place(event, keys, inside)

    def _sequence(self, event: Event, depth: int) -> tuple[list[Value], Place]:
        values: list[Value] = []
        inside: dict[Step, Place] = {}
        for item in self._events:
            if isinstance(item, SequenceEndEvent):
                break
            value, inside[len(values)] = self._value(item, depth + 1)
            values.append(value)
        return values, _place(event, inside=inside)

    def _scalar(self, event: ScalarEvent) -> Value:
        if event.tag is not None:
            if event.tag in TAGS:
                return Tagged(event.tag, event.value.strip())
            self._no_tag(event)
            return str(event.value)
        return _resolve(event.value) if event.implicit[0] else str(event.value)

    def _no_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag in TAGS:
            self._problem(event, f"{event.tag} is followed by a name, not by a list or a mapping.")
        elif event.tag is not None:
            self._problem(event, UNKNOWN_TAG)

    def _problem(self, event: Event, message: str) -> None:
        place = _place(event)
        self.problems.append(Located(self._file, place.line, place.column, message))


def _place(
    event: Event, keys: dict[str, tuple[int, int]] | None = None, inside: dict[Step, Place] | None = None
) -> Place:
    mark = event.start_mark
    assert mark is not None
    return Place(mark.line + 1, mark.column + 1, keys or {}, inside or {})


def _resolve(text: str) -> bool | int | float | str | None:
    """A plain scalar's value after YAML 1.2.2, 10.3.2. A number of more than 100 digits stays text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if _OCTAL.fullmatch(text) or _HEX.fullmatch(text):
        return int(text, 0)
    return _NO_FINITE.get(text, text)
