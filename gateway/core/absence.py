"""What a source's value is as text, and what counts as no value at all: absent stays absent."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map

from gateway.core.folding import fold
from gateway.core.model import Json

NOTHING = frozenset(
    {
        "none", "null", "(null)", "<null>", "nil", "undefined", "nan", "n/a", "n.a.", "n/d",
        "nao informado", "nao informada", "nao consta", "sem informacao",
    }
)  # fmt: skip
"""Words that systems write where they have no value, compared without case and accents."""

_LONGEST = max(map(len, NOTHING))
_FORM = r"\-–—._/(),:"
_EMPTY_FORM = re.compile(rf"[\s{_FORM}]+")
_STARTS = frozenset(_FORM) | {start for word in NOTHING for start in (word[0], word[0].upper())}
_UNSHOWN = re.compile(r"[\x00-\x1f\x7f\u200b\ufeff\ud800-\udfff]")


def present(text: str) -> str | None:
    """The text with single blanks and without invisible characters; None where it says nothing.

    Nothing is: blanks, a word of NOTHING, and the bare punctuation of an empty form (`-`, `--/--/----`, `(  )  -`).
    """
    text = " ".join(text.split())
    if not text.isprintable():
        text = " ".join(_UNSHOWN.sub("", text).split())
    if len(text) > _LONGEST:
        return text
    if not text:
        return None
    # Most values are told from the words by their first letter, without folding them.
    if text[0] not in _STARTS and text[0] <= "\x7f":
        return text
    return None if _EMPTY_FORM.fullmatch(text) or fold(text) in NOTHING else text


def scalar(value: Json) -> str | None:
    """A single value as text, before it is asked whether it is present; None for null, lists and structures.

    A whole number loses its `.0`; truth is `true` or `false`; infinities and NaN are nothing.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float) and value - value == 0:
        return str(int(value)) if value.is_integer() else repr(value)
    return None


def without_nothing(value: Json) -> Json:
    """A value as it came, for display, but for the parts that say nothing; None where nothing is left."""
    if isinstance(value, str):
        return present(value)
    if isinstance(value, Map):
        kept = {name: inner for name, part in value.items() if (inner := without_nothing(part)) is not None}
        return kept or None
    if isinstance(value, list | tuple):
        return [inner for part in value if (inner := without_nothing(part)) is not None] or None
    return None if isinstance(value, float) and value - value != 0 else value
