"""The facts that follow from a call: who counts as identified, and what is not known."""

from dataclasses import replace
from datetime import datetime, timezone
from itertools import product

import pytest

from gateway.core.facts import CodeState, Facts
from gateway.core.interaction import Interaction, Link, LinkAssurance, LinkHow, NoLink, StartedBy
from gateway.core.meeting import Meeting, facts_of
from gateway.core.model import Contact, Customer, Identification, Match, Outcome, Proposal, Standing, UniqueKey
from gateway.core.moments import compile_moment
from gateway.core.rules import NO_RULES, CreatedAt, RuleSet

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
KEY = UniqueKey("email", "email", "ana@example.com")
ANA = Customer(KEY, name="Ana Souza", attributes={"plano": "Ouro", "desde": "2019-03-01"}, sources=("crm",))
CONTACT = Contact(
    "c1", Standing.CUSTOMER, KEY, customer_type="VIP", created_at=NOW, stored={"attributes.plano": "Prata"}
)
FOUND = Identification(Outcome.FOUND, True, False, (Match(ANA, CONTACT, verified=True),), (), ("cpf",))
SEVERAL = replace(FOUND, outcome=Outcome.SEVERAL, matches=(Match(ANA, CONTACT, verified=True), Match(ANA)))
NOBODY = Identification(Outcome.NOT_FOUND, True, False, (), (), ("cpf",), Proposal("Ninguém", "Não Cliente", None))
UNAVAILABLE = Identification(Outcome.UNAVAILABLE, False, False, (), (), ("cpf",))
ANSWERS = (None, FOUND, SEVERAL, NOBODY, UNAVAILABLE)


def linked(assurance: LinkAssurance | None, contact: str = "c1", key: UniqueKey | None = KEY) -> Interaction:
    link = None if assurance is None else Link("l1", contact, LinkHow.AUTOMATIC, assurance, NOW)
    return Interaction(
        "i1", "whatsapp", StartedBy.EVENT, NOW, link=link, unique_key=key if assurance is not None else None
    )


def facts(met: Meeting, rules: RuleSet = NO_RULES) -> Facts:
    return facts_of(met, rules)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("enough", [LinkAssurance.MATCHED, LinkAssurance.CHANNEL, LinkAssurance.CODE])
def test_who_is_tied_to_nobody_is_never_identified(answer: Identification | None, enough: LinkAssurance) -> None:
    for interaction in (None, linked(None)):
        identified = facts(Meeting(answer, interaction), RuleSet(enough)).identified
        assert identified is (None if answer is UNAVAILABLE else False)


@pytest.mark.parametrize(
    ("vouched", "enough", "identified"),
    [
        (False, LinkAssurance.MATCHED, None),
        (False, LinkAssurance.CHANNEL, False),
        (True, LinkAssurance.CHANNEL, None),
        (True, LinkAssurance.CODE, False),
    ],
)
def test_who_was_not_linked_because_a_source_was_silent_may_be_identified(
    vouched: bool, enough: LinkAssurance, identified: bool | None
) -> None:
    part = replace(FOUND, complete=False)
    met = Meeting(part, linked(None), refused=NoLink.INCOMPLETE, vouched=vouched)
    assert facts(met, RuleSet(enough)).identified is identified
    assert facts(replace(met, refused=NoLink.UNLINKED), RuleSet(enough)).identified is False


@pytest.mark.parametrize("answer", ANSWERS)
def test_what_somebody_only_claims_identifies_him_whatever_the_tenant_says(answer: Identification | None) -> None:
    met = Meeting(answer, linked(LinkAssurance.CLAIMED), CONTACT)
    assert not any(facts(met, RuleSet(enough)).identified for enough in LinkAssurance)


@pytest.mark.parametrize(
    ("assurance", "enough"), list(product(list(LinkAssurance)[1:], list(LinkAssurance)[1:])), ids=str
)
def test_which_assurance_is_enough_is_the_tenants_to_say(assurance: LinkAssurance, enough: LinkAssurance) -> None:
    rising = list(LinkAssurance)
    known = facts(Meeting(FOUND, linked(assurance), CONTACT), RuleSet(enough))
    assert known.identified is (rising.index(assurance) >= rising.index(enough))
    assert known.assurance is assurance


def test_without_a_word_of_the_tenant_a_proof_is_needed() -> None:
    told = {level: facts(Meeting(FOUND, linked(level), CONTACT)).identified for level in LinkAssurance}
    assert told == {
        LinkAssurance.CLAIMED: False,
        LinkAssurance.MATCHED: False,
        LinkAssurance.CHANNEL: True,
        LinkAssurance.CODE: True,
    }


@pytest.mark.parametrize("assurance", [LinkAssurance.CHANNEL, LinkAssurance.CODE])
@pytest.mark.parametrize("answer", ANSWERS)
def test_a_proof_stands_whatever_the_sources_say(answer: Identification | None, assurance: LinkAssurance) -> None:
    assert facts(Meeting(answer, linked(assurance), CONTACT)).identified is True


@pytest.mark.parametrize(("answer", "identified"), [(SEVERAL, False), (UNAVAILABLE, None), (FOUND, True), (None, True)])
def test_a_match_needs_an_answer_that_bears_it_out(answer: Identification | None, identified: bool | None) -> None:
    met = Meeting(answer, linked(LinkAssurance.MATCHED), CONTACT)
    assert facts(met, RuleSet(LinkAssurance.MATCHED)).identified is identified


