"""Asking: what goes over the wire to a page, and what becomes of its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

import pytest

from gateway.adapter import (
    Adapter,
    EmptyReply,
    HtmlPage,
    Json,
    Misconfigured,
    Nobody,
    ReportedError,
    ServerError,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
)
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.source import Source, answering, running_source
from plugins.xml_get.tests.asking import adapter_at, query
from tests.examples.people import NOBODY_CPF, masked_cpf

pytestmark = pytest.mark.anyio

SETTINGS: Mapping[str, Json] = {
    "query": {"nome": "nome", "doc": "cpf", "tel": "fone", "email": "email", "codigo": "codigo", "pedido": "pedido"},
    "query_encoding": "iso-8859-1",
    "limit_parameter": "max",
}
READS = frozenset({"codigo", "nome", "cpf", "cnpj", "email", "email2", "fone", "celular", "plano", "endereco", "cep"})


async def codes(adapter: Adapter, **values: str) -> list[object]:
    return [record["codigo"] for record in (await adapter.lookup(query(**values), limit=50)).records]


# ---------------------------------------------------------------------------------------------- the example page


async def test_the_example_page_is_asked_by_each_of_its_fields(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS, reads=READS) as adapter:
        assert await codes(adapter, cpf="012.345.678-90") == ["1002"]
        assert await codes(adapter, nome="João") == ["1002"]
        assert await codes(adapter, nome="joão conceição") == ["1002"]
        assert await codes(adapter, email="ursula@example.com") == ["1005"]
        assert await codes(adapter, fone="(11) 98765-4321") == ["1001"]
        assert await codes(adapter, codigo="PED-2024-00017") == ["PED-2024-00017"]
        assert await codes(adapter, pedido="A-2050") == ["1009"]


async def test_a_formatted_base_asked_with_bare_digits_knows_nobody(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS) as adapter:
        assert await codes(adapter, cpf="01234567890") == []


async def test_a_latin_page_asked_in_utf8_knows_nobody_called_joao(page: str) -> None:
    async with adapter_at(f"{page}/clientes", {**SETTINGS, "query_encoding": "utf-8"}) as adapter:
        assert await codes(adapter, nome="João") == []


async def test_several_fields_are_a_conjunction(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS) as adapter:
        assert await codes(adapter, nome="maria da silva", fone="(31) 98888-7777") == ["1010"]
        assert await codes(adapter, nome="maria da silva", cpf="012.345.678-90") == []


async def test_namesakes_are_all_found_and_the_limit_is_kept(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS) as adapter:
        assert len(await codes(adapter, nome="silva")) == 6
        few = await adapter.lookup(query(nome="silva"), limit=2)
        assert (len(few.records), few.truncated) == (2, True)


async def test_the_example_records_come_whole(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS, reads=READS) as adapter:
        found = await adapter.lookup(query(codigo="1016"), limit=5)
        (record,) = found.records
        assert record["nome"] == "Fernanda Brandão Leitão"
        assert record["email2"] == "fe.leitao@example.org"
        assert record["plano"] == {"nome": "Ouro"}
        assert (await adapter.lookup(query(codigo="1034"), limit=5)).records[0]["plano"] == {"nome": "A&B > C"}
        assert not found.warnings


async def test_the_example_page_says_nobody(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS) as adapter:
        found = await adapter.lookup(query(cpf=masked_cpf(NOBODY_CPF)), limit=5)
        assert (list(found.records), found.warnings) == ([], ())


@pytest.mark.parametrize(
    ("path", "error"),
    [("login", HtmlPage), ("broken", Truncated), ("down", ServerError), ("elsewhere", UnexpectedStatus)],
)
async def test_each_way_the_example_page_fails_is_its_own_error(page: str, path: str, error: type[Exception]) -> None:
    async with adapter_at(f"{page}/{path}", SETTINGS) as adapter:
        with pytest.raises(error):
            await adapter.lookup(query(nome="João"), limit=5)


async def test_a_slow_page_can_be_left(page: str) -> None:
    async with adapter_at(f"{page}/slow", SETTINGS) as adapter:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await adapter.lookup(query(nome="João"), limit=5)


async def test_a_page_that_ignores_filters_gives_everybody_and_the_gateway_has_to_see_it(page: str) -> None:
    async with adapter_at(f"{page}/everybody", SETTINGS) as adapter:
        assert len(await codes(adapter, cpf="012.345.678-90")) == 28


async def test_an_unknown_parameter_is_the_pages_own_error(page: str) -> None:
    async with adapter_at(f"{page}/clientes", {**SETTINGS, "query": {"cpf": "cpf"}}) as adapter:
        with pytest.raises(ReportedError, match="itself reported an error"):
            await adapter.lookup(query(cpf="012.345.678-90"), limit=5)


async def test_a_wrong_password_is_unauthorised(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS, password="falsch") as adapter:
        with pytest.raises(Unauthorised):
            await adapter.lookup(query(nome="João"), limit=5)
        with pytest.raises(Unauthorised):
            await adapter.check()


async def test_check_passes_where_the_page_is(page: str) -> None:
    async with adapter_at(f"{page}/clientes", SETTINGS) as adapter:
        await adapter.check()
    async with adapter_at(f"{page}/elsewhere", SETTINGS) as adapter:
        with pytest.raises(UnexpectedStatus, match="404"):
            await adapter.check()


# ---------------------------------------------------------------------------------------------- what is sent


def target(source: Source) -> str:
    request: SourceRequest = source.requests[-1]
    assert request.method == "GET"
    return request.target


@pytest.mark.parametrize(
    ("charset", "value", "sent"),
    [
        ("utf-8", "João", "Jo%C3%A3o"),
        ("iso-8859-1", "João", "Jo%E3o"),
        ("windows-1252", "João €", "Jo%E3o%20%80"),
        ("windows-1254", "İpek", "%DDpek"),
        ("utf-8", "a&b=c d+e/f?g#h%", "a%26b%3Dc%20d%2Be%2Ff%3Fg%23h%25"),
    ],
)
async def test_values_are_written_in_the_pages_charset(charset: str, value: str, sent: str) -> None:
    async with running_source(answering(SourceResponse(b"<c/>"))) as source:
        settings: Mapping[str, Json] = {"query": {"nome": "nome"}, "query_encoding": charset}
        async with adapter_at(f"{source.url}/busca", settings) as adapter:
            await adapter.lookup(query(nome=value), limit=5)
            assert target(source) == f"/busca?nome={sent}"
            assert unquote_to_bytes(sent) == value.encode(charset)


async def test_parameters_keep_their_order_and_what_is_not_filled_in_is_left_out() -> None:
    settings: Mapping[str, Json] = {
        "query": {"z": "nome", "doc": "cpf", "a": "fone"},
        "constants": {"formato": "xml", "v": "2"},
        "limit_parameter": "max",
    }
    async with (
        running_source(answering(SourceResponse(b"<c/>"))) as source,
        adapter_at(f"{source.url}/busca?empresa=7", settings) as adapter,
    ):
        await adapter.lookup(query(fone="11", nome="Ana"), limit=9)
        assert target(source) == "/busca?empresa=7&formato=xml&v=2&z=Ana&a=11&max=10"
        await adapter.check()
        assert target(source) == "/busca?empresa=7&formato=xml&v=2"


async def test_a_search_field_in_the_path_is_one_segment() -> None:
    async with (
        running_source(answering(SourceResponse(b"<c/>"))) as source,
        adapter_at(f"{source.url}/v1", {"path": "clientes/{codigo}.xml"}) as adapter,
    ):
        await adapter.lookup(query(codigo="a/b"), limit=5)
        assert target(source) == "/v1/clientes/a%2Fb.xml"
        with pytest.raises(Misconfigured, match=r"settings\.path needs the search field 'codigo'"):
            await adapter.lookup(query(nome="Ana"), limit=5)


async def test_a_character_outside_the_charset_is_said_as_such_and_nobody_is_asked() -> None:
    async with (
        running_source(answering(SourceResponse(b"<c/>"))) as source,
        adapter_at(source.url, SETTINGS) as adapter,
    ):
        with pytest.raises(Misconfigured) as raised:
            await adapter.lookup(query(nome="İpek"), limit=5)
    assert str(raised.value) == (
        "The search field 'nome' has a character that iso-8859-1 cannot write, so this source cannot be asked for it. "
        "If the page reads another charset, set settings.query_encoding."
    )
    assert not source.requests


# ---------------------------------------------------------------------------------------------- statuses and headers


async def test_no_content_is_nobody() -> None:
    async with (
        running_source(answering(SourceResponse(b"", 204))) as source,
        adapter_at(source.url, SETTINGS) as adapter,
    ):
        assert not (await adapter.lookup(query(nome="Ana"), limit=5)).records


async def test_an_empty_body_and_a_404_are_nobody_only_where_configured() -> None:
    configured = Nobody(empty_body=True, statuses=frozenset({404}))
    for response, error in ((SourceResponse(b" \n"), EmptyReply), (SourceResponse(b"x", 404), UnexpectedStatus)):
        async with running_source(answering(response)) as source:
            async with adapter_at(source.url, SETTINGS, nobody=configured) as adapter:
                assert not (await adapter.lookup(query(nome="Ana"), limit=5)).records
            async with adapter_at(source.url, SETTINGS) as adapter:
                with pytest.raises(error):
                    await adapter.lookup(query(nome="Ana"), limit=5)


async def test_the_headers_charset_and_the_override_reach_the_reader() -> None:
    body = "<c><r nome='İpek' email='i@example.org'/></c>".encode("windows-1254")
    response = SourceResponse(body, headers={"content-type": "text/xml; charset=windows-1254"})
    async with running_source(answering(response)) as source:
        async with adapter_at(source.url, {"query": {"n": "nome"}}) as adapter:
            assert (await adapter.lookup(query(nome="x"), limit=5)).records[0]["nome"] == "İpek"
        async with adapter_at(source.url, {"query": {"n": "nome"}, "reply_encoding": "iso-8859-1"}) as adapter:
            assert (await adapter.lookup(query(nome="x"), limit=5)).records[0]["nome"] == "Ýpek"
