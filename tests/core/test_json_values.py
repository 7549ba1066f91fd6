"""What strangers' JSON holds: a member that stands twice is refused, an id may be a number."""

from __future__ import annotations

import json

import pytest

from gateway.core.json_values import RepeatedMember, text_of, unrepeated
from gateway.core.model import Json


def test_a_member_that_stands_twice_is_refused_at_any_depth_without_being_named() -> None:
    with pytest.raises(RepeatedMember) as refused:
        json.loads('{"user": {"cpf": "1", "cpf": "2"}}', object_pairs_hook=unrepeated)
    assert str(refused.value) == ""


def test_the_same_member_of_two_objects_is_no_repetition() -> None:
    assert json.loads('[{"a": 1}, {"a": 2}]', object_pairs_hook=unrepeated) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(("value", "text"), [("0042", "0042"), ("", ""), (42, "42"), (-1, "-1")])
def test_a_text_stays_as_it_is_and_a_whole_number_becomes_one(value: Json, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize("value", [None, True, False, 1.5, 10**30, -(10**30), ["42"], {"id": 42}])
def test_nothing_else_is_an_id(value: Json) -> None:
    assert text_of(value) is None
