"""An empty list is a definite no only where nothing beside it says otherwise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.beside import failure_beside, more_beside
from gateway.core.model import Json


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"data": [], "errors": [{"message": "connection refused"}]}, "errors"),
        ({"data": {"clientes": []}, "error": {"code": 17}}, "error"),
        ({"clientes": [], "Mensagem de erro": "Banco fora do ar"}, "mensagemerro"),
        ({"clientes": [], "codigo_erro": 99}, "codigoerro"),
        ({"success": False, "data": []}, "success"),
        ({"Sucesso": "N", "clientes": ""}, "sucesso"),
        ({"ok": False, "users": []}, "ok"),
        ({"status": "ERRO", "clientes": []}, "status"),
        ({"statusCode": 500, "items": []}, "statuscode"),
        ({"meta": {"status": "failed"}, "items": []}, "status"),
        ({"mensagem": "Erro ao consultar a base", "clientes": []}, "mensagem"),
        ({"message": "Service unavailable", "data": []}, "message"),
        ({"code": 99, "msg": "Sistema em manutenção", "data": []}, "msg"),
        ({"message": "Token expired", "data": []}, "message"),
        ({"mensagem": "Acesso negado. Tente novamente.", "clientes": []}, "mensagem"),
        ({"retorno": "Sistema fora do ar", "clientes": []}, "retorno"),
        ({"_shards": {"total": 5, "failed": 2}, "hits": {"hits": []}}, "failed"),
    ],
)
def test_a_reply_that_reports_a_failure_is_told_by_the_name_it_uses(document: Json, name: str) -> None:
    assert failure_beside(document) == name


@pytest.mark.parametrize(
    "document",
    [
        {"success": True, "data": []},
        {"status": "ok", "data": []},
        {"status": 200, "data": []},
        {"errors": [], "error": None, "data": []},
        {"error": {"code": 0, "message": "Sucesso"}, "data": []},
        {"erro": "N", "codigoErro": "000", "clientes": []},
        {"mensagem": "Operação realizada sem erros", "clientes": []},
        {"mensagem": "Nenhum registro encontrado", "clientes": []},
        {"codigoRetorno": 12, "clientes": []},
        {"clientes": [{"erro": "endereço incompleto", "status": "erro"}]},
        [],
        None,
        "erro",
    ],
)
def test_what_reports_no_failure_is_none(document: Json) -> None:
    assert failure_beside(document) is None


@pytest.mark.parametrize(
    "document",
    [
        {"items": [], "hasMore": True},
        {"data": [], "has_more": "true"},
        {"records": [], "done": False, "nextRecordsUrl": "/query/01g-500"},
        {"value": [], "@odata.nextLink": "https://api.example/next"},
        {"items": [], "nextPageToken": "x"},
        {"content": [], "last": False},
        {"_links": {"next": {"href": "/clientes?page=2"}}, "clientes": []},
        {"total": 3, "items": []},
        {"meta": {"total_count": "3"}, "items": []},
        {"hits": {"total": {"value": 3, "relation": "eq"}, "hits": []}},
        {"timed_out": True, "hits": {"hits": []}},
    ],
)
def test_a_list_that_is_not_the_whole_says_so(document: Json) -> None:
    assert more_beside(document, 0)


@pytest.mark.parametrize(
    "document",
    [
        {"items": [{}], "total": 1},
        {"items": [{}], "hasMore": False, "next": None, "nextPageToken": ""},
        {"content": [{}], "last": True, "size": 20, "totalElements": 1},
        {"records": [{}], "done": True},
        {"items": [{"total": 900, "hasMore": True}]},
        {"total": 150.75, "items": [{}]},
        [{}],
    ],
)
def test_a_whole_list_says_nothing_of_more(document: Json) -> None:
    assert not more_beside(document, 1)


def test_totals_do_not_count_what_a_filter_left() -> None:
    assert not more_beside({"total": 9, "items": []}, 1, counted=False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@given(JSON)
def test_whatever_a_source_sends_can_be_judged(document: Json) -> None:
    failure_beside(document)
    more_beside(document, 0)
