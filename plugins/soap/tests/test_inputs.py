"""What goes into the message: the settings' parameters, fitted to the operation's input as the schema has it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from gateway_soap.documents import fetch
from gateway_soap.inputs import Inputs
from gateway_soap.request import lookup_message
from gateway_soap.settings import SoapSettings
from gateway_soap.wsdl import open_operation, reduce
from lxml import etree

from gateway.adapter import Json, Misconfigured
from plugins.soap.tests.sources import context_at, saved

pytestmark = pytest.mark.anyio
WSDL = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="urn:t" targetNamespace="urn:t">
<types><x:schema targetNamespace="urn:t" elementFormDefault="qualified">
 <x:element name="Achar"><x:complexType><x:sequence>{input}</x:sequence></x:complexType></x:element>
 <x:element name="Nome" type="x:string"/>
 <x:element name="AcharResponse"><x:complexType/></x:element>
 {types}
</x:schema></types>
<message name="in">{part}</message><message name="out"><part name="r" element="t:AcharResponse"/></message>
<portType name="p"><operation name="Achar"><input message="t:in"/>{output}</operation></portType>
<binding name="b" type="t:p"><s:binding transport="http://schemas.xmlsoap.org/soap/http" style="{style}"/>
<operation name="Achar"><s:operation soapAction=""/><input><s:body use="literal" namespace="urn:t"/></input>{bound}
</operation></binding>
<service name="s"><port name="o" binding="t:b"><s:address location="http://interno.invalid/"/></port></service>
</definitions>"""
DOCUMENT = '<part name="p" element="t:Achar"/>'


async def inputs(
    folder: Path,
    schema: str,
    parameters: dict[str, str],
    *,
    secrets: dict[str, str] | None = None,
    types: str = "",
    part: str = DOCUMENT,
    style: str = "document",
    output: bool = True,
) -> Inputs:
    text = WSDL.format(
        input=schema,
        types=types,
        part=part,
        style=style,
        output='<output message="t:out"/>' if output else "",
        bound='<output><s:body use="literal"/></output>' if output else "",
    )
    given: Json = {
        "wsdl": {"file": saved(folder, "x.wsdl", text)},
        "operation": "Achar",
        "parameters": parameters,
        "secrets": secrets or {},
    }
    settings = SoapSettings.model_validate_json(json.dumps(given))
    documents = await fetch(settings.wsdl, context_at("http://127.0.0.1:9"))
    wanted = lookup_message(settings)
    return Inputs(open_operation(reduce(documents.description, wanted)), wanted)


async def filled(made: Inputs, **values: str) -> str:
    """What stands in the body, without namespaces: attributes as they come, an empty element with both its tags."""
    message = made.template(frozenset(values)).fill(values)
    return _written(etree.fromstring(message)[0][0])


def _written(element: etree._Element) -> str:
    name = etree.QName(element).localname
    attributes = "".join(f' {etree.QName(key).localname}="{value}"' for key, value in element.attrib.items())
    return f"<{name}{attributes}>{element.text or ''}{''.join(map(_written, element))}</{name}>"


CPF = '<x:element name="cpf" type="x:string" minOccurs="0"/>'
NOME = '<x:element name="nome" type="x:string"/>'


async def said(
    folder: Path,
    schema: str,
    parameters: dict[str, str],
    *,
    types: str = "",
    part: str = DOCUMENT,
    output: bool = True,
) -> str:
    with pytest.raises(Misconfigured) as caught:
        await inputs(folder, schema, parameters, types=types, part=part, output=output)
    return str(caught.value)


async def test_optional_elements_are_left_out_and_required_texts_sent_empty(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF + NOME, {"cpf": "{cpf}", "nome": "{nome}"})
    assert await filled(made, cpf="1") == "<Achar><cpf>1</cpf><nome></nome></Achar>"
    assert await filled(made, nome="Ana") == "<Achar><nome>Ana</nome></Achar>"
    assert await filled(made, nome="Ana", cpf="1") == "<Achar><cpf>1</cpf><nome>Ana</nome></Achar>"


async def test_nillable_elements_are_nil(tmp_path: Path) -> None:
    schema = CPF + '<x:element name="n" type="x:int" nillable="true"/>'
    made = await inputs(tmp_path, schema, {"cpf": "{cpf}", "n": "{codigo}"})
    assert await filled(made, cpf="1") == '<Achar><cpf>1</cpf><n nil="true"></n></Achar>'
    assert "<n>7</n>" in await filled(made, codigo="7")


