"""Paths that filter a list where there is only one, and records whose fields stand in rows: whole, and as it comes."""

from __future__ import annotations

import pytest

from gateway.adapter import Found, Json, compile_path
from plugins.xml_get.tests.reading import read
from plugins.xml_get.tests.streaming import streamed

PATHS = {
    "a predicate on an attribute": (
        "fone[?tipo=='cel'].text | [0]",
        '<cliente><nome>Ana</nome><fone tipo="cel">11 9</fone>{}</cliente>',
        '<fone tipo="fixo">11 4</fone>',
        "11 9",
    ),
    "a predicate on a child": (
        "fones.fone[?tipo=='cel'].numero | [0]",
        "<cliente><nome>Ana</nome><fones><fone><tipo>cel</tipo><numero>11 9</numero></fone>{}</fones></cliente>",
        "<fone><tipo>fixo</tipo><numero>11 4</numero></fone>",
        "11 9",
    ),
    "the field named CPF": (
        "campo[?nome=='CPF'].valor | [0]",
        '<cliente><nome>Ana</nome><campo nome="CPF" valor="390"/>{}</cliente>',
        '<campo nome="RG" valor="7"/>',
        "390",
    ),
    "the field named CPF, in a wrapper": (
        "campos.campo[?nome=='CPF'].text | [0]",
        '<cliente><campos><campo nome="CPF">390</campo>{}</campos><nome>Ana</nome></cliente>',
        '<campo nome="RG">7</campo>',
        "390",
    ),
    "the field named CPF, with nothing else in the record": (
        "campos.campo[?nome=='CPF'].valor | [0]",
        '<cliente><campos><campo><nome>CPF</nome><valor>390</valor></campo>{}</campos></cliente>',
        "<campo><nome>RG</nome><valor>7</valor></campo>",
        "390",
    ),
    "the first of a list": (
        "email[0]",
        "<cliente><nome>Ana</nome><email>a@example.com</email>{}</cliente>",
        "<email>b@example.com</email>",
        "a@example.com",
    ),
    "the first of a list that is an attribute": (
        "email[0]", '<cliente nome="Ana" email="a@example.com">{}</cliente>', "", "a@example.com",
    ),
    "a function of a list": ("join(', ', plano)", "<cliente><nome>Ana</nome><plano>A</plano>{}</cliente>", "", "A"),
}  # fmt: skip


@pytest.mark.parametrize("of", [1, 2])
@pytest.mark.parametrize("root", ["<clientes>{}</clientes>", "<r><lista>{}</lista></r>", "{}"])
@pytest.mark.parametrize("case", PATHS)
def test_a_path_that_filters_finds_one_as_well_as_several(case: str, root: str, of: int) -> None:
    text, record, other, wanted = PATHS[case]
    path = compile_path(text)
    reads = path.names | {"nome"}
    document = root.format(record.format(other if of == 2 else ""))
    found = read(document, reads=reads, lists=path.lists)
    assert [path.read(dict(one)) for one in found.records] == [wanted]
    assert not found.warnings
    assert streamed(document, reads=reads, lists=path.lists, piece=16) == found


def test_of_many_records_each_gets_its_lists() -> None:
    rows = "".join(f'<cliente><nome>N{n}</nome><fone tipo="cel">{n}</fone></cliente>' for n in range(9))
    path = compile_path("fone[?tipo=='cel'].text | [0]")
    for limit in (1, 4, 50):
        found = read(f"<c>{rows}</c>", reads=path.names | {"nome"}, lists=path.lists, limit=limit)
        assert [path.read(dict(one)) for one in found.records] == [str(n) for n in range(min(limit, 9))]
        assert streamed(f"<c>{rows}</c>", reads=path.names | {"nome"}, lists=path.lists, limit=limit, piece=32) == found


