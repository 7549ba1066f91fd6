"""Each outcome through the real API, from each of the three protocols."""

from __future__ import annotations

from typing import Any

import pytest

from tests.examples.people import NOBODY_CPF
from tests.whole.running import Running

PROTOCOLS = ("aurora", "boreal", "cerrado")
"""XML over GET, SOAP, REST."""

each_protocol = pytest.mark.parametrize("tenant", PROTOCOLS)


def identified(gateway: Running, tenant: str, **search: str) -> dict[str, Any]:
    reply = gateway.identify(tenant, **search)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/json")
    return dict(reply.json())


@pytest.mark.parametrize(
    ("tenant", "search"),
    [
        *((tenant, {"cpf": "012.345.678-90"}) for tenant in PROTOCOLS),
        *((tenant, {"cpf": "01234567890"}) for tenant in PROTOCOLS),
        *((tenant, {"email": "JOAO@Example.com"}) for tenant in PROTOCOLS),
        *((tenant, {"nome": "João", "cpf": "01234567890"}) for tenant in ("aurora", "cerrado")),
        # SOAP's system has another spelling of the name, and another phone.
        ("boreal", {"nome": "Araújo", "cpf": "01234567890"}),
        ("aurora", {"nome": "joão conceição"}),
        ("cerrado", {"nome": "joao conceicao"}),
        ("aurora", {"fone": "+55 21 99876-5432"}),
        ("boreal", {"fone": "(21) 99876-0000"}),
        ("cerrado", {"fone": "21 9 9876 5432"}),
    ],
)
def test_one_customer_is_found_by_each_search_field(gateway: Running, tenant: str, search: dict[str, str]) -> None:
    answer = identified(gateway, tenant, **search)
    assert (answer["outcome"], answer["complete"]) == ("found", True)
    [match] = answer["matches"]
    assert match["verified"]
    customer = match["customer"]
    assert customer["unique_key"] == {"name": "email", "kind": "email", "value": "joao@example.com"}
    assert customer["documents"] == [{"kind": "cpf", "value": "01234567890", "masked": False}]
    assert customer["birth_date"] == "1975-12-31"


@each_protocol
def test_a_name_of_many_gives_a_list_and_picks_nobody(gateway: Running, tenant: str) -> None:
    answer = identified(gateway, tenant, nome="Maria da Silva")
    assert answer["outcome"] == "several"
    keys = [match["customer"]["unique_key"]["value"] for match in answer["matches"]]
    assert keys == ["maria.silva@example.com", "mariadasilva@example.org"]


@each_protocol
@pytest.mark.parametrize("search", [{"cpf": NOBODY_CPF}, {"email": "ninguem@example.com"}, {"nome": "Zebedeu Xis"}])
def test_whom_the_source_itself_does_not_know_is_not_found(
    gateway: Running, tenant: str, search: dict[str, str]
) -> None:
    answer = identified(gateway, tenant, **search)
    assert (answer["outcome"], answer["complete"], answer["matches"]) == ("not_found", True, [])
    assert answer["proposal"]["customer_type"] == "Não cliente"


def test_not_found_proposes_as_the_tenant_wants_it(gateway: Running) -> None:
    stranger = {"email": "ninguem@example.com"}
    keyed = identified(gateway, "aurora", **stranger)["proposal"]
    assert keyed["message"] == "Cliente não cadastrado/ninguem@example.com"
    assert (keyed["prospect"], keyed["unique_key"]["value"]) == ("keyed", "ninguem@example.com")
    assert identified(gateway, "boreal", **stranger)["proposal"]["prospect"] == "message"
    assert identified(gateway, "cerrado", **stranger)["proposal"]["prospect"] == "form"
    without_the_key = identified(gateway, "aurora", cpf=NOBODY_CPF)["proposal"]
    assert (without_the_key["message"], without_the_key["prospect"]) == ("Cliente inexistente", "message")


def test_three_protocols_are_merged_with_provenance_and_conflicts(gateway: Running) -> None:
    answer = identified(gateway, "uniao", cpf="01234567890")
    [match] = answer["matches"]
    customer = match["customer"]
    assert customer["sources"] == ["pagina", "servico", "api"]
    assert customer["name"] == "João Conceição Araújo"
    assert customer["provenance"]["emails[1]"] == ["api"]
    assert customer["provenance"]["phones[1]"] == ["servico"]
    said = {conflict["path"]: [one["value"] for one in conflict["values"]] for conflict in customer["conflicts"]}
    assert said["name"] == ["João Conceição Araújo", "Joao C. Araujo", "João Conceição Araújo"]


