"""Customers and contacts: who is whom, who is only known here, and who is not shown."""

from __future__ import annotations

from gateway.core.joining import Sought, join, sought_for
from gateway.core.model import (
    Contact,
    Customer,
    Document,
    Identifier,
    Match,
    Query,
    SearchKey,
    Standing,
    UniqueKey,
)
from gateway.core.tenant import SearchField, Tenant, UniqueKeySpec
from gateway.core.verification import compile_verification

FIELDS = {
    "cpf": SearchField("cpf", "cpf_cnpj", "CPF", "documents.cpf_cnpj"),
    "email": SearchField("email", "email", "E-mail", "emails"),
    "fone": SearchField("fone", "phone", "Telefone", "phones"),
    "nome": SearchField("nome", "name", "Nome", "name"),
    "pedido": SearchField("pedido", "code", "Pedido", "attributes.pedido"),
    "outro": SearchField("outro", "code", "Outro", None, "the source does not give it back"),
}
VERIFICATION = compile_verification(FIELDS, "BR")
CPF, OTHER_CPF = "52998224725", "12345678909"


def tenant(of: str = "person") -> Tenant:
    key = UniqueKeySpec("email", "email", of)
    return Tenant("acme", "Acme", "pt-BR", "BR", "UTC", "1", FIELDS, key, {}, {})


def query(**asked: str) -> Query:
    return Query(tuple(SearchKey(name, FIELDS[name].kind, value) for name, value in asked.items()))


def key(value: str) -> UniqueKey:
    return UniqueKey("email", "email", value)


def ana(**values: object) -> Match:
    given = {"name": "Ana Souza", "documents": (Document("cpf", CPF),), "emails": ("ana@example.com",), **values}
    return Match(Customer(key("ana@example.com"), **given), verified=True)  # type: ignore[arg-type]


def contact(ident: str, unique: str | None = None, name: str | None = None, **known: str) -> Contact:
    identifiers = tuple(Identifier(kind, value) for kind, value in known.items())
    return Contact(ident, Standing.CUSTOMER, key(unique) if unique else None, name, identifiers)


def joined(matches: list[Match], contacts: list[Contact], asked: Query, of: str = "person") -> list[tuple[str, str]]:
    found = join(matches, contacts, asked, tenant(of), VERIFICATION)
    return [
        (match.customer.name or "" if match.customer else "-", match.contact.id if match.contact else "-")
        for match in found
    ]


def test_a_contact_with_the_customers_key_is_the_customer() -> None:
    assert joined([ana()], [contact("1", "ana@example.com")], query(cpf=CPF)) == [("Ana Souza", "1")]


def test_a_contact_without_a_key_is_the_customer_whose_document_it_has() -> None:
    assert joined([ana()], [contact("1", cpf=CPF)], query(cpf=CPF)) == [("Ana Souza", "1")]
    assert joined([ana()], [contact("1", cpf=CPF)], query(cpf=CPF), of="order") == [("Ana Souza", "-"), ("-", "1")]


def test_a_contact_with_another_key_stays_another_even_with_the_same_document() -> None:
    other = contact("1", "ana.souza@example.com", cpf=CPF)
    assert joined([ana()], [other], query(cpf=CPF)) == [("Ana Souza", "-"), ("-", "1")]


def test_a_document_that_two_matches_have_joins_none() -> None:
    twin = Match(Customer(key("ana2@example.com"), "Ana S.", documents=(Document("cpf", CPF),)))
    found = joined([ana(), twin], [contact("1", cpf=CPF)], query(cpf=CPF))
    assert found == [("Ana Souza", "-"), ("Ana S.", "-"), ("-", "1")]


def test_a_masked_document_joins_nobody() -> None:
    masked = ana(documents=(Document("cpf", "***.982.247-**", masked=True),))
    assert joined([masked], [contact("1", cpf=CPF)], query(cpf=CPF)) == [("Ana Souza", "-"), ("-", "1")]


def test_a_key_that_two_matches_share_joins_none() -> None:
    couple = ana(name="Beto Souza", documents=(Document("cpf", OTHER_CPF),))
    contacts = [contact("1", "ana@example.com", name="Ana Souza", email="ana@example.com")]
    found = joined([ana(), couple], contacts, query(email="ana@example.com"))
    assert found == [("Ana Souza", "-"), ("Beto Souza", "-"), ("-", "1")]


def test_a_contact_with_the_key_comes_before_an_older_one_without() -> None:
    contacts = [contact("1", cpf=CPF), contact("2", "ana@example.com")]
    assert joined([ana()], contacts, query(cpf=CPF)) == [("Ana Souza", "2")]


