"""What comparing a record with the question can come to."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


class Agreement(StrEnum):
    """`ABSENT`: the record says nothing that could be compared."""

    AGREES = "agrees"
    DISAGREES = "disagrees"
    ABSENT = "absent"


def any_of(agreements: Iterable[Agreement]) -> Agreement:
    """Of several values one that agrees is enough; one that disagrees counts where none agrees."""
    result = Agreement.ABSENT
    for agreement in agreements:
        if agreement is Agreement.AGREES:
            return agreement
        if agreement is Agreement.DISAGREES:
            result = agreement
    return result


def agreement(agrees: bool) -> Agreement:
    return Agreement.AGREES if agrees else Agreement.DISAGREES
