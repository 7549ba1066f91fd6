"""The right word nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches


def did_you_mean(word: str, known: Collection[str]) -> str:
    """` Did you mean 'adapter'?`, or nothing where no known word is near."""
    near = get_close_matches(word, known, n=1) or get_close_matches(word.lower(), known, n=1)
    return f" Did you mean '{near[0]}'?" if near else ""
