"""Text compared without case and accents: the one place that folds."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

_PARTICLES = frozenset({"de", "da", "do", "das", "dos"})
_PUNCTUATION = re.compile(r"[^0-9a-z]+")
_MINUS = "\u2212"


def fold(text: str) -> str:
    """Lower case, without accents, single blanks: `  João  D'Ávila` -> `joao d'avila`; `İ` and `ı` -> `i`."""
    ascii_text = text if text.isascii() else anyascii(text)
    return " ".join(ascii_text.lower().split())


@lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """A field's name as sources compare it: without case, accents, `_`, `-`, blanks and Portuguese particles.

    `E-mail` = `email`; `Código do cliente` = `codigo_cliente`. The cache holds names of fields, never values.
    """
    return fold_label(name)


def fold_label(name: str) -> str:
    """As `fold_name`; of what strangers call something, which is not remembered."""
    words = [word for word in _PUNCTUATION.split(fold(name)) if word]
    return "".join(word for word in words if word not in _PARTICLES or len(words) == 1)


def straighten(text: str) -> str:
    """Text as typed or pasted, with digits, dashes and blanks in ASCII and without invisible characters.

    `１２３\u00a0–\u200b４` -> `123 -4`. Letters keep case and accents; control characters stay, for a check to refuse.
    """
    if text.isascii():
        return text
    visible = "".join(character for character in text if unicodedata.category(character) != "Cf")
    return "".join(map(_straight, unicodedata.normalize("NFKC", visible)))


def _straight(character: str) -> str:
    if character.isascii():
        return character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    category = unicodedata.category(character)
    if category == "Pd" or character == _MINUS:
        return "-"
    return " " if category[0] == "Z" else character
