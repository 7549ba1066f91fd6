"""The gateway as its own source: one tenant reads another's Direct Talk page and knows the same customers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from tests.examples.people import NOBODY_CPF, PEOPLE, XML
from tests.examples.staging import XML_PORT
from tests.whole.running import Entry, Running, Systems, build, serving

MIRROR = """
tenant: {slug}
name: Espelho
country: BR
search_fields:
  cpf:    {{kind: cpf_cnpj}}
  nome:   {{kind: name}}
  email:  {{kind: email}}
  fone:   {{kind: phone}}
unique_key: {{name: email, kind: email}}
sources:
  pagina:
    adapter: xml_get
    upstream:
      url: http://127.0.0.1:{port}/facades/direct-talk/{of}
      auth: {{query: {{parameter: chave, value: !env {variable}}}}}
    fields:
      cpf:  {{as: masked}}
      fone: {{as: e164}}
    settings:
      query: {{cpf: cpf, nome: nome, email: email, fone: fone}}
      query_encoding: iso-8859-1
    mapping:
      unique_key: email
      name: nome
      documents: {{cpf: cpf, cnpj: cnpj}}
      emails: [email, email2]
      phones: [telefone, telefone2, telefone3]
      birth_date: {{path: nascimento, date: "%d/%m/%Y"}}
      attributes: {{codigo: codigo, plano: plano, pedido: pedido}}
routes:
  default: {{sources: [pagina]}}
"""
MIRRORS = {"espelho": "aurora", "espelho-caido": "caida"}


@pytest.fixture(scope="module")
def gateway(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The mirrors come once the port is known on which the gateway listens."""
    house = build(tmp_path_factory.mktemp("mirror"), systems, granted=("caida", *MIRRORS))
    house.add("caida", "aurora", (f":{systems.ports[XML_PORT]}/clientes", f":{systems.ports[XML_PORT]}/down"))
    for mirror, of in MIRRORS.items():
        house.environment[_variable(mirror)] = house.key(of)
        house.key(mirror)
    with serving(house) as running:
        for mirror, of in MIRRORS.items():
            text = MIRROR.format(slug=mirror, of=of, port=running.port, variable=_variable(mirror))
            house.file(mirror).write_text(text, encoding="utf-8")
        for mirror in MIRRORS:
            running.log.wait_for("configuration_taken", where=partial(_names, mirror))
        yield running


def _names(slug: str, entry: Entry) -> bool:
    return slug in entry["changed"]


def _variable(slug: str) -> str:
    return f"{slug.upper().replace('-', '_')}_CHAVE"


def customers(gateway: Running, tenant: str, **search: str) -> list[dict[str, Any]]:
    """The customers of the answer, but for their addresses: the page gives an address as one line."""
    answer = gateway.identify(tenant, **search).json()
    assert answer["outcome"] in ("found", "several"), answer
    return [{**match["customer"], "addresses": []} for match in answer["matches"]]


@pytest.mark.parametrize(
    "cpf", [person.cpf for person in PEOPLE if XML in person.systems and person.cpf and person.cpf.strip("0")]
)
def test_it_gives_the_same_customers_back(gateway: Running, cpf: str) -> None:
    straight = gateway.identify("aurora", cpf=cpf).json()["outcome"]
    if straight == "found":
        assert customers(gateway, "espelho", cpf=cpf) == customers(gateway, "aurora", cpf=cpf)
    else:
        assert gateway.identify("espelho", cpf=cpf).json()["outcome"] == straight


@pytest.mark.parametrize("search", [{"nome": "silva"}, {"nome": "Antônia"}, {"fone": "(11) 91234-5678"}])
def test_it_gives_the_same_list_back(gateway: Running, search: dict[str, str]) -> None:
    listed = customers(gateway, "espelho", **search)
    assert listed == customers(gateway, "aurora", **search)
    assert listed


@pytest.mark.parametrize("search", [{"cpf": NOBODY_CPF}, {"email": "ninguem@example.com"}])
def test_both_messages_for_nobody_are_read_back_as_nobody(gateway: Running, search: dict[str, str]) -> None:
    answer = gateway.identify("espelho", **search).json()
    assert (answer["outcome"], answer["complete"]) == ("not_found", True)


def test_what_could_not_be_found_out_stays_so(gateway: Running) -> None:
    straight = gateway.http.get(
        "/facades/direct-talk/caida", params={"cpf": NOBODY_CPF, "chave": gateway.house.key("caida")}
    )
    assert straight.status_code == 503
    assert straight.headers["content-type"] == "text/xml; charset=ISO-8859-1"
    assert '<erro codigo="unavailable" mensagem="Consulta indisponível. ' in straight.content.decode("iso-8859-1")
    answer = gateway.identify("espelho-caido", cpf=NOBODY_CPF).json()
    assert answer["outcome"] == "unavailable"
    assert answer["sources"][0]["code"] == "server_error"


def test_the_page_is_what_direct_talk_reads(gateway: Running) -> None:
    parameters = {"nome": "joão conceição", "chave": gateway.house.key("aurora")}
    page = gateway.http.get("/facades/direct-talk/aurora", params=parameters)
    assert page.content.decode("iso-8859-1") == (
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n'
        "<clientes>\n"
        '<cliente email="joao@example.com" nome="João Conceição Araújo" cpf="01234567890" telefone="+5521998765432" '
        'nascimento="31/12/1975" endereco="Rua das Flores, 123, Centro, Curitiba, PR, 80020-000" codigo="1002" '
        'plano="Prata" pedido="A-2042"/>\n'
        "</clientes>\n"
    )


def test_a_wrong_question_is_an_error_and_no_list(gateway: Running) -> None:
    def asked(parameters: dict[str, str]) -> tuple[int, str]:
        page = gateway.http.get("/facades/direct-talk/aurora", params=parameters)
        return page.status_code, page.content.decode("iso-8859-1").split('"')[5]

    key = gateway.house.key("aurora")
    assert asked({"chave": key, "cpf": "123"}) == (422, "invalid_key")
    assert asked({"chave": key, "apelido": "Jo"}) == (422, "unknown_search_field")
    assert asked({"chave": key}) == (422, "empty_search")
    assert asked({"cpf": "12345678909"}) == (401, "unauthenticated")
    assert asked({"chave": gateway.house.key("caida"), "cpf": "12345678909"}) == (404, "unknown_tenant")
