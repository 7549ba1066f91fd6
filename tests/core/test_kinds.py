"""The kinds: what they accept, what they refuse and with which words, and how they write a value."""

import string
import subprocess
import sys

import phonenumbers
import pytest
import stdnum.br.cnpj
import stdnum.br.cpf
from email_validator import validate_email
from hypothesis import assume, given
from hypothesis import strategies as st

from gateway.core.kinds import (
    KIND_NAMES,
    InvalidValue,
    Recognition,
    Strength,
    UnknownKind,
    brazil_phone,
    kind_named,
)
from gateway.core.kinds.email_address import _PLAIN, _SHORT

CPF, CNPJ, CPF_CNPJ = kind_named("cpf"), kind_named("cnpj"), kind_named("cpf_cnpj")
EMAIL, PHONE, NAME = kind_named("email"), kind_named("phone"), kind_named("name")
CODE, CHANNEL_USER = kind_named("code"), kind_named("channel_user")

ALPHANUMERIC = string.digits + string.ascii_uppercase


def checked_cpf(base: str) -> str:
    """The oracle for check digits is python-stdnum; the gateway's own arithmetic is held against it."""
    return base + stdnum.br.cpf._calc_check_digits(base)


def checked_cnpj(base: str) -> str:
    return base + stdnum.br.cnpj.calc_check_digits(base)


def is_varied(number: str) -> bool:
    return len(set(number)) > 1


cpfs = st.text(string.digits, min_size=9, max_size=9).map(checked_cpf).filter(is_varied)
numeric_cnpjs = st.text(string.digits, min_size=12, max_size=12).map(checked_cnpj).filter(is_varied)
alphanumeric_cnpjs = st.text(ALPHANUMERIC, min_size=12, max_size=12).map(checked_cnpj).filter(is_varied)
cnpjs = numeric_cnpjs | alphanumeric_cnpjs

FULLWIDTH = {ord(digit): ord(digit) + 0xFEE0 for digit in string.digits}


@st.composite
def as_typed(draw: st.DrawFn, values: st.SearchStrategy[str]) -> tuple[str, str]:
    """(value, a way in which somebody writes or pastes it)."""
    value = draw(values)
    separators = st.sampled_from(["", ".", "-", "/", " ", "\u00a0", "\u2013", "\u2011", "\u200b", "\u202a", "\t"])
    text = "".join(character + draw(separators) for character in value)
    if draw(st.booleans()):
        text = text.translate(FULLWIDTH)
    if draw(st.booleans()):
        text = text.lower()
    return value, draw(separators) + text


def refusal(kind_name: str, text: str) -> InvalidValue:
    with pytest.raises(InvalidValue) as caught:
        kind_named(kind_name).normalise(text, "BR")
    return caught.value


# ---------------------------------------------------------------------------------------------- CPF and CNPJ


@given(as_typed(cpfs))
def test_a_cpf_is_the_same_however_it_is_written(typed: tuple[str, str]) -> None:
    value, text = typed
    assert CPF.normalise(text, "BR").value == value
    assert CPF.canonical(text, "BR") == value
    assert CPF_CNPJ.normalise(text, "BR").value == value


@given(as_typed(cnpjs))
def test_a_cnpj_with_letters_or_without_is_the_same_however_it_is_written(typed: tuple[str, str]) -> None:
    value, text = typed
    assert CNPJ.normalise(text, "BR").value == value
    assert CNPJ.canonical(text, "BR") == value
    assert CPF_CNPJ.normalise(text, "BR").value == value


# Module 11 writes the rests 0 and 1 both as 0: where a check digit is 0, a few changed digits cannot be told from the
# right ones by anybody (065.949.809-04 and 165.949.809-04 are both valid).


@given(cpfs, st.integers(0, 10), st.integers(1, 9))
def test_a_cpf_with_one_digit_changed_is_refused(value: str, place: int, step: int) -> None:
    assume("0" not in value[9:])
    changed = value[:place] + str((int(value[place]) + step) % 10) + value[place + 1 :]
    assert refusal("cpf", changed).check in ("check_digits", "repeated_digits")


@given(numeric_cnpjs, st.integers(0, 13), st.integers(1, 9))
def test_a_cnpj_with_one_digit_changed_is_refused(value: str, place: int, step: int) -> None:
    assume("0" not in value[12:])
    changed = value[:place] + str((int(value[place]) + step) % 10) + value[place + 1 :]
    assert refusal("cnpj", changed).check in ("check_digits", "repeated_digits")


