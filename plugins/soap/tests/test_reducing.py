"""A large WSDL is reduced to the operation in use, and what is left of it is enough."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from gateway_soap.description import Description, Place
from gateway_soap.documents import ENCODING, from_folder
from gateway_soap.request import Wanted
from gateway_soap.scan import scan
from gateway_soap.wsdl import open_operation, reduce

from gateway.adapter import Misconfigured
from gateway.testing.source import running_source
from plugins.soap.tests.sources import TEXT, adapter_at, names, query, saved, sent_body, settings, showing
from tests.examples.large_wsdl import large_wsdl

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "large.wsdl"
    path.write_text(large_wsdl(), encoding="utf-8")
    return path


def size_for(description: Description, operation: str) -> int:
    """Bytes that zeep gets."""
    return sum(map(len, description.reduced([description.choose(Place(operation))]).values()))


def test_the_large_one_is_of_a_large_vendors_size(large: Path) -> None:
    text = large.read_text(encoding="utf-8")
    assert 3_000_000 < len(text) < 4_000_000
    assert len(re.findall("<xsd:(?:complex|simple)Type name", text)) > 2_900
    assert len({one.name for one in from_folder(large).description.offered()}) == 401


def test_of_a_large_wsdl_as_much_is_left_as_of_a_small_one(large: Path) -> None:
    left = size_for(from_folder(large).description, "BuscarCliente")
    assert left < 2 * len(TEXT)


@pytest.mark.parametrize("operation", ["Get0", "Get5", "Get399"])
def test_types_that_mention_each_other_stay_together(large: Path, operation: str) -> None:
    description = from_folder(large).description
    opened = open_operation(reduce(description, Wanted(Place(operation), {"filter.Link0.Name": "{nome}"})))
    envelope = opened.build({"filter": {"Name": "Ana", "Link0": {"Name": "Eva", "By": "x"}, "mark": "m"}}, {})
    assert [element.text for element in envelope.iter("{*}Name")] == ["Ana", "Eva"]


async def test_an_operation_of_a_large_wsdl_is_asked_as_that_of_a_small_one(large: Path) -> None:
    bodies = []
    for given in (settings(wsdl={"file": str(large)}), settings()):
        async with running_source(showing({})) as source, adapter_at(source.url, given) as adapter:
            assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
            bodies.append(sent_body(source))
    assert bodies[0] == bodies[1]


# ---------------------------------------------------------------------------------------------- what is left


def reduced(folder: Path, text: str, operation: str = "BuscarCliente") -> str:
    description = from_folder(Path(saved(folder, "x.wsdl", text))).description
    return "".join(content.decode() for content in description.reduced([description.choose(Place(operation))]).values())


TYPES = """
<xsd:complexType name="A"><xsd:complexContent><xsd:extension base="tns:B"><xsd:attributeGroup ref="tns:G"/></xsd:extension>
</xsd:complexContent></xsd:complexType>
<xsd:complexType name="B"><xsd:sequence><xsd:element ref="tns:E"/><xsd:group ref="tns:Q"/></xsd:sequence></xsd:complexType>
<xsd:element name="E" type="tns:S" substitutionGroup="tns:H"/><xsd:element name="H" type="xsd:string"/>
<xsd:simpleType name="S"><xsd:restriction base="tns:T"/></xsd:simpleType>
<xsd:simpleType name="T"><xsd:union memberTypes="tns:U xsd:int"/></xsd:simpleType>
<xsd:simpleType name="U"><xsd:list itemType="tns:V"/></xsd:simpleType>
<xsd:simpleType name="V"><xsd:restriction base="xsd:int"/></xsd:simpleType>
<xsd:attributeGroup name="G"><xsd:attribute ref="tns:W"/></xsd:attributeGroup><xsd:attribute name="W" type="xsd:string"/>
<xsd:group name="Q"><xsd:sequence><xsd:element name="q" type="tns:R"/></xsd:sequence></xsd:group>
<xsd:complexType name="R"/><xsd:complexType name="Nobody"/>"""


def test_everything_that_the_input_mentions_stays_and_nothing_else(tmp_path: Path) -> None:
    text = TEXT.replace("</xsd:schema>", TYPES + "</xsd:schema>", 1).replace('type="tns:Filtro"/>', 'type="tns:A"/>', 1)
    left = reduced(tmp_path, text)
    kept = set(re.findall(r'<xsd:\w+ name="([A-Z])"', left))
    assert kept == set("ABEHSTUVGWQR")
    for gone in ('"Nobody"', '"Filtro"', '"Lista"', '"Cliente"', "BuscarClienteResponse", "ClientesSoap12"):
        assert gone not in left


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1"])
async def test_a_wsdl_in_another_encoding_is_cut_in_the_right_places(tmp_path: Path, encoding: str) -> None:
    declared = re.sub(
        'encoding="[^"]*"', f'encoding="{encoding}"', TEXT.replace("<wsdl:types>", "<!-- Ação --><wsdl:types>")
    )
    (tmp_path / "x.wsdl").write_bytes(declared.encode(encoding))
    given = settings(wsdl={"file": str(tmp_path / "x.wsdl")})
    async with running_source(showing({})) as source, adapter_at(source.url, given) as adapter:
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]


def test_a_redefinition_stays_whole(tmp_path: Path) -> None:
    saved(
        tmp_path,
        "base.xsd",
        '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:complexType name="F"><x:sequence/></x:complexType>'
        '<x:simpleType name="Longe"><x:restriction base="x:string"/></x:simpleType><x:complexType name="Fora"/></x:schema>',
    )
    again = (
        '<xsd:redefine schemaLocation="base.xsd"><xsd:complexType name="F"><xsd:complexContent><xsd:extension base="tns:F">'
        '<xsd:sequence><xsd:element name="l" type="tns:Longe"/></xsd:sequence></xsd:extension></xsd:complexContent>'
        "</xsd:complexType></xsd:redefine>"
    )
    left = reduced(tmp_path, re.sub(r"(<xsd:schema[^>]*>)", rf"\1{again}", TEXT, count=1))
    assert 'name="Longe"' in left
    assert '"Fora"' not in left
    assert "<xsd:redefine" in left


def test_empty_elements_side_by_side_are_cut_one_by_one() -> None:
    schema = (
        '<s:schema xmlns:s="http://www.w3.org/2001/XMLSchema"><s:element name="a"/><s:element name="b"/>'
        "<!-- - --><s:element name='c'></s:element><s:element name='d'>/></s:element></s:schema>"
    )
    scanned = scan(schema.encode(), "x", "")
    for gone in "abcd":
        left = scanned.without([span for span in scanned.components if span.name == gone]).decode()
        again = scan(left.encode(), "x", "")
        assert [span.name for span in again.components] == [name for name in "abcd" if name != gone]


# ---------------------------------------------------------------------------------------------- SOAP's own encoding

ENCODED = """<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:enc="http://schemas.xmlsoap.org/soap/encoding/" xmlns:tns="urn:velho"
 xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/" targetNamespace="urn:velho">
