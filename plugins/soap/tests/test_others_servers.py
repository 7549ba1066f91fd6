"""Each style and version of SOAP against servers of other people's making: PHP's SoapServer and node-soap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.adapter import Json, Nobody, ReportedError
from plugins.soap.tests.sources import adapter_at, query, settings
from tests.peers.running import peer, php_peer
from tests.peers.soap_styles import BARE, RPC_LITERAL, STYLES, VERSIONS, WRAPPED, write_all, wsdl

pytestmark = pytest.mark.anyio
READS = frozenset({"nome", "cpf", "email", "plano"})
SERVED = {
    "php": [f"{style}-{version}" for style in STYLES for version in VERSIONS],
    # node-soap knows no SOAP encoding.
    "node": [f"{style}-{version}" for style in (RPC_LITERAL, WRAPPED, BARE) for version in VERSIONS],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wsdls")
    write_all(folder)
    return folder


@pytest.fixture(scope="module")
def php(folder: Path) -> Iterator[str]:
    with php_peer("soap.php", {"SOAP_WSDLS": str(folder)}) as origin:
        yield origin


@pytest.fixture(scope="module")
def node(folder: Path) -> Iterator[str]:
    with peer("soap.cjs", str(folder)) as origin:
        yield origin


@pytest.fixture(
    params=[pytest.param((server, name), id=f"{server} {name}") for server, names in SERVED.items() for name in names]
)
def service(request: pytest.FixtureRequest) -> str:
    """The endpoint of one style and version at one server."""
    server, name = request.param
    return f"{request.getfixturevalue(server)}/{name}"


def asking(service: str, **more: Json) -> dict[str, Json]:
    return {
        "wsdl": {"path": "?wsdl"},
        "operation": "BuscarCliente",
        "parameters": {"cpf": "{cpf}", "nome": "{nome}"},
        "version": service[-3:],
        **more,
    }


async def test_a_customer_is_found(service: str) -> None:
    async with adapter_at(service, settings(**asking(service)), reads=READS) as adapter:
        await adapter.check()
        found = await adapter.lookup(query(cpf="12345678909"), limit=5)
        (record,) = found.records
        assert record["nome"] == "João & Cia"
        assert record["cpf"] == "12345678909"
        assert record["plano"] == {"nome": "Ouro"}
        assert "email" not in record


async def test_several_are_told_apart_though_they_share_what_is_written_once(service: str) -> None:
    async with adapter_at(service, settings(**asking(service)), reads=READS) as adapter:
        found = await adapter.lookup(query(nome="Silva"), limit=5)
        assert [record["nome"] for record in found.records] == ["Ana Silva", "José da Silva"]
        assert [record["plano"] for record in found.records] == [{"nome": "Ouro"}] * 2


async def test_nobody_is_nobody(service: str) -> None:
    async with adapter_at(service, settings(**asking(service)), reads=READS) as adapter:
        assert not (await adapter.lookup(query(cpf="01234567890"), limit=5)).records


async def test_a_fault_is_a_failure_and_is_not_repeated(service: str) -> None:
    async with adapter_at(service, settings(**asking(service)), reads=READS) as adapter:
        with pytest.raises(ReportedError, match="SOAP fault") as caught:
            await adapter.lookup(query(nome="Falha"), limit=5)
        assert "Falha" not in str(caught.value)
    told = Nobody(faults=("banco fora do ar",))
    async with adapter_at(service, settings(**asking(service)), reads=READS, nobody=told) as adapter:
        assert not (await adapter.lookup(query(nome="Falha"), limit=5)).records


async def test_a_value_never_leaves_its_place(service: str) -> None:
    async with adapter_at(service, settings(**asking(service)), reads=READS) as adapter:
        found = await adapter.lookup(query(nome="</nome><cpf>12345678909</cpf><nome>"), limit=5)
        assert not found.records


async def test_an_answer_in_the_other_version_is_read(php: str, tmp_path: Path) -> None:
    """PHP takes a message of SOAP 1.2 at a service of 1.1, and answers it in 1.1."""
    (tmp_path / "x.wsdl").write_text(wsdl(WRAPPED, "1.2"), encoding="utf-8")
    given = settings(**asking("1.2", wsdl={"file": str(tmp_path / "x.wsdl")}))
    async with adapter_at(f"{php}/{WRAPPED}-1.1", given, reads=READS) as adapter:
        (record,) = (await adapter.lookup(query(cpf="12345678909"), limit=5)).records
        assert record["nome"] == "João & Cia"
