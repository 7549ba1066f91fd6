"""From filled-in search fields, and from the one box, to queries."""

from collections.abc import Callable
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import EmptySearch, InvalidKey, NothingRecognised, RequestError, UnknownSearchField
from gateway.core.keys import normalise, recognise
from gateway.core.model import Query
from gateway.core.tenant import SearchField

Result = TypeVar("Result")


def search_fields(**kinds: str) -> dict[str, SearchField]:
    return {name: SearchField(name, kind, name.title(), None, "not compared here") for name, kind in kinds.items()}


FIELDS = search_fields(
    nome="name", fone="phone", email="email", cpf="cpf", cnpj="cnpj", canal="channel_user", pedido="code"
)
A_CPF, A_CNPJ = "12345678909", "12ABC34501DE35"
A_CPF_THAT_IS_A_MOBILE = "11987654374"


def asked(query: Query) -> list[tuple[str, str]]:
    return [(key.field, key.value) for key in query.keys]


def attempt(ask: Callable[[], Result]) -> Result | RequestError:
    try:
        return ask()
    except RequestError as error:
        return error


def readings(text: str, fields: dict[str, SearchField] = FIELDS) -> list[str]:
    return [query.keys[0].field for query in recognise(fields, text, "BR")]


# ---------------------------------------------------------------------------------------------- several fields


def test_several_fields_make_one_query_strongest_first() -> None:
    search = {
        "nome": "Carlos",
        "fone": "(11) 98765-4321",
        "pedido": "77",
        "email": "C@Example.com",
        "cpf": "123.456.789-09",
        "canal": "telegram:9",
    }
    assert asked(normalise(FIELDS, search, "BR")) == [
        ("pedido", "77"),
        ("cpf", A_CPF),
        ("canal", "telegram:9"),
        ("email", "c@example.com"),
        ("fone", "+5511987654321"),
        ("nome", "Carlos"),
    ]


def test_the_field_of_the_unique_key_is_stronger_than_any_other() -> None:
    search = {"pedido": "77", "cpf": A_CPF, "email": "c@example.com"}
    query = normalise(FIELDS, search, "BR", unique="email")
    assert [key.field for key in query.keys] == ["email", "pedido", "cpf"]


def test_equally_strong_fields_keep_the_tenants_order_whatever_the_request_says() -> None:
    fields = search_fields(pedido="code", apelido="code")
    assert [key.field for key in normalise(fields, {"apelido": "x", "pedido": "y"}, "BR").keys] == ["pedido", "apelido"]


def test_candidates_go_with_their_key() -> None:
    (key,) = normalise(FIELDS, {"fone": "(11) 98765-4321"}, "BR").keys
    assert (key.kind, key.candidates) == ("phone", ("+551187654321",))


def test_an_unknown_search_field_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownSearchField) as caught:
        normalise(FIELDS, {"cfp": A_CPF}, "BR")
    assert str(caught.value) == (
        "A search field in the request is not one of this tenant's. Did you mean 'cpf'? "
        "Known: nome, fone, email, cpf, cnpj, canal, pedido."
    )


def test_an_empty_search_is_refused() -> None:
    with pytest.raises(EmptySearch) as caught:
        normalise(FIELDS, {}, "BR")
    assert str(caught.value).startswith("The search is empty. Fill in at least one search field")


@pytest.mark.parametrize("blank", ["", "   ", "\u00a0", "\u200b\t\n"])
def test_an_empty_search_field_is_refused_by_its_name(blank: str) -> None:
    with pytest.raises(EmptySearch) as caught:
        normalise(FIELDS, {"nome": "Carlos", "cpf": blank}, "BR")
    assert str(caught.value).startswith("The search field 'cpf' is empty")


@pytest.mark.parametrize(
    ("field", "text", "check", "sentence"),
    [
        (
            "cpf",
            "123.456.789-00",
            "check_digits",
            "The search field 'cpf' is not a valid cpf: its check digits do not fit",
        ),
        ("fone", "1234", "length", "The search field 'fone' is not a valid phone: it has 4 digits"),
        ("email", "ana", "shape", "The search field 'email' is not a valid email: it needs exactly one @"),
        ("nome", "x" * 5000, "length", "The search field 'nome' is not a valid name: it has more than 512 characters"),
    ],
)
def test_one_invalid_key_refuses_the_whole_request_and_names_the_check(
    field: str, text: str, check: str, sentence: str
) -> None:
    with pytest.raises(InvalidKey) as caught:
        normalise(FIELDS, {"pedido": "77", field: text}, "BR")
    assert (caught.value.field, caught.value.check) == (field, check)
    assert str(caught.value).startswith(sentence)
    assert text not in str(caught.value)