@pytest.mark.parametrize(
    "inside",
    [
        '<campo nome="CPF" valor="390"/><campo nome="email" valor="a@example.com"/>',
        '<linha><campo nome="email" valor="a@example.com"/></linha><campo nome="CPF" valor="390"/>',
    ],
)
def test_what_one_line_filters_by_its_name_another_reads_by_it(inside: str) -> None:
    path = compile_path("campo[?nome=='CPF'].valor | [0]")
    reads = path.names | {"nome", "email"}
    (record,) = read(f'<c><cliente nome="Ana">{inside}</cliente></c>', reads=reads, lists=path.lists).records
    assert (record["nome"], record["email"], path.read(dict(record))) == ("Ana", "a@example.com", "390")


# ---------------------------------------------------------------------------------------------- rows

SPREAD = {
    "an attribute, a pair in a row": '<cliente nome="Ana"><linha><campo nome="email" valor="a@example.com"/></linha>'
    "</cliente>",
    "a pair in each row": '<cliente codigo="7"><linha><campo nome="nome">Ana</campo></linha>'
    '<linha><campo nome="email">a@example.com</campo></linha></cliente>',
    "rows in a wrapper": "<cliente codigo='7'><linhas><linha><nome>Ana</nome></linha>"
    "<linha><email>a@example.com</email></linha></linhas></cliente>",
    "a wrapper of pairs": '<cliente nome="Ana"><campos><campo nome="email" valor="a@example.com"/></campos></cliente>',
    "the same value twice": '<cliente nome="Ana"><dados><nome>Ana</nome><email>a@example.com</email></dados></cliente>',
}
READS = frozenset({"nome", "email"})


@pytest.mark.parametrize("reads", [frozenset(), READS], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("root", ["<clientes>{}{}</clientes>", "<r><lista>{}{}</lista></r>"])
@pytest.mark.parametrize("shape", SPREAD)
def test_a_record_in_rows_is_one_flat_record(shape: str, root: str, reads: frozenset[str]) -> None:
    one = SPREAD[shape]
    document = root.format(one, one.replace("Ana", "Bia").replace("a@", "b@"))
    found = read(document, reads=reads)
    assert [_named(record) for record in found.records] == [
        {"nome": "Ana", "email": "a@example.com"},
        {"nome": "Bia", "email": "b@example.com"},
    ]
    for limit in (1, 2) if reads else ():
        assert streamed(document, reads=reads, limit=limit, piece=16) == _first(found, limit)


def test_rows_of_one_field_are_its_values() -> None:
    reply = '<c><cliente nome="Ana"><linha><fone>1</fone></linha><linha><fone>2</fone></linha></cliente></c>'
    assert list(read(reply, reads=frozenset({"nome", "fone"})).records) == [{"nome": "Ana", "fone": ["1", "2"]}]


@pytest.mark.parametrize(
    "inside",
    [
        "<dados><rua>A</rua><cidade>X</cidade></dados><dados><rua>B</rua></dados>",
        "<dados><nome>ACME</nome></dados>",
        "<dados>texto</dados>",
    ],
    ids=["two addresses", "another's name", "a text"],
)
def test_rows_whose_fields_would_mix_stay_apart(inside: str) -> None:
    found = read(f'<c><cliente nome="Ana" email="a">{inside}</cliente></c>', reads=READS)
    assert [sorted(record) for record in found.records] == [["dados", "email", "nome"]]
    assert found.records[0]["nome"] == "Ana"


def test_a_row_that_the_mapping_names_stays() -> None:
    reply = '<c><cliente nome="Ana"><dados><email>a</email></dados></cliente></c>'
    found = read(reply, reads=frozenset({"nome", "dados", "email"}))
    assert list(found.records) == [{"nome": "Ana", "dados": {"email": "a"}}]


def _named(record: object) -> dict[str, Json]:
    assert isinstance(record, dict)
    return {name: record[name] for name in ("nome", "email")}


def _first(found: Found, limit: int) -> Found:
    return Found(found.records[:limit], found.warnings, truncated=len(found.records) > limit)
