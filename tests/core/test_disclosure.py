"""What a role may do, and what it is shown."""

from dataclasses import replace
from datetime import date, datetime, timezone

import pytest

from gateway.core.disclosure import (
    ROLES,
    Permission,
    Viewer,
    disclose,
    disclose_facts,
    disclose_interactions,
    disclose_one,
)
from gateway.core.facts import Facts
from gateway.core.interaction import Interaction, InteractionPage, Link, LinkAssurance, LinkHow, StartedBy
from gateway.core.likeness import initials
from gateway.core.meeting import Tie
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
from gateway.core.showing import USUAL, Shown, disclosure
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


NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


def tie(assurance: LinkAssurance) -> Tie:
    return Tie("c1", assurance, FOUND.matches[0])


@pytest.mark.parametrize("role", ["helpdesk", "operator", "supervisor"])
def test_who_attends_customers_sees_the_mapped_values(role: str) -> None:
    assert disclose(FOUND, Viewer(role, "k-1"), USUAL) is FOUND


@pytest.mark.parametrize("assured", [None, tie(LinkAssurance.CLAIMED), tie(LinkAssurance.MATCHED)])
def test_of_who_is_claimed_a_bot_sees_initials_and_a_masked_address(assured: Tie | None) -> None:
    shown = disclose(FOUND, BOT, USUAL, assured)
    (match,) = shown.matches

    assert match == Match(
        Customer(
            UniqueKey("email", "email", "*"),
            name="A. S.",
            emails=("a**@*******.***",),
            sources=("crm", "erp"),
            provenance={"name": ("crm",), "emails[0]": ("crm",)},
        ),
        Contact("c1", Standing.PROSPECT, None, "A. S.", revision=3),
        verified=True,
    )
    assert shown.proposal is not None
    assert shown.proposal.message == "Cliente não cadastrado/a**@*******.***"
    assert shown.proposal.customer_type is None
    assert (shown.outcome, shown.complete, shown.searched) == (FOUND.outcome, FOUND.complete, FOUND.searched)
    assert shown.trace == ()
    assert shown.sources == (SourceAnswer("crm", SourceOutcome.FOUND, elapsed=0.1),)


def test_of_who_showed_a_code_a_bot_sees_the_contract() -> None:
    policy, wrong = disclosure({LinkAssurance.CODE: {"attributes.plano": Shown.SHOWN}})
    (match,) = disclose(FOUND, BOT, policy, tie(LinkAssurance.CODE)).matches

    assert wrong == ()
    assert match.customer == Customer(
        KEY,
        name="Ana de Souza",
        documents=(Document("cpf", "*********09", masked=True),),
        emails=("a**@*******.***",),
        phones=("+***********21",),
        attributes={"plano": "Ouro"},
        sources=("crm", "erp"),
        provenance={"name": ("crm",), "emails[0]": ("crm",), "attributes.plano": ("erp",)},
    )
    assert match.contact == Contact(
        "c1",
        Standing.PROSPECT,
        KEY,
        "Ana de Souza",
        (Identifier("cpf", "*********09", verified=True),),
        "Não Cliente",
        revision=3,
    )


def test_a_proof_of_one_proves_nothing_of_another() -> None:
    other = replace(FOUND, matches=(Match(replace(ANA, name="Eva Lima"), verified=True),))
    (match,) = disclose(other, BOT, USUAL, tie(LinkAssurance.CODE)).matches
    assert match.customer is not None
    assert (match.customer.name, match.customer.unique_key.value) == ("E. L.", "*")


def test_of_several_a_bot_sees_nobody_nor_how_many() -> None:
    several = replace(FOUND, outcome=Outcome.SEVERAL, more=True, matches=(*FOUND.matches, Match(ANA), Match(ANA)))
    shown = disclose(several, BOT, USUAL)
    assert (shown.outcome, shown.matches, shown.more) == (Outcome.SEVERAL, (), False)
    assert {(len(one.customers), one.contacts, one.dropped, one.refused) for one in shown.sources} == {(0, 0, 0, 0)}
    (himself,) = disclose(several, BOT, USUAL, tie(LinkAssurance.CODE)).matches
    assert himself.customer is not None
    assert himself.customer.name == "Ana de Souza"


@pytest.mark.parametrize("role", ["bot", "issuer", "loader", "operations", "unheard of"])
def test_nobody_else_is_shown_a_value_in_clear(role: str) -> None:
    shown = disclose(FOUND, Viewer(role, "k-1"), USUAL)

    assert not any(answer.customers for answer in shown.sources)
    for match in shown.matches:
        customer = match.customer
        assert customer is not None
        assert customer.birth_date is None
        assert not any((customer.addresses, customer.attributes, customer.display, customer.conflicts))
        clear = (customer.name, customer.unique_key.value, *customer.emails, *customer.phones)
        assert not {"Ana de Souza", "ana@example.com", "+5511987654321"} & set(clear)
    for contact in (shown.known_prospect, shown.matches[0].contact):
        assert contact is not None
        assert contact.name == "A. S."


def test_an_interaction_tells_the_key_by_its_link() -> None:
    def seen(assurance: LinkAssurance) -> UniqueKey | None:
        link = Link("l1", "c1", LinkHow.AUTOMATIC, assurance, NOW)
        attended = Interaction("i1", "chat", StartedBy.EVENT, NOW, context={"a": 1}, link=link, unique_key=KEY)
        shown = disclose_one(attended, BOT, USUAL)
        assert shown.context == {}
        return shown.unique_key

    assert [seen(level) for level in LinkAssurance] == [None, None, None, KEY]


def test_whom_nobody_writes_with_now_has_proved_nothing_to_a_bot() -> None:
    link = Link("l1", "c1", LinkHow.CODE, LinkAssurance.CODE, NOW)
    user = Identifier("phone", "+5511987654321", verified=True)
    attended = Interaction(
        "i1", "chat", StartedBy.EVENT, NOW, channel_user=user, context={"a": 1}, link=link, unique_key=KEY
    )
    finished = disclose_one(replace(attended, finished_at=NOW), BOT, USUAL)
    assert (finished.unique_key, finished.context) == (None, {})
    page = InteractionPage((attended,), "next")
    [listed] = disclose_interactions(page, BOT, USUAL).interactions
    assert (listed.unique_key, listed.channel_user, listed.context, listed.link) == (None, None, {}, link)
    open_handed, _ = disclosure({LinkAssurance.CLAIMED: {"phones": Shown.MASKED}})
    [shown] = disclose_interactions(page, BOT, open_handed).interactions
    assert shown.channel_user == Identifier("phone", "+***********21", verified=True)
    assert disclose_interactions(page, Viewer("helpdesk", "k"), USUAL) is page


def test_facts_of_the_customer_are_shown_by_their_assurance() -> None:
    facts = Facts(customer_type="VIP", created_at=NOW, attributes={"plano": "Ouro"}, identified=True)
    claimed = disclose_facts(facts, BOT, USUAL)
    assert (claimed.customer_type, claimed.created_at, claimed.attributes, claimed.identified) == (None, None, {}, True)
    proved = disclose_facts(replace(facts, assurance=LinkAssurance.CHANNEL), BOT, USUAL)
    assert (proved.customer_type, proved.created_at, proved.attributes) == ("VIP", NOW, {})
    assert disclose_facts(facts, Viewer("helpdesk", "k"), USUAL) is facts


def test_what_a_bot_gets_of_nobody_is_what_everybody_gets() -> None:
    nobody = Identification(Outcome.UNAVAILABLE, False, False, (), (), ("cpf",))

    assert disclose(nobody, BOT, USUAL) == nobody


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
