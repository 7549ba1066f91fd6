"""EnContact's contract: an operation of texts named like the search fields, which answers a list of customers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapter import Json, Nobody, ReportedError
from gateway.assembly import assemble
from gateway.core.disclosure import Viewer
from gateway.service.observer import Silence
from gateway.service.request import IdentifyRequest
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.source import Peer, answering, running_source, written
from plugins.soap.tests.sources import SOAP_11, adapter_at, names, query, saved, sent_body, settings

pytestmark = pytest.mark.anyio
ASMX = """<wsdl:definitions xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:s="http://www.w3.org/2001/XMLSchema" xmlns:tns="http://tempuri.org/" targetNamespace="http://tempuri.org/">
<wsdl:types><s:schema elementFormDefault="qualified" targetNamespace="http://tempuri.org/">
<s:element name="Pesquisar"><s:complexType><s:sequence>
 <s:element minOccurs="0" maxOccurs="1" name="Nome" type="s:string"/>
 <s:element minOccurs="0" maxOccurs="1" name="CPF" type="s:string"/>
 <s:element minOccurs="0" maxOccurs="1" name="Telefone" type="s:string"/></s:sequence></s:complexType></s:element>
<s:element name="PesquisarResponse"><s:complexType><s:sequence>
 <s:element minOccurs="0" name="PesquisarResult" type="tns:ArrayOfCliente"/></s:sequence></s:complexType></s:element>
<s:complexType name="ArrayOfCliente"><s:sequence>
 <s:element minOccurs="0" maxOccurs="unbounded" name="Cliente" nillable="true" type="tns:Cliente"/>
 </s:sequence></s:complexType>
<s:complexType name="Cliente"><s:sequence><s:element minOccurs="0" name="Nome" type="s:string"/>
 <s:element minOccurs="0" name="CPF" type="s:string"/></s:sequence></s:complexType>
