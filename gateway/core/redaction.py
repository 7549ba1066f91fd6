"""How personal data and secrets are kept out of texts: the one place for reprs, secrets and masked values."""

from __future__ import annotations

from string import punctuation, whitespace
from typing import final

_VISIBLE = frozenset(punctuation + whitespace)
_LONG_NUMBER = 8
_SHOWN_DIGITS = 2


class Redacted:
    """Base of every dataclass that holds a customer's data: its repr gives the class and nothing else.

    Use with `@dataclass(frozen=True, slots=True, repr=False)`.
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} …>"


@final
class Secret:
    """A password, token or key. Shown by `reveal()` alone: not by str, repr, format, pickle or comparison."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "<Secret …>"

    def __str__(self) -> str:
        return "…"

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")


def mask(value: str) -> str:
    """A value for traces: everything but ASCII punctuation and blanks becomes `*`; shape stays.

    Of a number of eight digits and more the last two are shown, of a value with letters the first letter.
    `123.456.789-09` -> `***.***.***-09`; `ana@x.com` -> `a**@*.***`; `João Silva` -> `J*** *****`.
    """
    digits = sum(map(str.isdigit, value))
    letters = any(map(str.isalpha, value))
    hidden = digits if letters or digits < _LONG_NUMBER else digits - _SHOWN_DIGITS
    masked: list[str] = []
    for character in value:
        if character in _VISIBLE:
            masked.append(character)
        elif character.isdigit():
            masked.append("*" if hidden > 0 else character)
            hidden -= 1
        else:
            masked.append(character if letters and character.isalpha() else "*")
            letters = letters and not character.isalpha()
    return "".join(masked)
