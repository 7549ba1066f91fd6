"""What is proposed of records in four languages, by names and by values, and what is never proposed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from gateway.core.model import Json, RawRecord
from gateway.drafting.proposal import Proposal, propose

CPFS = ("123.456.789-09", "012.345.678-90", "714.287.938-60")


def mapped(proposal: Proposal) -> dict[str, Json]:
    """The mapping's lines by their targets."""
    return {".".join(line.target): line.value for line in proposal.lines}


def of(*records: RawRecord, country: str = "BR", locale: str = "pt-BR") -> dict[str, Json]:
    return mapped(propose(records, country=country, locale=locale))


# ---------------------------------------------------------------------------------------------- by name


@pytest.mark.parametrize(
    ("record", "country", "wanted"),
    [
        (
            {"NM_CLIENTE": "Ana", "NR_CPF": "12345678909", "DS_EMAIL": "a@example.com", "NR_TELEFONE": "1140028000"},
            "BR",
            {"name": "NM_CLIENTE", "documents.cpf": "NR_CPF", "emails": "DS_EMAIL", "phones": "NR_TELEFONE"},
        ),
        (
            {"cliente": {"Nome Completo": "Ana", "E-mail": "a@example.com", "dtNasc": "31/12/1980"}},
            "BR",
            {
                "name": "cliente.Nome Completo",
                "emails": "cliente.E-mail",
                "birth_date": {"path": "cliente.dtNasc", "date": "%d/%m/%Y"},
            },
        ),
        (
            {
                "adSoyad": "Ayşe Yılmaz",
                "tcKimlikNo": "10000000146",
                "ePosta": "a@example.com",
                "cepTelefonu": "05321234567",
            },
            "TR",
            {"name": "adSoyad", "documents.tr.tckimlik": "tcKimlikNo", "emails": "ePosta", "phones": "cepTelefonu"},
        ),
        (
            {"nombre": "Ana", "apellidos": "García", "nif": "54362315K", "correo": "a@example.com"},
            "ES",
            {
                "name": {"path": ["nombre", "apellidos"], "join": " "},
                "documents.es.nif": "nif",
                "emails": "correo",
            },
        ),
        (
            {"firstName": "Ana", "lastName": "Souza", "customerId": "A-1", "dateOfBirth": "1980-12-31"},
            "BR",
            {
                "name": {"path": ["firstName", "lastName"], "join": " "},
                "birth_date": "dateOfBirth",
                "attributes.customer_id": "customerId",
            },
        ),
        (
            {"nome": "Ana", "ddd": "11", "telefone": "40028000"},
            "BR",
            {"name": "nome", "phones": {"path": ["ddd", "telefone"], "format": "{}{}"}},
        ),
        (
            {"nome": "Ana", "logradouro": "Rua A", "numero": "10", "cep": 1310100},
            "BR",
            {
                "name": "nome",
                "addresses.0.street": "logradouro",
                "addresses.0.number": "numero",
                "addresses.0.postal_code": {"path": "cep", "digits": 8},
            },
        ),
        (
            {"nome": "Ana", "endereco_rua": "Rua A", "endereco_cidade": "Recife", "ativo": "S"},
            "BR",
            {
                "name": "nome",
                "addresses.0.street": "endereco_rua",
                "addresses.0.city": "endereco_cidade",
                "attributes.ativo": {"path": "ativo", "map": "boolean"},
            },
        ),
    ],
)
def test_names_in_four_languages_are_understood(record: RawRecord, country: str, wanted: dict[str, Json]) -> None:
    assert of(record, country=country) == wanted


def test_what_belongs_to_somebody_else_is_not_the_customers() -> None:
    record: RawRecord = {
        "nome": "Ana",
        "nomeMae": "Rita",
        "cpfConjuge": "123.456.789-09",
        "vendedor": {"email": "v@example.com", "telefone": "1140028000"},
        "plano": {"nome": "Ouro", "codigo": "7"},
    }
    proposal = propose([record], country="BR", locale="pt-BR")
    assert mapped(proposal) == {
        "name": "nome",
        "attributes.plano": "plano.nome",
        "attributes.plano_codigo": "plano.codigo",
    }
    assert dict(proposal.left_out)["vendedor.email"] == "by its name, of somebody or something beside the customer"


# ---------------------------------------------------------------------------------------------- by values


def test_a_number_among_telephones_is_one_and_stands_behind_its_area_code() -> None:
    record: RawRecord = {"cpf": CPFS[0], "telefones": [{"ddd": "11", "numero": "987654321"}]}
    assert of(record)["phones"] == {"path": ["telefones.ddd", "telefones.numero"], "format": "{}{}"}


