"""What several operations are asked with: days, the length of a page, members that may be left out. Read strictly."""

from __future__ import annotations

from collections.abc import Mapping as Map
from datetime import date
from typing import TypeVar

from msgspec import UNSET, UnsetType

from gateway.core.errors import MalformedRequest

Value = TypeVar("Value")


def or_none(member: Value | UnsetType) -> Value | None:
    """A member of a body; None where it was left out."""
    return None if member is UNSET else member


def page_limit(query: Map[str, str], *, usual: int, most: int) -> int:
    """`limit`: 1 to `most` entries, `usual` without it. Raises MalformedRequest."""
    limit = int(query.get("limit", usual))
    if not 1 <= limit <= most:
        raise MalformedRequest(f"The parameter 'limit' is 1 to {most}.")
    return limit


def day(text: str | None, what: str) -> date | None:
    """A day of the calendar; `what`: "The parameter 'from'". Raises MalformedRequest."""
    if text is None:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = None
    # The ends of the calendar have no midnight in every time zone.
    if found is None or found.isoformat() != text or not 1970 <= found.year < 9999:
        raise MalformedRequest(f"{what} is no day. Write 2026-11-22.")
    return found
