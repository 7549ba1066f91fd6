"""Documents that a source shows only in part."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.masked import agrees, partly_hidden, positions

CPF = "12345678909"


@pytest.mark.parametrize(
    "text",
    [
        "***.456.789-**",
        "*********09",
        "xxx.456.789-xx",
        "XXX456789XX",
        "•••.456.789-••",
        "##.ABC.345/0001-##",
        "***1234**",
    ],
)
def test_a_document_with_hidden_positions_is_recognised(text: str) -> None:
    assert partly_hidden(text)


@pytest.mark.parametrize("text", ["", "***", "xxx.xxx", "12345678909", "12ABX34501DE35", "isento", "x123", "1*2?"])
def test_what_hides_nothing_or_shows_nothing_is_none(text: str) -> None:
    assert not partly_hidden(text)


@pytest.mark.parametrize(
    ("masked", "other", "same"),
    [
        ("***.456.789-**", CPF, True),
        ("***.456.788-**", CPF, False),
        ("xxx456789xx", "123.456.789-09", True),
        ("***.456.789-**", "123.***.***-09", None),
        ("***.456.789-**", "12*.4**.***-**", True),
        ("***.456.789-**", "12*.5**.***-**", False),
        ("***909", CPF, None),
        ("12.***.345/0001-**", "12abc345000188", True),
    ],
)
def test_it_agrees_on_what_both_show(masked: str, other: str, same: bool | None) -> None:
    assert agrees(masked, other) is same


def test_hidden_positions_count() -> None:
    assert positions("***.456.789-**") == 11


@given(st.text("0123456789", min_size=11, max_size=11), st.sets(st.integers(0, 10), min_size=1, max_size=10))
def test_hiding_a_part_of_a_document_never_makes_it_another(document: str, hidden: set[int]) -> None:
    masked = "".join("*" if place in hidden else digit for place, digit in enumerate(document))

    assert partly_hidden(masked)
    assert agrees(masked, document)
