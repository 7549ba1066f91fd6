"""Holding records against the question: who is shown, who is dropped, and what cannot be told."""

import doctest
import string
from datetime import date

import pytest
import stdnum.br.cpf
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import names
from gateway.core.keys import normalise
from gateway.core.model import Customer, Document, UniqueKey
from gateway.core.tenant import SearchField
from gateway.core.verification import Agreement, Verdict, Verification, check_matches, compile_verification


def compared(name: str, kind: str, matches: str) -> SearchField:
    return SearchField(name, kind, name.title(), matches)


FIELDS = {
    field.name: field
    for field in (
        compared("cpf", "cpf", "documents.cpf"),
        compared("cnpj", "cnpj", "documents.cnpj"),
        compared("documento", "cpf_cnpj", "documents"),
        compared("kimlik", "tr.tckimlik", "documents.tr.tckimlik"),
        compared("qualquer", "code", "documents"),
        compared("titular", "cpf", "attributes.titular"),
        compared("email", "email", "emails"),
        compared("fone", "phone", "phones"),
        compared("nome", "name", "name"),
        compared("pedido", "code", "attributes.pedido"),
        compared("chave", "email", "unique_key"),
        compared("canal", "channel_user", "attributes.canal"),
        compared("nascimento", "code", "birth_date"),
        SearchField("apelido", "code", "Apelido", None, "no source gives it back"),
    )
}
VERIFICATION: Verification = compile_verification(FIELDS, "BR")

ANA, BRUNO = "12345678909", "52998224725"


def somebody(
    *documents: Document,
    name: str | None = None,
    emails: tuple[str, ...] = (),
    phones: tuple[str, ...] = (),
    birth_date: date | None = None,
    attributes: dict[str, str] | None = None,
    key: str = "x@example.com",
) -> Customer:
    return Customer(
        UniqueKey("email", "email", key),
        name=name,
        documents=documents,
        emails=emails,
        phones=phones,
        birth_date=birth_date,
        attributes=attributes or {},
    )


def with_cpf(value: str, name: str | None = None) -> Customer:
    return somebody(Document("cpf", value, masked="*" in value), name=name)


def verify(search: dict[str, str], *customers: Customer) -> Verdict:
    return VERIFICATION.verify(normalise(FIELDS, search, "BR"), customers)


def agreement(search: dict[str, str], customer: Customer) -> Agreement:
    """What one record comes to, read off the verdict on it alone."""
    verdict = verify(search, customer)
    if verdict.mismatch:
        return Agreement.DISAGREES
    return Agreement.AGREES if verdict.kept[0].verified else Agreement.ABSENT


AGREES, DISAGREES, ABSENT = Agreement.AGREES, Agreement.DISAGREES, Agreement.ABSENT


# ---------------------------------------------------------------------------------------------- the rule of four lines


def test_a_record_that_agrees_is_kept_and_verified() -> None:
    verdict = verify({"cpf": ANA}, with_cpf(ANA))
    assert [(kept.customer, kept.verified) for kept in verdict.kept] == [(with_cpf(ANA), True)]
    assert (verdict.dropped, verdict.reasons, verdict.mismatch) == (0, (), False)


def test_a_source_that_returns_everybody_shows_nobody_elses_data() -> None:
    verdict = verify({"cpf": ANA}, with_cpf(BRUNO), with_cpf(ANA), somebody(name="Carla"))
    assert [kept.customer for kept in verdict.kept] == [with_cpf(ANA)]
    assert verdict.dropped == 2
    assert not verdict.mismatch


def test_where_none_agrees_the_source_answered_another_question() -> None:
    verdict = verify({"cpf": ANA}, with_cpf(BRUNO), somebody(name="Carla"))
    assert verdict.mismatch
    assert verdict.dropped == 2


def test_a_record_without_the_value_is_shown_as_not_verified() -> None:
    verdict = verify({"cpf": ANA}, somebody(name="Ana Lima"))
    assert [kept.verified for kept in verdict.kept] == [False]
    assert verdict.dropped == 0


def test_several_records_without_the_value_are_all_shown_as_not_verified() -> None:
    assert [kept.verified for kept in verify({"cpf": ANA}, somebody(), somebody(name="Ana")).kept] == [False, False]


def test_nobody_is_no_mismatch() -> None:
    assert verify({"cpf": ANA}) == Verdict(())
    assert not verify({"cpf": ANA}).mismatch


