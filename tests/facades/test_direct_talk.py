"""The page that the Direct Talk platform calls answers as its document asks, and never an empty list for a failure."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field, replace

import pytest
from lxml import etree

from gateway.api.routes import foreign_face
from gateway.core.errors import InvalidKey, UnknownTenant
from gateway.core.model import (
    Address,
    Contact,
    Customer,
    Document,
    Identification,
    Identifier,
    Match,
    Outcome,
    SourceAnswer,
    SourceOutcome,
    Standing,
    UniqueKey,
)
from gateway.core.tenant import DirectTalk, FacadeKey, SearchField, Tenant, UniqueKeySpec
from gateway.facades.basic import CHALLENGE
from gateway.facades.direct_talk import PATH, DirectTalkPage, as_xml
from gateway.facades.direct_talk_query import presented
from tests.api.answers import FOUND, JUST_A_NAME, MARIA, NOT_FOUND, UNAVAILABLE
from tests.api.composed import BOT, HELPDESK, OPERATIONS, OTHER, Answer, Composed, Prepared, call

pytestmark = pytest.mark.anyio

ACME = Tenant(
    slug="acme",
    name="Acme Seguros",
    locale="pt-BR",
    country="BR",
    time_zone="America/Sao_Paulo",
    version="1",
    search_fields={
        name: SearchField(name, kind, label, None)
        for name, kind, label in (
            ("cpf", "cpf", "CPF"),
            ("nome", "name", "Nome"),
            ("email", "email", "E-mail"),
            ("codigo_cliente", "code", "Código do cliente"),
        )
    },
    unique_key=UniqueKeySpec("email", "email", "person"),
    sources={},
    routes={},
    direct_talk=DirectTalk(FacadeKey.QUERY, "chave"),
)


@dataclass(slots=True)
class Known:
    tenant: Tenant = ACME
    asked: list[str] = field(default_factory=list)

    def get(self, slug: str) -> Tenant:
        self.asked.append(slug)
        if slug != self.tenant.slug:
            raise UnknownTenant
        return self.tenant


@dataclass(slots=True)
class Page:
    """The page behind its door, asked as Direct Talk asks."""

    answer: Identification | Exception = FOUND
    tenant: Tenant = ACME
    gateway: Composed = field(init=False)
    tenants: Known = field(init=False)

    def __post_init__(self) -> None:
        self.tenants = Known(self.tenant)
        self.gateway = Composed(Prepared(self.answer))
        page = DirectTalkPage(self.gateway.identifier, self.tenants)
        self.gateway = Composed(
            self.gateway.identifier,
            more_routes=[foreign_face(PATH, page, presented, CHALLENGE, as_xml, self.gateway.parts)],
        )

    async def get(self, query: str, tenant: str = "acme", headers: tuple[tuple[str, str], ...] = ()) -> Answer:
        return await call(self.gateway.app, "GET", f"/facades/direct-talk/{tenant}?{query}", headers=headers)

    @property
    def searched(self) -> object:
        (request,) = self.gateway.identifier.asked
        return request.search


def records(answer: Answer) -> list[dict[str, str]]:
    return [dict(child.attrib) for child in etree.fromstring(answer.body)]


def one(customer: Customer) -> Identification:
    return replace(FOUND, complete=True, more=False, matches=(Match(customer, verified=True),))


# ---------------------------------------------------------------------------------------------- the document


async def test_records_are_iso_8859_1_attributes_with_a_line_break_after_every_tag() -> None:
    answered = await Page(one(replace(MARIA, addresses=(), display={}))).get(f"nome=carlos&chave={HELPDESK}")
    assert (answered.status, answered.headers["content-type"]) == (200, "text/xml; charset=ISO-8859-1")
    assert answered.body.decode("iso-8859-1") == (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        "<clientes>\n"
        '<cliente email="maria@example.com" nome="Maria da Conceição" cpf="52998224725" cpf2="***.982.247-**"'
        ' email2="maria@example.org" telefone="+5511987654321" nascimento="17/03/1980" plano="Ouro"/>\n'
        "</clientes>\n"
    )
    assert answered.body.count(b">") == answered.body.count(b">\n")
    assert "gateway-complete" not in answered.headers


async def test_every_record_of_a_list_carries_the_unique_key() -> None:
    answered = await Page(JUST_A_NAME).get(f"nome=ana&chave={HELPDESK}")
    assert records(answered) == [{"email": "ana@example.com"}], "a contact without a unique key can be tied to nothing"
    assert answered.headers["gateway-complete"] == "false"


async def test_the_operator_is_told_of_a_record_that_may_be_somebody_elses() -> None:
    ana = Customer(UniqueKey("email", "email", "ana@example.com"), name="Ana")
    answered = await Page(replace(FOUND, matches=(Match(ana, verified=False),))).get(f"nome=ana&chave={HELPDESK}")
    assert records(answered) == [{"email": "ana@example.com", "nome": "Ana", "verificado": "não"}]


async def test_a_contact_with_a_unique_key_is_a_record() -> None:
    contact = Contact("c-1", Standing.REGISTERED, UniqueKey("email", "email", "rui@example.com"), "Rui")
    contact = replace(contact, identifiers=(Identifier("cpf", "12345678909"), Identifier("phone", "+5511987654321")))
    sure = replace(FOUND, matches=(Match(None, contact, verified=True),))
    shown = {"email": "rui@example.com", "nome": "Rui", "cpf": "12345678909", "telefone": "+5511987654321"}
    assert records(await Page(sure).get(f"cpf=12345678909&chave={HELPDESK}")) == [shown]


async def test_the_operator_is_told_of_a_contact_that_may_be_somebody_elses() -> None:
    contact = Contact("c-1", Standing.REGISTERED, UniqueKey("email", "email", "rui@example.com"), "Rui")
    answered = await Page(replace(FOUND, matches=(Match(None, contact),))).get(f"nome=rui&chave={HELPDESK}")
    assert records(answered) == [{"email": "rui@example.com", "nome": "Rui", "verificado": "não"}]


async def test_an_incomplete_list_and_a_cut_one_say_so_beside_the_records() -> None:
    answered = await Page(FOUND).get(f"nome=maria&chave={HELPDESK}")
    assert answered.status == 200
    assert (answered.headers["gateway-complete"], answered.headers["gateway-more"]) == ("false", "true")


async def test_values_survive_markup_other_alphabets_and_dirt() -> None:
    name = 'D\'Ávila & "Filhos" <Łódź> 東京 😀\x00\x0b\x85\ud800 linha\nnova'
    answered = await Page(one(Customer(UniqueKey("email", "email", "x@example.com"), name=name))).get(
        f"nome=x&chave={HELPDESK}"
    )
    assert b"&#321;&#243;" not in answered.body, "what the charset has is written in it"
    assert b"&#26481;&#20140;" in answered.body
    (record,) = records(answered)
    assert record["nome"] == 'D\'Ávila & "Filhos" <Łódź> 東京 😀 linha\nnova'


async def test_every_kind_of_value_has_its_attribute_and_a_taken_name_gets_a_number() -> None:
    customer = Customer(
        UniqueKey("pedido", "code", "A-17"),
        documents=(Document("tr.tckimlik", "10000000146"),),
        emails=("a@example.com", "b@example.com"),
        phones=("+5511987654321", "+551133334444"),
        addresses=(Address(street="Rua A", number="1", city="Recife", state="PE"), Address(postal_code="01310-100")),
        attributes={"Código do cliente": "C9", "pedido": "B-18", "2ª via": "sim"},
        display={"pontos": 12, "ativo": True, "lista": [1], "nada": None},
    )
    answered = await Page(one(customer), replace(ACME, unique_key=UniqueKeySpec("pedido", "code", "order"))).get(
        f"nome=x&chave={HELPDESK}"
    )
    assert records(answered) == [
        {
            "pedido": "A-17",
            "tr.tckimlik": "10000000146",
            "email": "a@example.com",
            "email2": "b@example.com",
            "telefone": "+5511987654321",
            "telefone2": "+551133334444",
            "endereco": "Rua A, 1, Recife, PE",
            "endereco2": "01310-100",
            "codigo_do_cliente": "C9",
            "pedido2": "B-18",
            "_2a_via": "sim",
            "pontos": "12",
            "ativo": "true",
        }
    ]


# ---------------------------------------------------------------------------------------------- nobody, and no answer


async def test_nobody_is_the_message_that_identify_proposes() -> None:
    answered = await Page(NOT_FOUND).get(f"cpf=52998224725&chave={HELPDESK}")
    assert answered.status == 200
    assert answered.body.decode("iso-8859-1") == (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        "<clientes>\n"
        '<mensagem texto="Cliente não cadastrado/52998224725"/>\n'
        "</clientes>\n"
    )


async def test_nobody_without_a_proposal_is_the_tenants_own_message() -> None:
    answered = await Page(replace(NOT_FOUND, proposal=None)).get(f"cpf=52998224725&chave={HELPDESK}")
    assert records(answered) == [{"texto": "Cliente inexistente"}]


async def test_could_not_find_out_is_a_503_and_never_an_empty_list() -> None:
    answered = await Page(UNAVAILABLE).get(f"cpf=52998224725&chave={HELPDESK}")
    assert answered.status == 503
    root = etree.fromstring(answered.body)
    assert (root.tag, root.get("codigo")) == ("erro", "unavailable")
    assert b"inexistente" not in answered.body
    assert b"cliente>" not in answered.body


async def test_a_list_of_which_nothing_can_be_shown_is_a_503_too() -> None:
    source = SourceAnswer("erp", SourceOutcome.FOUND)
    nothing = Identification(
        Outcome.FOUND, True, False, (Match(None, Contact("c-1", Standing.REGISTERED)),), (source,), ("cpf",)
    )
    assert (await Page(nothing).get(f"cpf=52998224725&chave={HELPDESK}")).status == 503


async def test_errors_are_xml_with_the_tables_status_and_code() -> None:
    answered = await Page(InvalidKey("cpf", "cpf", "check_digits", "its check digits do not fit")).get(
        f"cpf=52998224700&chave={HELPDESK}", headers=(("X-Request-Id", "r-1"),)
    )
    assert (answered.status, answered.headers["content-type"]) == (422, "text/xml; charset=ISO-8859-1")
    assert dict(etree.fromstring(answered.body).attrib) == {
        "codigo": "invalid_key",
        "mensagem": "The search field 'cpf' is not a valid cpf: its check digits do not fit.",
        "requisicao": "r-1",
    }


async def test_a_defect_is_a_500_in_xml_that_shows_nothing() -> None:
    page = Page(RuntimeError("52998224725"))
    answered = await page.get(f"cpf=52998224725&chave={HELPDESK}")
    assert (answered.status, etree.fromstring(answered.body).get("codigo")) == (500, "internal")
    assert b"52998224725" not in answered.body


async def test_another_method_is_refused_in_xml() -> None:
    answered = await call(Page().gateway.app, "POST", "/facades/direct-talk/acme")
    assert (answered.status, answered.headers["allow"]) == (405, "GET, HEAD")
    assert etree.fromstring(answered.body).get("codigo") == "method_not_allowed"


# ---------------------------------------------------------------------------------------------- the question


@pytest.mark.parametrize(
    ("query", "search"),
    [
        ("nome=carlos", {"nome": "carlos"}),
        ("nome=carlos&cpf=529.982.247-25", {"nome": "carlos", "cpf": "529.982.247-25"}),
        ("Nome=carlos&E-mail=c%40example.com", {"nome": "carlos", "email": "c@example.com"}),
        ("C%F3digo+do+cliente=9", {"codigo_cliente": "9"}),
        ("nome=jo%C3%A3o+d%27%C3%81vila", {"nome": "joão d'Ávila"}),
        ("nome=jo%E3o", {"nome": "joão"}),
        ("nome=d%92%E1vila", {"nome": "d\u2019ávila"}),
        ("nome=a%81", {"nome": "a\x81"}),
        ("nome=a%26b%3Dc&&", {"nome": "a&b=c"}),
        ("nome=carlos&cpf=&email=+", {"nome": "carlos"}),
        ("cpf=", {}),
        ("nome", {}),
        ("apelido=beto", {"apelido": "beto"}),
    ],
)
async def test_parameters_are_the_search_fields_in_either_charset(query: str, search: dict[str, str]) -> None:
    page = Page()
    await page.get(f"{query}&chave={HELPDESK}")
    assert page.searched == search


async def test_a_search_field_given_twice_is_refused() -> None:
    answered = await Page().get(f"email=a%40example.com&E-mail=b%40example.com&chave={HELPDESK}")
    assert (answered.status, etree.fromstring(answered.body).get("codigo")) == (400, "malformed_request")
    assert "given twice" in answered.body.decode()


async def test_far_too_many_parameters_are_refused() -> None:
    answered = await Page().get("&".join(f"f{number}=1" for number in range(70)))
    assert (answered.status, "64 parameters" in answered.body.decode()) == (400, True)


# ---------------------------------------------------------------------------------------------- the key


def basic(password: str, user: str = "dt") -> tuple[tuple[str, str], ...]:
    return (("Authorization", "Basic " + b64encode(f"{user}:{password}".encode()).decode()),)


BY_PASSWORD = replace(ACME, direct_talk=DirectTalk(FacadeKey.BASIC))


async def test_the_key_comes_as_the_password_where_the_tenant_says_so() -> None:
    assert (await Page(FOUND, BY_PASSWORD).get("nome=maria", headers=basic(HELPDESK))).status == 200


@pytest.mark.parametrize(
    ("tenant", "query", "headers", "says"),
    [
        (BY_PASSWORD, f"nome=maria&chave={HELPDESK}", (), "password of Basic authentication only"),
        (ACME, "nome=maria", basic(HELPDESK), "parameter 'chave' only"),
        (ACME, f"nome=maria&token={HELPDESK}", (), "parameter 'chave' only"),
    ],
)
async def test_a_key_in_the_wrong_place_is_refused_and_says_the_right_one(
    tenant: Tenant, query: str, headers: tuple[tuple[str, str], ...], says: str
) -> None:
    page = Page(FOUND, tenant)
    answered = await page.get(query, headers=headers)
    assert answered.status == 401
    assert says in str(etree.fromstring(answered.body).get("mensagem"))
    assert answered.headers["www-authenticate"].startswith("Basic ")
    assert page.gateway.identifier.asked == []


@pytest.mark.parametrize(
    "headers", [(), basic("unknown"), (("Authorization", "Basic ???"),), (("Authorization", f"Bearer {HELPDESK}"),)]
)
async def test_without_a_good_key_the_tenant_is_not_looked_at(headers: tuple[tuple[str, str], ...]) -> None:
    page = Page()
    for tenant in ("acme", "no-such"):
        answered = await page.get("nome=maria&chave=wrong", tenant, headers)
        assert (answered.status, etree.fromstring(answered.body).get("codigo")) == (401, "unauthenticated")
    assert page.tenants.asked == []


async def test_another_tenants_page_looks_like_one_that_does_not_exist() -> None:
    page = Page()
    same_id = (("X-Request-Id", "r-1"),)
    others = await page.get(f"nome=a&chave={OTHER}", "acme", same_id)
    nobodys = await page.get(f"nome=a&chave={OTHER}", "no-such", same_id)
    assert others == nobodys
    assert (others.status, etree.fromstring(others.body).get("codigo")) == (404, "unknown_tenant")


async def test_a_role_that_may_not_identify_is_refused() -> None:
    assert (await Page().get(f"nome=a&chave={OPERATIONS}")).status == 403


async def test_a_role_that_sees_masked_values_only_is_refused_because_they_would_be_stored() -> None:
    answered = await Page().get(f"nome=a&chave={BOT}")
    assert (answered.status, "'customers.read'" in answered.body.decode()) == (403, True)


async def test_a_tenant_without_the_facade_is_a_404_that_says_how_to_turn_it_on() -> None:
    answered = await Page(FOUND, replace(ACME, direct_talk=None)).get(f"nome=a&chave={HELPDESK}")
    assert (answered.status, etree.fromstring(answered.body).get("codigo")) == (404, "facade_off")
    assert "direct_talk" in answered.body.decode()
