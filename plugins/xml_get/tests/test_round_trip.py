"""Whatever text a page holds comes through whole, in both common shapes and in every encoding that can write it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import SourceError
from plugins.xml_get.tests.reading import read

Render: TypeAlias = Callable[[list[dict[str, str]]], str]
NAMES = ("email", "nome", "cpf", "fone", "plano", "cidade")
BLANK = " \t\r\n"

texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff\ufeff")).map(
    lambda text: text.strip(BLANK)
)
latin_texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=("Cc", "Cs"))).map(
    lambda text: text.strip(BLANK)
)


def several(values: st.SearchStrategy[str]) -> st.SearchStrategy[list[dict[str, str]]]:
    """Records with an e-mail each, so that none is without a value."""
    record = st.fixed_dictionaries({"email": st.just("a@example.com")}, optional=dict.fromkeys(NAMES[1:], values))
    return st.lists(record, min_size=2, max_size=6)


def in_attributes(records: list[dict[str, str]]) -> str:
    rows = "\n".join(
        f"<cliente {' '.join(f'{name}={quoteattr(value)}' for name, value in record.items())}/>" for record in records
    )
    return f"<clientes>\n{rows}\n</clientes>"


def in_elements(records: list[dict[str, str]]) -> str:
    rows = "\n".join(
        f"<cliente>\n{''.join(f'<{name}>{escape(value)}</{name}>' for name, value in record.items())}\n</cliente>"
        for record in records
    )
    return f"<clientes>\n{rows}\n</clientes>"


@pytest.mark.parametrize("reads", [frozenset(), frozenset(NAMES)], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("render", [in_attributes, in_elements])
@given(records=several(texts))
def test_any_records_in_unicode_come_back_the_same(
    records: list[dict[str, str]], render: Render, reads: frozenset[str]
) -> None:
    document = render(records)
    for encoding in ("utf-8", "utf-16"):
        found = read(document.encode(encoding), reads=reads)
        assert list(found.records) == records
        assert not found.warnings


@pytest.mark.parametrize("render", [in_attributes, in_elements])
@given(records=several(latin_texts))
def test_any_records_in_iso_8859_1_come_back_the_same(records: list[dict[str, str]], render: Render) -> None:
    """But where the bytes are valid UTF-8 as well: `Ã©` in a row, which no page means."""
    body = ('<?xml version="1.0" encoding="ISO-8859-1"?>\n' + render(records)).encode("iso-8859-1")
    found = read(body, reads=frozenset(NAMES))
    if not found.warnings:
        assert list(found.records) == records


@given(body=st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_a_source_error(body: bytes) -> None:
    with suppress(SourceError):
        read(body)


@given(inside=st.text(st.sampled_from("<>/&;= \"'abc!-[]?\n"), max_size=80))
def test_any_markup_is_an_answer_or_a_source_error(inside: str) -> None:
    for reply in (inside, f"<c>{inside}</c>", f"<c><r nome='{inside}'/></c>", f"x<c>{inside}</c>{inside}"):
        with suppress(SourceError):
            read(reply, reads=frozenset(NAMES))