@pytest.mark.parametrize(
    "answer",
    [NOBODY, replace(FOUND, matches=(Match(replace(ANA, unique_key=UniqueKey("email", "email", "eva@x.com"))),))],
)
def test_a_match_is_not_borne_out_by_an_answer_about_somebody_else(answer: Identification) -> None:
    met = Meeting(answer, linked(LinkAssurance.MATCHED), CONTACT)
    assert facts(met, RuleSet(LinkAssurance.MATCHED)).identified is None
    assert facts(replace(met, interaction=linked(LinkAssurance.CHANNEL))).identified is True


@pytest.mark.parametrize("assurance", LinkAssurance)
def test_a_prospect_is_never_identified(assurance: LinkAssurance) -> None:
    prospect = Contact("c1", Standing.PROSPECT, KEY, customer_type="Não Cliente")
    rules = RuleSet(LinkAssurance.MATCHED)
    for met in (
        Meeting(None, linked(assurance), prospect),
        Meeting(None, None, prospect, assurance),
        Meeting(replace(NOBODY, known_prospect=prospect), linked(assurance)),
    ):
        assert facts(met, rules).identified is False
        assert facts(met, rules).customer_type == "Não Cliente"


def test_who_was_deactivated_is_not_identified() -> None:
    gone = replace(CONTACT, active=False)
    assert facts(Meeting(None, linked(LinkAssurance.CODE), gone)).identified is False


def test_of_a_link_alone_nobody_knows_whom_it_leads_to() -> None:
    known = facts(Meeting(None, linked(LinkAssurance.CODE)))
    assert (known.identified, known.customer_type, known.created_at) == (None, None, None)
    other = Contact("c2", Standing.CUSTOMER, customer_type="Outro", created_at=NOW)
    assert facts(Meeting(None, linked(LinkAssurance.CODE), other)).identified is None


def test_a_finished_interaction_ties_nobody() -> None:
    finished = replace(linked(LinkAssurance.CODE), finished_at=NOW)
    assert facts(Meeting(None, finished)).identified is False


def test_who_is_recognised_needs_no_interaction() -> None:
    known = facts(Meeting(None, None, CONTACT, LinkAssurance.CHANNEL, channel="whatsapp"))
    assert (known.identified, known.assurance, known.channel) == (True, LinkAssurance.CHANNEL, "whatsapp")
    assert (known.outcome, known.complete, known.customer_type, known.created_at) == (None, None, "VIP", NOW)


def test_a_link_says_more_than_who_was_recognised() -> None:
    met = Meeting(None, linked(LinkAssurance.CLAIMED, "c2"), CONTACT, LinkAssurance.CODE)
    assert facts(met).assurance is LinkAssurance.CLAIMED
    assert facts(met).customer_type is None


def test_a_contact_made_by_the_link_is_the_customer_of_its_key() -> None:
    new = replace(FOUND, matches=(Match(ANA, verified=True),))
    known = facts(Meeting(new, linked(LinkAssurance.CODE)), RuleSet(attributes=("plano",)))
    assert (known.identified, known.attributes) == (True, {"plano": "Ouro"})
    stranger = linked(LinkAssurance.CODE, key=UniqueKey("email", "email", "eva@example.com"))
    assert facts(Meeting(new, stranger)).identified is None


def test_who_is_found_and_not_tied_is_claimed_at_most() -> None:
    known = facts(Meeting(FOUND), RuleSet(attributes=("plano", "nada")))
    assert (known.identified, known.assurance, known.outcome) == (False, LinkAssurance.CLAIMED, Outcome.FOUND)
    assert (known.customer_type, known.created_at, known.attributes) == ("VIP", NOW, {"plano": "Ouro"})


@pytest.mark.parametrize("answer", [SEVERAL, UNAVAILABLE, None])
def test_of_nobody_in_particular_nothing_is_known(answer: Identification | None) -> None:
    known = facts(Meeting(answer), RuleSet(attributes=("plano",)))
    assert (known.assurance, known.customer_type, known.created_at, known.attributes) == (None, None, None, {})


def test_a_definite_nobody_has_the_type_that_is_proposed() -> None:
    assert facts(Meeting(NOBODY)).customer_type == "Não Cliente"


def test_since_when_is_the_customers_own_to_say_where_the_tenant_names_it() -> None:
    rules = RuleSet(created_at=CreatedAt("desde", compile_moment((), timezone.utc)))
    assert facts(Meeting(FOUND), rules).created_at == datetime(2019, 3, 1, tzinfo=timezone.utc)
    silent = replace(FOUND, matches=(Match(replace(ANA, attributes={}), CONTACT),))
    assert facts(Meeting(silent), rules).created_at is None


def test_where_sources_say_nothing_the_stored_value_is_the_fact() -> None:
    rules = RuleSet(attributes=("plano",))
    assert facts(Meeting(None, linked(LinkAssurance.CODE), CONTACT), rules).attributes == {"plano": "Prata"}


def test_without_a_code_none_was_sent() -> None:
    assert facts(Meeting()).code is CodeState.NOT_SENT
    assert facts(Meeting(code=CodeState.INVALID)).code is CodeState.INVALID


def test_facts_show_nobody_in_a_repr() -> None:
    assert repr(facts(Meeting(FOUND))) == "<Facts …>"
    assert repr(Meeting(FOUND)) == "<Meeting …>"


@pytest.mark.parametrize("never", ["9999-12-31T23:59:59-03:00", "0001-01-01T00:00:00+03:00", "9999-12-31"])
def test_a_word_for_never_is_no_moment_since_when_he_is_a_customer(never: str) -> None:
    rules = RuleSet(created_at=CreatedAt("desde", compile_moment((), timezone.utc)))
    found = replace(FOUND, matches=(Match(replace(ANA, attributes={"desde": never}), CONTACT),))
    assert facts(Meeting(found), rules).created_at is None