async def test_structures_stand_only_where_something_is_in_them_or_the_schema_asks(tmp_path: Path) -> None:
    types = (
        '<x:complexType name="F"><x:sequence><x:element name="cpf" type="x:string" minOccurs="0"/>'
        '<x:element name="uf" type="x:string"/></x:sequence><x:attribute name="v" type="x:string"/></x:complexType>'
    )
    schema = '<x:element name="a" type="t:F" minOccurs="0"/><x:element name="b" type="t:F"/>'
    parameters = {"a.cpf": "{cpf}", "a.uf": "{uf}", "b.cpf": "{doc}", "b.uf": "{estado}", "b.@v": "{versao}"}
    made = await inputs(tmp_path, schema, parameters, types=types)
    assert await filled(made, doc="1") == "<Achar><b><cpf>1</cpf><uf></uf></b></Achar>"
    assert await filled(made, cpf="1") == "<Achar><a><cpf>1</cpf><uf></uf></a><b><uf></uf></b></Achar>"
    assert await filled(made, versao="2") == '<Achar><b v="2"><uf></uf></b></Achar>'


async def test_constants_and_secrets_are_sent_with_every_message(tmp_path: Path) -> None:
    schema = CPF + NOME + '<x:element name="senha" type="x:string"/><x:element name="ativo" type="x:boolean"/>'
    parameters = {"cpf": "{cpf}", "nome": "a<{nome}>", "ativo": "true"}
    made = await inputs(tmp_path, schema, parameters, secrets={"senha": "{s}&<3"})
    assert (
        await filled(made, cpf="1")
        == "<Achar><cpf>1</cpf><nome></nome><senha>{s}&<3</senha><ativo>true</ativo></Achar>"
    )
    assert "<nome>a<Ana></nome>" in await filled(made, nome="Ana")
    assert "3" not in repr(made.template(frozenset({"cpf"})))


async def test_one_search_field_may_stand_in_several_places(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF + NOME, {"cpf": "{q}", "nome": "{q}/{q}"})
    assert await filled(made, q="é&") == "<Achar><cpf>é&</cpf><nome>é&/é&</nome></Achar>"


async def test_repeatable_elements_and_numbers_and_dates_take_a_text(tmp_path: Path) -> None:
    schema = "".join(
        f'<x:element name="{name}" type="x:{name}" minOccurs="0" maxOccurs="9"/>'
        for name in (
            "int",
            "decimal",
            "double",
            "float",
            "date",
            "dateTime",
            "token",
            "anyURI",
            "base64Binary",
            "anyType",
        )
    )
    parameters = {name: f"{{{name}}}" for name in ("int", "decimal", "double", "float", "date", "dateTime", "token")}
    made = await inputs(tmp_path, schema, {**parameters, "anyType": "{anyType}", "anyURI": "{anyURI}"})
    for name in (*parameters, "anyType", "anyURI"):
        assert await filled(made, **{name: "aB1"}) == f"<Achar><{name}>aB1</{name}></Achar>"


async def test_rpc_and_bare_inputs(tmp_path: Path) -> None:
    part = '<part name="cpf" type="x:string"/><part name="nome" type="x:string"/>'
    made = await inputs(tmp_path, CPF, {"cpf": "{cpf}", "nome": "{nome}"}, part=part, style="rpc")
    assert await filled(made, cpf="1") == "<Achar><cpf>1</cpf><nome></nome></Achar>"
    made = await inputs(tmp_path, CPF, {"Nome": "{nome}"}, part='<part name="p" element="t:Nome"/>')
    assert await filled(made, nome="Ana") == "<Nome>Ana</Nome>"


async def test_one_of_a_choice_is_sent_and_two_are_refused(tmp_path: Path) -> None:
    schema = f'<x:choice>{CPF}<x:element name="cnpj" type="x:string"/></x:choice>'
    made = await inputs(tmp_path, schema, {"cpf": "{cpf}", "cnpj": "{cnpj}"})
    assert await filled(made, cpf="1") == "<Achar><cpf>1</cpf></Achar>"
    assert await filled(made, cnpj="2") == "<Achar><cnpj>2</cnpj></Achar>"
    with pytest.raises(Misconfigured, match="The parameters for cnpj, cpf do not fit the input of 'Achar'"):
        made.template(frozenset({"cpf", "cnpj"}))


