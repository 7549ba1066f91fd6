"""A prospect is saved over SOAP, and only what the settings name (`true`, as EnContact has it) counts as saved."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gateway_soap import ADAPTER
from pydantic import ValidationError

from gateway.adapter import (
    Json,
    Misconfigured,
    Person,
    PersonWriter,
    ReportedError,
    Saved,
    ServerError,
    SourceError,
    Unauthorised,
    Unreadable,
)
from gateway.adapter.settings import PERSON_VALUES, SEARCH_FIELDS
from gateway.testing.exchange import SourceResponse
from gateway.testing.source import answering, running_source
from plugins.soap.tests.sources import adapter_at, envelope, saved, sent_body, settings
from plugins.soap.tests.test_encontact import ASMX

pytestmark = pytest.mark.anyio

SAVING = (
    ASMX.replace(
        '<s:element name="PesquisarResponse">',
        '<s:element name="Inserir"><s:complexType><s:sequence>'
        '<s:element minOccurs="0" name="Nome" type="s:string"/><s:element minOccurs="0" name="CPF" type="s:string"/>'
        '<s:element minOccurs="0" name="Telefone" type="s:string"/><s:element minOccurs="0" name="Chave" type="s:string"/>'
        "</s:sequence></s:complexType></s:element>"
        '<s:element name="InserirResponse"><s:complexType><s:sequence>'
        '<s:element minOccurs="1" name="InserirResult" type="s:boolean"/></s:sequence></s:complexType></s:element>'
        '<s:element name="PesquisarResponse">',
    )
    .replace(
        '<wsdl:portType name="WSClientesSoap">',
        '<wsdl:message name="InserirIn"><wsdl:part name="parameters" element="tns:Inserir"/></wsdl:message>'
        '<wsdl:message name="InserirOut"><wsdl:part name="parameters" element="tns:InserirResponse"/></wsdl:message>'
        '<wsdl:portType name="WSClientesSoap"><wsdl:operation name="Inserir"><wsdl:input message="tns:InserirIn"/>'
        '<wsdl:output message="tns:InserirOut"/></wsdl:operation>',
    )
    .replace(
        '<wsdl:operation name="Pesquisar"><soap:operation',
        '<wsdl:operation name="Inserir"><soap:operation soapAction="http://tempuri.org/Inserir" style="document"/>'
        '<wsdl:input><soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>'
        '</wsdl:operation><wsdl:operation name="Pesquisar"><soap:operation',
    )
)
ANA = Person({"cpf": "52998224725", "nome": "Ana <D'Ávila>", "person.name": "Ana <D'Ávila>"})
SAVE: dict[str, Json] = {
    "operation": "Inserir",
    "parameters": {"Nome": "{person.name}", "CPF": "{cpf}", "Telefone": "{fone}", "Chave": "{person.key}"},
}
REFUSED = Saved(False, "The source's answer does not say that he is saved (settings.save.says).")


def given(folder: Path, **save: Json) -> dict[str, Json]:
    return {
        "preset": "encontact",
        "wsdl": {"file": saved(folder, "x.wsdl", SAVING)},
        "search": ["nome", "cpf"],
        "operation": "",
        "parameters": {},
        "save": {**SAVE, **save},
    }


def said(value: str) -> SourceResponse:
    content = f'<InserirResponse xmlns="http://tempuri.org/">{value}</InserirResponse>'
    return SourceResponse(envelope(content).encode(), headers={"Content-Type": "text/xml; charset=utf-8"})


def fault(code: str) -> SourceResponse:
    content = f"<e:Fault><faultcode>e:{code}</faultcode><faultstring>52998224725</faultstring></e:Fault>"
    return SourceResponse(envelope(content).encode(), 500, {"Content-Type": "text/xml; charset=utf-8"})


async def saving(reply: SourceResponse, folder: Path, **save: Json) -> tuple[Saved | SourceError, str]:
    """What became of Ana, and the message that was sent."""
    async with (
        running_source(answering(reply)) as source,
        adapter_at(source.url, settings(**given(folder, **save))) as adapter,
    ):
        assert isinstance(adapter, PersonWriter)
        try:
            result: Saved | SourceError = await adapter.save(ANA, key="k-1")
        except SourceError as error:
            result = error
        return result, sent_body(source)


async def test_what_is_known_of_him_goes_into_the_operation_and_true_counts(tmp_path: Path) -> None:
    result, body = await saving(said("<InserirResult>true</InserirResult>"), tmp_path)
    assert result == Saved(True)
    for name, value in {"Nome": "Ana &lt;D'Ávila&gt;", "CPF": "52998224725", "Chave": "k-1"}.items():
        assert f":{name}>{value}</" in body
    assert "Inserir" in body


@pytest.mark.parametrize(
    "value", ["<InserirResult>false</InserirResult>", "<InserirResult>1</InserirResult>", "<InserirResult/>", ""]
)
async def test_anything_but_true_is_a_refusal(value: str, tmp_path: Path) -> None:
    assert (await saving(said(value), tmp_path))[0] == REFUSED


async def test_a_true_that_is_no_answer_of_the_operation_saves_nobody(tmp_path: Path) -> None:
    for path in ({}, {"result": "erro"}):
        other = envelope('<PesquisarResponse xmlns="http://tempuri.org/"><erro>true</erro></PesquisarResponse>')
        result, _ = await saving(SourceResponse(other.encode(), headers={"Content-Type": "text/xml"}), tmp_path, **path)
        assert isinstance(result, Unreadable)
        assert "does not hold 'InserirResponse'" in str(result)


@pytest.mark.parametrize("value", ["<erro>true</erro>", "<falha><codigo>true</codigo></falha>"])
async def test_an_error_that_is_true_saves_nobody(value: str, tmp_path: Path) -> None:
    assert (await saving(said(value), tmp_path))[0] == REFUSED


async def test_another_word_at_another_place_may_say_it(tmp_path: Path) -> None:
    reply = said("<InserirResult><codigo>OK</codigo><id>7</id></InserirResult>")
    assert (await saving(reply, tmp_path))[0] == REFUSED
    assert (await saving(reply, tmp_path, result="InserirResult.codigo", says="ok"))[0] == Saved(True)


async def test_a_fault_of_the_message_is_a_refusal_and_one_of_the_service_leaves_him_unknown(tmp_path: Path) -> None:
    refused, _ = await saving(fault("Client"), tmp_path)
    assert refused == Saved(False, "The source refused him with a SOAP fault; its text is not shown.")
    for code, error in (("Server", ReportedError), ("FailedAuthentication", Unauthorised)):
        result, _ = await saving(fault(code), tmp_path)
        assert type(result) is error


async def test_a_wsdl_that_cannot_be_had_is_said_to_have_sent_nobody(tmp_path: Path) -> None:
    given_ = {**given(tmp_path), "wsdl": {"path": "?wsdl"}}
    source_down = answering(SourceResponse(b"down", 503))
    async with running_source(source_down) as source, adapter_at(source.url, settings(**given_)) as adapter:
        assert isinstance(adapter, PersonWriter)
        with pytest.raises(ServerError) as failed:
            await adapter.save(ANA, key="k-1")
    assert failed.value.undone


async def test_a_source_without_save_saves_nobody(tmp_path: Path) -> None:
    bare = settings(**{**given(tmp_path), "save": None})
    assert ADAPTER.saves is not None
    assert not ADAPTER.saves(bare)
    assert ADAPTER.saves(settings(**given(tmp_path)))
    async with adapter_at("http://127.0.0.1:9", bare) as adapter:
        assert isinstance(adapter, PersonWriter)
        with pytest.raises(Misconfigured, match="saves nobody"):
            await adapter.save(ANA, key="k-1")


async def test_an_operation_that_is_not_there_is_said(tmp_path: Path) -> None:
    async with adapter_at("http://127.0.0.1:9", settings(**given(tmp_path, operation="Gravar"))) as adapter:
        assert isinstance(adapter, PersonWriter)
        with pytest.raises(Misconfigured, match="Gravar"):
            await adapter.save(ANA, key="k-1")
        with pytest.raises(Misconfigured, match="Gravar"):
            await adapter.check()


def test_what_nobody_knows_of_a_prospect_is_refused(tmp_path: Path) -> None:
    context = {SEARCH_FIELDS: frozenset({"nome", "cpf"}), PERSON_VALUES: frozenset({"cpf", "nome", "person.name"})}
    text = json.dumps(given(tmp_path, parameters={"Nome": "{person.nam}"}))
    with pytest.raises(ValidationError, match=r"'person\.nam' is nothing that is known of a prospect"):
        ADAPTER.settings.model_validate_json(text, context=context)