def test_every_key_that_the_customer_carries_must_agree() -> None:
    search = {"cpf": ANA, "nome": "Ana"}
    assert agreement(search, with_cpf(ANA, name="Ana Lima")) is AGREES
    assert agreement(search, with_cpf(ANA)) is AGREES
    assert agreement(search, with_cpf(ANA, name="Bruno Lima")) is DISAGREES
    assert agreement(search, with_cpf(BRUNO, name="Ana Lima")) is DISAGREES
    assert agreement(search, somebody()) is ABSENT


def test_a_namesake_is_not_verified_where_more_than_the_name_was_asked_for() -> None:
    assert agreement({"cpf": ANA, "nome": "Ana Lima"}, somebody(name="Ana Lima")) is ABSENT
    assert agreement({"cpf": ANA, "email": "x@example.com"}, somebody(emails=("x@example.com",))) is AGREES
    assert agreement({"apelido": "aninha", "nome": "Ana"}, somebody(name="Ana Lima")) is AGREES


def test_a_source_that_did_not_filter_by_a_key_shows_nobody_who_lacks_that_value() -> None:
    verdict = verify({"cpf": ANA, "nome": "Ana"}, with_cpf(BRUNO, name="Ana Lima"), somebody(name="Ana Reis"))
    assert verdict.mismatch


def test_reasons_name_the_field_and_the_rule_and_no_value() -> None:
    verdict = verify({"cpf": ANA}, with_cpf(BRUNO), with_cpf(BRUNO), somebody(name="Carla"))
    assert verdict.reasons == (
        "cpf: the record's documents.cpf is another",
        "cpf: the record has no documents.cpf, and another record's is another",
    )


def test_a_field_that_cannot_be_compared_never_verifies() -> None:
    assert agreement({"apelido": "aninha"}, somebody(name="Aninha")) is ABSENT


def test_one_of_several_values_is_enough() -> None:
    customer = somebody(emails=("old@example.com", "ana@example.com"), phones=("+551134567890", "+5511987654321"))
    assert agreement({"email": "Ana@Example.com"}, customer) is AGREES
    assert agreement({"fone": "(11) 98765-4321"}, customer) is AGREES
    assert agreement({"email": "bruno@example.com"}, customer) is DISAGREES


# ---------------------------------------------------------------------------------------------- documents


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        (ANA, AGREES),
        ("123.456.789-09", AGREES),
        (" 123 456 789 09", AGREES),
        (BRUNO, DISAGREES),
        ("123.456.789-00", DISAGREES),
        ("***.456.789-**", AGREES),
        ("123.***.***-09", AGREES),
        ("***.457.789-**", DISAGREES),
        ("xxx.456.789-xx", AGREES),
        ("*****8909", AGREES),
        ("*****09", ABSENT),
        ("***.***.***-09", ABSENT),
        ("*****08", DISAGREES),
        ("1234****", AGREES),
        ("123****", ABSENT),
        ("**456**", ABSENT),
        ("***.***.***-**", ABSENT),
        ("00000000000", ABSENT),
        ("", ABSENT),
        ("-", ABSENT),
    ],
)
def test_a_cpf_agrees_whole_or_by_its_visible_digits(given_value: str, expected: Agreement) -> None:
    assert agreement({"cpf": ANA}, with_cpf(given_value)) is expected
    assert agreement({"documento": ANA}, with_cpf(given_value)) is expected
    assert agreement({"titular": ANA}, somebody(attributes={"titular": given_value})) is expected


def test_a_cpf_that_lost_its_leading_zeros_in_the_source_agrees() -> None:
    assert agreement({"cpf": "012.345.678-90"}, with_cpf("1234567890")) is AGREES
    assert agreement({"cpf": "012.345.678-90"}, with_cpf("1234567891")) is DISAGREES


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("12ABC34501DE35", AGREES),
        ("12.abc.345/01de-35", AGREES),
        ("12.***.***/01DE-35", AGREES),
        ("12.***.***/01DF-35", DISAGREES),
        ("11222333000181", DISAGREES),
    ],
)
def test_an_alphanumeric_cnpj_agrees_in_any_writing(given_value: str, expected: Agreement) -> None:
    assert agreement({"cnpj": "12ABC34501DE35"}, somebody(Document("cnpj", given_value))) is expected


