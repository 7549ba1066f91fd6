"""A query in the forms of one source: what is asked first, and what is tried after it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.formats import asked, check_form
from gateway.core.model import Query, SearchKey

CPF = SearchKey("cpf", "cpf", "12345678909")
MOBILE = SearchKey("fone", "phone", "+5511987654321", ("+551187654321",))
LOCAL = SearchKey("fone", "phone", "34567890")
NOME = SearchKey("nome", "name", "João Souza")
ALL = frozenset({"cpf", "fone", "nome"})


def values(
    *keys: SearchKey, formats: dict[str, tuple[str, ...]] | None = None, only: frozenset[str] = ALL, most: int = 6
) -> list[dict[str, str]]:
    return [query.values for query in asked(Query(keys), formats or {}, "BR", only=only, most=most)]


def test_a_source_without_formats_is_asked_with_the_canonical_value() -> None:
    assert values(CPF) == [{"cpf": "12345678909"}]


def test_a_source_is_asked_in_its_own_form() -> None:
    assert values(CPF, formats={"cpf": ("masked",)}) == [{"cpf": "123.456.789-09"}]


def test_a_phone_is_tried_in_every_form_and_then_without_its_ninth_digit() -> None:
    assert values(MOBILE, formats={"fone": ("e164", "national")}) == [
        {"fone": "+5511987654321"},
        {"fone": "(11) 98765-4321"},
        {"fone": "+551187654321"},
        {"fone": "(11) 8765-4321"},
    ]


def test_spellings_that_come_out_the_same_are_asked_once() -> None:
    assert values(MOBILE, formats={"fone": ("last8", "e164")}) == [
        {"fone": "87654321"},
        {"fone": "+5511987654321"},
        {"fone": "+551187654321"},
    ]


def test_with_several_keys_the_fewest_changes_come_first_and_the_weaker_key_changes_first() -> None:
    formats = {"cpf": ("digits", "masked"), "fone": ("national",)}
    digits, masked = "12345678909", "123.456.789-09"
    assert values(CPF, MOBILE, formats=formats) == [
        {"cpf": digits, "fone": "(11) 98765-4321"},
        {"cpf": digits, "fone": "(11) 8765-4321"},
        {"cpf": masked, "fone": "(11) 98765-4321"},
        {"cpf": masked, "fone": "(11) 8765-4321"},
    ]


def test_only_the_adapters_fields_are_sent_and_nothing_if_it_has_none_of_them() -> None:
    assert values(CPF, NOME, only=frozenset({"nome"})) == [{"nome": "João Souza"}]
    assert values(CPF, only=frozenset({"nome"})) == []


def test_a_value_that_no_form_can_write_is_not_asked_in_a_form_that_finds_nobody() -> None:
    assert values(LOCAL, formats={"fone": ("e164",)}) == []
    assert values(CPF, LOCAL, formats={"fone": ("e164",)}) == [{"cpf": "12345678909"}]
    assert values(LOCAL, formats={"fone": ("e164", "last8")}) == [{"fone": "34567890"}]


def test_what_is_asked_keeps_field_and_kind_and_has_no_candidates_left() -> None:
    (first, *_) = asked(Query((MOBILE,)), {"fone": ("national",)}, "BR", only=ALL)
    (key,) = first.keys
    assert (key.field, key.kind, key.candidates) == ("fone", "phone", ())


@given(
    st.lists(st.sampled_from([CPF, MOBILE, NOME]), min_size=1, max_size=3, unique=True),
    st.lists(st.sampled_from(["digits", "masked", "number"]), min_size=1, max_size=3),
    st.lists(st.sampled_from(["e164", "national", "last8", "digits"]), min_size=1, max_size=4),
    st.integers(0, 12),
)
def test_a_source_is_never_asked_twice_the_same_nor_more_often_than_allowed(
    keys: list[SearchKey], cpf_forms: list[str], phone_forms: list[str], most: int
) -> None:
    formats = {"cpf": tuple(cpf_forms), "fone": tuple(phone_forms)}
    found = [tuple(query.values.items()) for query in asked(Query(tuple(keys)), formats, "BR", only=ALL, most=most)]
    assert len(found) == len(set(found)) <= most
    assert all([name for name, _ in query] == [key.field for key in keys] for query in found)


def test_every_combination_is_asked_if_it_may_be() -> None:
    formats = {"cpf": ("digits", "masked"), "fone": ("e164", "national"), "nome": ("plain", "ascii", "upper")}
    found = values(CPF, MOBILE, NOME, formats=formats, most=100)
    assert len(found) == 2 * 4 * 3


@pytest.mark.parametrize(
    ("kind", "form", "sentence"),
    [
        ("cpf", "masked", None),
        ("phone", "last8", None),
        ("tr.tckimlik", "number", None),
        (
            "cpf",
            "mask",
            "The kind 'cpf' has no form 'mask'. Did you mean 'masked'? Known: plain, digits, masked, number.",
        ),
        ("email", "e164", "The kind 'email' has no form 'e164'. Known: plain, lower, upper."),
    ],
)
def test_an_unknown_form_is_answered_with_the_known_ones(kind: str, form: str, sentence: str | None) -> None:
    assert check_form(kind, form) == sentence


def test_a_form_of_an_unknown_kind_is_answered_with_the_known_kinds() -> None:
    assert "Did you mean 'cpf'?" in (check_form("cfp", "masked") or "")