def test_two_unique_keys_stay_two_customers_who_share_a_document(gateway: Running) -> None:
    answer = identified(gateway, "uniao", cpf="818.283.848-79")
    assert answer["outcome"] == "several"
    assert [match["same_document"] for match in answer["matches"]] == [True, True]


def test_strangers_who_share_a_junk_document_and_mail_are_never_one_customer(gateway: Running) -> None:
    answer = identified(gateway, "uniao", nome="Adélia Fagundes")
    assert [match["customer"]["name"] for match in answer["matches"]] == ["Adélia Fagundes"]


def test_the_next_source_is_asked_only_when_the_first_knows_nobody(gateway: Running) -> None:
    known = identified(gateway, "uniao", email="joao@example.com")
    assert [source["outcome"] for source in known["sources"]] == ["found", "skipped", "skipped", "not_found"]
    assert known["complete"]
    elsewhere = identified(gateway, "uniao", email="katia@example.com")
    assert [source["outcome"] for source in elsewhere["sources"]] == ["not_found", "not_found", "found", "not_found"]


def test_one_box_that_is_two_things_is_asked_until_one_gives_a_customer(gateway: Running) -> None:
    answer = gateway.ask("cerrado", {"text": "11982340088", "explain": True}).json()
    assert (answer["outcome"], answer["searched"]) == ("found", ["cpf"])
    phone = gateway.ask("cerrado", {"text": "(11) 98234-0088"}).json()
    assert [match["customer"]["name"] for match in phone["matches"]] == ["Tomás Quintela"]


def test_an_explanation_says_what_was_asked_of_whom_with_values_masked(gateway: Running) -> None:
    answer = gateway.ask("aurora", {"search": {"cpf": "01234567890"}, "explain": True})
    steps = {step["what"]: step for step in answer.json()["trace"]}
    sent = {"field": "cpf", "form": "masked", "value": "***.***.***-90", "candidate": False}
    assert (steps["asked"]["attempt"], steps["asked"]["keys"]) == (1, [sent])
    assert (steps["answered"]["records"], steps["answered"]["truncated"]) == (1, False)
    assert steps["answered"]["took_ms"] > 0
    assert list(steps)[-1] == "concluded"


@pytest.mark.parametrize(
    ("search", "routed"),
    [
        ({"cpf": "01234567890"}, {"sources": ["pagina", "servico", "api"], "strategy": "merge", "at_once": True}),
        (
            {"email": "joao@example.com"},
            {"sources": ["servico", "pagina", "api"], "strategy": "first", "at_once": False},
        ),
    ],
)
def test_an_explanation_says_by_which_route_the_sources_were_asked(
    gateway: Running, search: dict[str, str], routed: dict[str, object]
) -> None:
    steps = gateway.ask("uniao", {"search": search, "explain": True}).json()["trace"]
    [told] = [step for step in steps if step["what"] == "routed"]
    assert {name: told[name] for name in routed} == routed


def test_a_record_without_its_unique_key_is_no_absence(gateway: Running) -> None:
    answer = identified(gateway, "aurora", cpf="367.879.441-60")
    assert answer["outcome"] == "unavailable"
    [source, _] = answer["sources"]
    assert (source["outcome"], source["code"]) == ("failed", "unreadable_records")


def test_values_that_are_no_values_are_not_shown(gateway: Running) -> None:
    answer = identified(gateway, "uniao", cpf="602.214.076-50")
    customer = answer["matches"][0]["customer"]
    assert (customer["emails"], customer["phones"], customer["addresses"]) == (["otilia@example.com"], [], [])
    assert customer["attributes"] == {"segmento": "varejo"}


def test_text_with_every_awkward_character_comes_whole(gateway: Running) -> None:
    for tenant in (*PROTOCOLS, "uniao"):
        answer = identified(gateway, tenant, email="mario+netos@example.com")
        [match] = answer["matches"]
        assert match["customer"]["name"] == 'Mário "Marinho" O\'Hara <filho> & netos'
        assert match["customer"]["attributes"]["plano"] == "A&B > C"
