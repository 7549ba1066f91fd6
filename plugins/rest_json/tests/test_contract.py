"""The contract suite over the shapes of a REST API: a list asked by query, one customer by path, a search by POST."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import ClassVar

from gateway_rest_json import REST_JSON

from gateway.adapter import Json, Nobody
from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse

JSON = {"content-type": "application/json"}


def record(person: Person) -> dict[str, Json]:
    return {"nome": person.name, "contato": {"email": person.email}, "documentos": [{"cpf": person.cpf}]}


class TestList(AdapterContract):
    adapter_type = REST_JSON
    settings: ClassVar[Mapping[str, Json]] = {
        "path": "customers",
        "query": {"name": "{nome}", "document": "{doc}", "e": "{mail}", "phone": "{fone}", "code": "{codigo}"},
        "records": "data.items",
        "limit_parameter": "limit",
        "save": {
            "path": "customers",
            "body": {"nome": "{person.name}", "cpf": "{doc}", "chave": "{person.unique_key}"},
            "saved": {"path": "ok", "equals": True},
        },
    }
    search_fields: ClassVar[Mapping[str, str]] = {
        "nome": "name", "doc": "cpf", "mail": "email", "fone": "phone", "codigo": "code",
    }  # fmt: skip
    path = "/v1"
    json = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        names = {"name": "nome", "document": "doc", "e": "mail", "phone": "fone", "code": "codigo"}
        return {names[name]: value for name, value in request.query().items() if name != "limit"}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        return _answer({"data": {"items": [record(person) for person in people]}})

    def taken(self, request: SourceRequest) -> SourceResponse:
        return _answer({"ok": json.loads(request.body)["nome"] != ""})


class TestOneByPath(AdapterContract):
    adapter_type = REST_JSON
    settings: ClassVar[Mapping[str, Json]] = {
        "requests": [{"path": "codes/{codigo}"}, {"path": "names/{nome}"}, {"path": "both/{codigo}/{nome}"}],
        "records": "@",
        "check_path": "status",
    }
    search_fields: ClassVar[Mapping[str, str]] = {"codigo": "code", "nome": "name"}
    nobody = Nobody(statuses=frozenset({404}))
    json = True
    one_record = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        match request.segments():
            case ("codes", code):
                return {"codigo": code}
            case ("names", name):
                return {"nome": name}
            case ("both", code, name):
                return {"codigo": code, "nome": name}
        return {}

    def other(self, request: SourceRequest) -> SourceResponse | None:
        return SourceResponse(b"up") if request.segments() == ("status",) else None

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        return _answer(record(people[0])) if people else SourceResponse(b'{"error": "unknown"}', 404, JSON)


class TestSearchByPost(AdapterContract):
    adapter_type = REST_JSON
    settings: ClassVar[Mapping[str, Json]] = {
        "method": "POST",
        "path": "search",
        "body": {"filters": [{"field": "name", "is": "{nome}"}, {"field": "cpf", "is": "{doc}"}], "size": 100},
    }
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "doc": "cpf"}
    json = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        if request.method != "POST":
            return {}
        names = {"name": "nome", "cpf": "doc"}
        return {names[each["field"]]: each["is"] for each in json.loads(request.body)["filters"]}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        return _answer([record(person) for person in people])


class TestPages(AdapterContract):
    adapter_type = REST_JSON
    settings: ClassVar[Mapping[str, Json]] = {
        "path": "customers",
        "query": {"name": "{nome|plain}", "document": "{doc|digits}"},
        "records": "items",
        "pages": {"by": "cursor", "at": "next", "parameter": "after", "most": 50},
        "etag": True,
    }
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "doc": "cpf"}
    json = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        names = {"name": "nome", "document": "doc"}
        return {names[name]: value for name, value in request.query().items() if name != "after"}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        start = int(request.query().get("after", "0"))
        following = start + 2 if start + 2 < len(people) else None
        return _answer({"items": [record(person) for person in people[start : start + 2]], "next": following})


class TestTwoSteps(AdapterContract):
    adapter_type = REST_JSON
    settings: ClassVar[Mapping[str, Json]] = {
        "path": "customers",
        "query": {"name": "{nome}", "document": "{doc}"},
        "records": "hits",
        "detail": {"path": "detail/{id}", "records": "@"},
    }
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "doc": "cpf"}
    json = True
    listed: ClassVar[dict[str, Person]] = {}

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        names = {"name": "nome", "document": "doc"}
        return {names[name]: value for name, value in request.query().items()}

    def other(self, request: SourceRequest) -> SourceResponse | None:
        match request.segments():
            case ("detail", code):
                return _answer({"id": code, **record(self.listed[code])})
        return None

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        self.listed.update({person.code: person for person in people})
        return _answer({"hits": [{"id": person.code} for person in people]})


class TestForm(AdapterContract):
    adapter_type = REST_JSON
    settings: ClassVar[Mapping[str, Json]] = {
        "method": "POST",
        "form": {"nome": "{nome}", "cpf": "{doc}", "formato": "json"},
    }
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "doc": "cpf"}
    path = "/busca.php"
    json = True

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        form = SourceRequest("POST", f"/?{request.body.decode()}", {}).query()
        return {{"nome": "nome", "cpf": "doc"}[name]: value for name, value in form.items() if name != "formato"}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        return _answer({"clientes": [record(person) for person in people]})


def _answer(document: Json) -> SourceResponse:
    return SourceResponse(json.dumps(document).encode(), headers=JSON)