def test_one_contact_a_match_and_the_oldest_wins() -> None:
    contacts = [contact("1", "ana@example.com"), contact("2", cpf=CPF)]
    assert joined([ana()], contacts, query(cpf=CPF)) == [("Ana Souza", "1")]


def test_a_key_that_was_given_up_in_a_merger_is_the_customers_still() -> None:
    merged = contact("1", "eva@example.com", unique_key="ana@example.com")
    assert joined([ana()], [merged], query(cpf=CPF)) == [("Ana Souza", "1")]
    # Who has the key itself comes first, however old the other is; and nobody is another for a document beside keys.
    assert joined([ana()], [merged, contact("2", "ana@example.com", cpf=CPF)], query(cpf=CPF)) == [("Ana Souza", "2")]
    twin = Match(Customer(key("eva@example.com"), "Eva Souza"))
    assert joined([ana(), twin], [merged], query(nome="souza")) == [("Ana Souza", "-"), ("Eva Souza", "1")]


def test_who_is_asked_for_by_a_key_that_was_given_up_is_who_took_it_over() -> None:
    keyed = {**FIELDS, "chave": SearchField("chave", "email", "Chave", "unique_key")}
    rule = compile_verification(keyed, "BR")
    merged = contact("1", "eva@example.com", "Eva Souza", unique_key="ana@example.com")
    for value, kept in (("ana@example.com", 1), ("eva@example.com", 1), ("iva@example.com", 0)):
        asked = Query((SearchKey("chave", "email", value),))
        assert [match.verified for match in join([], [merged], asked, tenant(), rule)] == [True] * kept
    other = Query((SearchKey("chave", "email", "ana@example.com"), SearchKey("nome", "name", "Iva Lima")))
    assert join([], [merged], other, tenant(), rule) == ()


def test_who_is_only_known_here_is_added_and_verified() -> None:
    found = join([], [contact("1", cpf=CPF)], query(cpf=CPF), tenant(), VERIFICATION)
    assert [(match.customer, match.verified) for match in found] == [(None, True)]


def test_who_disagrees_with_the_question_is_not_shown() -> None:
    contacts = [contact("1", name="Bia Lima", phone="+5511987654321", cpf=OTHER_CPF)]
    assert joined([], contacts, query(cpf=CPF, fone="+5511987654321")) == []


def test_that_one_disagrees_says_nothing_of_the_next() -> None:
    contacts = [
        contact("1", phone="+5511987654321", cpf=OTHER_CPF),
        contact("2", phone="+5511987654321"),
    ]
    assert joined([], contacts, query(cpf=CPF, fone="+5511987654321")) == [("-", "2")]


def test_a_contact_that_has_nothing_of_the_question_is_not_verified() -> None:
    found = join([], [contact("1", name="Ana Souza")], query(nome="Ana Souza", cpf=CPF), tenant(), VERIFICATION)
    assert [match.verified for match in found] == [False]


def test_what_the_contact_base_is_asked_with() -> None:
    asked = Query(
        (
            SearchKey("cpf", "cpf_cnpj", CPF),
            SearchKey("email", "email", "ana@example.com"),
            SearchKey("fone", "phone", "+5511987654321", ("+551187654321",)),
            SearchKey("nome", "name", "Ana"),
            SearchKey("pedido", "code", "A-77"),
            SearchKey("outro", "code", "9"),
        )
    )
    assert sought_for(asked, tenant(), []) == Sought(
        values=(
            ("cpf_cnpj", CPF),
            ("email", "ana@example.com"),
            ("phone", "+5511987654321"),
            ("phone", "+551187654321"),
            ("attributes.pedido", "A-77"),
        ),
        keys=("ana@example.com",),
    )


def test_a_name_is_looked_for_only_where_nothing_else_is_given() -> None:
    assert sought_for(query(nome="Ana"), tenant(), []) == Sought(name="Ana")
    assert sought_for(query(nome="Ana"), tenant(), [ana()]) == Sought((("cpf", CPF),), ("ana@example.com",))
    assert not sought_for(query(outro="9"), tenant(), [])


def test_a_document_that_strangers_share_is_not_looked_for() -> None:
    junk = ana(documents=(Document("cpf", "00000000000"),))
    assert sought_for(query(outro="9"), tenant(), [junk]) == Sought(keys=("ana@example.com",))
    assert sought_for(query(outro="9"), tenant("order"), [ana()]) == Sought(keys=("ana@example.com",))