async def test_a_template_is_built_once_for_each_set_of_fields(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF + NOME, {"cpf": "{cpf}", "nome": "{nome}"})
    assert made.template(frozenset({"cpf"})) is made.template(frozenset({"cpf"}))
    assert made.template(frozenset({"cpf"})) is not made.template(frozenset({"nome"}))


# ---------------------------------------------------------------------------------------------- what does not fit


async def test_a_misspelt_parameter_is_corrected(tmp_path: Path) -> None:
    types = f'<x:complexType name="F"><x:sequence>{CPF}{NOME}</x:sequence><x:attribute name="v"/></x:complexType>'
    schema = '<x:element name="filtro" type="t:F"/>'
    assert await said(tmp_path, schema, {"filtro.cfp": "{cpf}"}, types=types) == (
        "'filtro' has no 'cfp' in the WSDL. Did you mean 'cpf'? It has: cpf, nome, @v. Correct settings.parameters."
    )
    assert "'Achar' has no 'filter' in the WSDL. Did you mean 'filtro'?" in await said(
        tmp_path, schema, {"filter.cpf": "{cpf}"}, types=types
    )
    assert "'filtro.cpf' has no 'digitos' in the WSDL. It has: nothing." in await said(
        tmp_path, schema, {"filtro.cpf.digitos": "{cpf}"}, types=types
    )
    assert "'filtro' is a structure in the WSDL. Fill what is in it: filtro.cpf, filtro.nome" in await said(
        tmp_path, schema, {"filtro": "{cpf}"}, types=types
    )


async def test_what_the_schema_requires_and_nobody_gives_is_named(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF + NOME, {"cpf": "{cpf}"})
    with pytest.raises(Misconfigured, match=r"requires more for 'Achar'.*at Achar\.nome.*as a constant"):
        made.template(frozenset({"cpf"}))


async def test_a_required_number_cannot_be_sent_empty(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF + '<x:element name="n" type="x:int"/>', {"cpf": "{cpf}", "n": "{codigo}"})
    with pytest.raises(Misconfigured, match=r"requires 'n', which is no text.*codigo is not filled in"):
        made.template(frozenset({"cpf"}))


async def test_a_parameter_that_joins_fields_wants_all_of_them(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF, {"cpf": "{ddd}{fone}"})
    assert await filled(made, ddd="11", fone="9") == "<Achar><cpf>119</cpf></Achar>"
    with pytest.raises(Misconfigured, match="'cpf' joins ddd, fone, but not all of them are filled in"):
        made.template(frozenset({"ddd"}))


@pytest.mark.parametrize("type_", ["boolean", "duration", "gYear"])
async def test_a_type_that_no_search_value_fits_is_told(tmp_path: Path, type_: str) -> None:
    made = await inputs(tmp_path, f'<x:element name="n" type="x:{type_}"/>', {"n": "{nome}"})
    with pytest.raises(Misconfigured, match=r"with a type that a search field cannot fill|do not fit the input"):
        made.template(frozenset({"nome"}))


async def test_a_boolean_constant_is_true_or_false(tmp_path: Path) -> None:
    schema = CPF + '<x:element name="ativo" type="x:boolean"/>'
    assert "'ativo' is a boolean in the WSDL. Write true or false." in await said(
        tmp_path, schema, {"cpf": "{cpf}", "ativo": "S"}
    )


async def test_a_constant_that_xml_cannot_carry_is_not_quoted(tmp_path: Path) -> None:
    made = await inputs(tmp_path, CPF + NOME, {"cpf": "{cpf}", "nome": "s3nha\x01"})
    with pytest.raises(Misconfigured, match="do not fit the input") as caught:
        made.template(frozenset({"cpf"}))
    assert "s3nha" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_operations_that_cannot_be_asked_are_told(tmp_path: Path) -> None:
    assert "takes no input" in await said(tmp_path, CPF, {"cpf": "{cpf}"}, part="")
    assert "does not ask and answer" in await said(tmp_path, CPF, {"cpf": "{cpf}"}, output=False)
    bare = '<part name="p" element="t:Nome"/>'
    assert "is the text 'Nome' itself" in await said(tmp_path, CPF, {"cpf": "{cpf}"}, part=bare)
