"""One small service of customers in each style of SOAP, as WSDL: what the servers of other people's making serve."""

from __future__ import annotations

from pathlib import Path

RPC_ENCODED, RPC_LITERAL, WRAPPED, BARE = "rpc-encoded", "rpc-literal", "document-wrapped", "document-bare"
STYLES = (RPC_ENCODED, RPC_LITERAL, WRAPPED, BARE)
VERSIONS = ("1.1", "1.2")
_BINDINGS = {"1.1": "http://schemas.xmlsoap.org/wsdl/soap/", "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}
_ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
_CLIENTE = """
  <xsd:complexType name="Plano"><xsd:sequence><xsd:element name="nome" type="xsd:string"/></xsd:sequence></xsd:complexType>
  <xsd:complexType name="Cliente"><xsd:sequence>
   <xsd:element name="nome" type="xsd:string"/><xsd:element name="cpf" type="xsd:string"/>
   <xsd:element name="email" type="xsd:string" nillable="true"/><xsd:element name="plano" type="tns:Plano"/>
  </xsd:sequence></xsd:complexType>"""
_LIST = """
  <xsd:complexType name="Clientes"><xsd:sequence>
   <xsd:element name="cliente" type="tns:Cliente" minOccurs="0" maxOccurs="unbounded"/></xsd:sequence></xsd:complexType>"""
_ARRAY = f"""
  <xsd:import namespace="{_ENCODING}"/>
  <xsd:complexType name="Clientes"><xsd:complexContent><xsd:restriction base="enc:Array">
   <xsd:attribute ref="enc:arrayType" wsdl:arrayType="tns:Cliente[]"/></xsd:restriction>
  </xsd:complexContent></xsd:complexType>"""
_FILTER = """<xsd:complexType><xsd:sequence>
   <xsd:element name="cpf" type="xsd:string"/><xsd:element name="nome" type="xsd:string"/>
  </xsd:sequence></xsd:complexType>"""
_WRAPPED = f"""
  <xsd:element name="BuscarCliente">{_FILTER}</xsd:element>
  <xsd:element name="BuscarClienteResponse"><xsd:complexType><xsd:sequence>
   <xsd:element name="lista" type="tns:Clientes"/></xsd:sequence></xsd:complexType></xsd:element>"""
_BARE = f"""
  <xsd:element name="Filtro">{_FILTER}</xsd:element><xsd:element name="Lista" type="tns:Clientes"/>"""
_RPC_PARTS = (
    '<part name="cpf" type="xsd:string"/><part name="nome" type="xsd:string"/>',
    '<part name="lista" type="tns:Clientes"/>',
)
_PARTS = {
    RPC_ENCODED: (_ARRAY + _CLIENTE, *_RPC_PARTS),
    RPC_LITERAL: (_CLIENTE + _LIST, *_RPC_PARTS),
    WRAPPED: (
        _CLIENTE + _LIST + _WRAPPED,
        '<part name="parameters" element="tns:BuscarCliente"/>',
        '<part name="parameters" element="tns:BuscarClienteResponse"/>',
    ),
    BARE: (
        _CLIENTE + _LIST + _BARE,
        '<part name="filtro" element="tns:Filtro"/>',
        '<part name="r" element="tns:Lista"/>',
    ),
}


def wsdl(style: str, version: str) -> str:
    """The service in one style and version of SOAP; the address in it leads nowhere."""
    types, asks, answers = _PARTS[style]
    binding = "rpc" if style in (RPC_ENCODED, RPC_LITERAL) else "document"
    # WS-I Basic Profile 1.1, R2717: rpc has its namespace at the body, and document must not.
    space = ' namespace="urn:clientes"' if binding == "rpc" else ""
    use = f'use="encoded" encodingStyle="{_ENCODING}"' if style == RPC_ENCODED else 'use="literal"'
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<definitions name="Clientes" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
 xmlns:soap="{_BINDINGS[version]}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:enc="{_ENCODING}"
 xmlns:tns="urn:clientes" targetNamespace="urn:clientes">
 <types><xsd:schema targetNamespace="urn:clientes" elementFormDefault="qualified">{types}
 </xsd:schema></types>
 <message name="in">{asks}</message>
 <message name="out">{answers}</message>
 <portType name="Clientes"><operation name="BuscarCliente"><input message="tns:in"/><output message="tns:out"/></operation>
 </portType>
 <binding name="Clientes" type="tns:Clientes">
  <soap:binding style="{binding}" transport="http://schemas.xmlsoap.org/soap/http"/>
  <operation name="BuscarCliente"><soap:operation soapAction="urn:clientes#BuscarCliente" style="{binding}"/>
   <input><soap:body {use}{space}/></input><output><soap:body {use}{space}/></output></operation>
 </binding>
 <service name="Clientes"><port name="Clientes" binding="tns:Clientes">
  <soap:address location="http://interno.invalid/"/></port></service>
</definitions>
"""


def write_all(folder: Path) -> None:
    """`<style>-<version>.wsdl` for each of them."""
    for style in STYLES:
        for version in VERSIONS:
            (folder / f"{style}-{version}.wsdl").write_text(wsdl(style, version), encoding="utf-8")