def test_a_companys_cnpj_says_nothing_about_the_cpf_that_was_asked_for() -> None:
    company = somebody(Document("cnpj", "11222333000181"))
    assert agreement({"cpf": ANA}, company) is ABSENT
    assert agreement({"documento": ANA}, company) is ABSENT
    assert agreement({"documento": "11.222.333/0001-81"}, company) is AGREES


def test_a_code_may_be_held_against_any_document() -> None:
    both = somebody(Document("cpf", ANA), Document("tr.tckimlik", "17291716060"))
    assert agreement({"qualquer": "172.917.160-60"}, both) is AGREES
    assert agreement({"qualquer": "4711"}, both) is DISAGREES
    assert agreement({"kimlik": "17291716060"}, both) is AGREES


# ---------------------------------------------------------------------------------------------- phones


@pytest.mark.parametrize(
    ("typed", "given_value", "expected"),
    [
        ("(11) 98765-4321", "+5511987654321", AGREES),
        ("(11) 98765-4321", "(11) 98765-4321", AGREES),
        ("(11) 98765-4321", "(11) 8765-4321", AGREES),
        ("(11) 8765-4321", "+5511987654321", AGREES),
        ("8765-4321", "+5511987654321", AGREES),
        ("98765-4321", "+551187654321", AGREES),
        ("(11) 98765-4321", "8765-4321", AGREES),
        ("(11) 98765-4321", "(21) 98765-4321", DISAGREES),
        ("(11) 98765-4321", "+1 198 765 4321", DISAGREES),
        ("+1 415 555 2671", "0014155552671", AGREES),
        ("(11) 98765-4321", "(11) *****-4321", AGREES),
        ("(11) 98765-4321", "(11) 9xxxx-4321", AGREES),
        ("(11) 98765-4321", "(21) *****-4321", DISAGREES),
        ("(11) 98765-4321", "(11) ****-4321", AGREES),
        ("(11) 98765-4321", "***4321", AGREES),
        ("(11) 98765-4321", "(11) *****-**21", ABSENT),
        ("(11) 98765-4321", "(11) *****-**22", DISAGREES),
        ("(11) 98765-4321", "***4322", DISAGREES),
        ("(11) 98765-4321", "(**) *****-****", ABSENT),
        ("(11) 98765-4321", "98765****", AGREES),
        ("(11) 98765-4321", "não tem", ABSENT),
        ("(11) 98765-4321", "4321", ABSENT),
    ],
)
def test_phones_agree_with_and_without_ninth_digit_country_and_area_code(
    typed: str, given_value: str, expected: Agreement
) -> None:
    assert agreement({"fone": typed}, somebody(phones=(given_value,))) is expected


# ---------------------------------------------------------------------------------------------- everything else


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("ana@example.com", AGREES),
        ("ANA@EXAMPLE.COM", AGREES),
        ("a**@example.com", ABSENT),
        ("***@example.com", ABSENT),
        ("a**@e******.com", ABSENT),
        ("b**@example.com", DISAGREES),
        ("***@***.***", ABSENT),
        ("bruno@example.com", DISAGREES),
        ("não tem", ABSENT),
    ],
)
def test_emails_agree_without_case_and_by_what_is_visible(given_value: str, expected: Agreement) -> None:
    assert agreement({"email": "ana@example.com"}, somebody(emails=(given_value,))) is expected


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [("ana.***@example.com", ABSENT), ("ana.s****@example.com", AGREES), ("ana.s***@example.org", DISAGREES)],
)
def test_a_masked_email_agrees_by_four_characters_before_the_at(given_value: str, expected: Agreement) -> None:
    assert agreement({"email": "ana.souza@example.com"}, somebody(emails=(given_value,))) is expected


def test_an_email_with_a_domain_in_either_writing_agrees() -> None:
    assert agreement({"email": "ana@müller.example"}, somebody(emails=("ana@xn--mller-kva.example",))) is AGREES


def test_the_written_rule_for_names_holds_for_its_own_examples() -> None:
    assert doctest.testmod(names).attempted >= 10
    assert doctest.testmod(names).failed == 0