@given(st.text(string.digits, min_size=9, max_size=9), st.integers(0, 99).map("{:02}".format))
def test_a_cpf_is_valid_when_python_stdnum_says_so(base: str, ending: str) -> None:
    for text in (base + ending, checked_cpf(base)):
        theirs = stdnum.br.cpf.is_valid(text) and is_varied(text)
        assert (CPF.canonical(text, "BR") == text) == theirs


@given(st.text(ALPHANUMERIC, min_size=12, max_size=12), st.integers(0, 99).map("{:02}".format))
def test_a_cnpj_is_valid_when_python_stdnum_says_so(base: str, ending: str) -> None:
    assume(base != "0" * 12)
    for text in (base + ending, checked_cnpj(base)):
        theirs = stdnum.br.cnpj.is_valid(text) and is_varied(text)
        assert (CNPJ.canonical(text, "BR") == text) == theirs


def test_the_published_example_of_an_alphanumeric_cnpj_is_valid() -> None:
    assert CNPJ.normalise("12.abc.345/01de-35", "BR").value == "12ABC34501DE35"


@pytest.mark.parametrize(
    ("kind", "text", "check", "words"),
    [
        ("cpf", "123.456.789-00", "check_digits", "check digits do not fit"),
        ("cpf", "1234567890", "length", "it has 10 digits and a CPF has 11, leading zeros included"),
        ("cpf", "123.456.789-0x", "characters", "digits, dots and a hyphen only"),
        ("cpf", "111.111.111-11", "repeated_digits", "all its digits are the same"),
        ("cpf", "000.000.000-00", "repeated_digits", "all its digits are the same"),
        ("cnpj", "11.222.333/0001-82", "check_digits", "look for a mistyped or swapped digit"),
        ("cnpj", "11.222.333/0001", "length", "it has 12 characters and a CNPJ has 14"),
        ("cnpj", "12ABC34501DEAB", "shape", "the last two characters of a CNPJ are digits"),
        ("cnpj", "12ÁBC34501DE35", "characters", "letters without accents"),
        ("cnpj", "00.000.000/0000-00", "repeated_digits", "no such number is ever issued"),
        ("cpf_cnpj", "123456789012", "length", "a CPF has 11 and a CNPJ 14"),
        ("cpf_cnpj", "123.456.789-00", "check_digits", "check digits"),
        ("tr.tckimlik", "17291716050", "check_digits", "check digits do not fit"),
        ("tr.tckimlik", "1729171606", "length", "too few or too many digits"),
        ("tr.tckimlik", "1729171606x", "shape", "look for wrong characters"),
        ("tr.tckimlik", "---", "characters", "neither digits nor letters"),
        ("tr.tckimlik", "1" * 100, "length", "too few or too many"),
        ("phone", "98765", "length", "it has 5 digits, and 8 to 15 are expected"),
        ("phone", "+55 11 98765-4321 98765", "length", "it has 18 digits"),
        ("phone", "(11) CASA-NOVA", "characters", "digits, blanks, +"),
        ("phone", "1" * 1000, "length", "longer than a phone number"),
        ("email", "ana", "shape", "exactly one @"),
        ("email", "ana@lima@example.com", "shape", "exactly one @"),
        ("email", "ana@example", "shape", "a domain with a dot"),
        ("email", "ana@192.168.0.1", "shape", "a domain with a dot"),
        ("email", "ana lima@example.com", "shape", "look for blanks, commas and doubled dots"),
        ("email", "ana\x00@example.com", "characters", "no control characters"),
        ("email", "a" * 300 + "@example.com", "length", "at most 254"),
        ("name", "J", "length", "at least two letters"),
        ("name", "12345", "length", "at least two letters"),
        ("name", "Ana\x00 Lima", "characters", "no control characters"),
        ("name", "Ana " * 60, "length", "at most 200"),
        ("code", "A" * 65, "length", "it has 65 characters, and a code has 1 to 64"),
        ("code", "A\x07B", "characters", "no control characters"),
        ("channel_user", "whatsapp:", "shape", "the user's id is missing"),
    ],
)
def test_a_refusal_names_the_check_and_never_the_value(kind: str, text: str, check: str, words: str) -> None:
    error = refusal(kind, text)
    assert error.check == check
    assert words in error.reason
    assert text not in error.reason
    assert kind_named(kind).canonical(text, "BR") is None


def test_leading_zeros_live_and_a_source_that_declares_a_number_gets_none() -> None:
    value = CPF.normalise("012.345.678-90", "BR").value
    assert value == "01234567890"
    assert CPF.forms["number"](value, "BR") == "1234567890"
    assert CNPJ.forms["number"]("12ABC34501DE35", "BR") is None


