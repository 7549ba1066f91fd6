"""Absent stays absent: what a source writes where it has nothing never shows as a value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.absence import present, scalar, without_nothing
from gateway.core.model import Json

JUNK = [
    "", "  ", "\t\n", "\xa0", "\u200b", "\x00", "None", "NULL", "null", "(null)", "nil", "N/A", "n/d", "NaN", "undefined",
    "-", "--", "—", ".", "/  /", "__/__/____", "(  )    -", "Não informado", "NAO INFORMADA", "sem informação", "não consta",
]  # fmt: skip


@pytest.mark.parametrize("text", JUNK)
def test_junk_is_no_value(text: str) -> None:
    assert present(text) is None


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("  Ana \n  Souza ", "Ana Souza"),
        ("Nullo", "Nullo"),
        ("Nilza", "Nilza"),
        ("S/N", "S/N"),
        ("0", "0"),
        ("C++", "C++"),
        ("Ana\u200b", "Ana"),
        ("Ñ", "Ñ"),
        ("D\u2019Ávila", "D\u2019Ávila"),
    ],
)
def test_a_value_is_shown_with_single_blanks(text: str, shown: str) -> None:
    assert present(text) == shown


@given(st.text())
def test_showing_a_value_twice_changes_nothing(text: str) -> None:
    once = present(text)

    assert once is None or present(once) == once


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (7, "7"),
        (12345678909.0, "12345678909"),
        (1.5, "1.5"),
        (0, "0"),
        (True, "true"),
        (False, "false"),
        (None, None),
        (float("nan"), None),
        (float("inf"), None),
        ([], None),
        ({"a": 1}, None),
        ("x", "x"),
    ],
)
def test_numbers_and_truth_become_text(value: Json, text: str | None) -> None:
    assert scalar(value) == text


def test_what_is_passed_on_for_display_has_nothing_empty_in_it() -> None:
    came: Json = {"a": "NULL", "b": [None, "", {"c": "-"}], "d": {"e": " x ", "f": []}, "g": 0, "h": float("nan")}

    assert without_nothing(came) == {"d": {"e": "x"}, "g": 0}
    assert without_nothing({"a": None}) is None
