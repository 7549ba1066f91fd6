"""One line of a mapping: which paths give a value, and what is done with it on the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import date
from enum import Flag, auto
from itertools import repeat
from typing import TypeAlias

from gateway.core.absence import present, scalar
from gateway.core.changes import MOST_DIGITS, Change, Charset, Words, decoding, doubt, in_turn, padding, wording
from gateway.core.dates import DateFormatError, compile_date
from gateway.core.folding import fold
from gateway.core.model import Json, RawRecord
from gateway.core.paths import Path, PathError, compile_path

Place: TypeAlias = tuple[str | int, ...]
"""Where in the mapping's YAML: `("documents", "cpf", "path", 0)`."""


@dataclass(frozen=True, slots=True)
class Pick:
    """Where a value of the customer comes from.

    `paths`: for a value there is one of (name, birth date), the first path that gives one; for one there may be many of
    (e-mails, phones, documents), all of them. `format`: a text with one `{}` for each path, in their order; filled only
    where every path gives something; lists are read side by side (`{}{}` of area codes and numbers gives all the phones).
    `join`: what stands between the values of all paths; absent ones are left out. `base64`: each path gives base64 of a text
    in this charset. `digits`: a number of fewer digits lost its leading zeros. `map`: the source's word -> ours, compared
    without case and accents; an empty word means absent; a word that is not in it stays as it came, with a warning, or
    gives way to `default`; `boolean` for true and false. `dates`: forms of `core.dates`; the value becomes a date.
    `default`: what stands where nothing is left.
    """

    paths: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    map: Words | None = None
    join: str | None = None
    default: str | None = None
    format: str | None = None
    digits: int | None = None
    base64: Charset | None = None


class Allowed(Flag):
    """What a target may use beside paths and what changes a text."""

    NEITHER = 0
    DATE = auto()
    DEFAULT = auto()


Problem: TypeAlias = tuple[Place, str]
_AS_IT_IS = (None, None, None)


@dataclass(frozen=True, slots=True)
class Picker:
    """A compiled Pick. Warnings are appended to the list it is given, each once; they name the target, never the value.

    `change`: of each value, None where it stays as it is; `part`: of what a join or a format is made of, before it is.
    `sole`: reads the one plain path of what is taken as it stands there: nearly every line of a mapping, so its texts go a
    short way.
    """

    target: str
    paths: tuple[Path, ...]
    change: Change | None
    part: Change | None
    join: str | None
    pieces: tuple[str, ...] | None
    default: str | None
    sole: Callable[[Json], Json] | None

    def one(self, record: RawRecord, warnings: list[str]) -> str | None:
        """The value there is one of; several different ones are a warning, and the first counts."""
        if self.sole is not None and type(value := self.sole(record)) is str:
            text = present(value)
            return self.default if text is None else text
        text = self.first(self.column(record, warnings)[0], warnings)
        return self.default if text is None else text

    def first(self, value: Json, warnings: list[str]) -> str | None:
        """The one text in what came, without the default."""
        if value is None:
            return None
        if type(value) is str and self.change is None:
            return present(value)
        texts = self.texts(value, warnings)
        if not texts:
            return None
        if any(other != texts[0] for other in texts):
            self.warn("several values came; the first is taken", warnings)
        return texts[0]

    def many(self, record: RawRecord, warnings: list[str]) -> list[str]:
        """Every value, in the order of the paths."""
        if self.sole is not None and type(value := self.sole(record)) is str:
            text = present(value)
            return [] if text is None else [text]
        if self.pieces is not None or self.join is not None:
            return self.texts(self.column(record, warnings)[0], warnings)
        found: list[str] = []
        for path in self.paths:
            found += self.texts(path.read(record), warnings)
        return found

    def column(self, record: RawRecord, warnings: list[str]) -> tuple[Json, bool]:
        """What came, as it came, and whether its lists keep their gaps. Of several paths the first that gives something."""
        if self.pieces is not None:
            return self._formatted(record, warnings), True
        if self.join is not None:
            return self._joined(record, warnings), True
        for path in self.paths:
            found = path.read(record)
            if found is not None and (len(self.paths) == 1 or self.texts(found, [])):
                return found, path.plain
        return None, True

    def texts(self, value: Json, warnings: list[str]) -> list[str]:
        """The present values in what came: none, one, or those of a list."""
        if value is None:
            return []
        if type(value) is str and self.change is None:
            text = present(value)
            return [] if text is None else [text]
        if isinstance(value, list | tuple):
            return [text for item in value for text in self.texts(item, warnings)]
        if isinstance(value, Map):
            self.warn("a structure came where a text was due; name one of its parts in the path", warnings)
            return []
        raw = scalar(value)
        if raw is None:
            return []
        text = present(raw) if self.change is None else self.change(raw, warnings)
        return [] if text is None else [text]

    def warn(self, problem: str, warnings: list[str]) -> None:
        doubt(self.target, problem, warnings)

    def _joined(self, record: RawRecord, warnings: list[str]) -> Json:
        assert self.join is not None
        values = [path.read(record) for path in self.paths]
        joined = self.join.join(text for value in values for text in self._plain(value, warnings)) or None
        # As a list of one it does not fit beside lists: the joined streets of two addresses are nobody's street.
        return [joined] if any(isinstance(value, list | tuple) and len(value) > 1 for value in values) else joined

    def _formatted(self, record: RawRecord, warnings: list[str]) -> list[Json]:
        assert self.pieces is not None
        rows = side_by_side([(path.read(record), path.plain) for path in self.paths])
        if rows is None:
            self.warn("the lists of format do not fit side by side; they are left out", warnings)
            return []
        return [self._filled(row, warnings) for row in rows]

    def _filled(self, row: Sequence[Json], warnings: list[str]) -> str | None:
        assert self.pieces is not None
        filled = [self.pieces[0]]
        for value, piece in zip(row, self.pieces[1:], strict=True):
            texts = self._plain(value, warnings)
            if not texts:
                return None
            filled += (texts[0], piece)
        return "".join(filled)

    def _plain(self, value: Json, warnings: list[str]) -> list[str]:
        """The parts of a join or a format; `map` and `digits` are for the whole."""
        if isinstance(value, list | tuple):
            return [text for item in value for text in self._plain(item, warnings)]
        if isinstance(value, Map):
            return self.texts(value, warnings)
        raw = scalar(value) or ""
        text = present(raw) if self.part is None else self.part(raw, warnings)
        return [] if text is None else [text]


