"""Lookups at the example service: a real WSDL, both SOAP versions, the traps of real servers."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapter import (
    HtmlPage,
    Misconfigured,
    ReportedError,
    ServerError,
    Truncated,
    Unauthorised,
    UnexpectedStatus,
)
from gateway.core.nobody import Nobody
from plugins.soap.tests.sources import READS, adapter_at, names, query, settings
from tests.examples.people import NOBODY_CPF, SOAP, known_to

pytestmark = pytest.mark.anyio
WSDLS = [{"path": "?wsdl"}, None]


@pytest.mark.parametrize("version", ["1.1", "1.2", 1.2])
@pytest.mark.parametrize("wsdl", WSDLS, ids=["fetched", "on disk"])
async def test_everybody_is_found_by_each_value(
    example: str, version: str | float, wsdl: dict[str, str] | None
) -> None:
    given = settings(version=version) if wsdl is None else settings(version=version, wsdl=wsdl)
    async with adapter_at(f"{example}/clientes", given) as adapter:
        for person in known_to(SOAP):
            for field, value in (("cpf", person.cpf), ("cnpj", person.cnpj), ("codigo", person.code)):
                if value:
                    found = await adapter.lookup(query(**{field: value}), limit=50)
                    assert person.name in names(found.records)


async def test_the_configured_endpoint_wins_over_the_wsdls(example: str) -> None:
    # The WSDL names soap-interno.example.invalid, which nobody can resolve.
    async with adapter_at(f"{example}/clientes", settings(wsdl={"path": "?wsdl"})) as adapter:
        assert names((await adapter.lookup(query(codigo="1036"), limit=5)).records) == ["Xavier Lacerda"]


async def test_fields_not_filled_in_are_left_out_of_the_message(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        found = await adapter.lookup(query(cpf="16899535009", nome="MARIA DA SILVA"), limit=5)
        assert [record["codigo"] for record in found.records] == ["1010"]
        found = await adapter.lookup(query(nome="maria da silva"), limit=5)
        assert {record["codigo"] for record in found.records} == {"1009", "1010"}


async def test_values_that_mean_something_in_xml_are_values(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        found = await adapter.lookup(query(nome='"marinho" o\'hara <filho> & netos'), limit=5)
        assert names(found.records) == ['Mário "Marinho" O\'Hara <filho> & netos']


async def test_what_the_schema_does_not_promise_is_read_as_it_came(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        found = await adapter.lookup(query(cpf="60221407650"), limit=5)
        (record,) = found.records
        assert record["nascimento"] == "0000-00-00"
        assert record["ativo"] == "S"
        assert record["auditoria"] == {"versaoRegistro": "7"}
        assert record["email"] == ["otilia@example.com", "None"]
        assert "endereco" not in record


async def test_several_come_with_the_limit_kept_and_nil_ones_left_out(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        everybody = await adapter.lookup(query(nome="silva"), limit=50)
        assert len(everybody.records) == 4
        assert not everybody.truncated
        some = await adapter.lookup(query(nome="silva"), limit=3)
        assert len(some.records) == 3
        assert some.truncated


async def test_an_empty_list_is_nobody(example: str) -> None:
    for records in (None, "lista.cliente"):
        async with adapter_at(f"{example}/clientes", settings(records=records)) as adapter:
            assert not (await adapter.lookup(query(cpf=NOBODY_CPF), limit=5)).records


async def test_an_answer_with_500_is_an_answer(example: str) -> None:
    async with adapter_at(f"{example}/answer-500") as adapter:
        assert names((await adapter.lookup(query(codigo="1036"), limit=5)).records) == ["Xavier Lacerda"]


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize(("path", "code"), [("/fault-200", "Server|Receiver"), ("/fault-500", "Server")])
async def test_a_fault_is_a_failure_with_its_code(example: str, version: str, path: str, code: str) -> None:
    async with adapter_at(example + path, settings(version=version)) as adapter:
        with pytest.raises(ReportedError, match=rf"SOAP fault \(({code})\).*under nobody:"):
            await adapter.lookup(query(codigo="1036"), limit=5)


@pytest.mark.parametrize(
    "sign", ["Base indisponível", "Receiver", "base INDISPONIVEL, tente"], ids=["phrase", "code", "folded phrase"]
)
async def test_a_fault_is_nobody_only_where_configured(example: str, sign: str) -> None:
    async with adapter_at(f"{example}/fault-200", settings(version="1.2"), nobody=Nobody(faults=(sign,))) as adapter:
        assert not (await adapter.lookup(query(codigo="1036"), limit=5)).records


async def test_a_word_within_a_word_of_the_fault_is_not_nobody(example: str) -> None:
    async with adapter_at(f"{example}/fault-200", nobody=Nobody(faults=("indis", "tar"))) as adapter:
        with pytest.raises(ReportedError):
            await adapter.lookup(query(codigo="1036"), limit=5)


@pytest.mark.parametrize(
    ("path", "error", "says"),
    [
        ("/login", HtmlPage, "HTML page"),
        ("/broken", Truncated, "ended before it was whole"),
        ("/down", ServerError, "HTTP 503"),
        ("/nowhere", UnexpectedStatus, "HTTP 404"),
    ],
)
async def test_what_is_no_answer_is_a_failure(example: str, path: str, error: type[Exception], says: str) -> None:
    async with adapter_at(example + path) as adapter:
        with pytest.raises(error, match=says):
            await adapter.lookup(query(codigo="1036"), limit=5)


async def test_refused_credentials_are_told_by_lookup_and_check(example: str) -> None:
    async with adapter_at(f"{example}/clientes", password="errada") as adapter:
        with pytest.raises(Unauthorised, match=r"upstream\.auth"):
            await adapter.lookup(query(codigo="1036"), limit=5)
        with pytest.raises(Unauthorised):
            await adapter.check()


async def test_refused_credentials_for_the_wsdl_are_told_as_such(example: str) -> None:
    async with adapter_at(f"{example}/clientes", settings(wsdl={"path": "?wsdl"}), password="errada") as adapter:
        with pytest.raises(Unauthorised):
            await adapter.check()


async def test_check_asks_for_nobody_and_a_fault_is_good_enough(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        await adapter.check()


async def test_check_says_when_no_soap_service_answers(example: str) -> None:
    async with adapter_at(f"{example}/nowhere", settings(wsdl={"path": "?wsdl"})) as adapter:
        with pytest.raises(UnexpectedStatus, match="HTTP 404"):
            await adapter.check()


async def test_a_control_character_is_refused_without_quoting_it(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        for value in ("mar\x00ia", "mar\x1fia", "mar\ud800ia", "mar\uffffia"):
            with pytest.raises(Misconfigured, match="'nome' has a control character") as caught:
                await adapter.lookup(query(nome=value), limit=5)
            assert "mar" not in str(caught.value)


async def test_line_breaks_and_tabs_reach_the_service_as_they_are(example: str) -> None:
    async with adapter_at(f"{example}/clientes") as adapter:
        assert not (await adapter.lookup(query(nome="a\r\n\tb"), limit=5)).records


async def test_many_lookups_at_once_do_not_mix(example: str) -> None:
    people = [person for person in known_to(SOAP) if person.code != "PED-2024-00017"]
    async with adapter_at(f"{example}/clientes", settings(wsdl={"path": "?wsdl"})) as adapter:
        answers = await asyncio.gather(*(adapter.lookup(query(codigo=person.code), limit=5) for person in people))
        assert [names(found.records) for found in answers] == [[person.name] for person in people]


async def test_names_are_spelled_as_the_mapping_spells_them(example: str) -> None:
    reads = READS - {"email", "nascimento"} | {"E-mail", "Nascimento"}
    async with adapter_at(f"{example}/clientes", reads=reads) as adapter:
        (record,) = (await adapter.lookup(query(codigo="1001"), limit=5)).records
        assert record["E-mail"] == "carlos@example.com"
        assert record["Nascimento"] == "1980-04-12"
        assert record["ultimoPedido"] == "A-2041"
