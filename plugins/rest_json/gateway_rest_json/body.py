"""A POST's body: compiled to bytes with holes, so that a value never leaves its place."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from urllib.parse import quote_plus

from pydantic import JsonValue

from gateway.adapter import holes
from gateway_rest_json.settings import BODY_HOLE

_FORM_HOLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Body:
    """Bytes and holes by turns. `chunks`: one more than `holes`. `escape`: a value as it stands between the chunks."""

    media_type: str
    chunks: tuple[bytes, ...]
    holes: tuple[str, ...]
    escape: Callable[[str], bytes]

    def fill(self, values: Map[str, str]) -> bytes:
        parts = [self.chunks[0]]
        for name, chunk in zip(self.holes, self.chunks[1:], strict=True):
            parts.append(self.escape(values[name]))
            parts.append(chunk)
        return b"".join(parts)


# ---------------------------------------------------------------------------------------------- JSON


def json_body(structure: JsonValue, known: frozenset[str]) -> Body | None:
    """The body for a query with the fields `known`; None where nothing is left of it.

    What holds a hole that is not filled is left out: inside a list the whole item (a filter without its value filters
    nothing), elsewhere the member. What is left empty by that is left out too.
    """
    left = _pruned(structure, known, in_item=False)
    if left is _GONE:
        return None
    # ASCII: right whatever charset the other side reads in. Structure has no `{name}`: names of members stand in quotes.
    pieces = BODY_HOLE.split(json.dumps(left, separators=(",", ":")))
    return _body("application/json", pieces, _json_text)


def _json_text(value: str) -> bytes:
    return json.dumps(value)[1:-1].encode("ascii")


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


# ---------------------------------------------------------------------------------------------- forms


def form_body(form: Map[str, str], known: frozenset[str]) -> Body | None:
    """The form for a query with the fields `known`; None where no value is left."""
    pieces = [""]
    for name, template in form.items():
        if not holes(template) <= known:
            continue
        texts = _FORM_HOLE.split(template)
        texts[::2] = [quote_plus(text) for text in texts[::2]]
        pieces[-1] += f"{'&' if len(pieces) > 1 or pieces[-1] else ''}{quote_plus(name)}={texts[0]}"
        pieces += texts[1:]
    return _body("application/x-www-form-urlencoded", pieces, _form_text) if pieces != [""] else None


def _form_text(value: str) -> bytes:
    return quote_plus(value).encode("ascii")


def _body(media_type: str, pieces: Sequence[str], escape: Callable[[str], bytes]) -> Body:
    chunks = tuple(text.encode("ascii") for text in pieces[::2])
    return Body(media_type, chunks, tuple(pieces[1::2]), escape)
