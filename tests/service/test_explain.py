"""The explanation: every decision of the path with its reason, what to change, and nobody's data."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from gateway.adapter import Found, RawRecord, ServerError
from gateway.api.answers import encode
from gateway.api.explaining import step_body
from gateway.core.model import Identification, Outcome
from gateway.core.picks import Pick
from gateway.core.steps import Concluded, Dropped, Mapped, Merged, Refused, Said, Verified
from gateway.core.tenant import SearchField, Strategy
from tests.service.scripted import ANA, ANAS_CPF, BETO, FIELDS, MAPPING, House, Script

pytestmark = pytest.mark.anyio


def told(result: Identification, what: str, source: str | None = None) -> list[Said]:
    return [step.said for step in result.trace if step.what == what and source in (None, step.source)]


def end(result: Identification) -> Concluded:
    last = result.trace[-1].said
    assert isinstance(last, Concluded)
    return last


async def test_each_record_that_is_left_out_says_which_rule_left_it_out() -> None:
    nobodys: RawRecord = {"nome": "Ana Souza", "cpf": "529.982.247-25"}
    result = await House({"crm": Script([[nobodys, BETO, ANA]])}).identify(cpf=ANAS_CPF, explain=True)
    assert told(result, "refused") == [Refused(1, "The record has no unique key.")]
    assert told(result, "dropped") == [Dropped(2, ("cpf: the record's documents.cpf is another",))]
    assert told(result, "verified") == [Verified(kept=1, agreed=1, dropped=1)]
    [mapped] = told(result, "mapped")
    assert isinstance(mapped, Mapped)
    assert (mapped.records, mapped.customers) == (3, 2)


async def test_so_many_records_are_told_one_by_one() -> None:
    result = await House({"crm": Script([[ANA, *[BETO] * 40, *[{"nome": "x"}] * 40]])}).identify(
        cpf=ANAS_CPF, explain=True
    )
    assert len(told(result, "dropped")) == len(told(result, "refused")) == 20
    assert (result.sources[0].dropped, result.sources[0].refused) == (40, 40)


async def test_a_path_that_finds_nothing_is_told_with_the_name_that_it_may_mean() -> None:
    spec = replace(MAPPING, birth_date=Pick(("nasciment",)), attributes={"plano": Pick(("plano.nome",))})
    record: RawRecord = {**ANA, "nascimento": "1980-04-12", "obs": "cliente antigo", "plano": {"codigo": 7}}
    result = await House({"crm": Script([[record]])}, mapping=spec).identify(cpf=ANAS_CPF, explain=True)
    [mapped] = told(result, "mapped")
    assert isinstance(mapped, Mapped)
    assert mapped.unread == ("nascimento", "obs", "plano.codigo")
    assert [(line.target, line.nearest) for line in mapped.silent] == [
        ("birth_date", "nascimento"),
        ("attributes.plano", None),
    ]
    assert end(result).advice == (
        "crm: mapping.birth_date reads 'nasciment', which holds nothing in any record. Did you mean 'nascimento'?",
    )


async def test_a_misspelt_unique_key_says_what_to_write() -> None:
    spec = replace(MAPPING, unique_key=Pick(("e_mail",)), emails=None)
    result = await House({"crm": Script([[ANA]])}, mapping=spec).identify(cpf=ANAS_CPF, explain=True)
    assert result.outcome is Outcome.UNAVAILABLE
    assert end(result).because == "crm failed (unreadable_records)"
    assert (
        "crm: mapping.unique_key reads 'e_mail', which holds nothing in any record. Did you mean 'email'?"
        in end(result).advice
    )


async def test_a_record_with_nothing_that_the_mapping_reads_may_be_a_no_or_the_wrong_place() -> None:
    """An envelope around an empty list, read as a record: `<retorno><status>OK</status><clientes/></retorno>`."""
    result = await House({"crm": Script([[{"status": "OK", "clientes": ""}]])}).identify(cpf=ANAS_CPF, explain=True)
    assert result.outcome is Outcome.UNAVAILABLE
    assert end(result).advice[-1] == (
        "crm: what came holds none of the names that mapping.unique_key reads. If it is how the source says nobody, "
        "describe it under sources.crm.nobody; if its customers stand elsewhere in the reply, name them under "
        "sources.crm.settings.records."
    )


async def test_names_that_are_values_are_masked() -> None:
    keyed: RawRecord = {**ANA, "por_cpf": {"12345678909": "x"}, "por_email": {"beto@example.com": "y"}}
    result = await House({"crm": Script([[keyed]])}).identify(cpf=ANAS_CPF, explain=True)
    [mapped] = told(result, "mapped")
    assert isinstance(mapped, Mapped)
    assert mapped.unread == ("por_cpf.*********09", "por_email.b***@*******.***")


async def test_why_records_became_one_customer_or_stayed_apart() -> None:
    same = House({"crm": Script([[ANA]]), "erp": Script([[ANA]])}, Strategy.MERGE)
    other_key: RawRecord = {**ANA, "email": "ana.souza@example.com"}
    two = House({"crm": Script([[ANA]]), "erp": Script([[other_key]])}, Strategy.MERGE)
    junk = House({"crm": Script([[ANA]]), "erp": Script([[{**ANA, "email": "nao@tem.com"}]])}, Strategy.MERGE)
    married: RawRecord = {**BETO, "email": "ana@example.com", "cpf": "123.456.789-09", "fone": ANA["fone"]}
    couple = House({"crm": Script([[ANA]]), "erp": Script([[married]])}, Strategy.MERGE)

    reasons = []
    for house, search in (
        (same, {"cpf": ANAS_CPF}),
        (two, {"cpf": ANAS_CPF}),
        (junk, {"cpf": ANAS_CPF}),
        (couple, {"email": "ana@example.com"}),
    ):
        [merged] = told(await house.identify(explain=True, **search), "merged")
        assert isinstance(merged, Merged)
        reasons += merged.reasons
    assert reasons == [
        "crm and erp are one customer: the same email",
        "crm and erp stay apart in spite of the same cpf: their unique keys differ",
        "crm and erp are one customer: the same cpf, and nothing contradicts",
        "crm and erp stay apart in spite of the same email: their names and documents differ",
    ]


async def test_the_outcome_has_its_reason() -> None:
    house = House({"crm": Script([ServerError()]), "erp": Script([[]])})
    assert (
        end(await house.identify(cpf=ANAS_CPF, explain=True)).because == "crm failed (server_error); erp knows nobody"
    )
    gone = House({"crm": Script([[]]), "erp": Script([[]])})
    assert end(await gone.identify(cpf=ANAS_CPF, explain=True)).because == "crm knows nobody; erp knows nobody"
    cut = House({"crm": Script([Found([ANA], truncated=True)])})
    because = end(await cut.identify(cpf=ANAS_CPF, explain=True)).because
    assert because == "crm gave 1 customer, of a list that was cut"


async def test_nobody_says_in_which_forms_was_asked_and_where_to_change_them() -> None:
    house = House({"crm": Script([[]])}, formats={"cpf": ("masked", "digits")})
    [advice] = end(await house.identify(cpf=ANAS_CPF, explain=True)).advice
    assert advice.startswith("crm: asked for cpf as masked ***.***.***-25, digits *********25. If he is there")
    assert "sources.crm.fields.cpf.as" in advice


async def test_a_field_that_is_compared_with_nothing_says_why() -> None:
    unverified = SearchField("apelido", "code", "Apelido", None, "The CRM does not give it back.")
    script = Script([[ANA]], fields=frozenset({"apelido"}))
    result = await House({"crm": script}, fields={**FIELDS, "apelido": unverified}).identify(
        apelido="aninha", explain=True
    )
    assert told(result, "verified") == [Verified(1, 0, 0, ("apelido: The CRM does not give it back.",))]
    assert not result.matches[0].verified


async def test_a_record_without_the_value_that_was_asked_for_says_what_to_map() -> None:
    result = await House({"crm": Script([[{**ANA, "cpf": None}]])}).identify(cpf=ANAS_CPF, explain=True)
    assert not result.matches[0].verified
    assert any(sentence.endswith("(verified: false). Map documents.cpf.") for sentence in end(result).advice)


HARD: RawRecord = {
    **ANA,
    "nome": "Ana Souza",
    "fone": ["(11) 98765-4321", "não tem"],
    "nascimento": "12/04/1980",
    "obs": "cliente desde 1999",
    "filhos": [{"nome": "Carlinhos", "cpf": "390.533.447-05"}],
    "indice": {"ana@example.com": 1, "529.982.247-25": 2, "+5511987654321": 3},
}


@pytest.mark.parametrize(
    "search",
    [
        {"cpf": "529.982.247-25"},
        {"email": "ana@example.com"},
        {"nome": "Ana Souza"},
        {"fone": "(11) 98765-4321"},
        {"cpf": "529.982.247-25", "nome": "Ana Souza", "fone": "11987654321"},
    ],
)
async def test_nobodys_values_stand_in_an_explanation(search: dict[str, str]) -> None:
    refused: RawRecord = {**HARD, "email": "não tem"}
    spec = replace(MAPPING, birth_date=Pick(("nascimento",)), attributes={"vip": Pick(("obs",), map="boolean")})
    sources = {"crm": Script([[refused, HARD, BETO]]), "erp": Script([[HARD]]), "loja": Script([ServerError()])}
    house = House(sources, Strategy.MERGE, formats={"cpf": ("masked", "number")}, mapping=spec)
    result = await house.identify(explain=True, **search)
    text = " ".join(encode(step_body(step)).decode() for step in result.trace)
    assert "concluded" in text
    values = (
        "ana@",
        "Souza",
        "Beto",
        "Lima",
        "Carlinhos",
        "desde 1999",
        "12/04",
        "1980-04",
        "98765",
        "4321",
        "não tem",
    )
    assert [value for value in values if value.lower() in text.lower()] == []
    assert re.search(r"[0-9]{5}", re.sub(r'_ms":[0-9.]+', "", text)) is None