@pytest.mark.parametrize(
    ("kind", "form", "value", "written"),
    [
        ("cpf", "masked", "12345678909", "123.456.789-09"),
        ("cpf", "digits", "12345678909", "12345678909"),
        ("cnpj", "masked", "12ABC34501DE35", "12.ABC.345/01DE-35"),
        ("cnpj", "lower", "12ABC34501DE35", "12abc34501de35"),
        ("cpf_cnpj", "masked", "12345678909", "123.456.789-09"),
        ("cpf_cnpj", "masked", "11222333000181", "11.222.333/0001-81"),
        ("us.ssn", "masked", "536904399", "536-90-4399"),
        ("phone", "e164", "+5511987654321", "+5511987654321"),
        ("phone", "digits", "+5511987654321", "5511987654321"),
        ("phone", "number", "+5511987654321", "5511987654321"),
        ("phone", "national", "+5511987654321", "(11) 98765-4321"),
        ("phone", "national", "+551187654321", "(11) 8765-4321"),
        ("phone", "national", "87654321", "8765-4321"),
        ("phone", "national", "+558007771234", "0800 777 1234"),
        ("phone", "national", "+14155552671", "+1 415-555-2671"),
        ("phone", "national_digits", "+5511987654321", "11987654321"),
        ("phone", "national_digits", "+14155552671", "14155552671"),
        ("phone", "international", "+5511987654321", "+55 11 98765-4321"),
        ("phone", "last8", "+5511987654321", "87654321"),
        ("phone", "last9", "+5511987654321", "987654321"),
        ("phone", "last9", "87654321", None),
        ("phone", "e164", "87654321", None),
        ("phone", "international", "87654321", None),
        ("email", "upper", "ana@example.com", "ANA@EXAMPLE.COM"),
        ("name", "plain", "João D'Ávila", "João D'Ávila"),
        ("name", "upper", "João D'Ávila", "JOÃO D'ÁVILA"),
        ("name", "ascii", "João D'Ávila", "Joao D'Avila"),
        ("name", "ascii_upper", "João D'Ávila", "JOAO D'AVILA"),
        ("code", "number", "000123", "123"),
        ("code", "number", "000", "0"),
        ("code", "number", "PED-1", None),
        ("channel_user", "id", "telegram:12345", "12345"),
        ("channel_user", "id", "12345", "12345"),
    ],
)
def test_each_kind_writes_a_value_in_the_forms_that_sources_want(
    kind: str, form: str, value: str, written: str | None
) -> None:
    assert kind_named(kind).forms[form](value, "BR") == written


# ---------------------------------------------------------------------------------------------- phones


@pytest.mark.parametrize(
    "text",
    [
        "(11) 98765-4321",
        "11 98765 4321",
        "11987654321",
        "+55 11 98765-4321",
        "+55 (0)11 98765-4321",
        "(+55) 11 98765.4321",
        "5511987654321",
        "0055 11 98765-4321",
        "011 98765-4321",
        "021 11 98765-4321",
        "(0xx11) 98765-4321",
        "tel:+55-11-98765-4321",
        "+55 11 98765-4321 ramal 12",
        "(11) 98765-4321 r. 12",
        "(11) 98765-4321;ext=12",
        "\u202a+55\u00a011\u00a098765\u20114321\u202c",
        "（１１）９８７６５－４３２１",
    ],
)
def test_a_brazilian_mobile_is_the_same_however_it_is_written(text: str) -> None:
    found = PHONE.normalise(text, "BR")
    assert found.value == "+5511987654321"
    assert found.candidates == ("+551187654321",)
    assert PHONE.canonical(text, "BR") == "+5511987654321"


@pytest.mark.parametrize(
    ("text", "value", "candidates"),
    [
        ("(11) 8765-4321", "+551187654321", ("+5511987654321",)),
        ("(11) 98765-4321", "+5511987654321", ("+551187654321",)),
        ("8765-4321", "87654321", ("987654321",)),
        ("98765-4321", "987654321", ("87654321",)),
        ("(11) 3456-7890", "+551134567890", ()),
        ("3456-7890", "34567890", ()),
    ],
)
def test_brazils_ninth_digit_goes_both_ways_for_mobiles_only(
    text: str, value: str, candidates: tuple[str, ...]
) -> None:
    found = PHONE.normalise(text, "BR")
    assert (found.value, found.candidates) == (value, candidates)