def test_values_speak_where_the_name_says_nothing() -> None:
    records = [{"c1": cpf, "c2": f"p{n}@example.com", "c3": f"(11) 98765-432{n}"} for n, cpf in enumerate(CPFS)]
    proposal = propose(records, country="BR", locale="pt-BR")
    assert mapped(proposal) == {"documents.cpf": "c1", "emails": "c2", "phones": "c3"}
    reasons = {".".join(line.target): (line.reason, line.doubt) for line in proposal.lines}
    assert reasons["documents.cpf"] == ("not by its name, but 3 of 3 values check as cpf", "")
    assert reasons["phones"][1].endswith(
        "not by its name, but its values are written like telephone numbers: are they?"
    )


def test_a_mobile_number_that_happens_to_check_as_a_cpf_stays_a_phone() -> None:
    assert of({"celular": "11982340088", "nome": "Ana"}) == {"name": "nome", "phones": "celular"}


def test_a_field_that_is_named_like_a_document_and_holds_none_is_doubted_and_not_mapped() -> None:
    proposal = propose([{"nome": "Ana", "cpf": "12345"}], country="BR", locale="pt-BR")
    assert "documents.cpf" not in mapped(proposal)
    assert dict(proposal.left_out)["cpf"].startswith(
        "is named like a document, but no value of it has right check digits"
    )


def test_a_cpf_that_lost_its_zeros_and_a_field_of_both_documents() -> None:
    assert of({"nome": "Ana", "cpf": 1234567890})["documents.cpf"] == "cpf"
    both = ({"doc": "12345678909"}, {"doc": "11.222.333/0001-81"}, {"doc": "01234567890"})
    assert of(*both) == {"documents.cpf_cnpj": "doc"}


@pytest.mark.parametrize(
    ("dates", "country", "wanted", "doubted"),
    [
        (("31/12/1980", "01/02/1990"), "BR", {"path": "nascimento", "date": "%d/%m/%Y"}, False),
        (("12/31/1980", "01/02/1990"), "BR", {"path": "nascimento", "date": "%m/%d/%Y"}, False),
        (("01/02/1990",), "BR", {"path": "nascimento", "date": "%d/%m/%Y"}, True),
        (("01/02/1990",), "US", {"path": "nascimento", "date": "%m/%d/%Y"}, True),
        (("1990-02-01T00:00:00", "0000-00-00"), "BR", "nascimento", False),
        (("/Date(324356400000-0300)/",), "BR", {"path": "nascimento", "date": "dotnet"}, False),
        (("31.12.1980",), "TR", {"path": "nascimento", "date": "%d.%m.%Y"}, False),
    ],
)
def test_a_date_is_read_as_all_its_values_are_written_and_doubted_where_two_ways_fit(
    dates: Sequence[str], country: str, wanted: Json, doubted: bool
) -> None:
    proposal = propose([{"nascimento": text} for text in dates], country=country, locale="en")
    (line,) = proposal.lines
    assert (line.value, bool(line.doubt)) == (wanted, doubted)


def test_lists_of_names_and_values_become_predicates() -> None:
    record: RawRecord = {"campos": [{"nome": "CPF", "valor": "123.456.789-09"}, {"nome": "Nome", "valor": "Ana"}]}
    lines = of(record)
    assert lines["documents.cpf"] == "campos[?nome=='CPF'].valor | [0]"


# ---------------------------------------------------------------------------------------------- keys and fields


def test_the_unique_key_is_what_every_record_has_and_no_two_share() -> None:
    records: list[RawRecord] = [
        {"cpf": CPFS[0], "email": "casa@example.com", "codigo": "1"},
        {"cpf": CPFS[1], "email": "casa@example.com", "codigo": "2"},
        {"cpf": "", "email": "c@example.com", "codigo": "3"},
    ]
    keys = propose(records, country="BR", locale="pt-BR").keys
    assert [(key.name, key.covered, key.unique) for key in keys] == [
        ("codigo", 3, True),
        ("cpf", 2, True),
        ("email", 3, False),
    ]
    assert keys[1].doubt == "1 of the sample's 3 records would be refused without it"
    assert keys[2].doubt == "two customers with one key are shown as one"


def test_one_record_does_not_show_that_its_key_is_unique() -> None:
    (key,) = propose([{"cpf": CPFS[0]}], country="BR", locale="pt-BR").keys
    assert key.reason == "valid in 1 of 1 records; one record does not show whether it is unique"


def test_search_fields_ask_in_the_form_in_which_the_sample_is_written() -> None:
    fields = {
        field.name: field
        for field in propose(
            [{"cpf": cpf, "fone": "(11) 98765-4321", "email": "a@example.com"} for cpf in CPFS],
            country="BR",
            locale="pt-BR",
        ).fields
    }
    assert fields["cpf"].forms == ("masked",)
    assert fields["fone"].forms == ("national",)
    assert fields["email"].forms == ()


# ---------------------------------------------------------------------------------------------- discretion


def test_a_name_that_is_somebodys_value_never_becomes_a_path() -> None:
    record: RawRecord = {"12345678909": {"nome": "Ana"}, "ana@example.com": "x", "nome": "Ana"}
    proposal = propose([record], country="BR", locale="pt-BR")
    assert (mapped(proposal), proposal.unsafe, proposal.left_out) == ({"name": "nome"}, True, ())
