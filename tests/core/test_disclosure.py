"""What a role may do, and what it is shown."""

from datetime import date

import pytest

from gateway.core.disclosure import ROLES, Permission, Viewer, disclose, initials
from gateway.core.model import (
    Address,
    Conflict,
    Contact,
    Customer,
    Document,
    Identification,
    Identifier,
    Match,
    Outcome,
    Proposal,
    ProspectOption,
    SourceAnswer,
    SourceOutcome,
    Standing,
    UniqueKey,
    Verified,
)
from gateway.core.steps import Asked, SentKey, Step

KEY = UniqueKey("email", "email", "ana@example.com")
ANA = Customer(
    KEY,
    name="Ana de Souza",
    documents=(Document("cpf", "12345678909"),),
    emails=("ana@example.com",),
    phones=("+5511987654321",),
    birth_date=date(1980, 4, 12),
    addresses=(Address("Rua das Flores"),),
    attributes={"plano": "Ouro"},
    display={"obs": "vip"},
    sources=("crm", "erp"),
    provenance={"name": ("crm",), "emails[0]": ("crm",), "attributes.plano": ("erp",), "birth_date": ("erp",)},
    conflicts=(Conflict("name", (("crm", "Ana de Souza"), ("erp", "Ana Souza"))),),
)
CONTACT = Contact(
    "c1",
    Standing.PROSPECT,
    KEY,
    "Ana de Souza",
    (Identifier("cpf", "12345678909", verified=True), Identifier("attributes.pedido", "A77")),
    "Não Cliente",
    {"attributes.pedido": "A77"},
    {"obs": "liga à tarde"},
    revision=3,
)
FOUND = Identification(
    Outcome.FOUND,
    complete=True,
    more=False,
    matches=(Match(ANA, CONTACT, verified=True),),
    sources=(SourceAnswer("crm", SourceOutcome.FOUND, customers=(Verified(ANA, True),), elapsed=0.1),),
    searched=("cpf",),
    proposal=Proposal("Cliente não cadastrado/ana@example.com", "Não Cliente", ProspectOption.KEYED, KEY),
    known_prospect=CONTACT,
    trace=(Step(0.0, Asked(1, (SentKey("cpf", "masked", "***.***.***-09"),))),),
)
BOT = Viewer("bot", "k-1")


@pytest.mark.parametrize("role", ["helpdesk", "operator", "supervisor"])
def test_who_attends_customers_sees_the_mapped_values(role: str) -> None:
    assert disclose(FOUND, Viewer(role, "k-1")) is FOUND


def test_a_bot_sees_a_masked_likeness() -> None:
    shown = disclose(FOUND, BOT)
    (match,) = shown.matches

    assert match == Match(
        Customer(
            UniqueKey("email", "email", "a**@*******.***"),
            name="A. S.",
            documents=(Document("cpf", "*********09", masked=True),),
            emails=("a**@*******.***",),
            phones=("+***********21",),
            sources=("crm", "erp"),
            provenance={"name": ("crm",), "emails[0]": ("crm",)},
        ),
        Contact(
            "c1",
            Standing.PROSPECT,
            UniqueKey("email", "email", "a**@*******.***"),
            "A. S.",
            (Identifier("cpf", "*********09", verified=True),),
            "Não Cliente",
            revision=3,
        ),
        verified=True,
    )
    assert shown.proposal is not None
    assert shown.proposal.message == "Cliente não cadastrado/a**@*******.***"
    assert (shown.outcome, shown.complete, shown.searched) == (FOUND.outcome, FOUND.complete, FOUND.searched)
    assert shown.trace == ()


@pytest.mark.parametrize("role", ["bot", "issuer", "loader", "operations", "unheard of"])
def test_nobody_else_is_shown_a_value_in_clear(role: str) -> None:
    shown = disclose(FOUND, Viewer(role, "k-1"))
    customers = [match.customer for match in shown.matches] + [
        given.customer for answer in shown.sources for given in answer.customers
    ]

    assert customers
    for customer in customers:
        assert customer is not None
        assert customer.birth_date is None
        assert not any((customer.addresses, customer.attributes, customer.display, customer.conflicts))
        clear = (customer.name, customer.unique_key.value, *customer.emails, *customer.phones)
        assert not {"Ana de Souza", "ana@example.com", "+5511987654321"} & set(clear)
    for contact in (shown.known_prospect, shown.matches[0].contact):
        assert contact is not None
        assert contact.name == "A. S."


def test_what_a_bot_gets_of_nobody_is_what_everybody_gets() -> None:
    nobody = Identification(Outcome.UNAVAILABLE, False, False, (), (), ("cpf",))

    assert disclose(nobody, BOT) == nobody


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("helpdesk", Permission.START_BY_HAND, Permission.OPERATIONS),
        ("operator", Permission.LINK, Permission.START_BY_HAND),
        ("supervisor", Permission.START_BY_HAND, Permission.ISSUE_CODES),
        ("bot", Permission.IDENTIFY, Permission.CUSTOMERS_READ),
        ("issuer", Permission.ISSUE_CODES, Permission.IDENTIFY),
        ("loader", Permission.LOAD_PROSPECTS, Permission.IDENTIFY),
        ("operations", Permission.OPERATIONS, Permission.IDENTIFY),
    ],
)
def test_a_role_is_a_named_set_of_permissions(role: str, may: Permission, may_not: Permission) -> None:
    assert Viewer(role, "k-1").may(may)
    assert not Viewer(role, "k-1").may(may_not)


def test_an_unknown_role_may_do_nothing() -> None:
    assert not any(Viewer("root", "k-1").may(permission) for permission in Permission)


def test_every_permission_is_of_some_role() -> None:
    assert set(Permission) == set().union(*ROLES.values())


@pytest.mark.parametrize(
    ("name", "shown"),
    [("João da Silva", "J. S."), ("ana", "A."), ("Érica  (filha) Lima", "É. L."), ("123", "*"), ("", "*")],
)
def test_initials_are_those_of_the_first_and_the_last_word(name: str, shown: str) -> None:
    assert initials(name) == shown
