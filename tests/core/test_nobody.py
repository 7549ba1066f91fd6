"""The signs by which a source says nobody: what is there counts, what is missing does not."""

import pytest

from gateway.core.model import Json
from gateway.core.nobody import Nobody, PathSign
from gateway.core.paths import compile_path


def nobody(path: str, equals: str) -> Nobody:
    return Nobody(paths=(PathSign(path, equals, compile_path(path).read),))


@pytest.mark.parametrize(
    ("path", "equals", "document"),
    [
        ("total", "0", {"total": 0}),
        ("total", "0", {"total": "0", "clientes": ""}),
        ("achou", "false", {"achou": False}),
        ("data.cliente", "null", {"data": {"cliente": None}}),
        ("data", "null", {"data": None, "errors": []}),
        ("@", "null", None),
        ("error.code", "NOT_FOUND", {"error": {"code": "NOT_FOUND"}, "success": False}),
        ("length(clientes)", "0", {"clientes": []}),
    ],
)
def test_a_value_that_is_there_is_a_sign(path: str, equals: str, document: Json) -> None:
    assert nobody(path, equals).in_document(document)


@pytest.mark.parametrize(
    "document", [{"error": "connection refused"}, {"message": "token expired"}, {}, [], {"data": "x"}, None]
)
@pytest.mark.parametrize("path", ["data", "data.cliente", "data[0]", "clientes[0].nome"])
def test_what_is_missing_is_not_null(path: str, document: Json) -> None:
    assert not nobody(path, "null").in_document(document)


@pytest.mark.parametrize(
    ("path", "equals", "document"),
    [
        ("data", "null", {"data": None, "errors": [{"message": "timeout"}]}),
        ("total", "0", {"total": 0, "erro": "Banco fora do ar"}),
        ("nome", "", {"nome": "", "sucesso": "N"}),
    ],
)
def test_nothing_beside_a_failure_is_no_sign(path: str, equals: str, document: Json) -> None:
    assert not nobody(path, equals).in_document(document)
