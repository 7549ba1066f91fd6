"""What strangers' JSON holds: members that stand once, and ids that are texts or whole numbers."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.core.model import Json

_LARGEST = 10**30
"""Ids of databases are shorter by far; what is longer is none."""


class RepeatedMember(ValueError):
    """A member stands twice, and readers differ in which of the two counts (RFC 8259, 4). Its name may hold anything, so it
    is not repeated here."""


def unrepeated(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    """For `object_pairs_hook`. Raises RepeatedMember."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedMember
    return members


def text_of(value: Json) -> str | None:
    """A text as it is, or a whole number as text, since ids often are numbers; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _LARGEST:
        return str(value)
    return None
