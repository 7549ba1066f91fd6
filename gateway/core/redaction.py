"""How personal data and secrets are kept out of texts: the one place for reprs, secrets and masked values."""

from __future__ import annotations

from typing import final


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
    """A value for traces: letters and digits become `*`, but the last two digits or first letter; shape stays.

    `123.456.789-09` -> `***.***.***-09`; `ana@x.com` -> `a**@*.***`; `João Silva` -> `J*** *****`.
    """
    if not value:
        return ""
    digits = sum(character.isdigit() for character in value)
    letters = any(character.isalpha() for character in value)
    keep_digits = 2 if digits >= 8 else 0
    masked: list[str] = []
    seen_digits = 0
    first = True
    for character in value:
        if character.isdigit():
            seen_digits += 1
            masked.append(character if not letters and digits - seen_digits < keep_digits else "*")
        elif character.isalpha():
            masked.append(character if first else "*")
            first = False
        else:
            masked.append(character)
    return "".join(masked)
