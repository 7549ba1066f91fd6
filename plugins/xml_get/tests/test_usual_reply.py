"""The usual reply is read in one walk, and that comes to what the long way comes to, for whatever the document holds."""

from __future__ import annotations

from unittest.mock import patch
from xml.sax.saxutils import escape, quoteattr

from gateway_xml_get import shapes
from gateway_xml_get.document import DocumentReader
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Found, Nobody, SourceError

READS = frozenset({"email", "nome", "data", "hora", "text", "total"})
ELEMENTS = ("clientes", "cliente", "retorno", "erro", "total", "campo", "item", "nome", "html")
FIELDS = ("email", "nome", "data", "hora", "text", "total", "erro", "codigo", "Nome", "valor", "campo")
TEXTS = (
    "", " ", "ana@example.com", "Ana", "0", "12", "carlos", "Cliente inexistente", " c l iente inexistente",
    "Cliênte inexistente.", "Cliente não cadastrado/12", "ORA-01017: x", "ok", "<c><d email='a' nome='b'/></c>",
)  # fmt: skip

values = st.sampled_from(TEXTS)
attributes = st.dictionaries(st.sampled_from(FIELDS), values, max_size=4)


def element(name: str, given: dict[str, str], inside: str) -> str:
    written = "".join(f" {key}={quoteattr(value)}" for key, value in given.items())
    return f"<{name}{written}>{inside}</{name}>"


leaves = st.builds(
    element, st.sampled_from(FIELDS), st.one_of(st.just({}), st.just({}), attributes), values.map(escape)
)
records = st.tuples(attributes, values, st.lists(leaves, max_size=4))


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Mostly lists of records with one name; now and then something is otherwise."""
    inner = draw(st.sampled_from(ELEMENTS))
    rows = [
        element(
            inner if draw(st.integers(0, 9)) else draw(st.sampled_from(ELEMENTS)), given, escape(text) + "".join(fields)
        )
        for given, text, fields in draw(st.lists(records, min_size=1, max_size=4))
    ]
    around = draw(attributes) if not draw(st.integers(0, 4)) else {}
    beside = draw(values) if not draw(st.integers(0, 4)) else ""
    return element(draw(st.sampled_from(ELEMENTS)), around, escape(beside) + "".join(rows))


def said(document: str, reads: frozenset[str], nobody: Nobody, limit: int) -> Found | tuple[type[SourceError], str]:
    try:
        return DocumentReader(None, reads, nobody).read(document.encode(), ("12",), limit)
    except SourceError as error:
        return type(error), str(error)


@given(
    documents(),
    st.sampled_from((READS, frozenset[str]())),
    st.sampled_from((Nobody(), Nobody(texts=("ana",)))),
    st.integers(1, 3),
)
def test_one_walk_comes_to_what_the_long_way_comes_to(
    document: str, reads: frozenset[str], nobody: Nobody, limit: int
) -> None:
    quickly = said(document, reads, nobody, limit)
    with patch.object(shapes, "plain_list", lambda root, reader: None):
        assert quickly == said(document, reads, nobody, limit)


def test_the_usual_shapes_are_read_in_one_walk() -> None:
    usual = (
        '<clientes><cliente email="ana@example.com" nome="Ana"/></clientes>',
        "<clientes><cliente><email>ana@example.com</email><nome>Ana</nome></cliente></clientes>",
    )
    with patch.object(shapes, "find", side_effect=AssertionError):
        for document in usual:
            assert said(document, READS, Nobody(), 5) == Found([{"email": "ana@example.com", "nome": "Ana"}])