@given(st.dictionaries(st.sampled_from(sorted(FIELDS)), st.text(max_size=30), max_size=4))
def test_whatever_is_filled_in_becomes_a_query_or_a_refusal_that_shows_no_value(search: dict[str, str]) -> None:
    result = attempt(lambda: normalise(FIELDS, search, "BR"))
    if isinstance(result, Query):
        assert result.fields == frozenset(search)
        assert normalise(FIELDS, result.values, "BR").values == result.values
    else:
        long_values = [text for text in search.values() if len(text) > 12]
        assert not any(text in str(result) for text in long_values)


# ---------------------------------------------------------------------------------------------- the one box


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("123.456.789-09", ["cpf"]),
        ("１２３.456.789–09", ["cpf"]),
        ("12.ABC.345/01DE-35", ["cnpj"]),
        (A_CNPJ, ["cnpj", "pedido", "canal"]),
        (A_CPF_THAT_IS_A_MOBILE, ["cpf", "fone", "pedido", "canal"]),
        (A_CPF, ["cpf", "pedido", "canal"]),
        ("52998224725", ["cpf", "pedido", "canal"]),
        ("+55 11 98765-4321", ["fone"]),
        ("(11) 98765-4321", ["fone"]),
        ("11 98765-4321", ["fone", "pedido"]),
        ("ana@example.com", ["email"]),
        ("Ana <ana@example.com>", ["email"]),
        ("Carlos Souza", ["nome"]),
        ("carlos", ["nome", "pedido", "canal"]),
        ("João D'Ávila", ["nome"]),
        ("Loja 24 horas", ["pedido", "nome"]),
        ("PED-1234", ["pedido", "canal"]),
        ("4711", ["pedido", "canal"]),
        ("telegram:4711", ["canal", "pedido"]),
        ("@ana_lima", ["nome", "pedido", "canal"]),
    ],
)
def test_the_one_box_asks_for_what_the_text_can_be_likeliest_first(text: str, fields: list[str]) -> None:
    assert readings(text) == fields


def test_a_mobile_that_is_also_a_valid_cpf_makes_one_query_for_each() -> None:
    queries = recognise(search_fields(fone="phone", cpf="cpf"), A_CPF_THAT_IS_A_MOBILE, "BR")
    assert [asked(query) for query in queries] == [
        [("cpf", A_CPF_THAT_IS_A_MOBILE)],
        [("fone", f"+55{A_CPF_THAT_IS_A_MOBILE}")],
    ]


def test_two_fields_of_one_kind_make_two_queries() -> None:
    assert readings("4711", search_fields(pedido="code", apelido="code")) == ["pedido", "apelido"]
    assert readings("123.456.789-09", search_fields(cpf="cpf", documento="cpf_cnpj")) == ["cpf", "documento"]


def test_only_what_the_tenant_searches_by_is_recognised() -> None:
    assert readings(A_CPF_THAT_IS_A_MOBILE, search_fields(fone="phone")) == ["fone"]
    assert readings("99app", search_fields(nome="name")) == ["nome"]
    assert readings("17291716060", search_fields(kimlik="tr.tckimlik", nome="name")) == ["kimlik"]


def test_a_masked_document_is_never_asked_as_a_phone() -> None:
    with pytest.raises(NothingRecognised):
        recognise(search_fields(fone="phone", nome="name"), "123.456.789-09", "BR")


def test_a_masked_document_that_fails_its_check_is_refused_by_that_check() -> None:
    with pytest.raises(InvalidKey) as caught:
        recognise(FIELDS, "123.456.789-00", "BR")
    assert (caught.value.field, caught.value.check) == ("cpf", "check_digits")
    assert "check digits do not fit" in str(caught.value)


@pytest.mark.parametrize("text", ["", "  ", "\u200b"])
def test_an_empty_box_is_refused(text: str) -> None:
    with pytest.raises(EmptySearch):
        recognise(FIELDS, text, "BR")


@pytest.mark.parametrize("text", ["Carlos", "12", "x" * 5000])
def test_what_the_tenant_cannot_search_by_names_what_it_can(text: str) -> None:
    with pytest.raises(NothingRecognised) as caught:
        recognise(search_fields(cpf="cpf", outro="cpf", fone="phone"), text, "BR")
    assert str(caught.value) == "The text is none of what this tenant searches by (cpf, phone)."


@given(st.text(max_size=40) | st.text("0123456789 +().-/@:aZ", max_size=24))
def test_the_one_box_gives_queries_of_one_key_each_and_always_the_same(text: str) -> None:
    result = attempt(lambda: recognise(FIELDS, text, "BR"))
    if isinstance(result, RequestError):
        assert len(text) < 12 or text not in str(result)
    else:
        fields = [key.field for query in result for key in query.keys]
        assert len(fields) == len(result) == len(set(fields))
        assert result == recognise(FIELDS, text, "BR")
        for query in result:
            assert normalise(FIELDS, query.values, "BR").values == query.values