</s:schema></wsdl:types>
<wsdl:message name="PesquisarSoapIn"><wsdl:part name="parameters" element="tns:Pesquisar"/></wsdl:message>
<wsdl:message name="PesquisarSoapOut"><wsdl:part name="parameters" element="tns:PesquisarResponse"/></wsdl:message>
<wsdl:portType name="WSClientesSoap"><wsdl:operation name="Pesquisar"><wsdl:input message="tns:PesquisarSoapIn"/>
<wsdl:output message="tns:PesquisarSoapOut"/></wsdl:operation></wsdl:portType>
<wsdl:binding name="WSClientesSoap" type="tns:WSClientesSoap"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
<wsdl:operation name="Pesquisar"><soap:operation soapAction="http://tempuri.org/Pesquisar" style="document"/>
<wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>
</wsdl:binding>
<wsdl:service name="WSClientes"><wsdl:port name="WSClientesSoap" binding="tns:WSClientesSoap">
<soap:address location="http://interno.invalid/WSClientes.asmx"/></wsdl:port></wsdl:service></wsdl:definitions>"""
READS = frozenset({"nome", "cpf"})


def answer(content: str) -> SourceResponse:
    return SourceResponse(
        f'<soap:Envelope xmlns:soap="{SOAP_11}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soap:Body>'
        f'<PesquisarResponse xmlns="http://tempuri.org/">{content}</PesquisarResponse></soap:Body></soap:Envelope>'.encode()
    )


def given(folder: Path) -> dict[str, Json]:
    return {
        "preset": "encontact",
        "wsdl": {"file": saved(folder, "x.wsdl", ASMX)},
        "search": ["nome", "cpf"],
        "operation": "",
        "parameters": {},
    }


async def test_the_fields_go_under_the_operations_own_names_and_the_rest_goes_empty(tmp_path: Path) -> None:
    reply = answer("<PesquisarResult><Cliente><Nome>Ana</Nome><CPF>1</CPF></Cliente></PesquisarResult>")
    async with (
        running_source(answering(reply)) as source,
        adapter_at(source.url, settings(**given(tmp_path)), reads=READS) as adapter,
    ):
        assert adapter.fields == READS
        assert (await adapter.lookup(query(cpf="1"), limit=5)).records == [{"nome": "Ana", "cpf": "1"}]
        body = sent_body(source)
    values = {"Nome": "", "CPF": "1", "Telefone": ""}
    for name, value in values.items():
        assert f":{name}>{value}</" in body or (not value and f":{name}/>" in body)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "<PesquisarResult/>",
        '<PesquisarResult xsi:nil="true"/>',
        '<PesquisarResult><Cliente xsi:nil="true"/></PesquisarResult>',
        "<PesquisarResult><Cliente/></PesquisarResult>",
        "<PesquisarResult><Cliente><Nome/><CPF/></Cliente></PesquisarResult>",
        "<PesquisarResult>None</PesquisarResult>",
        "<PesquisarResult>[]</PesquisarResult>",
        "<PesquisarResult>{}</PesquisarResult>",
    ],
)
async def test_every_way_to_say_nobody_is_understood(tmp_path: Path, content: str) -> None:
    async with (
        running_source(answering(answer(content))) as source,
        adapter_at(source.url, settings(**given(tmp_path)), reads=READS) as adapter,
    ):
        assert not (await adapter.lookup(query(cpf="1"), limit=5)).records


async def test_an_error_is_never_nobody(tmp_path: Path) -> None:
    reply = answer("<PesquisarResult><erro>sem conexão</erro></PesquisarResult>")
    async with (
        running_source(answering(reply)) as source,
        adapter_at(source.url, settings(**given(tmp_path)), reads=READS, nobody=Nobody()) as adapter,
    ):
        with pytest.raises(ReportedError):
            await adapter.lookup(query(cpf="1"), limit=5)


async def test_a_field_that_the_operation_does_not_have_is_told(tmp_path: Path) -> None:
    more = {**given(tmp_path), "search": ["nome", "email"]}
    async with adapter_at("http://127.0.0.1:9", settings(**more), reads=READS) as adapter:
        with pytest.raises(Exception, match="'Pesquisar' has no 'email' in the WSDL. It has: Nome, CPF, Telefone"):
            await adapter.lookup(query(nome="Ana"), limit=5)


async def test_another_operation_may_be_named(tmp_path: Path) -> None:
    more = {**given(tmp_path), "operation": "Procurar"}
    async with adapter_at("http://127.0.0.1:9", settings(**more), reads=READS) as adapter:
        with pytest.raises(Exception, match="no operation 'Procurar'"):
            await adapter.lookup(query(nome="Ana"), limit=5)


async def test_customers_of_the_list_are_all_read(tmp_path: Path) -> None:
    people = "".join(f"<Cliente><Nome>{name}</Nome></Cliente>" for name in ("Ana", "Eva"))
    async with (
        running_source(answering(answer(f"<PesquisarResult>{people}</PesquisarResult>"))) as source,
        adapter_at(source.url, settings(**given(tmp_path)), reads=READS) as adapter,
    ):
        assert names((await adapter.lookup(query(nome="a"), limit=5)).records) == ["Ana", "Eva"]


# ---------------------------------------------------------------------------------------------- end to end

TENANT = """
tenant: acme
name: Acme
country: BR
search_fields: {{cpf: {{kind: cpf, label: CPF}}, nome: {{kind: name, label: Nome}}}}
unique_key: {{name: cpf, kind: cpf}}
sources:
  base:
    adapter: soap
    upstream: {{url: "{url}/WSClientes.asmx"}}
    settings: {{preset: encontact, wsdl: {{path: "?wsdl"}}, search: [nome, cpf]}}
    mapping: {{unique_key: cpf, name: nome, documents: {{cpf: cpf}}}}
routes: {{default: {{sources: [base]}}}}
"""


@pytest.mark.parametrize(
    ("content", "outcome"),
    [
        ("<Cliente><Nome>Ana Lima</Nome><CPF>123.456.789-09</CPF></Cliente>", "found"),
        ("", "not_found"),
        ("<Cliente><Nome>Eva Reis</Nome><CPF>012.345.678-90</CPF></Cliente>", "unavailable"),
    ],
    ids=["the customer", "nobody", "somebody else"],
)
async def test_a_tenant_with_no_more_than_the_preset_identifies(tmp_path: Path, content: str, outcome: str) -> None:
    async def behave(request: SourceRequest, peer: Peer) -> None:
        wsdl = request.method == "GET"
        shown = SourceResponse(ASMX.encode()) if wsdl else answer(f"<PesquisarResult>{content}</PesquisarResult>")
        await peer.send(written(shown))

    async with running_source(behave) as source:
        (tmp_path / "tenants").mkdir()
        (tmp_path / "gateway.yaml").write_text("tenants: {acme: {networks: [127.0.0.0/8]}}\n", encoding="utf-8")
        (tmp_path / "tenants" / "acme.yaml").write_text(TENANT.format(url=source.url), encoding="utf-8")
        gateway = assemble(tmp_path, Silence())
        try:
            assert gateway.problems == {}
            result = await gateway.identifier.identify(
                IdentifyRequest("acme", Viewer(role="operator", key_id="test"), {"cpf": "123.456.789-09"})
            )
            assert result.outcome == outcome
            assert [match.customer.name for match in result.matches if match.customer] == (
                ["Ana Lima"] if outcome == "found" else []
            )
        finally:
            await gateway.tenants.aclose()