@given(st.text(string.digits, min_size=8, max_size=15), st.sampled_from(["BR", "TR", "DE", "US", "BO", "ZZ"]))
def test_between_8_and_15_digits_no_phone_is_refused_and_normalising_twice_changes_nothing(
    digits: str, country: str
) -> None:
    for text in (digits, f"+{digits}"):
        found = PHONE.normalise(text, country)
        assert PHONE.normalise(found.value, country).value == found.value
        assert PHONE.canonical(text, country) == found.value
        assert found.value not in found.candidates


AREA_CODES = (11, 19, 21, 27, 31, 38, 44, 51, 55, 61, 68, 71, 79, 85, 99)


@given(
    st.tuples(
        st.sampled_from(["", "+55", "55", "+55 "]),
        st.sampled_from(["", "(", " ("]),
        st.sampled_from(["", "0"]),
        st.sampled_from(AREA_CODES).map(str) | st.integers(10, 99).map(str),
        st.sampled_from(["", " ", ") ", "-"]),
        st.sampled_from(["9", ""]),
        st.integers(2000, 9999).map(str),
        st.sampled_from(["", "-", ".", " "]),
        st.integers(0, 9999).map("{:04}".format),
    ).map("".join)
)
def test_the_short_way_of_reading_a_phone_says_what_the_whole_one_says(text: str) -> None:
    short = brazil_phone.usual(text)
    if short is not None:
        whole = phonenumbers.parse(text, "BR")
        assert short == phonenumbers.format_number(whole, phonenumbers.PhoneNumberFormat.E164)
        assert phonenumbers.is_valid_number(whole)


def test_a_doubtful_phone_is_a_warning_and_says_why() -> None:
    assert PHONE.normalise("8765-4321", "BR").warnings == ("the number has no area code; it is asked as it stands",)
    assert "not in the numbering plan" in PHONE.normalise("+55 00 12345678", "BR").warnings[0]
    assert PHONE.normalise("(11) 98765-4321 x3", "BR").warnings == ("the extension is left out",)
    assert PHONE.normalise("(11) 8765-4321", "BR").warnings == ()


def test_the_country_of_the_tenant_is_the_default_region() -> None:
    assert PHONE.normalise("0532 123 45 67", "TR").value == "+905321234567"
    assert PHONE.normalise("+90 532 123 45 67", "BR").value == "+905321234567"


@pytest.mark.parametrize("text", ["905321234567", "14155552671"])
def test_a_foreign_number_whose_plus_was_left_out_keeps_its_country(text: str) -> None:
    found = PHONE.normalise(text, "BR")
    assert found.value == f"+{text}"
    assert "read as a foreign one whose + was left out" in found.warnings[0]
    assert PHONE.normalise(f"00{text}", "BR").warnings == ()


# ---------------------------------------------------------------------------------------------- e-mails and names


def test_an_email_is_lower_cased_and_its_domain_is_known_in_both_writings() -> None:
    assert EMAIL.normalise("  Ana.Souza@Example.COM ", "BR").value == "ana.souza@example.com"
    for text in ("ana@MÜLLER.example", "ana@xn--mller-kva.example"):
        found = EMAIL.normalise(text, "BR")
        assert (found.value, found.candidates) == ("ana@müller.example", ("ana@xn--mller-kva.example",))


@pytest.mark.parametrize(
    "text", ["Ana Souza <ana@example.com>", "<ana@example.com>", "mailto:ana@example.com", "ana\u200b@example.com"]
)
def test_an_email_pasted_from_a_mail_program_is_understood(text: str) -> None:
    assert EMAIL.normalise(text, "BR").value == "ana@example.com"


def test_an_email_of_a_companys_own_network_passes() -> None:
    assert EMAIL.canonical("ana@filial.local", "BR") == "ana@filial.local"


words = st.text(string.ascii_lowercase + string.digits + "_-", min_size=1, max_size=8)


@given(st.lists(words, min_size=1, max_size=4), st.lists(words, min_size=1, max_size=4), st.sampled_from(".+"))
def test_the_short_way_of_reading_an_email_says_what_email_validator_says(
    local: list[str], domain: list[str], joined: str
) -> None:
    text = f"{joined.join(local)}@{'.'.join(domain)}.br"
    assume(len(text) <= _SHORT and _PLAIN.fullmatch(text))
    valid = validate_email(text, check_deliverability=False, globally_deliverable=False)
    assert valid.normalized.lower() == text


def test_a_name_keeps_the_spelling_of_its_owner() -> None:
    assert NAME.normalise("  João \u00a0 D'Ávila\n", "BR").value == "João D'Ávila"
    decomposed = "Joa\u0303o"
    assert NAME.normalise(decomposed, "BR").value.encode("iso-8859-1") == b"Jo\xe3o"


