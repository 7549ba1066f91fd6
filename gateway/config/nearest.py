"""The right word nearest to a wrong one, and what is said of a wrong one."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def did_you_mean(word: str, known: Collection[str]) -> str:
    """` Did you mean 'adapter'?`, or nothing where no known word is near."""
    near = get_close_matches(word, known, n=1) or get_close_matches(word.lower(), known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def unknown_search_field(name: str, fields: Collection[str]) -> str:
    """What is said of a name that is none of the tenant's search fields."""
    known = ", ".join(sorted(fields))
    return f"'{name}' is not a search field of this tenant.{did_you_mean(name, fields)} Known: {known}."
