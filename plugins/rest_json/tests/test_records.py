"""Where the customers stand in a reply: what is a record, what is nobody, and what is neither."""

from __future__ import annotations

import pytest
from gateway_rest_json.records import records_of

from gateway.adapter import Json, ReportedError, Unreadable, compile_path

ANA: Json = {"nome": "Ana"}
EVA: Json = {"nome": "Eva"}


@pytest.mark.parametrize(
    ("document", "records"),
    [
        ([ANA, EVA], [ANA, EVA]),
        ([], []),
        ({"items": [ANA, EVA], "total": 2}, [ANA, EVA]),
        ({"items": [ANA], "errors": []}, [ANA]),
        ({"items": []}, []),
        (ANA, [ANA]),
        ({"nome": "Ana", "telefones": ["1", "2"]}, [{"nome": "Ana", "telefones": ["1", "2"]}]),
        ({}, [{}]),
    ],
)
def test_without_a_path_the_one_place_is_taken_where_customers_can_be(document: Json, records: list[Json]) -> None:
    assert list(records_of(document, None)) == records


@pytest.mark.parametrize(
    ("document", "says"),
    [
        (None, "The reply is null. That is no definite no."),
        ("Ana", "The reply is a single value and not an object or a list of objects."),
        (7, "The reply is a single value"),
        ([ANA, None], "The reply is a list of which not every item is an object."),
        ([[ANA]], "The reply is a list of which not every item is an object."),
        ({"a": [ANA], "b": [EVA]}, "The reply has more than one list of objects."),
        ({"nome": "Ana", "telefones": []}, "The reply is an object with an empty list: a customer, or nobody?"),
        ({"items": [], "total": 0}, "The reply is an object with an empty list: a customer, or nobody?"),
    ],
)
def test_without_a_path_what_is_not_certain_is_a_failure(document: Json, says: str) -> None:
    with pytest.raises(Unreadable) as raised:
        records_of(document, None)
    assert says in str(raised.value)
    assert "Set settings.records to the path of the customers" in str(raised.value)


@pytest.mark.parametrize(
    ("path", "document", "records"),
    [
        ("data.items", {"data": {"items": [ANA, EVA]}}, [ANA, EVA]),
        ("data.items", {"data": {"items": []}}, []),
        ("data.items", {"data": {"items": ANA}}, [ANA]),
        ("@", {"nome": "Ana", "telefones": []}, [{"nome": "Ana", "telefones": []}]),
        ("@", [], []),
        ("hits[*].source", {"hits": [{"source": ANA}, {"source": EVA}]}, [ANA, EVA]),
        ("hits[*].source", {"hits": []}, []),
        ("data[].cliente", {"data": [{"cliente": ANA}, {"cliente": None}]}, [ANA]),
        ("[?ativo]", [{"ativo": True}, {"ativo": False}], [{"ativo": True}]),
        ("[?ativo]", [{"ativo": False}], []),
        ("people || companies", {"companies": [ANA]}, [ANA]),
    ],
)
def test_a_path_says_where(path: str, document: Json, records: list[Json]) -> None:
    assert list(records_of(document, compile_path(path))) == records


@pytest.mark.parametrize(
    "document",
    [{"data": {}}, {"data": {"items": None}}, {"data": None}, {}, None, "Ana"],
)
def test_nothing_where_the_customers_should_be_is_no_definite_no(document: Json) -> None:
    with pytest.raises(Unreadable) as raised:
        records_of(document, compile_path("data.items"))
    assert "There is nothing at records (data.items) in the reply. That is no definite no." in str(raised.value)
    assert "describe it under nobody:" in str(raised.value)


def test_a_failure_where_the_customers_should_be_is_told_as_one() -> None:
    with pytest.raises(ReportedError, match="'error' in it reports a failure"):
        records_of({"error": "sem permissao"}, compile_path("data.items"))


@pytest.mark.parametrize("path", ["data[].cliente", "data[*].cliente.dados", "data[:5].cliente"])
def test_a_list_of_which_nothing_is_named_as_it_was_is_no_definite_no(path: str) -> None:
    with pytest.raises(Unreadable, match="A list came, but nothing of what records"):
        records_of({"data": [{"customer": ANA}]}, compile_path(path))


@pytest.mark.parametrize(
    ("document", "says"),
    [
        ({"data": {"items": "nobody"}}, "What stands at records (data.items) in the reply is a single value"),
        ({"data": {"items": False}}, "is a single value and not an object or a list of objects"),
        ({"data": {"items": [ANA, "Eva"]}}, "is a list of which not every item is an object"),
        ({"data": [{"items": [ANA]}]}, "is a list of which not every item is an object"),
    ],
)
def test_what_is_no_object_at_the_path_is_a_failure(document: Json, says: str) -> None:
    with pytest.raises(Unreadable) as raised:
        records_of(document, compile_path("data.items"))
    assert says in str(raised.value)