def test_a_channel_user_keeps_its_case_and_a_code_is_trimmed() -> None:
    assert CHANNEL_USER.normalise(" telegram:AbC ", "BR").value == "telegram:AbC"
    assert CODE.normalise(" PED-１２ ", "BR").value == "PED-12"


# ---------------------------------------------------------------------------------------------- all kinds


@given(
    st.text(max_size=40)
    | st.emails()
    | st.text("0123456789 +()-.x", max_size=20)
    | cpfs
    | cnpjs
    | st.sampled_from(["17291716060", "54362315K", "x-5253868-r"])
)
def test_normalising_a_normalised_value_changes_nothing(text: str) -> None:
    for name in (*KIND_NAMES, "tr.tckimlik", "es.nif"):
        kind = kind_named(name)
        value = kind.canonical(text, "BR")
        if value is not None:
            assert kind.normalise(value, "BR").value == value, name


@pytest.mark.parametrize("name", [*KIND_NAMES, "tr.tckimlik", "es.nif"])
def test_every_kind_can_be_written_as_it_is(name: str) -> None:
    kind = kind_named(name)
    assert kind.name == name
    assert kind.forms["plain"]("value", "BR") == "value"
    assert kind.canonical("\ud800", "BR") is None


def test_stronger_kinds_tell_people_apart_better() -> None:
    order = ["code", "cpf", "channel_user", "email", "phone", "name"]
    strengths = [kind_named(name).strength for name in order]
    assert strengths == sorted(strengths, reverse=True)
    assert kind_named("tr.tckimlik").strength is Strength.DOCUMENT


def test_documents_are_compared_with_documents_of_their_kind_by_default() -> None:
    assert [kind_named(name).matches for name in ("cpf", "cnpj", "cpf_cnpj", "tr.tckimlik")] == [
        "documents.cpf",
        "documents.cnpj",
        "documents",
        "documents.tr.tckimlik",
    ]
    assert [kind_named(name).matches for name in ("email", "phone", "name", "code", "channel_user")] == [
        "emails",
        "phones",
        "name",
        "",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "kind", "recognition"),
    [
        ("123.456.789-09", "cpf", Recognition.SURE),
        ("12345678909", "cpf", Recognition.MAYBE),
        ("11 98765-4321", "cpf", Recognition.NO),
        ("+5511987654321", "cpf", Recognition.NO),
        ("12.ABC.345/01DE-35", "cnpj", Recognition.SURE),
        ("12ABC34501DE35", "cnpj", Recognition.MAYBE),
        ("123.456.789-09", "phone", Recognition.NO),
        ("(11) 98765-4321", "phone", Recognition.SURE),
        ("11987654321", "phone", Recognition.MAYBE),
        ("Carlos", "phone", Recognition.NO),
        ("ana@example.com", "email", Recognition.SURE),
        ("ana", "email", Recognition.NO),
        ("Carlos Souza", "code", Recognition.NO),
        ("PED 12", "code", Recognition.MAYBE),
        ("123", "name", Recognition.NO),
        ("17291716060", "tr.tckimlik", Recognition.MAYBE),
        ("Carlos", "tr.tckimlik", Recognition.NO),
    ],
)
def test_a_text_is_recognised_by_its_shape(text: str, kind: str, recognition: Recognition) -> None:
    assert kind_named(kind).recognises(text) is recognition


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("cfp", "cpf"),
        ("telefone", None),
        ("br.cpf", "cpf"),
        ("es.nff", "es.nif"),
        ("es.vat", "es.nif"),
        ("tr.tckimlk", "tr.tckimlik"),
        ("xx.nif", None),
        ("os.path", None),
        ("../x.y", None),
    ],
)
def test_an_unknown_kind_names_the_nearest_and_all_there_are(name: str, nearest: str | None) -> None:
    with pytest.raises(UnknownKind) as caught:
        kind_named(name)
    assert caught.value.nearest == nearest
    assert "Known: cpf, cnpj, cpf_cnpj" in str(caught.value)
    assert "such as tr.tckimlik" in str(caught.value)
    if nearest:
        assert f"Did you mean '{nearest}'?" in str(caught.value)


def test_what_only_some_tenants_use_is_imported_when_they_name_it() -> None:
    script = (
        "import sys; import gateway.core.keys, gateway.core.verification, gateway.core.formats\n"
        "from gateway.core.kinds import kind_named; kind_named('cpf')\n"
        "print([n for n in ('stdnum', 'email_validator', 'phonenumbers', 'rapidfuzz') if n in sys.modules])"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
