"""A large reply read as it comes gives what the whole document gives, for whatever records, wrappers and cuts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.adapter import Found, SourceError
from plugins.xml_get.tests.reading import read
from plugins.xml_get.tests.streaming import streamed

Record: TypeAlias = dict[str, str]
NAMES = ("email", "nome", "cpf", "fone", "plano", "cidade")
BLANK = " \t\r\n"

texts = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff\ufeff"), max_size=12
).map(lambda text: text.strip(BLANK))
records = st.lists(
    st.fixed_dictionaries({"email": st.just("a@example.com")}, optional=dict.fromkeys(NAMES[1:], texts)),
    min_size=1,
    max_size=12,
)


def _elements(record: Record) -> str:
    return "".join(f"<{name}>{escape(value)}</{name}>" for name, value in record.items())


def _attributes(record: Record) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in record.items())


SHAPES: dict[str, Callable[[Record], str]] = {
    "S1 attributes": lambda record: f"<cliente{_attributes(record)}/>\n",
    "S2 elements": lambda record: f"<cliente>\n{_elements(record)}\n</cliente>\n",
    "S3 name and value": lambda record: (
        "<cliente>"
        + "".join(f"<campo nome={quoteattr(name)} valor={quoteattr(value)}/>" for name, value in record.items())
        + "</cliente>"
    ),
    "S3 name and text": lambda record: (
        "<cliente>"
        + "".join(f"<campo nome={quoteattr(name)}>{escape(value)}</campo>" for name, value in record.items())
        + "</cliente>"
    ),
    "S7 both": lambda record: f'<cliente origem="erp"{_attributes(record)}>{_elements(record)}</cliente>',
    "nested": lambda record: f"<cliente>{_elements(record)}<extra><a><b>1</b></a><a/></extra></cliente>",
}
WRAPPERS = {
    "a root": "<clientes>{}</clientes>",
    "a wrapper": '<r versao="1"><clientes>{}</clientes></r>',
    "two wrappers": "<r><corpo><clientes>{}</clientes></corpo></r>",
    "namespaces": '<s:Envelope xmlns:s="urn:s"><s:Body><x:r xmlns:x="urn:x">{}</x:r></s:Body></s:Envelope>',
    "a status before": "<r><status>ok</status><clientes>{}</clientes></r>",
    "a status after": "<r><clientes>{}</clientes><status>ok</status></r>",
    "a declaration": '<?xml version="1.0" encoding="UTF-8"?>\n<!-- lista -->\n<clientes>\n{}</clientes>\n<!-- fim -->\n',
}


def said(reading: Callable[[], Found]) -> Found | tuple[type[SourceError], str]:
    try:
        return reading()
    except SourceError as error:
        return type(error), str(error)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
@given(
    rows=records,
    limit=st.integers(1, 14),
    piece=st.integers(7, 200),
    wrapper=st.sampled_from(list(WRAPPERS.values())),
    reads=st.sampled_from((frozenset(NAMES), frozenset[str]())),
    configured=st.sampled_from((None, "cliente")),
)
@settings(max_examples=300)
def test_it_agrees_for_any_list_of_records(
    rows: list[Record],
    limit: int,
    piece: int,
    shape: Callable[[Record], str],
    wrapper: str,
    reads: frozenset[str],
    configured: str | None,
) -> None:
    document = wrapper.format("".join(map(shape, rows)))
    at_once = said(lambda: read(document, reads=reads, records=configured, limit=limit))
    assert said(lambda: streamed(document, reads=reads, records=configured, limit=limit, piece=piece)) == at_once


@given(rows=records, others=records, limit=st.integers(1, 30), piece=st.integers(7, 200))
def test_it_agrees_for_people_and_companies_side_by_side(
    rows: list[Record], others: list[Record], limit: int, piece: int
) -> None:
    """What is cut off may belong to either: it is never shown half."""
    reads = frozenset(NAMES)
    both = [f"<pf>{_elements(row)}</pf>" for row in rows]
    for index, row in enumerate(others):
        both.insert(index * 2, f"<pj>{_elements(row)}</pj>")
    document = f"<clientes>{''.join(both)}</clientes>"
    at_once = read(document, reads=reads, limit=limit)
    assert streamed(document, reads=reads, limit=limit, piece=piece) == at_once


@given(rows=records, limit=st.integers(1, 14), piece=st.integers(7, 200))
def test_it_agrees_for_fields_directly_under_the_root(rows: list[Record], limit: int, piece: int) -> None:
    """Of two names at least: one name alone is a list of records until another one comes."""
    document = f"<r>{''.join(_elements(row) + '<codigo>1</codigo>' for row in rows)}</r>"
    at_once = read(document, reads=frozenset(NAMES), limit=limit)
    as_it_comes = streamed(document, reads=frozenset(NAMES), limit=limit, piece=piece)
    assert list(as_it_comes.records) == list(at_once.records)
    assert as_it_comes.truncated == at_once.truncated


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "iso-8859-1", "windows-1252"])
@given(
    rows=st.lists(st.fixed_dictionaries({"email": st.just("a@example.com"), "nome": st.sampled_from(
        ("José", "Conceição", "Ana", "Müller", "ÿ", "Ãurea"))}), min_size=1, max_size=8),
    limit=st.integers(1, 9),
    piece=st.integers(7, 200),
)  # fmt: skip
def test_it_agrees_in_whatever_encoding_is_declared(rows: list[Record], encoding: str, limit: int, piece: int) -> None:
    document = f'<?xml version="1.0" encoding="{encoding}"?><r>{"".join(map(SHAPES["S2 elements"], rows))}</r>'
    body = document.encode(encoding)
    at_once = read(body, reads=frozenset(NAMES), limit=limit)
    assert streamed(body, reads=frozenset(NAMES), limit=limit, piece=piece) == at_once


COUNTED = {
    "record by record": "".join(f"<nome{n}>N{n}</nome{n}><email{n}>{n}@example.com</email{n}>" for n in range(1, 200)),
    "field by field": "".join(f"<nome{n}>N{n}</nome{n}>" for n in range(1, 200))
    + "".join(f"<email{n}>{n}@example.com</email{n}>" for n in range(1, 200)),
    "rows under a heading": "<h><c nome='nome'/><c nome='email'/></h><d>"
    + "".join(f"<l><v>N{n}</v><v>{n}@example.com</v></l>" for n in range(1, 200))
    + "</d>",
}


@pytest.mark.parametrize("inside", COUNTED.values(), ids=list(COUNTED))
@pytest.mark.parametrize("reads", [frozenset(NAMES), frozenset[str]()], ids=["mapping known", "mapping unknown"])
@pytest.mark.parametrize("limit", [1, 5, 250])
def test_what_only_the_whole_document_shows_is_not_told_from_its_beginning(
    inside: str, reads: frozenset[str], limit: int
) -> None:
    """A heading alone would look like records; it is far smaller than what is looked at first."""
    document = f"<r>{inside}</r>"
    at_once = read(document, reads=reads, limit=limit)
    assert len(at_once.records) == min(limit, 199) or not reads
    assert streamed(document, reads=reads, limit=limit, piece=2048) == at_once
