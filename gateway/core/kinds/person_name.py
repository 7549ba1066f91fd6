"""Names of people and companies, as typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping as Map
from typing import ClassVar

from anyascii import anyascii

from gateway.core.kinds.kind import Form, InvalidValue, Normalised, Recognition, Strength
from gateway.core.kinds.writing import lower, plain, upper

LONGEST = 200
_JOINERS = "\u200c\u200d"  # they change how a name is written in Persian and in Indian scripts


class PersonName:
    """Canonical: the person's own spelling, composed (NFC), with single blanks.

    Case and accents stay, because a source may need them; comparing folds them away (`gateway.core.names`). Composed,
    because a decomposed `ã` cannot be sent in ISO-8859-1.
    """

    name: ClassVar[str] = "name"
    strength: ClassVar[Strength] = Strength.NAME
    matches: ClassVar[str] = "name"

    @property
    def forms(self) -> Map[str, Form]:
        return _FORMS

    def normalise(self, text: str, country: str) -> Normalised:
        value = text if text.isascii() else unicodedata.normalize("NFC", "".join(filter(_is_written, text)))
        value = " ".join(value.split())
        if not value.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in value):
            raise InvalidValue("characters", "a name has no control characters")
        if sum(map(str.isalpha, value)) < 2:
            raise InvalidValue("length", "a name has at least two letters")
        if len(value) > LONGEST:
            raise InvalidValue("length", f"a name has at most {LONGEST} characters")
        return Normalised(value)

    def canonical(self, text: str, country: str) -> str | None:
        try:
            return self.normalise(text, country).value
        except InvalidValue:
            return None

    def recognises(self, text: str) -> Recognition:
        return Recognition.MAYBE if sum(map(str.isalpha, text)) >= 2 else Recognition.NO


def _is_written(character: str) -> bool:
    return unicodedata.category(character) != "Cf" or character in _JOINERS


def _in_ascii(value: str, country: str) -> str:
    """`João` -> `Joao`."""
    return " ".join(anyascii(value).split())


def _in_ascii_upper(value: str, country: str) -> str:
    """`João` -> `JOAO`."""
    return _in_ascii(value, country).upper()


_FORMS: Map[str, Form] = {
    "plain": plain,
    "upper": upper,
    "lower": lower,
    "ascii": _in_ascii,
    "ascii_upper": _in_ascii_upper,
}

NAME = PersonName()
