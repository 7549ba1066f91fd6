"""Identification codes: how one is made, how it is written, and how it is found again in what somebody writes in a chat.

A code is 15 random symbols of an alphabet of 17 and one that checks them: 17**15 codes are 61.3 bits. Left out are the
vowels (no words come about), what the eye confuses (0 O Q D, 1 I, 5 S, 6 G, Z with 2, B with 8, V with U and Y), and what
the ear does in Portuguese, Turkish or English (N with M, P with T, C, 6 with 3, 5 with 9). Of what is left out, what looks
like a symbol is read as that one.

The check is ISBN-10's idea with 17 for 11: the sum of place times value is divisible by 17, so that one wrong symbol, or
two that changed places, never pass. It keeps no secret; it tells a code that somebody mistyped from a sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from secrets import randbelow

from gateway.core.folding import straighten
from gateway.core.redaction import Redacted

ALPHABET = "234789FHJKLMRTWXY"
LENGTH = 16
"""Symbols of a code, the check among them."""
LONGEST_TEXT = 10_000
"""Characters of a message in which a code is looked for."""
MOST_CANDIDATES = 4
"""So many codes of one message are looked up: what was quoted, and the new one."""
_GROUP = 4
_FARTHEST = 8
"""Characters between two parts of one code: a blank, a hyphen, a new line with the marks of a quotation."""
_VALUE = {symbol: value for value, symbol in enumerate(ALPHABET)}
# Both cases of every symbol, and what looks like one. (Turkish has two letters I: both look like a small L.)
_READ = {
    ord(written): symbol
    for symbol in ALPHABET
    for written in (symbol, symbol.lower(), *{"L": "1Iiıİ", "2": "Zz", "8": "Bb"}.get(symbol, ""))
}
_TOKEN = re.compile(r"[^\W_]+")
_GLUED = re.compile(rf"[{ALPHABET}]{{4}}(?:-[{ALPHABET}]{{4}}){{3}}")
_LOOKS_LIKE = re.compile(r"(?<![^\W_])(?<!-)[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){3}(?!-)(?![^\W_])")


@dataclass(frozen=True, slots=True, repr=False)
class IdentificationCode(Redacted):
    """`value`: sixteen symbols of the alphabet, as it is looked up."""

    value: str

    @property
    def written(self) -> str:
        """As people see it: `F7HK-3RTW-9XYM-4JL8`."""
        return "-".join(self.value[place : place + _GROUP] for place in range(0, LENGTH, _GROUP))


@dataclass(frozen=True, slots=True, repr=False)
class CodesSent(Redacted):
    """What of a message may be a code: `codes` that are to be looked up, at most `MOST_CANDIDATES`; `mistyped`: there is
    none, but something that was meant to be one."""

    codes: tuple[IdentificationCode, ...] = ()
    mistyped: bool = False

    def __bool__(self) -> bool:
        return bool(self.codes) or self.mistyped


def new_code(below: Callable[[int], int] = randbelow) -> IdentificationCode:
    """`below`: gives a number from 0 to under its argument that nobody can foretell."""
    while True:
        drawn = [below(len(ALPHABET)) for _ in range(LENGTH - 1)]
        drawn.append(_weighed(drawn) % len(ALPHABET))
        value = "".join([ALPHABET[one] for one in drawn])
        # One in a thousand has no digit: it could not be told from letters.
        if _is_mixed(value):
            return IdentificationCode(value)


def codes_in(text: str) -> CodesSent:
    """The codes in a message: any case, with blanks, hyphens, punctuation or new lines in between, in the middle of a
    sentence. In time linear in the text, of which no more than `LONGEST_TEXT` is read."""
    plain = _plain(text[:LONGEST_TEXT])
    read = plain.translate(_READ)
    found: dict[str, None] = {}
    for value in (*_grouped(read), *_glued(read)):
        found[value] = None
        if len(found) == MOST_CANDIDATES:
            break
    if found:
        return CodesSent(tuple([IdentificationCode(value) for value in found]))
    return CodesSent(mistyped=any(_is_mixed(one.group()) for one in _LOOKS_LIKE.finditer(plain)))


def _plain(text: str) -> str:
    """Digits, dashes and letters in ASCII where they are those, without what cannot be seen and what is put onto letters."""
    if text.isascii():
        return text
    # One ligature may become a whole sentence.
    seen = straighten(text)[:LONGEST_TEXT]
    return "".join([one for one in seen if not unicodedata.combining(one) and unicodedata.category(one) != "Me"])


def _grouped(read: str) -> Iterator[str]:
    """Neighbouring words that are sixteen symbols together, and nothing more."""
    words = [(one.start(), one.end()) for one in _TOKEN.finditer(read)]
    for first in range(len(words)):
        value, last = "", words[first][0]
        for start, end in words[first : first + LENGTH]:
            if start - last > _FARTHEST or end - start > LENGTH - len(value):
                break
            value, last = value + read[start:end], end
            if len(value) == LENGTH:
                if _is_code(value):
                    yield value
                break


def _glued(read: str) -> Iterator[str]:
    """Four groups with hyphens, whatever stands right before and behind them."""
    for one in _GLUED.finditer(read):
        value = one.group().replace("-", "")
        if _is_code(value):
            yield value


def _is_code(value: str) -> bool:
    if not _VALUE.keys() >= set(value) or not _is_mixed(value):
        return False
    return _weighed([_VALUE[symbol] for symbol in value]) % len(ALPHABET) == 0


def _weighed(values: Sequence[int]) -> int:
    """Place times value; the check's place is 16, which is -1 of 17."""
    return sum([place * value for place, value in enumerate(values, 1)])


def _is_mixed(value: str) -> bool:
    """A number is no code, nor is a word."""
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))
