"""The bounds of what a channel may tell with an interaction: it is stored, and shown to every operator who follows."""

from __future__ import annotations

from gateway.core.errors import ContextTooLarge
from gateway.core.model import Json

MOST_BYTES = 32 * 1024
"""Of the context as JSON in UTF-8."""
DEEPEST = 8
"""Objects and lists within one another; the context itself is the first."""
MOST_ENTRIES = 1000
"""Members of objects and items of lists, all together."""


def check_context(context: Json, size: int, what: str = "context") -> None:
    """`size`: bytes of it as JSON; `what`: what it is called. Raises ContextTooLarge, which names the bound."""
    if size > MOST_BYTES:
        raise ContextTooLarge("bytes", MOST_BYTES, what)
    entries = 0
    level: list[Json] = [context]
    for depth in range(DEEPEST + 1):
        inner: list[Json] = []
        for value in level:
            if isinstance(value, dict):
                inner += value.values()
            elif isinstance(value, list | tuple):
                inner += value
            else:
                continue
            if depth == DEEPEST:
                raise ContextTooLarge("depth", DEEPEST, what)
        entries += len(inner)
        if entries > MOST_ENTRIES:
            raise ContextTooLarge("entries", MOST_ENTRIES, what)
        level = inner
