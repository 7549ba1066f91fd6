"""What of a source's records the mapping does not read, and which of its lines find nothing: how a misspelt path shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from difflib import get_close_matches

from gateway.core.absence import present, scalar
from gateway.core.folding import fold_name
from gateway.core.mapping import Mapping
from gateway.core.model import Json, RawRecord
from gateway.core.paths import ANY_NAME, Path
from gateway.core.redaction import mask
from gateway.core.steps import Silent

MOST_NAMES = 30
_DEEPEST = 6
_LONGEST = 60
_MOST_DIGITS = 4
"""A name with more digits, or with an @, is a value: some APIs key their objects by document."""
_NEAR = 0.72


def unread(mapping: Mapping, records: Sequence[RawRecord]) -> tuple[str, ...]:
    """The names, with dots between them, that hold something in some record and that no line reads; at most MOST_NAMES.
    What looks like a value is masked."""
    paths = [path for line in mapping.lines for path in line.paths]
    names = dict.fromkeys(name for record in records for name in _leaves(record, ()))
    missed = dict.fromkeys(_shown(name) for name in names if not any(_reads(path, name) for path in paths))
    return tuple(missed)[:MOST_NAMES]


def silent(mapping: Mapping, records: Sequence[RawRecord], unread_names: Sequence[str] = ()) -> tuple[Silent, ...]:
    """The lines that found nothing in any record; with the name among `unread_names` that each may mean."""
    return tuple(
        Silent(line.target, tuple(path.text for path in line.paths), _nearest(line.paths, unread_names))
        for line in mapping.lines
        if line.paths and not any(line.many(record, []) for record in records)
    )


def _leaves(value: Json, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if len(way) > _DEEPEST:
        return
    if isinstance(value, Map):
        for name, inner in value.items():
            yield from _leaves(inner, (*way, name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _leaves(inner, way)
    elif present(scalar(value) or "") is not None:
        yield way


def _reads(path: Path, name: tuple[str, ...]) -> bool:
    """Does the path lead to this leaf, or through it? Of an expression it is enough that it mentions the last name."""
    if not path.plain:
        return ANY_NAME in path.names or name[-1] in path.names
    segments = tuple(path.text.split("."))
    return name[: len(segments)] == segments


def _shown(name: tuple[str, ...]) -> str:
    return ".".join(mask(one) if _is_value(one) else one for one in name)[:_LONGEST]


def _is_value(name: str) -> bool:
    return "@" in name[1:] or sum(map(str.isdigit, name)) > _MOST_DIGITS


def _nearest(paths: Sequence[Path], names: Sequence[str]) -> str | None:
    """The unread name that is spelled nearly like one of the paths, compared by the last part."""
    by_fold = {fold_name(name.rpartition(".")[2]): name for name in reversed(names)}
    for path in paths:
        wanted = fold_name(path.text.rpartition(".")[2])
        near = get_close_matches(wanted, by_fold, n=1, cutoff=_NEAR) or [
            one
            for one in by_fold
            if len(wanted) > 2 and len(one) > 2 and (one.startswith(wanted) or wanted.startswith(one))
        ]
        if near:
            return by_fold[near[0]]
    return None
