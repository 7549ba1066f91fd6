"""The xml_get adapter, pointed at the gateway's own Direct Talk page, gives the same customers back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from ipaddress import ip_network

import pytest

from gateway.adapter import RawRecord, Unreachable
from gateway.api.routes import foreign_face
from gateway.core.disclosure import Viewer
from gateway.core.mapping import MappingSpec, compile_mapping
from gateway.core.model import Customer, Identification, Outcome
from gateway.core.nobody import Nobody
from gateway.core.picks import Pick
from gateway.core.redaction import Secret
from gateway.core.tenant import DirectTalk, QueryAuth, Route, Source, Tenant, Upstream
from gateway.facades.basic import CHALLENGE
from gateway.facades.direct_talk import PATH, DirectTalkPage, as_xml
from gateway.facades.direct_talk_query import presented
from gateway.plugins import discover
from gateway.service.identify import Identifier
from gateway.service.live import LiveTenants
from gateway.service.request import IdentifyRequest
from gateway.upstream import open_wire
from tests.api.composed import HELPDESK, Composed
from tests.api.served import served
from tests.service.scripted import FIELDS, KEY, House, Script, Step

pytestmark = pytest.mark.anyio

JOAO: RawRecord = {
    "email": ["joao@example.com", "jd@example.org"],
    "nome": 'João D\'Ávila & Filhos <Łódź> "東京"',
    "cpf": "529.982.247-25",
    "fone": ["(11) 98765-4321", "11 3333-4444"],
    "nascimento": "1980-03-17",
    "plano": "Ouro",
}
JOANA: RawRecord = {"email": "joana@example.com", "nome": "Joana Ávila", "cpf": "123.456.789-09"}
ORIGIN = MappingSpec(
    unique_key=Pick(("email[0] || email",)),
    name=Pick(("nome",)),
    documents={"cpf": Pick(("cpf",))},
    emails=Pick(("email",)),
    phones=Pick(("fone",)),
    birth_date=Pick(("nascimento",), dates=("%Y-%m-%d",)),
    attributes={"plano": Pick(("plano",))},
)
# What docs/facade-direct-talk.md says of the attributes, read back.
READ_BACK = replace(
    ORIGIN,
    unique_key=Pick(("email",)),
    emails=Pick(("email", "email2", "email3")),
    phones=Pick(("telefone", "telefone2", "telefone3")),
    birth_date=Pick(("nascimento",), dates=("%d/%m/%Y",)),
)


@dataclass(frozen=True, slots=True)
class Only:
    tenant: Tenant

    def get(self, slug: str) -> Tenant:
        return self.tenant


@dataclass(frozen=True, slots=True)
class Ways:
    """The tenant that knows its customers itself, and the one whose only source is the first one's page."""

    straight: Identifier
    through_the_page: Identifier

    async def both(self, **search: str) -> tuple[Identification, Identification]:
        request = IdentifyRequest("acme", Viewer("helpdesk", "k"), search)
        return await self.straight.identify(request), await self.through_the_page.identify(request)


@asynccontextmanager
async def ways(*steps: Step) -> AsyncIterator[Ways]:
    straight, behind_the_page = knowing(*steps), knowing(*steps)
    page = DirectTalkPage(behind_the_page.identifier, behind_the_page)
    route = foreign_face(PATH, page, presented, CHALLENGE, as_xml, Composed().parts)
    with served(Composed(more_routes=[route]).app) as port:
        types = discover().types
        source = Source(
            "page",
            "xml_get",
            Upstream(
                f"http://127.0.0.1:{port}/facades/direct-talk/acme",
                QueryAuth("chave", Secret(HELPDESK)),
                networks=(ip_network("127.0.0.0/8"),),
            ),
            types["xml_get"].settings(query={name: name for name in FIELDS}, query_encoding="iso-8859-1"),
            compile_mapping(READ_BACK, unique_key=KEY, country="BR", display_all=False),
            Nobody(),
        )
        tenant = replace(straight.tenant, sources={"page": source}, routes={"default": Route(("page",))})
        tenants = LiveTenants(Only(tenant), types, open_wire)
        try:
            yield Ways(straight.identifier, Identifier(tenants, straight.heard))
        finally:
            await tenants.aclose()


def knowing(*steps: Step) -> House:
    """A tenant whose one source answers with the steps, and whose page is turned on."""
    house = House({"crm": Script(steps)})
    mapping = compile_mapping(ORIGIN, unique_key=KEY, country="BR", display_all=False)
    sources = {"crm": replace(house.tenant.sources["crm"], mapping=mapping)}
    house.tenant = replace(house.tenant, sources=sources, direct_talk=DirectTalk(parameter="chave"))
    return house


def customers(identification: Identification) -> list[Customer]:
    """Without the names of the sources: they differ."""
    return [replace(match.customer, sources=()) for match in identification.matches if match.customer]


@pytest.mark.parametrize(
    "search",
    [
        {"cpf": "529.982.247-25"},
        {"nome": "joão d'ávila"},
        {"email": "jd@example.org"},
        {"fone": "(11) 98765-4321"},
        {"cpf": "52998224725", "nome": "João"},
    ],
    ids=lambda search: "+".join(search),
)
async def test_a_customer_comes_back_the_same_by_every_search_field(search: dict[str, str]) -> None:
    async with ways([JOAO]) as way:
        straight, back = await way.both(**search)
    assert straight.outcome is back.outcome is Outcome.FOUND
    assert straight.complete
    assert back.complete
    assert customers(back) == customers(straight)
    (joao,) = customers(back)
    assert joao.name == JOAO["nome"]
    assert joao.emails == ("joao@example.com", "jd@example.org")
    assert back.matches[0].verified
    assert back.sources[0].warnings == ()


async def test_a_list_comes_back_in_its_order() -> None:
    async with ways([JOAO, JOANA]) as way:
        straight, back = await way.both(nome="avila")
    assert straight.outcome is back.outcome is Outcome.SEVERAL
    assert customers(back) == customers(straight)


@pytest.mark.parametrize(
    "search", [{"email": "nobody@example.com"}, {"cpf": "529.982.247-25"}], ids=["keyed", "message"]
)
async def test_nobody_comes_back_as_nobody_in_both_wordings(search: dict[str, str]) -> None:
    async with ways([]) as way:
        straight, back = await way.both(**search)
    assert straight.outcome is back.outcome is Outcome.NOT_FOUND
    assert back.proposal == straight.proposal


async def test_could_not_find_out_comes_back_as_could_not_find_out() -> None:
    async with ways(Unreachable()) as way:
        straight, back = await way.both(cpf="529.982.247-25")
    assert straight.outcome is back.outcome is Outcome.UNAVAILABLE
    assert back.sources[0].code == "server_error"
