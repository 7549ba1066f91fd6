"""From raw record to customer: each target, what is left out with a warning, and what is refused."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.absence import NOTHING, present
from gateway.core.mapping import (
    Mapped,
    Mapping,
    MappingError,
    MappingSpec,
    RecordRefused,
    compile_mapping,
)
from gateway.core.model import Address, Document, Json, RawRecord, UniqueKey
from gateway.core.picks import Pick
from gateway.core.tenant import UniqueKeySpec

EMAIL = UniqueKeySpec("email", "email", "person")
ANA = "ana@example.com"


def pick(*paths: str, **options: object) -> Pick:
    return Pick(paths, **options)  # type: ignore[arg-type]


def mapping(key: UniqueKeySpec = EMAIL, *, display_all: bool = False, **targets: object) -> Mapping:
    spec = MappingSpec(**({"unique_key": pick("email")} | targets))  # type: ignore[arg-type]
    return compile_mapping(spec, unique_key=key, country="BR", display_all=display_all)


def mapped(record: RawRecord, **targets: object) -> Mapped:
    return mapping(**targets).map({"email": ANA, **record}, "crm")  # type: ignore[arg-type]


def test_a_whole_record_becomes_a_customer() -> None:
    record: RawRecord = {
        "email": "Ana@Example.com",
        "nome": " Ana  Souza ",
        "cpf": "123.456.789-09",
        "fone": "(11) 98765-4321",
        "nascimento": "12/04/1980",
        "plano": {"nome": "Ouro"},
        "endereco": {"rua": "Rua das Flores", "cidade": "Curitiba"},
    }
    result = mapping(
        name=pick("nome"),
        documents={"cpf": pick("cpf")},
        emails=pick("email", "email2"),
        phones=pick("fone"),
        birth_date=pick("nascimento", dates=("%d/%m/%Y",)),
        addresses=({"street": pick("endereco.rua"), "city": pick("endereco.cidade")},),
        attributes={"plano": pick("plano.nome"), "pedido": pick("pedido")},
    ).map(record, "crm")
    customer = result.customer

    assert result.warnings == ()
    assert customer.unique_key == UniqueKey("email", "email", ANA)
    assert customer.name == "Ana Souza"
    assert customer.documents == (Document("cpf", "12345678909"),)
    assert customer.emails == (ANA,)
    assert customer.phones == ("+5511987654321",)
    assert customer.birth_date == date(1980, 4, 12)
    assert customer.addresses == (Address(street="Rua das Flores", city="Curitiba"),)
    assert customer.attributes == {"plano": "Ouro"}
    assert customer.display == {}
    assert customer.sources == ("crm",)


@pytest.mark.parametrize("nothing", [None, "", "  ", "None", "NULL", "nil", "N/A", "-", [], {}, [None]])
def test_absent_stays_absent_for_every_target(nothing: Json) -> None:
    result = mapped(
        {"x": nothing},
        name=pick("x"),
        documents={"cpf": pick("x")},
        emails=pick("x"),
        phones=pick("x"),
        birth_date=pick("x"),
        addresses=({"street": pick("x"), "country": pick(default="BR")},),
        attributes={"a": pick("x")},
    )
    customer = result.customer

    assert customer.name is None
    assert customer.birth_date is None
    assert not customer.documents
    assert not customer.emails
    assert not customer.phones
    assert not customer.addresses
    assert customer.attributes == {}


class TestUniqueKey:
    @pytest.mark.parametrize("record", [{}, {"email": None}, {"email": " NULL "}, {"email": []}])
    def test_a_record_without_it_is_refused(self, record: RawRecord) -> None:
        with pytest.raises(RecordRefused, match=r"^The record has no unique key\.$"):
            mapping().map(record, "crm")

    def test_a_record_with_an_invalid_one_is_refused_without_showing_it(self) -> None:
        with pytest.raises(RecordRefused, match=r"^The record's unique key is shown only in part\.$"):
            mapping().map({"email": "a***@example.com"}, "crm")
        with pytest.raises(RecordRefused, match=r"^The record's unique key is not a valid email\.$"):
            mapping().map({"email": "ana at example"}, "crm")

    def test_it_may_be_the_number_of_an_order(self) -> None:
        order = mapping(UniqueKeySpec("pedido", "code", "order"), unique_key=pick("pedido"))

        assert order.map({"pedido": 10182.0}, "erp").customer.unique_key == UniqueKey("pedido", "code", "10182")


class TestDocuments:
    def test_either_of_the_two_becomes_what_it_is(self) -> None:
        documents = mapped({"doc": ["123.456.789-09", "12.ABC.345/01DE-35"]}, documents={"cpf_cnpj": pick("doc")})

        assert documents.customer.documents == (Document("cpf", "12345678909"), Document("cnpj", "12ABC34501DE35"))

    @pytest.mark.parametrize("text", ["***.456.789-**", "xxx.456.789-xx", "***456789**", "•••.456.789-••"])
    @pytest.mark.parametrize("kind", ["cpf", "cpf_cnpj"])
    def test_one_that_the_source_masks_stays_as_written(self, kind: str, text: str) -> None:
        result = mapped({"doc": text}, documents={kind: pick("doc")})

        assert result.customer.documents == (Document("cpf", text, masked=True),)
        assert result.warnings == ()

    @pytest.mark.parametrize("text", ["123.456.789-00", "000.000.000-00", "***", "xxx", "isento", "12*"])
    def test_an_invalid_one_is_left_out_with_a_warning_that_does_not_show_it(self, text: str) -> None:
        result = mapped({"doc": text}, documents={"cpf_cnpj": pick("doc")})

        assert result.customer.documents == ()
        assert result.warnings == ("documents.cpf_cnpj: a value is not a valid cpf_cnpj and was left out",)

    @pytest.mark.parametrize(("kind", "number"), [("cpf", 1234567890), ("cpf_cnpj", 1234567890), ("cpf", 123456797.0)])
    def test_a_number_gets_its_leading_zeros_back(self, kind: str, number: Json) -> None:
        (document,) = mapped({"doc": number}, documents={kind: pick("doc")}).customer.documents

        assert document.kind == "cpf"
        assert document.value.startswith("0")
        assert len(document.value) == 11

    def test_the_same_one_under_two_names_is_one(self) -> None:
        result = mapped(
            {"cpf": "12345678909", "doc": "123.456.789-09"},
            documents={"cpf": pick("cpf"), "cpf_cnpj": pick("doc")},
        )

        assert result.customer.documents == (Document("cpf", "12345678909"),)


class TestContacts:
    def test_all_paths_count_and_the_same_value_counts_once(self) -> None:
        result = mapped({"outros": ["ANA@example.com", "b@example.com"]}, emails=pick("email", "outros"))

        assert result.customer.emails == (ANA, "b@example.com")

    def test_several_in_one_field_are_told_apart(self) -> None:
        result = mapped(
            {"m": "ana@example.com; b@example.com,c@example.com", "f": "(11) 3333-4444 / (11) 98765-4321"},
            emails=pick("m"),
            phones=pick("f"),
        )

        assert result.customer.emails == (ANA, "b@example.com", "c@example.com")
        assert result.customer.phones == ("+551133334444", "+5511987654321")

    def test_an_invalid_one_is_left_out_with_one_warning(self) -> None:
        result = mapped({"m": ["nenhum", "x@", ANA], "f": "ramal"}, emails=pick("m"), phones=pick("f"))

        assert result.customer.emails == (ANA,)
        assert result.warnings == (
            "emails: a value is not a valid email and was left out",
            "phones: a value is not a valid phone and was left out",
        )

    def test_area_code_and_number_in_two_columns_are_one_phone(self) -> None:
        record: RawRecord = {"fones": [{"ddd": "11", "n": "98765-4321"}, {"ddd": "21", "n": "3333-4444"}]}
        result = mapped(record, phones=pick("fones.ddd", "fones.n", format="{}{}"))

        assert result.customer.phones == ("+5511987654321", "+552133334444")


class TestBirthDate:
    @pytest.mark.parametrize("text", ["0000-00-00", "31/02/1980", "12 de abril", "00/00/0000"])
    def test_what_is_no_date_is_absent_with_a_warning_that_does_not_show_it(self, text: str) -> None:
        result = mapped({"n": text}, birth_date=pick("n", dates=("%d/%m/%Y",)))

        assert result.customer.birth_date is None
        assert result.warnings == ("birth_date: a value is not a date in the format of the mapping and was left out",)

    def test_its_parts_may_stand_in_three_columns(self) -> None:
        result = mapped(
            {"d": 12, "m": 4, "a": 1980}, birth_date=pick("d", "m", "a", format="{}/{}/{}", dates=("%d/%m/%Y",))
        )

        assert result.customer.birth_date == date(1980, 4, 12)


class TestAddresses:
    def test_a_free_text_goes_under_street(self) -> None:
        result = mapped({"e": "Rua A, 1 - Centro"}, addresses=({"street": pick("e")},))

        assert result.customer.addresses == (Address(street="Rua A, 1 - Centro"),)

    def test_a_default_completes_an_address_but_makes_none(self) -> None:
        parts = {"street": pick("rua"), "country": pick("pais", default="BR")}

        assert mapped({"rua": "Rua A"}, addresses=(parts,)).customer.addresses == (Address("Rua A", country="BR"),)
        assert mapped({"rua": ""}, addresses=(parts,)).customer.addresses == ()

    def test_a_list_of_addresses_is_read_side_by_side(self) -> None:
        record: RawRecord = {"ends": [{"rua": "A"}, {"rua": "B", "cidade": "Belém"}, {"rua": None}], "uf": "PA"}
        parts = {"street": pick("ends.rua"), "city": pick("ends.cidade"), "state": pick("uf")}

        assert mapped(record, addresses=(parts,)).customer.addresses == (
            Address("A", state="PA"),
            Address("B", city="Belém", state="PA"),
            Address(state="PA"),
        )

    def test_the_parts_of_two_addresses_are_never_mixed(self) -> None:
        record: RawRecord = {"ruas": ["A", "B"], "cidades": ["Belém"]}
        result = mapped(record, addresses=({"street": pick("ruas"), "city": pick("cidades")},))

        assert result.customer.addresses == ()
        assert result.warnings == ("addresses[0]: the lists of its parts do not fit side by side; they are left out",)

    def test_the_joined_streets_of_two_addresses_are_nobodys_street(self) -> None:
        record: RawRecord = {"ends": [{"tipo": "Rua", "rua": "A", "uf": "PA"}, {"tipo": "Av.", "rua": "B", "uf": "SP"}]}
        street = {
            "join": pick("ends.tipo", "ends.rua", join=" "),
            "format": pick("ends.tipo", "ends.rua", format="{} {}"),
        }

        joined = mapped(record, addresses=({"street": street["join"], "state": pick("ends.uf")},))
        formatted = mapped(record, addresses=({"street": street["format"], "state": pick("ends.uf")},))

        assert joined.customer.addresses == ()
        assert formatted.customer.addresses == (Address("Rua A", state="PA"), Address("Av. B", state="SP"))

    def test_the_lines_of_one_address_are_joined(self) -> None:
        parts = {"street": pick("linhas", join=", "), "city": pick("cidade")}
        result = mapped({"linhas": ["Rua A", "Casa 2"], "cidade": "Belém"}, addresses=(parts,))

        assert result.customer.addresses == (Address("Rua A, Casa 2", city="Belém"),)

    def test_several_addresses_of_a_record_are_mapped_each(self) -> None:
        parts = tuple({"street": pick(name)} for name in ("casa", "trabalho", "outra"))

        assert mapped({"casa": "A", "trabalho": "B"}, addresses=parts).customer.addresses == (
            Address("A"),
            Address("B"),
        )


class TestAttributes:
    def test_numbers_and_dates_become_text(self) -> None:
        result = mapped(
            {"n": 7.0, "v": "31/12/2026", "w": "?"},
            attributes={
                "n": pick("n"),
                "v": pick("v", dates=("%d/%m/%Y",)),
                "w": pick("w", dates=("%d/%m/%Y",), default="x"),
            },
        )

        assert result.customer.attributes == {"n": "7", "v": "2026-12-31", "w": "x"}
        assert result.warnings == ("attributes.w: a value is not a date in the format of the mapping and was left out",)


UNMAPPED: RawRecord = {
    "email": ANA,
    "plano": {"nome": "Ouro"},
    "obs": ["NULL", "vip"],
    "vazio": {"a": ""},
    "nome": "A",
}


class TestDisplay:
    def test_nothing_unmapped_is_passed_on_unless_asked_for(self) -> None:
        assert mapping().map(UNMAPPED, "crm").customer.display == {}

    def test_what_no_path_mentions_at_the_top_is_passed_on_as_it_came(self) -> None:
        everything = mapping(display_all=True, attributes={"p": pick("plano.nome")})

        assert everything.map(UNMAPPED, "crm").customer.display == {"obs": ["vip"], "nome": "A"}


class TestCompiling:
    def test_a_mapping_knows_what_it_reads_and_what_it_gives(self) -> None:
        compiled = mapping(
            name=pick("dados.nome || apelido"),
            documents={"cpf_cnpj": pick("doc")},
            addresses=({"street": pick("rua")},),
            attributes={"plano": pick("plano.nome")},
        )

        assert compiled.reads == {"email", "dados", "nome", "apelido", "doc", "rua", "plano"}
        assert compiled.gives == {
            "unique_key", "name", "addresses", "attributes.plano",
            "documents", "documents.cpf_cnpj", "documents.cpf", "documents.cnpj",
        }  # fmt: skip

    def test_with_everything_displayed_everything_is_read(self) -> None:
        assert mapping(display_all=True).reads == {"email", "*"}

    def test_every_problem_is_told_at_once_with_its_place(self) -> None:
        with pytest.raises(MappingError) as caught:
            mapping(
                unique_key=pick("email", default="x@example.com"),
                name=pick("nome["),
                documents={"cfp": pick("cpf"), "email": pick("email")},
                emails=pick(),
                birth_date=pick("n", dates=("dd/mm",)),
                addresses=({"stret": pick("rua")},),
                attributes={"v": pick("v", dates=("%d/%m/%y",))},
            )

        problems = dict(caught.value.problems)
        assert list(problems) == [
            ("unique_key", "default"),
            ("name", "path", 0),
            ("documents", "cfp"),
            ("documents", "email"),
            ("emails", "path"),
            ("birth_date", "date", 0),
            ("addresses", 0, "stret"),
            ("attributes", "v", "date", 0),
        ]
        assert "Did you mean 'cpf'?" in problems["documents", "cfp"]
        assert "'email' is no document" in problems["documents", "email"]
        assert "Did you mean 'street'?" in problems["addresses", 0, "stret"]
        assert "name.path.0: The path 'nome[' ends too early" in str(caught.value)


def test_nothing_of_a_record_shows_in_a_repr() -> None:
    result = mapped({"nome": "Ana Souza", "m": "nenhum"}, name=pick("nome"), emails=pick("m"))

    assert "Ana" not in repr(result)
    assert "nenhum" not in repr(result)


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(sorted(NOTHING))
)
NAMES = st.sampled_from(["email", "nome", "doc", "fone", "nascimento", "rua", "cidade", "a", "b"])
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3), max_leaves=6
)
ANYTHING = mapping(
    name=pick("nome", "a.b"),
    documents={"cpf_cnpj": pick("doc")},
    emails=pick("email", "a.email"),
    phones=pick("a", "fone", format="{}{}"),
    birth_date=pick("nascimento", dates=("%d/%m/%Y",)),
    addresses=({"street": pick("rua", "a.rua"), "city": pick("cidade[]"), "country": pick(default="BR")},),
    attributes={"x": pick("a", map={"a": "b"}), "y": pick("b", "a", join=" ")},
    display_all=True,
)


@given(st.dictionaries(NAMES, VALUES, max_size=6))
def test_whatever_a_source_sends_nothing_absent_ever_shows(record: RawRecord) -> None:
    customer = ANYTHING.map({**record, "email": ANA}, "crm").customer
    texts = [
        customer.name,
        *(document.value for document in customer.documents),
        *customer.emails,
        *customer.phones,
        *(part for address in customer.addresses for part in (address.street, address.city)),
        *customer.attributes.values(),
    ]

    assert all(text is None or present(text) == text for text in texts)
    assert all(address.street or address.city for address in customer.addresses)
    assert None not in customer.display.values()