<types><xsd:schema targetNamespace="urn:velho">{imported}
<xsd:complexType name="Filtro"><xsd:sequence><xsd:element name="cpf" type="enc:string" minOccurs="0"/>
<xsd:element name="codigos" type="tns:Codigos" minOccurs="0"/></xsd:sequence>
</xsd:complexType>
<xsd:complexType name="Codigos"><xsd:complexContent><xsd:restriction base="enc:Array">
<xsd:attribute ref="enc:arrayType" wsdl:arrayType="xsd:string[]"/></xsd:restriction></xsd:complexContent></xsd:complexType>
</xsd:schema></types>
<message name="in"><part name="nome" type="xsd:string"/><part name="filtro" type="tns:Filtro"/></message>
<message name="out"><part name="return" type="enc:Array"/></message>
<portType name="p"><operation name="buscar"><input message="tns:in"/><output message="tns:out"/></operation></portType>
<binding name="b" type="tns:p"><soap:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
<operation name="buscar"><soap:operation soapAction="urn:velho#buscar"/>
<input><soap:body use="encoded" namespace="urn:velho" encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"/></input>
<output><soap:body use="encoded" namespace="urn:velho"/></output></operation></binding>
<service name="s"><port name="o" binding="tns:b"><soap:address location="http://interno.invalid/"/></port></service>
</definitions>"""


@pytest.mark.parametrize(
    "imported",
    [
        "",
        '<xsd:import namespace="http://schemas.xmlsoap.org/soap/encoding/"/>',
        f'<xsd:import namespace="{ENCODING}" schemaLocation="{ENCODING}"/>',
    ],
    ids=["not imported", "without a place", "from its own address"],
)
async def test_soap_encodings_schema_is_at_hand_and_values_name_their_types(tmp_path: Path, imported: str) -> None:
    given = settings(
        wsdl={"file": saved(tmp_path, "x.wsdl", ENCODED.format(imported=imported))},
        operation="buscar",
        parameters={"nome": "{nome}", "filtro.cpf": "{codigo}"},
    )
    async with running_source(showing({})) as source, adapter_at(source.url, given) as adapter:
        await adapter.lookup(query(codigo="7", nome="Ana"), limit=5)
        body = sent_body(source)
    assert 'encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"' in body
    types = dict(re.findall(r'xmlns:(\w+)="([^"]+)"', body))
    named = {name: (types[prefix], type_) for name, prefix, type_ in re.findall(r'<(\w+)[^>]*type="(\w+):(\w+)"', body)}
    assert named == {
        "nome": ("http://www.w3.org/2001/XMLSchema", "string"),
        "filtro": ("urn:velho", "Filtro"),
        "cpf": ("http://schemas.xmlsoap.org/soap/encoding/", "string"),
    }


def test_a_large_wsdl_without_an_operation_is_told(large: Path, tmp_path: Path) -> None:
    text = large.read_text(encoding="utf-8")
    cut = text[: text.index("<wsdl:service")] + "</wsdl:definitions>"
    with pytest.raises(Misconfigured, match="The WSDL has no SOAP operation"):
        from_folder(Path(saved(tmp_path, "x.wsdl", cut))).description.offered()
