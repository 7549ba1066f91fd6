"""Codes are made of what nobody confuses, and found in whatever people write around them."""

from __future__ import annotations

import math
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.code import ALPHABET, LENGTH, LONGEST_TEXT, MOST_CANDIDATES, IdentificationCode, codes_in, new_code

CODE = IdentificationCode("8X7FM9LKJX8HTTM8")
_CODES = st.builds(new_code)
_GAPS = st.sampled_from(
    ["", " ", "-", " - ", ".", "\n", "\n> ", "\u2011", "\u2013", "\u200b", "\u00a0", ", ", "_", "/"]
)


def one(text: str) -> IdentificationCode | None:
    """The one code that is found."""
    codes = codes_in(text).codes
    assert len(codes) <= 1
    return codes[0] if codes else None


def same(found: IdentificationCode | None, code: IdentificationCode = CODE) -> bool:
    return found is not None and found.value == code.value


def test_a_code_has_more_than_sixty_bits_of_chance() -> None:
    assert len(set(ALPHABET)) == 17
    every = len(ALPHABET) ** (LENGTH - 1)
    without_digits_or_letters = (11 / 17) ** LENGTH + (6 / 17) ** LENGTH
    assert math.log2(every * (1 - without_digits_or_letters)) > 61.3


@pytest.mark.parametrize("confused", ["0OQD", "1I", "2Z", "5S", "6G", "8B", "UVY", "MN", "CPT", "36", "59"])
def test_of_what_is_confused_no_more_than_one_is_in_a_code(confused: str) -> None:
    assert sum(symbol in ALPHABET for symbol in confused) <= 1


def test_no_word_comes_about() -> None:
    assert set("AEIOU").isdisjoint(ALPHABET)


@given(_CODES)
def test_a_code_is_written_in_four_groups_and_read_again(code: IdentificationCode) -> None:
    assert [len(group) for group in code.written.split("-")] == [4, 4, 4, 4]
    assert same(one(code.written), code)
    assert "…" in repr(code)


@pytest.mark.parametrize(
    "text",
    [
        "8X7F-M9LK-JX8H-TTM8",
        "8x7f m9lk jx8h ttm8",
        "8X7FM9LKJX8HTTM8",
        "8 x 7 f m 9 l k j x 8 h t t m 8",
        "meu código é 8X7F-M9LK-JX8H-TTM8, obrigado!",
        "Kodum: 8x7f-m9lk-jx8h-ttm8 teşekkürler",
        "*8X7F-M9LK-JX8H-TTM8*",
        "“8X7F–M9LK–JX8H–TTM8”",
        "8X7F-M9LK-\nJX8H-TTM8",
        "> 8X7F-M9LK-\n> JX8H-TTM8",
        "８Ｘ７Ｆ－Ｍ９ＬＫ－ＪＸ８Ｈ－ＴＴＭ８",
        "8X7F\u200b-M9LK\ufeff-JX8H\u2060-TTM8",
        "8x7f-m9ık-jx8h-ttm8",
        "8X7F-M9İK-JX8H-TTM8",
        "8x7f-m9i\u0307k-jx8h-ttm8",
        "8X7F-M91K-JX8H-TTM8",
        "BX7F-M9LK-JXBH-TTMB",
        "codigo8X7F-M9LK-JX8H-TTM8obrigado",
        "tm 8X7F-M9LK-JX8H-TTM8 ok",
        "8X7F-M9LK-JX8H-TTM8 8X7F-M9LK-JX8H-TTM8",
        "8️X7F-M9LK-JX8H-TTM8",
    ],
)
def test_a_code_is_found_however_it_is_written(text: str) -> None:
    assert same(one(text))


@given(_CODES, st.lists(_GAPS, min_size=15, max_size=15), st.booleans(), st.sampled_from(["", "oi, ", "é o código: "]))
def test_a_code_is_found_with_anything_between_its_symbols(
    code: IdentificationCode, gaps: list[str], lower: bool, before: str
) -> None:
    text = "".join(f"{gap}{symbol}" for gap, symbol in zip(["", *gaps], code.value, strict=True))
    assert same(one(f"{before}{text.lower() if lower else text} — obrigado"), code)


@given(_CODES, st.integers(0, LENGTH - 1), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_no_code_but_was_meant_as_one(code: IdentificationCode, place: int, symbol: str) -> None:
    wrong = code.value[:place] + symbol + code.value[place + 1 :]
    if wrong == code.value:
        return
    found = codes_in(IdentificationCode(wrong).written)
    assert found.codes == ()
    assert found.mistyped or not (any(map(str.isdigit, wrong)) and any(map(str.isalpha, wrong)))


@given(_CODES, st.integers(0, LENGTH - 2))
def test_two_symbols_that_changed_places_are_no_code(code: IdentificationCode, place: int) -> None:
    value = code.value
    swapped = value[:place] + value[place + 1] + value[place] + value[place + 2 :]
    assert swapped == value or codes_in(swapped).codes == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "oi",
        "Bom dia, meu boleto 34191.79001 01043.510047 91020.150008 5 96610000014500 não abre",
        "meu cartão é 4111 1111 1111 1111",
        "2347 8923 4789 2347",
        "TR33 0006 1005 1978 6457 8413 26",
        "pedido 550e8400-e29b-41d4-a716-446655440000",
        "https://loja.example/p/8x7fm9lkjx8h?t=abc",
        "merhaba, 5321234567 numaralı hattım kapandı",
        "HHHH-HHHH-HHHH-HHHH",
        "kkkkkkkkkkkkkkkk",
        "12:30-13:30-14:30-15:30",
        "2026-0000010182",
    ],
)
def test_what_people_write_is_no_code_and_was_not_meant_as_one(text: str) -> None:
    assert not codes_in(text)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    found = codes_in(text)
    assert len(found.codes) <= MOST_CANDIDATES


@given(st.lists(_CODES, min_size=5, max_size=8, unique_by=lambda code: code.value))
def test_of_many_codes_the_first_few_are_looked_up(codes: list[IdentificationCode]) -> None:
    text = " e ".join(code.written for code in codes)
    assert [code.value for code in codes_in(text).codes] == [code.value for code in codes[:MOST_CANDIDATES]]


@pytest.mark.parametrize("piece", ["a", "8x7f-", "2", "é7-", "8x7f ", "-", "ﷺ", "8X7F-M9LK-JX8H-TTM"])
def test_a_message_of_a_megabyte_costs_no_more_than_its_beginning(piece: str) -> None:
    text = piece * (1024 * 1024 // len(piece))
    began = perf_counter()
    codes_in(text)
    whole = perf_counter() - began
    began = perf_counter()
    codes_in(text[:LONGEST_TEXT])
    assert whole < 2.0
    assert perf_counter() - began < 2.0
