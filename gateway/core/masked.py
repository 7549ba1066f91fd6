"""Documents that a source shows only in part: `***.456.789-**`, `xxx.456.789-xx`."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s./-]+")
_SIGNS = "*•●·#█"
_MASKED = re.compile(rf"(?=.*[{_SIGNS}])(?=.*[0-9])[{_SIGNS}0-9A-Za-z]+|(?=.*[xX].*[xX])(?=.*[0-9])[xX0-9]+")
_HIDDEN = frozenset(_SIGNS + "xX")


def partly_hidden(text: str) -> bool:
    """Is this a document of which the source hides a part? Ask only of what is no valid document: `X` is also a letter
    of the alphanumeric CNPJ and of Spain's NIE."""
    return _MASKED.fullmatch(_squeezed(text)) is not None


def positions(text: str) -> int:
    """How many letters and digits the whole document has, hidden ones included."""
    return len(_squeezed(text))


def visible(text: str) -> int:
    """How many letters and digits of it are not hidden."""
    return sum(sign not in _HIDDEN for sign in _squeezed(text))


def agrees(masked: str, other: str) -> bool | None:
    """Does a masked document agree with another one, whole or masked, wherever both show something?

    None where that cannot be said: another number of positions, or no position that both show.
    """
    left, right = _squeezed(masked).upper(), _squeezed(other).upper()
    if len(left) != len(right):
        return None
    hidden = _HIDDEN if partly_hidden(other) else frozenset[str]()
    shown = [(a, b) for a, b in zip(left, right, strict=True) if a not in _HIDDEN and b not in hidden]
    return all(a == b for a, b in shown) if shown else None


def _squeezed(text: str) -> str:
    return _SEPARATORS.sub("", text)
