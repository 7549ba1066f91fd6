"""Text that a source shows only in part (`J*** S***`, `a***@example.com`, `(11) *****-4321`), held against a whole one."""

from __future__ import annotations

import re

from gateway.core.agreement import Agreement, agreement

SIGNS = "*•●█∗＊…"
_HIDDEN = re.compile(rf"[{SIGNS}]+")
_HIDDEN_DIGITS = re.compile(rf"[{SIGNS}#xX]")
_NOT_OF_A_NUMBER = re.compile(r"[^0-9*]")
_SHORTEST_NUMBER = 8
TELLING = 4
"""So many visible letters and digits tell one customer from another; the last two digits of a CPF fit every hundredth."""


def has_hidden(text: str) -> bool:
    return _HIDDEN.search(text) is not None


def has_hidden_digits(text: str) -> bool:
    """In numbers `x` and `#` hide too; a single one stands before an extension."""
    return len(_HIDDEN_DIGITS.findall(text)) > 1 or has_hidden(text)


def enough(found: Agreement, visible: int) -> Agreement:
    """What agrees with too little of it visible says nothing; what disagrees, disagrees by a single letter."""
    return Agreement.ABSENT if found is Agreement.AGREES and visible < TELLING else found


def glob(text: str, whole: str) -> Agreement:
    """What is visible stands in `whole` in the same order, at its beginning and end where the text begins and ends with it.

    How many signs hide something says nothing about its length. Where no letter or digit is visible: absent.
    """
    pieces = _HIDDEN.split(text)
    if not any(map(str.isalnum, text)):
        return Agreement.ABSENT
    first, *middle, last = pieces
    if len(first) + len(last) > len(whole) or not (whole.startswith(first) and whole.endswith(last)):
        return Agreement.DISAGREES
    place, end = len(first), len(whole) - len(last)
    for piece in middle:
        found = whole.find(piece, place, end)
        if found < 0:
            return Agreement.DISAGREES
        place = found + len(piece)
    return Agreement.AGREES


def edges(text: str, whole: str) -> Agreement:
    """What is visible at the beginning and at the end of `text`, where its length is not that of the whole.

    What stands in the middle has no known position then, and is not held against anybody. `*`, `x` and other signs hide.
    """
    shown = re.split(rf"[{SIGNS}#·xX]+", text)
    first, last = shown[0], shown[-1]
    if len(shown) < 2 or not (first or last):
        return Agreement.ABSENT
    return agreement(whole.startswith(first) and whole.endswith(last))


def number(text: str, wholes: tuple[str, ...]) -> Agreement:
    """A phone number's visible digits, each at its place counted from the end, in one of the spellings of the whole one.
    Those of the subscriber's number have to be enough."""
    shown = _NOT_OF_A_NUMBER.sub("", _HIDDEN_DIGITS.sub("*", text))
    if len(shown) < _SHORTEST_NUMBER:
        shown = shown.rpartition("*")[2]
    if not shown.strip("*"):
        return Agreement.ABSENT
    digits = [whole.removeprefix("+") for whole in wholes]
    visible = sum(map(str.isdigit, shown[-_SHORTEST_NUMBER:]))  # the area code is everybody's
    return enough(agreement(any(_fits(shown, whole) for whole in digits)), visible)


def _fits(shown: str, whole: str) -> bool:
    return all(a in ("*", b) for a, b in zip(reversed(shown), reversed(whole), strict=False))
