"""The adapter csv_lines, judged by the gateway's contract suite, and by what only CSV can get wrong."""

import asyncio
import csv
import io
from collections.abc import Mapping, Sequence
from typing import ClassVar

import pytest
from gateway_csv_lines import gateway_adapters

from gateway.adapter import (
    AdapterContext,
    Json,
    Nobody,
    Query,
    Reply,
    SearchKey,
    SourceError,
    SourceRef,
    Truncated,
    Unreadable,
)
from gateway.testing import AdapterContract, Person, SourceRequest, SourceResponse

(CSV_LINES,) = gateway_adapters()


class TestCsvLines(AdapterContract):
    adapter_type = CSV_LINES
    settings: ClassVar[Mapping[str, Json]] = {
        "parameters": {"name": "nome", "document": "cpf"},
        "columns": ["name", "email", "cpf"],
        "charset": "iso-8859-1",
    }
    search_fields: ClassVar[Mapping[str, str]] = {"nome": "name", "cpf": "cpf"}

    def asked(self, request: SourceRequest) -> Mapping[str, str]:
        fields = {"name": "nome", "document": "cpf"}
        return {fields[name]: value for name, value in request.query("iso-8859-1").items()}

    def serve(self, people: Sequence[Person], request: SourceRequest) -> SourceResponse:
        lines = io.StringIO()
        rows = csv.writer(lines, delimiter=";")
        rows.writerow(["name", "email", "cpf"])
        rows.writerows([person.name, person.email, person.cpf] for person in people)
        return SourceResponse(lines.getvalue().encode("iso-8859-1"), headers={"content-type": "text/csv"})


class Saying:
    """A wire and a call that answer with one body: enough for tests of reading alone."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def prepare(
        self,
        method: str,
        path: str = "",
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        charset: str = "utf-8",
    ) -> "Saying":
        return self

    async def send(self, values: Mapping[str, str], body: bytes | None = None) -> Reply:
        return Reply(200, {}, self._body)


@pytest.mark.parametrize(
    ("body", "error", "says"),
    [
        (b"nome;email\r\n", Unreadable, "The source's heading has no cpf."),
        (b"cpf,nome\r\n1,Ana\r\n", Unreadable, "Check settings.columns and delimiter."),
        (b"cpf;nome\r\n1;Ana;x\r\n", Unreadable, "more or fewer values than the heading"),
        (b'cpf;nome\r\n1;"Ana" x\r\n', Unreadable, "are not CSV"),
        (b"cpf;nome\r\n1;Jo\xe3o\r\n", Unreadable, "are not in settings.charset"),
        (b"cpf;nome\r\n1;An", Truncated, "the reply came only in part"),
    ],
)
def test_what_cannot_be_read_is_a_failure_and_never_nobody(body: bytes, error: type[SourceError], says: str) -> None:
    settings = CSV_LINES.settings.model_validate({"parameters": {"document": "cpf"}, "columns": ("cpf",)})
    adapter = CSV_LINES.create(settings, AdapterContext(SourceRef("acme", "erp"), Saying(body), Nobody()))
    with pytest.raises(error) as raised:
        asyncio.run(adapter.lookup(Query((SearchKey("cpf", "cpf", "1"),)), limit=10))
    assert says in str(raised.value)
