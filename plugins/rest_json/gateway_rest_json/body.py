"""A POST's body: compiled to bytes with holes, so that a value never leaves its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote_plus

from pydantic import JsonValue

from gateway.adapter import holes
from gateway_rest_json.templates import BODY_HOLE

_FORM_HOLE = re.compile(r"\{([^{}]*)\}")
# What stands alone in its text and is JSON already: numbers, and what the adapter itself fills in.
_IN_JSON = re.compile(r'"\{(-number-[\w.-]+|--[a-z]+--)\}"|\{([\w.-]+)\}', re.ASCII)

Escape: TypeAlias = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes and holes by turns. `chunks`: one more than `holes`. `escapes`: for each hole, a value as it stands there."""

    media_type: str
    chunks: tuple[bytes, ...]
    holes: tuple[str, ...]
    escapes: tuple[Escape, ...]

    def fill(self, values: Map[str, str]) -> bytes:
        parts = [self.chunks[0]]
        for name, escape, chunk in zip(self.holes, self.escapes, self.chunks[1:], strict=True):
            parts.append(escape(values[name]))
            parts.append(chunk)
        return b"".join(parts)


# ---------------------------------------------------------------------------------------------- JSON


def json_body(structure: JsonValue, known: frozenset[str]) -> Body | None:
    """The body for a query with the holes `known` filled in; None where nothing is left of it.

    What holds a hole that is not filled is left out: inside a list the whole item (a filter without its value filters
    nothing), elsewhere the member. What is left empty by that is left out too.
    """
    left = _pruned(structure, known, in_item=False)
    if left is _GONE:
        return None
    # ASCII: right whatever charset the other side reads in. Structure has no `{name}`: names of members stand in quotes.
    pieces = _IN_JSON.split(json.dumps(left, separators=(",", ":")))
    bare, within = pieces[1::3], pieces[2::3]
    names = [alone or inside for alone, inside in zip(bare, within, strict=True)]
    return _body("application/json", pieces[::3], names, [_json if alone else _json_text for alone in bare])


def _json_text(value: str) -> bytes:
    return json.dumps(value)[1:-1].encode("ascii")


def _json(value: str) -> bytes:
    return value.encode("ascii")


class _Gone:
    """Stands for what was left out."""


_GONE = _Gone()


def _pruned(value: JsonValue, known: frozenset[str], *, in_item: bool) -> JsonValue | _Gone:
    if isinstance(value, str):
        return value if known.issuperset(BODY_HOLE.findall(value)) else _GONE
    if isinstance(value, list):
        items = [_pruned(item, known, in_item=True) for item in value]
        kept = [item for item in items if not isinstance(item, _Gone)]
        return kept if kept or not value else _GONE
    if isinstance(value, dict):
        members = {name: _pruned(member, known, in_item=in_item) for name, member in value.items()}
        left = {name: member for name, member in members.items() if not isinstance(member, _Gone)}
        if len(left) < len(members) and (in_item or not left):
            return _GONE
        return left
    return value


def with_hole(structure: JsonValue, place: Sequence[str], hole: str) -> JsonValue:
    """The structure with a hole at a place of its own: the names of the members on the way there."""
    if not place:
        return f"{{{hole}}}"
    members = structure if isinstance(structure, dict) else {}
    return {**members, place[0]: with_hole(members.get(place[0]), place[1:], hole)}


# ---------------------------------------------------------------------------------------------- forms


def form_body(form: Map[str, str], known: frozenset[str]) -> Body | None:
    """The form for a query with the holes `known` filled in; None where no value is left."""
    texts, names = [""], list[str]()
    for name, template in form.items():
        if not holes(template) <= known:
            continue
        found = _FORM_HOLE.split(template)
        texts[-1] += f"{'&' if names or texts[-1] else ''}{quote_plus(name)}={quote_plus(found[0])}"
        texts += map(quote_plus, found[2::2])
        names += found[1::2]
    if texts == [""]:
        return None
    return _body("application/x-www-form-urlencoded", texts, names, [_form_text] * len(names))


def _form_text(value: str) -> bytes:
    return quote_plus(value).encode("ascii")


def _body(media_type: str, texts: Sequence[str], names: Sequence[str], escapes: Sequence[Escape]) -> Body:
    return Body(media_type, tuple(text.encode("ascii") for text in texts), tuple(names), tuple(escapes))
