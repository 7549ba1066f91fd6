"""What is kept of a customer: his key, what his tenant lets be stored, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from gateway.core.errors import Conflict
from gateway.core.keeping import MOST_IDENTIFIERS, ContactDraft, refreshed, stored_part, without_junk
from gateway.core.model import Address, Contact, Customer, Document, Identifier, Standing, UniqueKey
from gateway.core.tenant import SearchField, Tenant, UniqueKeySpec

KEY = UniqueKey("email", "email", "ana@example.com")
ANA = Customer(
    KEY,
    "Ana Souza",
    (Document("cpf", "52998224725"), Document("cnpj", "***.345", masked=True)),
    ("ana@example.com", "nao@tem.com"),
    ("+5511987654321",),
    date(1980, 4, 12),
    (Address(street="Rua A", city="Santos"),),
    {"plano": "Ouro", "pedido": " 00123 ", "renda": "9000"},
    display={"segredo": "x"},
)
FIELDS = {
    "cpf": SearchField("cpf", "cpf", "CPF", "documents.cpf"),
    "pedido": SearchField("pedido", "code", "Pedido", "attributes.pedido"),
}


def tenant(*stored: str, seal_names: bool = False) -> Tenant:
    return Tenant(
        "acme", "Acme", "pt-BR", "BR", "UTC", "1", FIELDS, UniqueKeySpec("email", "email", "person"), {}, {},
        stored_fields=frozenset(stored), seal_names=seal_names,
    )  # fmt: skip


def test_without_stored_fields_only_the_key_is_kept() -> None:
    assert stored_part(ANA, tenant()) == ContactDraft(Standing.CUSTOMER, KEY)


@pytest.mark.parametrize(
    ("stored", "kept"),
    [
        ("name", ContactDraft(Standing.CUSTOMER, KEY, "Ana Souza")),
        ("emails", ContactDraft(Standing.CUSTOMER, KEY, None, (Identifier("email", "ana@example.com"),))),
        ("phones", ContactDraft(Standing.CUSTOMER, KEY, None, (Identifier("phone", "+5511987654321"),))),
        ("documents.cpf", ContactDraft(Standing.CUSTOMER, KEY, None, (Identifier("cpf", "52998224725"),))),
        ("documents.cpf_cnpj", ContactDraft(Standing.CUSTOMER, KEY, None, (Identifier("cpf", "52998224725"),))),
        ("documents", ContactDraft(Standing.CUSTOMER, KEY, None, (Identifier("cpf", "52998224725"),))),
        ("documents.cnpj", ContactDraft(Standing.CUSTOMER, KEY)),
        ("birth_date", ContactDraft(Standing.CUSTOMER, KEY, stored={"birth_date": "1980-04-12"})),
        ("attributes.plano", ContactDraft(Standing.CUSTOMER, KEY, stored={"attributes.plano": "Ouro"})),
        (
            "addresses",
            ContactDraft(
                Standing.CUSTOMER, KEY, stored={"addresses[0].street": "Rua A", "addresses[0].city": "Santos"}
            ),
        ),
    ],
)
def test_each_word_lets_its_own_values_be_stored(stored: str, kept: ContactDraft) -> None:
    assert stored_part(ANA, tenant(stored)) == kept


def test_all_attributes_can_be_stored_and_what_is_only_displayed_cannot() -> None:
    assert stored_part(ANA, tenant("attributes")).stored == {
        "attributes.plano": "Ouro",
        "attributes.pedido": " 00123 ",
        "attributes.renda": "9000",
    }


def test_a_stored_code_that_is_searched_by_is_an_identifier() -> None:
    assert stored_part(ANA, tenant("attributes.pedido")).identifiers == (Identifier("attributes.pedido", "00123"),)
    assert stored_part(ANA, tenant("attributes.plano")).identifiers == ()


def test_the_tenant_says_whether_names_are_sealed() -> None:
    assert stored_part(ANA, tenant("name", seal_names=True)).seal_name


def test_a_key_that_strangers_share_is_refused() -> None:
    for key in (UniqueKey("email", "email", "nao@tem.com"), UniqueKey("cpf", "cpf", "00000000000")):
        with pytest.raises(Conflict, match="strangers share") as refused:
            stored_part(replace(ANA, unique_key=key), tenant("name"))
        assert refused.value.reason == "junk_key"


def test_the_newest_identifiers_stay_and_a_verified_one_stays_verified() -> None:
    many = [Identifier("email", f"ana{number}@example.com") for number in range(60)]
    assert without_junk(many) == tuple(many[:MOST_IDENTIFIERS])
    twice = (Identifier("cpf_cnpj", "52998224725"), Identifier("cpf", "52998224725", verified=True))
    assert without_junk(twice) == (Identifier("cpf", "52998224725", verified=True),)


def test_what_is_said_anew_counts_and_the_rest_stays() -> None:
    there = Contact(
        "1",
        Standing.PROSPECT,
        KEY,
        "Ana",
        (Identifier("attributes.pedido", "1"), Identifier("channel_user", "whatsapp:77", verified=True)),
        "Não Cliente",
        {"attributes.pedido": "1", "attributes.plano": "Prata"},
        {"obs": "x"},
        active=False,
    )
    said = ContactDraft(
        Standing.CUSTOMER, KEY, None, (Identifier("attributes.pedido", "2"),), stored={"attributes.pedido": "2"}
    )
    assert refreshed(there, said) == ContactDraft(
        Standing.CUSTOMER,
        KEY,
        "Ana",
        (Identifier("attributes.pedido", "2"), Identifier("channel_user", "whatsapp:77", verified=True)),
        None,
        {"attributes.pedido": "2", "attributes.plano": "Prata"},
        {"obs": "x"},
    )
    assert refreshed(
        replace(there, standing=Standing.CUSTOMER), replace(said, standing=Standing.REGISTERED)
    ).standing is (Standing.CUSTOMER)
