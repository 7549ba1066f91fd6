"""Which records are one customer, what he is made of then, and who disagrees."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.merge import merge
from gateway.core.model import (
    Address,
    Conflict,
    Customer,
    Document,
    Match,
    SourceAnswer,
    SourceOutcome,
    UniqueKey,
    Verified,
)
from gateway.core.tenant import UniqueKeySpec

BY_EMAIL = UniqueKeySpec("email", "email", "person")
BY_ORDER = UniqueKeySpec("pedido", "code", "order")
CPF, OTHER_CPF, CNPJ = (
    Document("cpf", "12345678909"),
    Document("cpf", "98765432100"),
    Document("cnpj", "12ABC34501DE35"),
)
ANA, BIA, JUNK = "ana@example.com", "bia@example.com", "nao@tem.com"


def customer(key: str = ANA, **values: object) -> Customer:
    return Customer(UniqueKey("email", "email", key), **values)  # type: ignore[arg-type]


def answer(source: str, *customers: Customer, verified: bool = True) -> SourceAnswer:
    given_by = tuple(Verified(one, verified) for one in customers)
    return SourceAnswer(source, SourceOutcome.FOUND, customers=given_by)


def merged(*answers: SourceAnswer, key: UniqueKeySpec = BY_EMAIL) -> list[Customer]:
    return [match.customer for match in merge(answers, key) if match.customer is not None]


class TestWhoIsOneCustomer:
    def test_the_same_unique_key_is_one_customer(self) -> None:
        (one,) = merged(answer("crm", customer()), answer("erp", customer()))

        assert one.sources == ("crm", "erp")

    def test_two_keys_stay_two_customers_marked_when_they_have_one_document(self) -> None:
        ana, bia, cai = merge(
            [
                answer("crm", customer(ANA, documents=(CPF,))),
                answer("erp", customer(BIA, documents=(CPF,)), customer("cai@example.com", documents=(OTHER_CPF,))),
            ],
            BY_EMAIL,
        )

        assert (ana.same_document, bia.same_document, cai.same_document) == (True, True, False)

    def test_a_junk_key_merges_nobody(self) -> None:
        assert len(merged(answer("crm", customer(JUNK)), answer("erp", customer(JUNK)))) == 2

    @pytest.mark.parametrize("second", [JUNK, ANA])
    def test_behind_a_junk_key_the_same_document_is_one_customer(self, second: str) -> None:
        (one,) = merged(
            answer("crm", customer(JUNK, documents=(CPF,))),
            answer("erp", customer(second, documents=(CPF,))),
        )

        assert one.unique_key.value == second
        assert one.provenance["unique_key"] == (("crm", "erp") if second == JUNK else ("erp",))

    def test_a_document_merges_nobody_where_the_key_is_not_of_a_person(self) -> None:
        matches = merge(
            [answer("crm", customer("0", documents=(CPF,))), answer("erp", customer("A-1", documents=(CPF,)))], BY_ORDER
        )

        assert len(matches) == 2
        assert not any(match.same_document for match in matches)

    @pytest.mark.parametrize(
        "document",
        [Document("cpf", "00000000000"), Document("cpf", "***.456.789-**", masked=True)],
    )
    def test_neither_a_junk_nor_a_masked_document_merges_anybody(self, document: Document) -> None:
        same = answer("crm", customer(JUNK, documents=(document,))), answer("erp", customer(ANA, documents=(document,)))

        assert len(merged(*same)) == 2

    def test_two_people_with_one_employer_are_not_merged_by_its_cnpj(self) -> None:
        ana, bia = customer(JUNK, documents=(CPF, CNPJ)), customer(BIA, documents=(OTHER_CPF, CNPJ))
        company = customer("padaria@example.com", documents=(CNPJ,))

        assert len(merged(answer("crm", ana), answer("erp", bia), answer("rh", company))) == 3

    def test_a_company_is_told_by_its_cnpj(self) -> None:
        padaria = customer(JUNK, documents=(CNPJ,)), customer("padaria@example.com", documents=(CNPJ,))

        assert len(merged(answer("crm", padaria[0]), answer("erp", padaria[1]))) == 1

    @pytest.mark.parametrize("document", [CPF, CNPJ])
    def test_two_people_who_share_a_document_are_not_merged_by_it(self, document: Document) -> None:
        """A mother's CPF stands for her child's, an employer's CNPJ for everybody's."""
        mother, child = customer(JUNK, name="Ana Souza"), customer(JUNK, name="Bia Souza")
        matches = merge(
            [
                answer("crm", replace(mother, documents=(document,))),
                answer("erp", replace(child, documents=(document,))),
            ],
            BY_EMAIL,
        )

        assert len(matches) == 2
        assert all(match.same_document for match in matches)

    @pytest.mark.parametrize("other", ["SOUZA, ANA", "A. Souza", "Ana", "A** S****", None])
    def test_one_person_in_two_writings_is_merged(self, other: str | None) -> None:
        one, two = customer(JUNK, name="Ana Souza", documents=(CPF,)), customer(JUNK, name=other, documents=(CPF,))

        assert len(merged(answer("crm", one), answer("erp", two))) == 1

    def test_two_people_with_one_email_address_are_not_merged_by_it(self) -> None:
        man, wife = customer(name="João Souza", documents=(CPF,)), customer(name="Ana Souza", documents=(OTHER_CPF,))

        assert len(merged(answer("crm", man), answer("erp", wife))) == 2
        assert len(merged(answer("crm", man), answer("erp", replace(wife, name="J. Souza")))) == 1
        assert len(merged(answer("crm", man), answer("erp", replace(wife, documents=(CPF,))))) == 1
        assert len(merged(answer("crm", man), answer("erp", wife), key=BY_ORDER)) == 1

    def test_documents_that_contradict_keep_records_apart(self) -> None:
        nif, other_nif = Document("es.nif", "54362315K"), Document("es.nif", "12345678Z")
        both = customer(JUNK, documents=(CPF, nif)), customer(ANA, documents=(CPF, other_nif))

        assert len(merged(answer("crm", both[0]), answer("erp", both[1]))) == 2


class TestNeverTwoOfOneSource:
    def test_two_records_of_one_source_stay_two_customers(self) -> None:
        assert len(merged(answer("crm", customer(), customer()))) == 2

    def test_where_it_is_open_which_of_two_is_meant_all_stay_apart(self) -> None:
        assert len(merged(answer("crm", customer(), customer()), answer("erp", customer()))) == 3

    def test_a_document_can_say_which_of_two_is_meant(self) -> None:
        first, second = merged(
            answer("crm", customer(documents=(OTHER_CPF,)), customer(documents=(CPF,))),
            answer("erp", customer(documents=(CPF,))),
        )

        assert first.sources == ()
        assert second.sources == ("crm", "erp")

    def test_a_record_without_key_joins_neither_of_two_keys(self) -> None:
        matches = merge(
            [
                answer("crm", customer(ANA, documents=(CPF,))),
                answer("erp", customer(BIA, documents=(CPF,))),
                answer("old", customer(JUNK, documents=(CPF,))),
            ],
            BY_EMAIL,
        )

        assert len(matches) == 3
        assert all(match.same_document for match in matches)


class TestValues:
    def test_priority_decides_single_values_and_disagreements_are_listed(self) -> None:
        (one,) = merged(
            answer("crm", customer(name="João Souza", attributes={"plano": "Ouro"})),
            answer("erp", customer(name="JOAO SOUZA", birth_date=date(1980, 4, 12), attributes={"plano": "ouro"})),
            answer("old", customer(name="J. Souza", birth_date=date(1980, 12, 4), attributes={"plano": "Prata"})),
        )

        assert one.name == "João Souza"
        assert one.birth_date == date(1980, 4, 12)
        assert one.attributes == {"plano": "Ouro"}
        assert one.conflicts == (
            Conflict("name", (("crm", "João Souza"), ("erp", "JOAO SOUZA"), ("old", "J. Souza"))),
            Conflict("birth_date", (("erp", "1980-04-12"), ("old", "1980-12-04"))),
            Conflict("attributes.plano", (("crm", "Ouro"), ("erp", "ouro"), ("old", "Prata"))),
        )
        assert one.provenance["name"] == ("crm", "erp")
        assert one.provenance["birth_date"] == ("erp",)

    def test_an_absent_value_is_no_disagreement(self) -> None:
        (one,) = merged(answer("crm", customer()), answer("erp", customer(name="Ana")))

        assert one.name == "Ana"
        assert one.conflicts == ()

    def test_many_valued_ones_are_put_together_by_priority(self) -> None:
        (one,) = merged(
            answer("crm", customer(emails=(ANA,), phones=("+551133334444",), display={"obs": "vip"})),
            answer("erp", customer(emails=(BIA, ANA), display={"obs": "novo", "x": 1})),
        )

        assert one.emails == (ANA, BIA)
        assert one.phones == ("+551133334444",)
        assert one.display == {"obs": "vip", "x": 1}
        assert one.conflicts == ()
        assert one.provenance == {
            "unique_key": ("crm", "erp"),
            "emails[0]": ("crm", "erp"),
            "emails[1]": ("erp",),
            "phones[0]": ("crm",),
            "display.obs": ("crm",),
            "display.x": ("erp",),
        }

    def test_one_address_in_two_writings_is_one(self) -> None:
        (one,) = merged(
            answer("crm", customer(addresses=(Address("Av. São João", "10", postal_code="01310-100"),))),
            answer("erp", customer(addresses=(Address("AV SAO JOAO", "10", postal_code="01310100"), Address("Rua B")))),
        )

        assert one.addresses == (Address("Av. São João", "10", postal_code="01310-100"), Address("Rua B"))
        assert one.provenance["addresses[0]"] == ("crm", "erp")

    def test_what_one_source_alone_says_is_as_it_said_it(self) -> None:
        only = customer(name="Ana", sources=("crm",))

        assert merge([answer("crm", only)], BY_EMAIL) == (Match(only, verified=True),)
        assert merged(answer("crm", only), answer("erp", customer(BIA)))[0] is only


class TestDocuments:
    MASKED = Document("cpf", "***.456.789-**", masked=True)

    def test_a_masked_one_is_the_whole_one_it_agrees_with(self) -> None:
        (one,) = merged(answer("crm", customer(documents=(self.MASKED,))), answer("erp", customer(documents=(CPF,))))

        assert one.documents == (CPF,)
        assert one.provenance["documents[0]"] == ("crm", "erp")
        assert one.conflicts == ()

    def test_a_masked_one_that_does_not_agree_is_a_conflict(self) -> None:
        (one,) = merged(
            answer("crm", customer(documents=(self.MASKED,))), answer("erp", customer(documents=(OTHER_CPF,)))
        )

        assert one.documents == (self.MASKED, OTHER_CPF)
        assert one.conflicts == (Conflict("documents.cpf", (("crm", "***.456.789-**"), ("erp", "98765432100"))),)

    def test_two_whole_ones_of_a_kind_are_a_conflict(self) -> None:
        (one,) = merged(
            answer("crm", customer(documents=(CPF, CNPJ))), answer("erp", customer(documents=(OTHER_CPF, CNPJ)))
        )

        assert one.documents == (CPF, CNPJ, OTHER_CPF)
        assert [conflict.path for conflict in one.conflicts] == ["documents.cpf"]

    def test_two_masked_ones_that_may_be_the_same_are_no_conflict(self) -> None:
        other = Document("cpf", "123.***.***-09", masked=True)
        (one,) = merged(answer("crm", customer(documents=(self.MASKED,))), answer("erp", customer(documents=(other,))))

        assert one.documents == (self.MASKED, other)
        assert one.conflicts == ()


def test_a_match_is_verified_if_any_of_its_records_is() -> None:
    (match,) = merge([answer("crm", customer(), verified=False), answer("erp", customer())], BY_EMAIL)

    assert match.verified


def test_matches_stand_by_priority_and_then_as_their_source_gave_them() -> None:
    names = [
        one.name
        for one in merged(
            answer("crm", customer(BIA, name="Bia"), customer(JUNK, name="Cai", documents=(CPF,))),
            answer("erp", customer("dora@example.com", name="Dora"), customer(ANA, documents=(CPF,)), customer(BIA)),
        )
    ]

    assert names == ["Bia", "Cai", "Dora"]


KEYS = st.sampled_from([ANA, BIA, JUNK])
DOCUMENTS = st.lists(st.sampled_from([CPF, OTHER_CPF, CNPJ]), unique=True, max_size=2).map(tuple)
RECORDS = st.lists(st.lists(st.tuples(KEYS, DOCUMENTS), max_size=3), max_size=4)


@given(RECORDS, st.sampled_from([BY_EMAIL, BY_ORDER]))
def test_no_record_is_lost_or_doubled_and_no_two_of_a_source_become_one(
    given_by: list[list[tuple[str, tuple[Document, ...]]]], key: UniqueKeySpec
) -> None:
    answers = [
        answer(
            f"s{source}",
            *(
                customer(one, documents=documents, attributes={f"{source}.{place}": one})
                for place, (one, documents) in enumerate(records)
            ),
        )
        for source, records in enumerate(given_by)
    ]

    matches = merged(*answers, key=key)
    marks = [list(match.attributes) for match in matches]

    assert sorted(mark for found in marks for mark in found) == sorted(
        f"{source}.{place}" for source, records in enumerate(given_by) for place, _ in enumerate(records)
    )
    for match, found in zip(matches, marks, strict=True):
        sources = [mark.partition(".")[0] for mark in found]
        assert len(set(sources)) == len(sources)
        assert len(set(match.attributes.values()) - {JUNK}) <= 1
