"""Bytes of a YAML file -> a Document: YAML 1.2's core types, nothing twice, nothing hidden, every value with its place.

PyYAML's parser gives the events (libyaml's where it is built in, 20 times faster); the types are ours, because PyYAML's own
are those of YAML 1.1, where `NO` is false, `18:30` is 1110 and `010` is eight. Differs from the core schema in one thing:
a number with a leading zero stays text, for it is a code.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NoReturn, cast

import yaml
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)

from gateway.config.document import Document, Place, Step, Tagged, Value
from gateway.config.yaml_errors import UNKNOWN_TAG, explain_syntax
from gateway.core.errors import ConfigurationError, Located

MOST_BYTES = 1024 * 1024
"""Largest file that is read."""
MOST_BYTES_TRUSTED = 16 * MOST_BYTES
"""Largest file that is read of those whom the machine is."""
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


def parse(file: str, data: bytes, *, trusted: bool = False) -> Document:
    """Read one YAML document. `file`: its name for messages. `trusted`: written by whoever runs the gateway, and may have
    an entry for each of many thousand tenants: as many values as it has bytes. Raises ConfigurationError where it is not
    YAML at all; what is YAML but refused (a key twice, an unknown tag) is in the document's `problems`."""
    most = MOST_BYTES_TRUSTED if trusted else MOST_BYTES
    if len(data) > most:
        message = f"The file is larger than {most // 1024} KiB. Split it, or take out what is no configuration."
        raise ConfigurationError([Located(file, 0, 0, message)])
    text = _decode(file, data)
    # Without aliases no file has more values than bytes, so only what aliases multiply is refused.
    most_values = max(MOST_VALUES, len(data)) if trusted else MOST_VALUES
    loader = _LOADER(text)
    composer = _Composer(file, cast(Callable[[], Event], loader.get_event), most_values)
    try:
        value, place = composer.document()
    except yaml.YAMLError as error:
        raise ConfigurationError([*composer.problems, explain_syntax(file, text, error)]) from error
    finally:
        loader.dispose()
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
    """Builds values and places from a parser's events. `event`: the next one; the last is the end of the stream.

    Every tenant's file comes through here at the start: types are compared, not tested with isinstance, and what is usual (a
    plain scalar without tag and anchor) is made on the spot.
    """

    def __init__(self, file: str, event: Callable[[], Event], most_values: int) -> None:
        self._file, self._event, self._most_values = file, event, most_values
        self._anchors: dict[str, tuple[Value, Place, int]] = {}
        self._values = 0
        self.problems: list[Located] = []

    def document(self) -> tuple[Value, Place]:
        """The only document of the stream; an empty stream is None."""
        value: Value = None
        place = Place(1, 1)
        documents = 0
        while type(event := self._event()) is not StreamEndEvent:
            if type(event) is not DocumentStartEvent:
                continue
            documents += 1
            if documents > 1:
                raise _Refused(event, "A second document starts here. Keep one in a file.")
            value, place = self._value(self._event(), 0)
        return value, place

    def _value(self, event: Event, depth: int) -> tuple[Value, Place]:
        if type(event) is AliasEvent:
            return self._alias(event)
        before = self._values
        self._values = before + 1
        if before >= self._most_values:
            self._too_many(event)
        if depth > MOST_DEPTH:
            raise _Refused(event, f"Nested deeper than {MOST_DEPTH} levels. No configuration needs that.")
        made: tuple[Value, Place]
        if type(event) is ScalarEvent:
            mark = event.start_mark
            assert mark is not None
            made = self._scalar(event), Place(mark.line + 1, mark.column + 1)
        elif type(event) is MappingStartEvent:
            if event.tag is not None:
                self._refuse_tag(event)
            made = self._mapping(event, depth)
        else:
            assert type(event) is SequenceStartEvent
            if event.tag is not None:
                self._refuse_tag(event)
            made = self._sequence(event, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = (*made, self._values - before)
        return made

    def _alias(self, event: AliasEvent) -> tuple[Value, Place]:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            raise _Refused(event, "This alias (*) names no anchor (&) that was finished before it.")
        value, place, values = known
        self._values += values
        if self._values > self._most_values:
            self._too_many(event)
        return value, place

    def _too_many(self, event: Event) -> NoReturn:
        raise _Refused(event, f"The file has more than {self._most_values} values, with aliases counted in full.")

    def _mapping(self, event: MappingStartEvent, depth: int) -> tuple[dict[str, Value], Place]:
        values: dict[str, Value] = {}
        keys: dict[str, tuple[int, int]] = {}
        inside: dict[Step, Place] = {}
        while type(key_event := self._event()) is not MappingEndEvent:
            if type(key_event) is ScalarEvent and key_event.tag is None:
                key, mark = key_event.value, key_event.start_mark
                assert mark is not None
                value, value_place = self._value(self._event(), depth + 1)
                if key == "<<" and key_event.implicit[0]:
                    self._problem(key_event, "Merge keys (<<) are not part of YAML 1.2. Write the keys out.")
                elif key in keys:
                    line, column = keys[key]
                    self._problem(key_event, f"This key stands already at {line}:{column}. Keep one of the two.")
                else:
                    values[key], keys[key], inside[key] = value, (mark.line + 1, mark.column + 1), value_place
            else:
                self._problem(key_event, "A key is plain text: no list, mapping, alias or tag.")
                self._value(key_event, depth + 1)
                self._value(self._event(), depth + 1)
        return values, _place(event, keys, inside)

    def _sequence(self, event: SequenceStartEvent, depth: int) -> tuple[list[Value], Place]:
        values: list[Value] = []
        inside: dict[Step, Place] = {}
        while type(item := self._event()) is not SequenceEndEvent:
            value, inside[len(values)] = self._value(item, depth + 1)
            values.append(value)
        return values, _place(event, inside=inside)

    def _scalar(self, event: ScalarEvent) -> Value:
        if event.tag is not None:
            if event.tag in TAGS:
                return Tagged(event.tag, event.value.strip())
            self._refuse_tag(event)
            return event.value
        return _resolve(event.value) if event.implicit[0] else event.value

    def _refuse_tag(self, event: ScalarEvent | CollectionStartEvent) -> None:
        if event.tag in TAGS:
            self._problem(event, f"{event.tag} is followed by a name, not by a list or a mapping.")
        else:
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
