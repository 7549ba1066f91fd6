"""The written rule by which a name that was asked for agrees with the name in a record.

1. Both are folded: no case, no accents, no punctuation. The particles de, da, do, dos, das and e do not count.
2. Every word that was asked for must be found among the record's words. One word may be enough; the order is free.
3. A word is found as a whole word; as an initial, on either side; or nearly: words of four and more letters of which
   rapidfuzz's ratio is at least 85 (one letter more or less, as in Thiago and Tiago), unless they end as the names of a
   woman and a man do (Fernanda and Fernando, Gabriela and Gabriel).
4. Three letters or more that begin a word of the record stand for it: operators type beginnings, and sources search by
   them. Fewer do not, and what stands within a word does not.

>>> agreement("carlos", "Carlos Souza").value
'agrees'
>>> agreement("SOUZA, João de", "joao souza").value
'agrees'
>>> agreement("J. Souza", "João Carlos Souza").value
'agrees'
>>> agreement("João Souza", "J. Souza").value
'agrees'
>>> agreement("Thiago", "Tiago Lima").value
'agrees'
>>> agreement("Maria Souza", "Mario Souza").value
'disagrees'
>>> agreement("Fernanda Souza", "Fernando Souza").value
'disagrees'
>>> agreement("carl souz", "Carlos Souza").value
'agrees'
>>> agreement("Jo", "João").value
'disagrees'
>>> agreement("ana", "Mariana").value
'disagrees'
>>> agreement("Ana Souza", "Ana").value
'disagrees'

A record may hide a part of its name, or give initials. What is visible must agree; a word of which nothing is visible may
be any one word that was asked for. But such a name agrees only if every asked word is there, and one of them whole or with
three letters: `J*** S***` is the name of every hundredth.

>>> agreement("João Silva", "João S***").value
'agrees'
>>> agreement("João Silva", "J*** S***").value
'absent'
>>> agreement("João Silva", "M*** S***").value
'disagrees'
>>> agreement("Ana Lima", "Ana ****").value
'absent'
"""

from __future__ import annotations

import re
from collections.abc import Callable

from gateway.core.agreement import Agreement
from gateway.core.folding import fold
from gateway.core.partial import SIGNS, glob

NEARLY = 85.0
"""rapidfuzz's ratio (0 to 100) from which two words are nearly the same."""
_LONG_ENOUGH = 4
_BEGINNING = 3
_PARTICLES = frozenset({"de", "da", "do", "dos", "das", "e"})
_HIDDEN = str.maketrans(dict.fromkeys(SIGNS, "*"))
_WORD = re.compile(r"[0-9a-z*]+")


def agreement(asked: str, given: str) -> Agreement:
    """Does the record's name agree with the one that was asked for?"""
    return asks_for(asked)(given)


def asks_for(asked: str) -> Callable[[str], Agreement]:
    """`agreement` with the question folded once, for many records."""
    wanted = words(asked)

    def compare(given: str) -> Agreement:
        present = words(given)
        if not present:
            return Agreement.ABSENT
        hidden = sum(1 for word in present if not word.strip("*"))
        missing = sum(1 for word in wanted if not _is_among(word, present))
        if missing > hidden:
            return Agreement.DISAGREES
        return Agreement.ABSENT if missing or not _is_told(wanted, present) else Agreement.AGREES

    return compare


def may_be_one_person(one: str, other: str) -> bool:
    """Does either name have the other's first word? A mother and her child share the last one."""
    left, right = words(one), words(other)
    return not left or not right or _is_found(left[0], right) or _is_found(right[0], left)


def words(name: str) -> tuple[str, ...]:
    """The folded words that count; `*` stands for what a record hides."""
    folded = fold(name.translate(_HIDDEN)).replace("'", "")
    found = tuple(_WORD.findall(folded))
    return tuple(word for word in found if word not in _PARTICLES) or found


def _is_told(wanted: tuple[str, ...], present: tuple[str, ...]) -> bool:
    """Is one asked word more than an initial, and so is what it was found as? Who asks by initials is answered by them."""
    telling = tuple(word for word in present if len(word.strip("*")) >= (_BEGINNING if "*" in word else 2))
    longer = tuple(word for word in wanted if len(word) > 1)
    return not longer or any(_is_among(word, telling) for word in longer)


def _is_found(word: str, others: tuple[str, ...]) -> bool:
    return any(_is_nearly(word, other) or _is_nearly(other, word) or word == other for other in others)


def _is_among(word: str, present: tuple[str, ...]) -> bool:
    return word in present or any(_is_nearly(word, other) for other in present)


def _is_nearly(asked: str, given: str) -> bool:
    if "*" in given:
        return glob(given, asked) is Agreement.AGREES
    if len(asked) == 1 or len(given) == 1:
        return asked[0] == given[0]
    if len(asked) >= _BEGINNING and given.startswith(asked):
        return True
    if len(asked) < _LONG_ENOUGH or len(given) < _LONG_ENOUGH or _differ_as_woman_and_man(asked, given):
        return False
    from rapidfuzz.fuzz import ratio  # 35 ms to import, and most names agree without it

    return ratio(asked, given, score_cutoff=NEARLY) > 0


def _differ_as_woman_and_man(one: str, other: str) -> bool:
    return one[-1] != other[-1] and "a" in (one[-1], other[-1])
