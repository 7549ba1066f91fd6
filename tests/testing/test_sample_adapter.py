"""The sample adapter passes the contract suite: what a plugin author's test module looks like, whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse
from tests.testing.pipe_text import ADAPTER, HEADER


class TestPipeText(AdapterContract):
    adapter_type = ADAPTER
    settings: ClassVar = {"parameters": {"nome": "nome", "doc": "documento", "mail": "email"}}
    search_fields: ClassVar = {"nome": "name", "documento": "cpf", "email": "email"}

    def asked(self, request: SourceRequest) -> dict[str, str]:
        parameters = {"nome": "nome", "doc": "documento", "mail": "email"}
        return {parameters[name]: value for name, value in request.query("iso-8859-1").items()}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        rows = [f"{person.name}|{person.email}|{person.cpf}" for person in people]
        return SourceResponse("\n".join([HEADER, *rows]).encode("iso-8859-1"))