@pytest.mark.parametrize(
    ("typed", "given_value", "expected"),
    [
        ("carlos", "Carlos Souza", AGREES),
        ("joao", "JOÃO D'ÁVILA", AGREES),
        ("João Davila", "João D'Ávila", AGREES),
        ("Maria Souza", "Souza, Maria Antônia de", AGREES),
        ("Maria da Silva e Souza", "Maria Silva Souza", AGREES),
        ("Matheus", "Mateus Reis", AGREES),
        ("J. Souza", "João Souza", AGREES),
        ("João Souza", "Pedro Souza", DISAGREES),
        ("João Souza", "João", DISAGREES),
        ("carl", "Carlos", AGREES),
        ("Rui", "Rute", DISAGREES),
        ("João Silva", "João S***", AGREES),
        ("João Silva", "Joã* S••••", AGREES),
        ("João Silva", "J*** S***", ABSENT),
        ("João Silva", "J. S.", ABSENT),
        ("J S", "João Silva", AGREES),
        ("Li Wei", "Wei Li", AGREES),
        ("João Silva", "J*** ****", ABSENT),
        ("João Silva", "João ****", ABSENT),
        ("Fernanda Lima", "Fernando Lima", DISAGREES),
        ("Gabriela Lima", "Gabriel Lima", DISAGREES),
        ("Adriano", "Adriana Lima", DISAGREES),
        ("João Carlos Silva", "J*** ****", DISAGREES),
        ("João Silva", "M*** S***", DISAGREES),
        ("João Silva", "***** *****", ABSENT),
        ("João Silva", "-", ABSENT),
        ("Şükrü Yılmaz", "SUKRU YILMAZ", AGREES),
    ],
)
def test_names_agree_by_the_written_rule(typed: str, given_value: str, expected: Agreement) -> None:
    assert agreement({"nome": typed}, somebody(name=given_value)) is expected


@pytest.mark.parametrize(
    ("typed", "given_value", "expected"),
    [
        ("PED-12", "ped-12 ", AGREES),
        ("00123", "123", AGREES),
        ("123", "000123", AGREES),
        ("0", "000", AGREES),
        ("A123", "A0123", DISAGREES),
        ("123", "124", DISAGREES),
        ("PED-12", "***-12", ABSENT),
        ("PED-12", "P**-12", ABSENT),
        ("PED-12", "PE*-12", AGREES),
        ("PED-12", "***-13", DISAGREES),
    ],
)
def test_codes_agree_without_case_and_leading_zeros(typed: str, given_value: str, expected: Agreement) -> None:
    assert agreement({"pedido": typed}, somebody(attributes={"pedido": given_value})) is expected


@pytest.mark.parametrize(
    ("given_value", "expected"),
    [
        ("telegram:AbC", AGREES),
        ("Telegram:AbC", AGREES),
        ("AbC", AGREES),
        ("telegram:abc", DISAGREES),
        ("whatsapp:AbC", DISAGREES),
        (" ", ABSENT),
    ],
)
def test_a_channels_user_agrees_by_his_id_with_its_case(given_value: str, expected: Agreement) -> None:
    assert agreement({"canal": "telegram:AbC"}, somebody(attributes={"canal": given_value})) is expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("1980-04-12", AGREES),
        ("12/04/1980", AGREES),
        ("12041980", AGREES),
        ("13/04/1980", DISAGREES),
        ("31/02/1980", ABSENT),
        ("in April", ABSENT),
    ],
)
def test_a_birth_date_agrees_however_it_was_typed(typed: str, expected: Agreement) -> None:
    assert agreement({"nascimento": typed}, somebody(birth_date=date(1980, 4, 12))) is expected
    assert agreement({"nascimento": typed}, somebody()) is ABSENT


def test_in_the_united_states_the_month_comes_first() -> None:
    fields = {"born": compared("born", "code", "birth_date")}
    query = normalise(fields, {"born": "04/12/1980"}, "US")
    customer = somebody(birth_date=date(1980, 4, 12))
    assert compile_verification(fields, "US").verify(query, [customer]).kept[0].verified


def test_the_unique_key_is_compared_by_the_fields_kind() -> None:
    assert agreement({"chave": "ANA@example.com"}, somebody(key="ana@example.com")) is AGREES
    assert agreement({"chave": "ana@example.com"}, somebody(key="bruno@example.com")) is DISAGREES


# ---------------------------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    "path", ["name", "emails", "documents", "documents.tr.tckimlik", "attributes.plano", "birth_date"]
)
def test_a_value_of_the_customer_can_be_compared_with(path: str) -> None:
    assert check_matches(path) is None


