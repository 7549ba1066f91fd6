"""A REST server of other people's making (json-server, on Node): asked by YAML alone, read right on first contact."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.assembly import assemble
from gateway.core.disclosure import Viewer
from gateway.core.model import Identification
from gateway.service.identify import Identifier
from gateway.service.observer import Silence
from gateway.service.request import IdentifyRequest
from plugins.rest_json.tests.test_readme import tenant_with
from tests.peers.running import peer

pytestmark = pytest.mark.anyio

PEOPLE = [
    {
        "id": 1,
        "nome": "Ana Conceição Souza",
        "email": "ana@example.com",
        "cpf": "12345678909",
        "fone": "+5511987654321",
    },
    {"id": 2, "nome": "Beto Lima", "email": "beto@example.com", "cpf": "01234567890", "fone": None},
    *(
        {"id": number, "nome": f"Carla Dias {number}", "email": f"carla{number}@example.com", "cpf": None}
        for number in range(3, 10)
    ),
]
HITS = [{"id": 100 + person["id"], "person": person["id"], "cpf": person["cpf"]} for person in PEOPLE]
SOURCE = """
sources:
  crm:
    adapter: rest_json
    upstream: {{url: "{url}"}}
    settings: {settings}
    nobody: {nobody}
    mapping: {{unique_key: email, name: nome, emails: email, phones: fone, documents: {{cpf: cpf}}}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    tables = tmp_path_factory.mktemp("json-server") / "tables.json"
    tables.write_text(json.dumps({"people": PEOPLE, "hits": HITS}), "utf-8")
    with peer("json_server.cjs", str(tables)) as origin:
        yield origin


@asynccontextmanager
async def asking(folder: Path, url: str, settings: str, nobody: str = "[]") -> AsyncIterator[Identifier]:
    (folder / "tenants").mkdir()
    (folder / "gateway.yaml").write_text("tenants: {acme: {networks: [127.0.0.0/8]}}\n", "utf-8")
    source = SOURCE.format(url=url, settings=settings, nobody=nobody)
    (folder / "tenants" / "acme.yaml").write_text(tenant_with(source), "utf-8")
    gateway = assemble(folder, Silence())
    assert not gateway.problems
    try:
        yield gateway.identifier
    finally:
        await gateway.tenants.aclose()


async def identified(identifier: Identifier, **asked: str) -> Identification:
    return await identifier.identify(IdentifyRequest("acme", Viewer("operator", "test"), asked))


def emails(result: Identification) -> list[str]:
    return [email for match in result.matches if match.customer is not None for email in match.customer.emails]


FILTERED = '{path: people, query: {cpf: "{cpf}", email: "{email}", nome_like: "{nome}"}}'


async def test_a_filtered_list_finds_one_nobody_and_a_name_with_accents(server: str, tmp_path: Path) -> None:
    async with asking(tmp_path, server, FILTERED) as identifier:
        found = await identified(identifier, cpf="123.456.789-09")
        assert found.outcome == "found"
        assert emails(found) == ["ana@example.com"]
        assert emails(await identified(identifier, nome="Conceição")) == ["ana@example.com"]
        assert (await identified(identifier, email="ninguem@example.com")).outcome == "not_found"


PAGED = '{path: people, query: {nome_like: "{nome}", _page: "1", _limit: "3"}, pages: {by: link_header}}'


async def test_pages_by_the_header_link_are_read_to_their_end(server: str, tmp_path: Path) -> None:
    async with asking(tmp_path, server, PAGED) as identifier:
        result = await identified(identifier, nome="Carla Dias")
    assert result.outcome == "several"
    assert sorted(emails(result)) == [f"carla{number}@example.com" for number in range(3, 10)]
    assert result.complete


@pytest.mark.parametrize(
    "pages", ["query: {nome_like: '{nome}', _limit: '2'}, pages: {by: page, parameter: _page}",
              "query: {nome_like: '{nome}', _limit: '2'}, pages: {by: offset, parameter: _start}"]
)  # fmt: skip
async def test_pages_that_are_counted_end_with_an_empty_one(server: str, tmp_path: Path, pages: str) -> None:
    async with asking(tmp_path, server, f"{{path: people, {pages}}}") as identifier:
        result = await identified(identifier, nome="Carla Dias")
    assert len(emails(result)) == 7


TWO_STEPS = '{path: hits, query: {cpf: "{cpf}"}, detail: {path: "people/{person}"}}'


async def test_a_hit_and_then_its_detail(server: str, tmp_path: Path) -> None:
    async with asking(tmp_path, server, TWO_STEPS) as identifier:
        result = await identified(identifier, cpf="012.345.678-90")
    assert emails(result) == ["beto@example.com"]


async def test_one_by_its_path_and_404_for_nobody(server: str, tmp_path: Path) -> None:
    settings = '{path: "people/{cpf}", records: "@"}'
    async with asking(tmp_path, server, settings, "[not_found]") as identifier:
        assert (await identified(identifier, cpf="123.456.789-09")).outcome == "not_found"


async def test_a_404_that_nobody_spoke_of_is_a_failure(server: str, tmp_path: Path) -> None:
    async with asking(tmp_path, server, '{path: peolpe, query: {cpf: "{cpf}"}}') as identifier:
        result = await identified(identifier, cpf="123.456.789-09")
    assert result.outcome == "unavailable"
    assert [answer.code for answer in result.sources] == ["unexpected_status"]


async def test_a_filter_that_it_does_not_know_shows_nobody_else(server: str, tmp_path: Path) -> None:
    # json-server leaves out a filter that no column has, and gives everybody.
    async with asking(tmp_path, server, '{path: people, query: {documento: "{email}"}}') as identifier:
        result = await identified(identifier, email="ninguem@example.com")
    assert result.outcome == "unavailable"
    assert [answer.outcome for answer in result.sources] == ["mismatch"]
    assert not result.matches


async def test_a_reply_that_did_not_change_is_known_by_its_etag(server: str, tmp_path: Path) -> None:
    settings = FILTERED.replace("{path", "{etag: true, path", 1)
    async with asking(tmp_path, server, settings) as identifier:
        for _ in range(3):
            assert emails(await identified(identifier, cpf="123.456.789-09")) == ["ana@example.com"]
