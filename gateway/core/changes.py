"""What is done with a single text on its way from record to customer: base64, lost zeros, the source's words."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from typing import Final, Literal, TypeAlias

from gateway.core.absence import present
from gateway.core.folding import fold

Change: TypeAlias = Callable[[str, list[str]], str | None]
"""A source's text -> ours, or None for absent; what is doubted goes to the list, without the value."""

Charset: TypeAlias = Literal[
    "utf-8", "utf-16", "iso-8859-1", "iso-8859-9", "iso-8859-15", "windows-1252", "windows-1254"
]
"""What a text in base64 may be encoded in."""

Words: TypeAlias = Map[str, str] | Literal["boolean"]
"""The source's word -> ours; or the words of BOOLEAN."""

BOOLEAN: Final[Map[str, str]] = {
    **dict.fromkeys(
        ("true", "t", "1", "on", "s", "sim", "v", "verdadeiro", "y", "yes", "si", "e", "evet", "dogru"), "true"
    ),
    **dict.fromkeys(("false", "f", "0", "off", "n", "nao", "falso", "no", "h", "hayir", "yanlis"), "false"),
}
"""Yes and no as systems of Portuguese, English, Spanish and Turkish write them, folded."""

MOST_DIGITS = 20


def doubt(target: str, problem: str, warnings: list[str]) -> None:
    """Add a warning that names the target, once."""
    sentence = f"{target}: {problem}"
    if sentence not in warnings:
        warnings.append(sentence)


def in_turn(changes: Sequence[Change]) -> Change | None:
    """One change after the other; None where there is none, so that the usual text costs nothing."""
    if len(changes) < 2:
        return changes[0] if changes else None
    first, *rest = changes

    def change(raw: str, warnings: list[str]) -> str | None:
        text = first(raw, warnings)
        for following in rest:
            if text is None:
                return None
            text = following(text, warnings)
        return text

    return change


def decoding(target: str, charset: Charset) -> Change:
    """Text in base64 (RFC 4648, also its URL-safe letters, without padding and broken into lines)."""

    def change(raw: str, warnings: list[str]) -> str | None:
        letters = "".join(raw.split()).translate({ord("-"): "+", ord("_"): "/"}).rstrip("=")
        if not letters:
            return None
        try:
            return present(b64decode(letters + "=" * (-len(letters) % 4), validate=True).decode(charset))
        except ValueError:
            doubt(target, f"a value is not base64 of {charset} text and was left out", warnings)
            return None

    return change


def padding(target: str, digits: int) -> Change:
    """A number gets back the leading zeros that it lost; nothing but zeros is nothing."""

    def change(raw: str, warnings: list[str]) -> str | None:
        text = present(raw)
        if text is None or len(text) >= digits or not (text.isascii() and text.isdigit()):
            return text
        if not text.strip("0"):
            return None
        doubt(target, ZEROS_BACK, warnings)
        return text.zfill(digits)

    return change


ZEROS_BACK = "a number got back the leading zeros that its source had lost"


def wording(target: str, words: Words, gives_way: bool) -> Change:
    """The source's words become ours, compared without case and accents. `gives_way`: an unknown word is absent, because
    a default stands in for it; else it stays, but for `boolean`, which gives nothing but true and false."""
    known = BOOLEAN if words == "boolean" else {fold(theirs): ours for theirs, ours in words.items()}
    unknown = "a value is neither yes nor no and was left out" if known is BOOLEAN else _STAYS

    def change(raw: str, warnings: list[str]) -> str | None:
        word = known.get(fold(raw))
        if word is not None:
            return present(word)
        text = present(raw)
        if text is None or gives_way:
            return None
        doubt(target, unknown, warnings)
        return None if known is BOOLEAN else text

    return change


_STAYS = "a value is not among those of map; it stays as it came"