@pytest.mark.parametrize("path", ["nome", "documents.", "attributes.", "addresses.city", ""])
def test_what_is_no_value_of_the_customer_is_answered_with_those_that_are(path: str) -> None:
    assert check_matches(path) == (
        f"'{path}' is not a value of the customer. Known: name, emails, phones, documents, unique_key, birth_date, "
        "documents.<kind>, attributes.<name>."
    )
    if path:
        with pytest.raises(ValueError, match="is not a value of the customer"):
            compile_verification({"x": compared("x", "code", path)}, "BR")


# ---------------------------------------------------------------------------------------------- properties


def checked_cpf(base: str) -> str:
    return base + stdnum.br.cpf._calc_check_digits(base)


cpfs = st.sampled_from([ANA, BRUNO]) | st.text(string.digits, min_size=9, max_size=9).map(checked_cpf)
valid_cpfs = cpfs.filter(lambda cpf: len(set(cpf)) > 1)
mobiles = st.integers(10**8, 10**9 - 1).map(lambda number: f"+55119{number % 10**8:08}")
emails = st.sampled_from(["ana", "bruno", "carla"]).map("{}@example.com".format)
people = st.sampled_from(["Ana Lima", "Bruno Reis", "Carla Souza"])

customers = st.builds(
    lambda cpf, name, email, phone: somebody(
        *([Document("cpf", cpf)] if cpf else []),
        name=name,
        emails=(email,) if email else (),
        phones=(phone,) if phone else (),
    ),
    st.none() | valid_cpfs,
    st.none() | people,
    st.none() | emails,
    st.none() | mobiles,
)
searches = st.fixed_dictionaries(
    {}, optional={"cpf": valid_cpfs, "nome": people, "email": emails, "fone": mobiles}
).filter(bool)


def values_of(customer: Customer) -> dict[str, str | None]:
    return {
        "cpf": customer.documents[0].value if customer.documents else None,
        "nome": customer.name,
        "email": customer.emails[0] if customer.emails else None,
        "fone": customer.phones[0] if customer.phones else None,
    }


@given(searches, st.lists(customers, max_size=6))
def test_no_customer_is_ever_shown_whose_value_is_another_than_was_asked_for(
    search: dict[str, str], answered: list[Customer]
) -> None:
    verdict = verify(search, *answered)
    for kept in verdict.kept:
        carried = [(values_of(kept.customer)[field], asked) for field, asked in search.items()]
        assert all(value in (None, asked) for value, asked in carried)
        telling = search.keys() - {"nome"} or search
        assert kept.verified == any(values_of(kept.customer)[field] is not None for field in telling)


@given(searches, st.lists(customers, max_size=6))
def test_every_record_is_either_kept_or_dropped_and_counted(search: dict[str, str], answered: list[Customer]) -> None:
    verdict = verify(search, *answered)
    assert len(verdict.kept) + verdict.dropped == len(answered)
    places = [next(i for i, one in enumerate(answered) if one is kept.customer) for kept in verdict.kept]
    assert places == sorted(places)
    assert verdict.mismatch == (bool(answered) and not verdict.kept)
    assert bool(verdict.reasons) == bool(verdict.dropped)


@given(searches, st.lists(customers, max_size=6))
def test_if_any_record_disagrees_only_a_name_that_agrees_is_shown_as_not_verified(
    search: dict[str, str], answered: list[Customer]
) -> None:
    """Where only names disagreed, a record with the name that was asked for stays; beside another field it verifies
    nobody."""
    verdict = verify(search, *answered)
    if verdict.dropped:
        assert all(kept.verified or ("nome" in search and kept.customer.name) for kept in verdict.kept)
    shown = " ".join(verdict.reasons)
    assert not any(text in shown for text in search.values())


@given(st.lists(st.sampled_from("*•0123456789.-xX#() ab@"), max_size=20).map("".join))
def test_whatever_a_source_writes_into_a_value_can_be_held_against_the_question(text: str) -> None:
    customer = somebody(
        Document("cpf", text, masked=True), name=text, emails=(text,), phones=(text,), attributes={"pedido": text}
    )
    for search in ({"cpf": ANA}, {"nome": "Ana"}, {"email": "a@b.co"}, {"fone": "11987654321"}, {"pedido": "7"}):
        assert agreement(search, customer) in Agreement
