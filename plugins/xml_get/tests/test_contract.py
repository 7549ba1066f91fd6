"""The contract suite over the pages that this adapter meets: attributes in ISO-8859-1, elements in UTF-8, a path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar
from xml.sax.saxutils import escape, quoteattr

from gateway_xml_get import ADAPTER

from gateway.adapter import Json, Nobody
from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse


class TestAttributesInIso(AdapterContract):
    """As the seed of this adapter describes it: GET, ISO-8859-1, a line break after every tag."""

    adapter_type = ADAPTER
    settings: ClassVar[Mapping[str, Json]] = {
        "query": {"nome": "nome", "doc": "cpf", "email": "email", "tel": "fone", "codigo": "codigo"},
        "query_encoding": "iso-8859-1",
        "constants": {"formato": "xml"},
    }
    search_fields: ClassVar[Mapping[str, str]] = {
        "nome": "name", "cpf": "cpf", "email": "email", "fone": "phone", "codigo": "code",
    }  # fmt: skip
    path = "/integracao?versao=2"
    xml = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        query = request.query("iso-8859-1")
        assert query.pop("versao") == "2"
        assert query.pop("formato") == "xml"
        names = {"nome": "nome", "doc": "cpf", "email": "email", "tel": "fone", "codigo": "codigo"}
        return {names[parameter]: value for parameter, value in query.items()}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        records = [
            f"<cliente nome={quoteattr(p.name)} email={quoteattr(p.email)} cpf={quoteattr(p.cpf)}/>" for p in people
        ] or ["Cliente inexistente"]
        lines = ['<?xml version="1.0" encoding="ISO-8859-1"?>', "<clientes>", *records, "</clientes>"]
        return SourceResponse("\n".join(lines).encode("iso-8859-1"), headers={"content-type": "text/xml"})


class TestElementsInUtf8(AdapterContract):
    adapter_type = ADAPTER
    settings: ClassVar[Mapping[str, Json]] = {"query": {"n": "nome", "d": "doc"}, "limit_parameter": "max"}
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "doc": "cpf"}
    reads: ClassVar[frozenset[str]] = frozenset({"nome", "email", "cpf"})
    nobody = Nobody(empty_body=True)
    xml = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        names = {"n": "nome", "d": "doc"}
        return {names[name]: value for name, value in request.query().items() if name != "max"}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        if not people:
            return SourceResponse(b"")
        records = "".join(
            f"<Cliente><Nome>{escape(p.name)}</Nome><E-mail>{p.email}</E-mail><CPF>{p.cpf}</CPF></Cliente>"
            for p in people
        )
        body = f"<Resposta><Status>0</Status><Clientes>{records}</Clientes></Resposta>"
        return SourceResponse(body.encode(), headers={"content-type": "application/xml"})


class TestOneByPath(AdapterContract):
    adapter_type = ADAPTER
    settings: ClassVar[Mapping[str, Json]] = {"path": "clientes/{codigo}.xml", "records": "cliente"}
    search_fields: ClassVar[Mapping[str, str]] = {"codigo": "code"}
    nobody = Nobody(statuses=frozenset({404}))
    xml = True
    one_record = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        code = request.segments()[-1].removesuffix(".xml")
        return {} if code == "0" else {"codigo": code}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        if not people:
            return SourceResponse(b"", 404)
        p = people[0]
        fields = "".join(
            f"<campo nome={quoteattr(name)}>{escape(value)}</campo>"
            for name, value in (("nome", p.name), ("email", p.email), ("cpf", p.cpf))
        )
        return SourceResponse(f"<cliente>{fields}</cliente>".encode())
