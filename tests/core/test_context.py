"""What a channel may tell with an interaction is bounded, and who tells more hears which bound it was."""

from __future__ import annotations

import pytest

from gateway.core.context import DEEPEST, MOST_BYTES, MOST_ENTRIES, check_context
from gateway.core.errors import ContextTooLarge
from gateway.core.model import Json


def nested(levels: int) -> Json:
    """So many objects and lists within one another."""
    value: Json = {}
    for level in range(levels - 1):
        value = {"in": value} if level % 2 else [value]
    return value


def test_what_fits_exactly_is_taken() -> None:
    check_context({}, 2)
    check_context(nested(DEEPEST), MOST_BYTES)
    check_context({"pages": list(range(MOST_ENTRIES - 1))}, 1)
    check_context({str(number): "x" for number in range(MOST_ENTRIES)}, 1)


@pytest.mark.parametrize(
    ("context", "size", "bound", "said"),
    [
        ({}, MOST_BYTES + 1, "bytes", f"more than {MOST_BYTES} bytes as JSON"),
        (nested(DEEPEST + 1), 1, "depth", f"more than {DEEPEST} levels"),
        ({"pages": list(range(MOST_ENTRIES))}, 1, "entries", f"more than {MOST_ENTRIES} members and items"),
        ({"a": {str(number): [] for number in range(MOST_ENTRIES)}}, 1, "entries", "more than"),
    ],
    ids=["bytes", "depth", "entries", "members"],
)
def test_what_is_over_a_bound_is_refused_by_its_name(context: Json, size: int, bound: str, said: str) -> None:
    with pytest.raises(ContextTooLarge, match=said) as refused:
        check_context(context, size)
    assert refused.value.bound == bound


def test_a_context_as_deep_as_a_well_ends_at_the_bound() -> None:
    with pytest.raises(ContextTooLarge):
        check_context(nested(10_000), 1)
