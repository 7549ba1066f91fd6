"""A tenant's file as far as it can be read: what is broken is reported and left out, so that the rest is checked, too."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass

from gateway.config.document import Problems, Step
from gateway.config.tenant_file import TenantFile
from gateway.config.validation import validate
from gateway.core.model import Json

_NAMED = ("search_fields", "sources", "routes")
"""Blocks of which a broken entry is left out alone."""
_STAND_INS: dict[str, Json] = {
    "tenant": "x",
    "name": "x",
    "country": "BR",
    "search_fields": {},
    "unique_key": {"name": "x", "kind": "code"},
    "sources": {},
    "routes": {},
}


@dataclass(frozen=True, slots=True)
class Draft:
    """`file`: what could be read, with stand-ins for the blocks in `broken`. `field_names`, `source_names`: the names that
    the author gave, of broken ones, too, so that nobody complains of a name that is there."""

    file: TenantFile
    broken: frozenset[str]
    field_names: frozenset[str]
    source_names: frozenset[str]

    def whole(self, block: str) -> bool:
        """Could everything of this block be read?"""
        return block not in self.broken


def read_draft(value: Json, problems: Problems, context: Map[str, object]) -> Draft | None:
    """Report everything that does not fit the file's model; None where too little is left to go on with."""
    known = len(problems.paths)
    file = validate(TenantFile, value, problems, context=context)
    if file is not None:
        return Draft(file, frozenset(), frozenset(file.search_fields), frozenset(file.sources))
    if not isinstance(value, dict):
        return None
    rest = _without(value, problems.paths[known:])
    again = Problems(problems.document)
    file = validate(TenantFile, {**_STAND_INS, **rest}, again, context=context)
    if file is None:
        return None
    broken = frozenset(str(path[0]) for path in problems.paths[known:] if path)
    broken |= _STAND_INS.keys() - rest.keys()
    return Draft(file, broken, _names(value, "search_fields"), _names(value, "sources"))


def _without(value: dict[str, Json], paths: list[tuple[Step, ...]]) -> dict[str, Json]:
    """The file's blocks without those that a path complains of; of the named ones without the entry."""
    rest = dict(value)
    for path in paths:
        block = str(path[0]) if path else ""
        entries = rest.get(block)
        if block in _NAMED and len(path) > 1 and isinstance(entries, dict):
            rest[block] = {name: entry for name, entry in entries.items() if name != path[1]}
        else:
            rest.pop(block, None)
    return rest


def _names(value: dict[str, Json], block: str) -> frozenset[str]:
    entries = value.get(block)
    return frozenset(entries) if isinstance(entries, dict) else frozenset()
