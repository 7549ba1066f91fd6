"""A read configuration file: its values, the place in the file where each of them stands, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from gateway.core.errors import Located

Step: TypeAlias = str | int
Path: TypeAlias = Sequence[Step]
"""The way from a document's root to a value: keys and positions (`("sources", "crm", "nobody", 0)`)."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """A value written with one of our tags: `!env NAME` or `!file name`. `name` tells where a secret is, not what it is."""

    tag: str
    name: str


Value: TypeAlias = "bool | int | float | str | Tagged | list[Value] | dict[str, Value] | None"


class Place(NamedTuple):
    """Where a value stands, counted from 1; `keys`: where the keys of a mapping stand; `inside`: where its values do."""

    line: int
    column: int
    keys: Map[str, tuple[int, int]] = {}
    inside: Map[Step, Place] = {}


@dataclass(frozen=True, slots=True)
class Document:
    """One file. `file` as messages name it; `value` the root's value; `problems` what the loader itself found."""

    file: str
    value: Value
    place: Place
    problems: tuple[Located, ...] = ()


@dataclass(slots=True)
class Problems:
    """Collects everything that is wrong with one file. `paths`: the values complained of, in the order of the complaints."""

    document: Document
    found: list[Located] = field(default_factory=list)
    paths: list[tuple[Step, ...]] = field(default_factory=list)
    _closed: list[tuple[Step, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.found.extend(self.document.problems)

    def at(self, path: Path, message: str) -> None:
        """A problem of the value at `path`; steps that lead nowhere (a missing key) mean the nearest value above."""
        place = self.document.place
        for step in path:
            place = place.inside.get(step, place)
        self._add(path, place.line, place.column, message)

    def at_key(self, path: Path, message: str) -> None:
        """A problem of the key that `path` ends with (an unknown key, a name that is not allowed)."""
        place = self.document.place
        for step in path[:-1]:
            place = place.inside.get(step, place)
        line, column = place.keys.get(str(path[-1]), (place.line, place.column))
        self._add(path, line, column, message)

    def touch(self, path: Path) -> bool:
        """Is something above `path`, or `path` itself, complained of already?"""
        return any(is_below(path, known) for known in self.paths)

    def close(self, path: Path) -> None:
        """Everything has been said of `path` and of what is below it: later complaints only follow from that."""
        self._closed.append(tuple(path))

    def in_order(self) -> tuple[Located, ...]:
        """Everything found, in the order of the file."""
        return tuple(sorted(self.found, key=lambda problem: (problem.line, problem.column)))

    def _add(self, path: Path, line: int, column: int, message: str) -> None:
        if any(is_below(path, closed) for closed in self._closed):
            return
        self.paths.append(tuple(path))
        problem = Located(self.document.file, line, column, as_sentence(message))
        if problem not in self.found:
            self.found.append(problem)


def is_below(path: Path, above: Path) -> bool:
    """Does `path` lead to `above`, or to something in it?"""
    return tuple(path[: len(above)]) == tuple(above)


def as_sentence(text: str) -> str:
    """A capital in front and a full stop behind: what kinds, paths and plugins say reads like our own."""
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")
