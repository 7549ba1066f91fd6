"""When an interaction is linked by itself: of all that an answer may say, the one thing that is sure."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from gateway.core.channel import CHANNELS, VOUCHED
from gateway.core.interaction import LinkAssurance, NoLink
from gateway.core.linking import assurance_of, may_link_automatically, refused_contact
from gateway.core.model import Contact, Customer, Identification, Identifier, Match, Outcome, Standing, UniqueKey
from gateway.core.tenant import SearchField

FIELDS = {
    "cpf": SearchField("cpf", "cpf", "CPF", "documents.cpf"),
    "nome": SearchField("nome", "name", "Nome", "name"),
}
KEY = UniqueKey("email", "email", "ana@example.com")
SURE = Match(Customer(KEY), verified=True)
FOUND = Identification(Outcome.FOUND, complete=True, more=False, matches=(SURE,), sources=(), searched=("cpf",))
ANA = Contact("1", Standing.CUSTOMER, KEY)


def test_one_verified_match_of_a_complete_answer_is_linked() -> None:
    assert may_link_automatically(FOUND, FIELDS, anonymous=False) is SURE


@pytest.mark.parametrize(
    "match",
    [
        Match(Customer(KEY), ANA, verified=True),
        Match(None, ANA, verified=True),
        Match(None, replace(ANA, unique_key=None), verified=True),
        Match(Customer(UniqueKey("pedido", "code", "PED-118")), verified=True),
    ],
    ids=["both", "contact", "without a key", "an order"],
)
def test_whoever_matches_is_linked(match: Match) -> None:
    assert may_link_automatically(replace(FOUND, matches=(match,)), FIELDS, anonymous=False) is match


@pytest.mark.parametrize(
    ("identification", "why"),
    [
        (replace(FOUND, outcome=Outcome.UNAVAILABLE, complete=False, matches=()), NoLink.UNAVAILABLE),
        (replace(FOUND, outcome=Outcome.NOT_FOUND, matches=()), NoLink.NOBODY),
        (replace(FOUND, outcome=Outcome.NOT_FOUND, matches=(), known_prospect=ANA), NoLink.NOBODY),
        (replace(FOUND, outcome=Outcome.SEVERAL, matches=(SURE, SURE)), NoLink.SEVERAL),
        (replace(FOUND, outcome=Outcome.SEVERAL, more=True), NoLink.SEVERAL),
        (replace(FOUND, complete=False), NoLink.INCOMPLETE),
        (replace(FOUND, more=True), NoLink.INCOMPLETE),
        (replace(FOUND, matches=(replace(SURE, verified=False),)), NoLink.NOT_VERIFIED),
        (replace(FOUND, searched=("nome",)), NoLink.ONLY_A_NAME),
        (replace(FOUND, matches=(Match(Customer(replace(KEY, value="nao@tem.com")), verified=True),)), NoLink.JUNK_KEY),
        (
            replace(FOUND, matches=(Match(Customer(UniqueKey("cpf", "cpf", "00000000000")), verified=True),)),
            NoLink.JUNK_KEY,
        ),
        (
            replace(FOUND, matches=(Match(None, replace(ANA, unique_key=UniqueKey("n", "code", "0")), verified=True),)),
            NoLink.JUNK_KEY,
        ),
    ],
    ids=lambda value: str(value) if isinstance(value, NoLink) else "",
)
def test_anything_less_is_not_linked_and_says_why(identification: Identification, why: NoLink) -> None:
    assert may_link_automatically(identification, FIELDS, anonymous=False) is why
    assert may_link_automatically(identification, FIELDS, anonymous=True) is NoLink.ANONYMOUS


def test_of_all_answers_that_there_may_be_one_kind_alone_is_linked() -> None:
    linked = []
    for outcome, complete, more, matches, verified, junk, anonymous in product(
        Outcome, (True, False), (True, False), (0, 1, 2), (True, False), (True, False), (True, False)
    ):
        key = replace(KEY, value="nao@tem.com") if junk else KEY
        answer = replace(
            FOUND,
            outcome=outcome,
            complete=complete,
            more=more,
            matches=(Match(Customer(key), verified=verified),) * matches,
        )
        if not isinstance(may_link_automatically(answer, FIELDS, anonymous=anonymous), NoLink):
            linked.append((outcome, complete, more, matches, verified, junk, anonymous))
    assert linked == [(Outcome.FOUND, True, False, 1, True, False, False)]


def test_who_was_deactivated_or_taken_apart_is_not_linked() -> None:
    assert refused_contact(ANA, taken_apart=False) is None
    assert refused_contact(ANA, taken_apart=True) is NoLink.UNLINKED
    for apart in (True, False):
        assert refused_contact(replace(ANA, active=False), taken_apart=apart) is NoLink.INACTIVE


@pytest.mark.parametrize("channel", CHANNELS)
def test_only_a_channel_with_logged_in_users_vouches_for_one_who_proved_himself(channel: str) -> None:
    user, number = Identifier("channel_user", f"{channel}:991"), Identifier("phone", "+5511987654321", verified=True)
    proved = replace(ANA, identifiers=(replace(user, verified=True), number))
    vouched = LinkAssurance.CHANNEL if channel in VOUCHED else LinkAssurance.CLAIMED
    assert assurance_of(False, channel, user, proved) is vouched
    assert assurance_of(False, channel, user, replace(ANA, identifiers=(user,))) is LinkAssurance.CLAIMED
    assert assurance_of(True, channel, None, proved) is LinkAssurance.MATCHED
    assert assurance_of(True, channel, replace(user, value=f"{channel}:992"), proved) is LinkAssurance.MATCHED
    # A number is what he called from elsewhere, and typed here.
    assert assurance_of(True, channel, replace(number, verified=False), proved) is LinkAssurance.MATCHED
