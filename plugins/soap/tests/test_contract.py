"""The SOAP adapter under the contract that every adapter is judged by: both versions, WSDL on disk and fetched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from gateway_soap import ADAPTER

from gateway.adapter import Json
from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse
from plugins.soap.tests.sources import SOAP_11, SOAP_12, response
from tests.examples.soap_service import WSDL

FILTERS = {"nome": "nome", "doc": "cpf", "fone": "telefone", "mail": "email"}


class SoapContract(AdapterContract):
    """How the example's operation is asked and answers."""

    adapter_type = ADAPTER
    settings: ClassVar[Mapping[str, Json]] = {
        "wsdl": {"file": WSDL.name},
        "operation": "BuscarCliente",
        "parameters": {f"filtro.{name}": f"{{{field}}}" for field, name in FILTERS.items()},
        # The example's WSDL has one operation: as good as any to be sent somebody with.
        "save": {
            "operation": "BuscarCliente",
            "parameters": {"filtro.nome": "{person.name}", "filtro.cpf": "{doc}"},
            "result": "salvo",
        },
    }
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "doc": "cpf", "fone": "phone", "mail": "email"}
    files = WSDL.parent
    path = "/servicos/clientes"
    xml = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        if request.method == "GET":
            return {}
        asked = ElementTree.fromstring(request.body).find(".//{*}filtro")
        names = {name: field for field, name in FILTERS.items()}
        return {} if asked is None else {names[child.tag.partition("}")[2]]: child.text or "" for child in asked}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        customers = "".join(
            f"<cliente><nome>{escape(person.name)}</nome><cpf>{person.cpf}</cpf><email>{person.email}</email></cliente>"
            for person in people
        )
        return SourceResponse(response(f"<lista>{customers}</lista>").encode(), 200, {"Content-Type": "text/xml"})

    def taken(self, request: SourceRequest) -> SourceResponse:
        return SourceResponse(response("<salvo>true</salvo>").encode(), 200, {"Content-Type": "text/xml"})


class TestSoap11WithAWsdlOnDisk(SoapContract):
    pass


class TestSoap12WithTheSourcesOwnWsdl(SoapContract):
    settings: ClassVar[Mapping[str, Json]] = {**SoapContract.settings, "wsdl": {"path": "?wsdl"}, "version": "1.2"}
    reads = frozenset({"nome", "cpf", "email"})

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        answer = super().serve(people, request).body.decode().replace(SOAP_11, SOAP_12)
        return SourceResponse(answer.encode(), 200, {"Content-Type": "application/soap+xml; charset=utf-8"})

    def taken(self, request: SourceRequest) -> SourceResponse:
        answer = super().taken(request).body.decode().replace(SOAP_11, SOAP_12)
        return SourceResponse(answer.encode(), 200, {"Content-Type": "application/soap+xml; charset=utf-8"})

    def other(self, request: SourceRequest) -> SourceResponse | None:
        return SourceResponse(WSDL.read_bytes()) if request.method == "GET" else None


class TestSoap11WithRecordsTold(SoapContract):
    settings: ClassVar[Mapping[str, Json]] = {**SoapContract.settings, "records": "lista.cliente"}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        rows = super().serve(people, request).body.decode()
        told = rows.replace("<lista>", f"<codigo>0</codigo><total>{len(people)}</total><lista>")
        return SourceResponse(f'<?xml version="1.0" encoding="ISO-8859-1"?>{told}'.encode("latin-1"))