def side_by_side(columns: Sequence[tuple[Json, bool]]) -> Sequence[Sequence[Json]] | None:
    """Columns as rows; a single value beside lists counts for every row. `bool`: the column keeps its gaps.

    None where they do not fit: different lengths, lists in lists, or a column whose gaps are closed up, so that the second
    customer's street might come beside the first one's city.
    """
    lists = [(value, gaps) for value, gaps in columns if isinstance(value, list | tuple) and value]
    if not lists:
        return [[None if isinstance(value, list | tuple) else value for value, _ in columns]]
    length = len(lists[0][0])
    if len(lists) > 1:
        nested = any(isinstance(item, list | tuple) for value, _ in lists for item in value)
        closed = length > 1 and not all(gaps for _, gaps in lists)
        if nested or closed or any(len(value) != length for value, _ in lists):
            return None
    cells = [
        value if isinstance(value, list | tuple) and value else repeat(None if value == [] else value, length)
        for value, _ in columns
    ]
    return list(zip(*cells, strict=True))


def compile_pick(target: str, pick: Pick, place: Place, allowed: Allowed, problems: list[Problem]) -> Picker:
    """Checked and compiled; everything wrong is added to `problems`, and then the result is of no use."""
    paths: list[Path] = []
    for index, text in enumerate(pick.paths):
        try:
            paths.append(compile_path(text))
        except PathError as error:
            problems.append(((*place, "path", index), str(error)))
    if not pick.paths and (pick.default is None or Allowed.DEFAULT not in allowed):
        problems.append(((*place, "path"), "A path is missing. Write the name that the source gives the value."))
    if pick.default is not None and Allowed.DEFAULT not in allowed:
        problems.append(((*place, "default"), f"{target} cannot have a default: it would be everybody's. Take it out."))
    if pick.dates and Allowed.DATE not in allowed:
        problems.append(((*place, "date"), f"{target} is no date. Take 'date' out."))
    if pick.join is not None and pick.format is not None:
        problems.append(((*place, "join"), "Use 'join' or 'format', not both."))
    if pick.digits is not None and not 2 <= pick.digits <= MOST_DIGITS:
        problems.append(((*place, "digits"), f"Say how many digits the whole number has: 2 to {MOST_DIGITS}."))
    _check_words(pick, place, problems)
    part, change = _changes(target, pick)
    return Picker(
        target=target,
        paths=tuple(paths),
        change=change,
        part=part,
        join=pick.join,
        pieces=_pieces(pick, place, problems),
        default=pick.default,
        sole=paths[0].read
        if len(paths) == 1 and paths[0].plain and (change, pick.join, pick.format) == _AS_IT_IS
        else None,
    )


def compile_pick_date(pick: Pick, place: Place, problems: list[Problem]) -> Callable[[str], date | None]:
    """The reader of the pick's dates."""
    try:
        return compile_date(*pick.dates)
    except DateFormatError as error:
        problems.append(((*place, "date", error.index), str(error)))
        return compile_date()


def _changes(target: str, pick: Pick) -> tuple[Change | None, Change | None]:
    """What is done with a part, and what with the whole. Where nothing is put together, the part is the whole."""
    decoded = [decoding(target, pick.base64)] if pick.base64 else []
    whole: list[Change] = []
    if pick.digits is not None:
        whole.append(padding(target, pick.digits))
    if pick.map is not None:
        whole.append(wording(target, pick.map, gives_way=pick.default is not None))
    if pick.join is None and pick.format is None:
        return None, in_turn([*decoded, *whole])
    return in_turn(decoded), in_turn(whole)


def _check_words(pick: Pick, place: Place, problems: list[Problem]) -> None:
    if pick.map is None or isinstance(pick.map, str):
        return
    words: dict[str, str] = {}
    for theirs, ours in pick.map.items():
        if words.setdefault(fold(theirs), ours) != ours:
            sentence = f"'{theirs}' stands here twice, compared without case and accents. Keep one of them."
            problems.append(((*place, "map", theirs), sentence))


def _pieces(pick: Pick, place: Place, problems: list[Problem]) -> tuple[str, ...] | None:
    if pick.format is None:
        return None
    pieces = tuple(pick.format.split("{}"))
    if any("{" in piece or "}" in piece for piece in pieces):
        problems.append(((*place, "format"), "Only '{}' stands for a value, in the order of the paths."))
    elif len(pieces) - 1 != len(pick.paths):
        sentence = f"There are {len(pieces) - 1} '{{}}' for {len(pick.paths)} path(s). Write one for each path."
        problems.append(((*place, "format"), sentence))
    return pieces
