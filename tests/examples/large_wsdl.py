"""Writes a WSDL of the size and character of the large vendors': megabytes of types, hundreds of operations.

What makes those large is in it: bases and extensions, types that mention each other in circles, enumerations, groups,
remarks, faults and headers at every operation, ports of both versions of SOAP, policies. `BuscarCliente` is one operation
of it, the same as the example service's, so that one can be asked for real.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

SMALL = Path(__file__).parent / "clientes.wsdl"
_SCHEMAS = 5
_REMARK = (
    "<xsd:annotation><xsd:documentation>Object number {0} of the customer platform: what it holds, who may read it, and "
    "since which release. Deprecated fields stay for older clients.</xsd:documentation></xsd:annotation>"
)
_FIELDS = (
    ("Id", "xsd:string"),
    ("Name", "xsd:string"),
    ("CreatedDate", "xsd:dateTime"),
    ("IsDeleted", "xsd:boolean"),
    ("Amount", "xsd:decimal"),
    ("Version", "xsd:int"),
)


def large_wsdl(operations: int = 400, types: int = 3000) -> str:
    """About 3 MB with the numbers as they are."""
    small = SMALL.read_text(encoding="utf-8")
    more_messages, more_operations, more_bound = _operations(operations)
    return (
        small.replace("<wsdl:definitions", f"<wsdl:definitions {_prefixes()}", 1)
        .replace("</wsdl:types>", "".join(_schemas(types, operations)) + "</wsdl:types>", 1)
        .replace("<wsdl:portType", f"{_policies()}{more_messages}<wsdl:portType", 1)
        .replace("</wsdl:portType>", f"{more_operations}</wsdl:portType>", 1)
        .replace("</wsdl:binding>", f"{more_bound}</wsdl:binding>", 1)
    )


def _prefixes() -> str:
    wsp = 'xmlns:wsp="http://www.w3.org/ns/ws-policy"'
    return " ".join([*(f'xmlns:o{number}="urn:example:objects:{number}"' for number in range(_SCHEMAS)), wsp])


def _policies() -> str:
    return "".join(
        f'<wsp:Policy Name="P{number}"><wsp:ExactlyOne><wsp:All/></wsp:ExactlyOne></wsp:Policy>' for number in range(50)
    )


def _schemas(types: int, operations: int) -> Iterator[str]:
    each = types // _SCHEMAS
    for schema in range(_SCHEMAS):
        imports = "".join(
            f'<xsd:import namespace="urn:example:objects:{other}"/>' for other in range(_SCHEMAS) if other != schema
        )
        yield (
            f'<xsd:schema targetNamespace="urn:example:objects:{schema}" elementFormDefault="qualified">{imports}'
            '<xsd:complexType name="Base"><xsd:sequence><xsd:element name="fieldsToNull" type="xsd:string" minOccurs="0" '
            'maxOccurs="unbounded"/></xsd:sequence><xsd:attribute name="revision" type="xsd:int"/></xsd:complexType>'
            '<xsd:group name="Audit"><xsd:sequence><xsd:element name="By" type="xsd:string" minOccurs="0"/></xsd:sequence>'
            '</xsd:group><xsd:attributeGroup name="Marks"><xsd:attribute name="mark" type="xsd:string"/>'
            "</xsd:attributeGroup>"
        )
        yield from (_type(number, schema, each) for number in range(each))
        if schema == 0:
            yield from (_wrapper(number) for number in range(operations))
        yield "</xsd:schema>"


def _type(number: int, schema: int, each: int) -> str:
    if number % 10 == 9:
        values = "".join(f'<xsd:enumeration value="Value{value}"/>' for value in range(12))
        name = f"Object{number}"
        chosen = f'<xsd:restriction base="xsd:string">{values}</xsd:restriction>'
        return f'<xsd:simpleType name="{name}">{chosen}</xsd:simpleType>'
    fields = "".join(
        f'<xsd:element name="{name}" type="{kind}" minOccurs="0" nillable="true"/>' for name, kind in islice(_FIELDS, 6)
    )
    mentioned = [(schema, (number * 7 + 1) % each), ((schema + 1) % _SCHEMAS, (number * 3 + 2) % each)]
    links = "".join(
        f'<xsd:element name="Link{place}" type="o{other}:Object{target}" minOccurs="0" maxOccurs="unbounded"/>'
        for place, (other, target) in enumerate(mentioned)
    )
    return (
        f'<xsd:complexType name="Object{number}">{_REMARK.format(number)}<xsd:complexContent>'
        f'<xsd:extension base="o{schema}:Base"><xsd:sequence>{fields}{links}'
        f'<xsd:group ref="o{schema}:Audit"/></xsd:sequence>'
        f'<xsd:attributeGroup ref="o{schema}:Marks"/></xsd:extension></xsd:complexContent></xsd:complexType>'
    )


def _wrapper(number: int) -> str:
    return (
        f'<xsd:element name="Get{number}"><xsd:complexType><xsd:sequence>'
        f'<xsd:element name="filter" type="o0:Object{number % 8}"/></xsd:sequence></xsd:complexType></xsd:element>'
        f'<xsd:element name="Get{number}Response"><xsd:complexType><xsd:sequence><xsd:element name="result" '
        f'type="o1:Object{number % 8}" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType></xsd:element>'
        f'<xsd:element name="Get{number}Fault" type="xsd:string"/>'
    )


def _operations(count: int) -> tuple[str, str, str]:
    """Messages, the port type's operations, the binding's."""
    messages, abstract, bound = [], [], []
    for number in range(count):
        messages += [
            f'<wsdl:message name="{name}"><wsdl:part name="parameters" element="o0:{name}"/></wsdl:message>'
            for name in (f"Get{number}", f"Get{number}Response", f"Get{number}Fault")
        ]
        abstract.append(
            f'<wsdl:operation name="Get{number}"><wsdl:input message="tns:Get{number}"/>'
            f'<wsdl:output message="tns:Get{number}Response"/>'
            f'<wsdl:fault name="fault" message="tns:Get{number}Fault"/></wsdl:operation>'
        )
        bound.append(
            f'<wsdl:operation name="Get{number}"><soap:operation soapAction="urn:get{number}"/><wsdl:input>'
            '<soap:body use="literal"/></wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output>'
            '<wsdl:fault name="fault"><soap:fault name="fault" use="literal"/></wsdl:fault></wsdl:operation>'
        )
    return "".join(messages), "".join(abstract), "".join(bound)
