"""What a tenant lets be shown by level: rising, and nothing beyond it anywhere in an answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timezone
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.api.answers import encode
from gateway.api.reception_presenting import reception_body
from gateway.core.disclosure import ROLES, Permission, Viewer
from gateway.core.interaction import Interaction, Link, LinkAssurance, LinkHow, StartedBy
from gateway.core.likeness import initials, masked_name
from gateway.core.meeting import Meeting
from gateway.core.model import (
    Address,
    Conflict,
    Contact,
    Customer,
    Document,
    Identification,
    Identifier,
    Json,
    Match,
    Outcome,
    SourceAnswer,
    SourceOutcome,
    Standing,
    UniqueKey,
    Verified,
)
from gateway.core.redaction import mask
from gateway.core.rules import RuleSet
from gateway.core.showing import FIELDS, RISING, USUAL, Disclosure, Said, Shown, View, disclosure
from gateway.service.reception import receive
from tests.service.scripted import House, Script

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
TENANT = replace(House({"crm": Script([()])}).tenant, rules=RuleSet(attributes=("plano", "saldo")))
WAYS = {
    "name": list(Shown),
    "birth_date": [Shown.HIDDEN, Shown.SHOWN],
    "addresses": [Shown.HIDDEN, Shown.SHOWN],
    "customer_type": [Shown.HIDDEN, Shown.SHOWN],
    "created_at": [Shown.HIDDEN, Shown.SHOWN],
}
PATHS = (*FIELDS, "attributes.plano", "attributes.saldo")
SAID = st.dictionaries(
    st.sampled_from(LinkAssurance),
    st.fixed_dictionaries(
        {},
        optional={path: st.sampled_from(WAYS.get(path, [Shown.HIDDEN, Shown.MASKED, Shown.SHOWN])) for path in PATHS},
    ),
)
BLIND = [role for role, may in ROLES.items() if Permission.CUSTOMERS_READ not in may]


def person(number: int) -> dict[str, str]:
    """Path -> a value that nobody else has."""
    first = number == 1
    return {
        "name": "Zoroastra Quintiliana" if first else "Wanderleia Ulhoa",
        "unique_key": "chave@example.com" if first else "segredo77@example.net",
        "documents": "52998224725" if first else "111444777352",
        "emails": "pessoa@example.org" if first else "gente.boa@mail.example.org",
        "phones": "+5511987654321" if first else "+55213456789",
        "birth_date": f"1980-04-1{number}",
        "addresses": f"Travessa{number}",
        "customer_type": f"Tipo{number}",
        "created_at": f"2019-03-0{number}",
        "attributes.plano": "Ouro" if first else "Prata velha",
        "attributes.saldo": "1.000,00 reais" if first else "Nada, 7 vezes",
    }


def match_of(number: int) -> Match:
    told = person(number)
    key = UniqueKey("email", "email", told["unique_key"])
    attributes = {"plano": told["attributes.plano"], "saldo": told["attributes.saldo"]}
    customer = Customer(
        key,
        told["name"],
        (Document("cpf", told["documents"]),),
        (told["emails"],),
        (told["phones"],),
        date.fromisoformat(told["birth_date"]),
        (Address(told["addresses"]),),
        attributes,
        {"obs": f"display-of-{number}"},
        ("crm",),
        dict.fromkeys(("name", "emails[0]", "attributes.plano", "birth_date"), ("crm",)),
        (Conflict("name", (("crm", told["name"]),)),),
    )
    identifiers = (
        Identifier("cpf", told["documents"]),
        Identifier("email", told["emails"]),
        Identifier("phone", told["phones"]),
        Identifier("attributes.plano", told["attributes.plano"]),
    )
    made = datetime.fromisoformat(told["created_at"]).replace(tzinfo=timezone.utc)
    contact = Contact(
        f"c{number}",
        Standing.CUSTOMER,
        key,
        told["name"],
        identifiers,
        told["customer_type"],
        {f"attributes.{name}": value for name, value in attributes.items()} | {"name": told["name"]},
        {"obs": f"display-of-{number}"},
        created_at=made,
        updated_at=made,
    )
    return Match(customer, contact, verified=True)


def answered(*numbers: int) -> Identification:
    matches = tuple(map(match_of, numbers))
    given_ = tuple(Verified(match.customer, True) for match in matches if match.customer)
    outcome = Outcome.FOUND if len(numbers) == 1 else Outcome.SEVERAL
    sources = (SourceAnswer("crm", SourceOutcome.FOUND, customers=given_),)
    return Identification(outcome, True, False, matches, sources, ("cpf",))


def texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)


def how_much(path: str, value: str, seen: list[str]) -> Shown:
    """The most of this value that stands anywhere."""
    if any(value in text for text in seen):
        return Shown.SHOWN
    masked = masked_name(value) if path == "name" else mask(value)
    if any(masked in text for text in seen) and path not in (
        "birth_date",
        "addresses",
        "customer_type",
        "created_at",
    ):
        return Shown.MASKED
    return Shown.INITIALS if path == "name" and initials(value) in seen else Shown.HIDDEN


def seen_by(role: str, policy: Disclosure, found: Identification, assurance: LinkAssurance | None) -> list[str]:
    link = None if assurance is None else Link("l1", "c1", LinkHow.CODE, assurance, NOW)
    key = match_of(1).contact.unique_key if link is not None and match_of(1).contact else None  # type: ignore[union-attr]
    attended = Interaction(
        "i1", "whatsapp", StartedBy.EVENT, NOW, context={"a": person(1)["name"]}, link=link, unique_key=key
    )
    reception = receive(replace(TENANT, shown=policy), Viewer(role, "k1"), Meeting(found, attended), explain=True)
    body = reception_body(reception, tenant="acme", request_id="r", sealer=None, explain=True)
    return list(texts(msgspec.json.decode(encode(body))))


@given(SAID, st.sampled_from(BLIND), st.none() | st.sampled_from(LinkAssurance))
def test_nothing_beyond_the_policy_stands_anywhere(said: Said, role: str, assurance: LinkAssurance | None) -> None:
    policy, _ = disclosure(said)
    for found in (answered(1), answered(1, 2), answered(2)):
        seen = seen_by(role, policy, found, assurance)
        for number in (1, 2):
            several = found.outcome is Outcome.SEVERAL
            view = policy.at(assurance if number == 1 else None)
            for path, value in person(number).items():
                most = Shown.HIDDEN if several and (number == 2 or assurance is None) else view.of(path)
                if several and number == 1 and path == "unique_key" and assurance is not None:
                    most = view.of(path)
                assert list(Shown).index(how_much(path, value, seen)) <= list(Shown).index(most), (path, number)
        assert not any("display-of" in text for text in seen)


@given(st.sampled_from([role for role in ROLES if role not in BLIND]))
def test_who_attends_customers_sees_all(role: str) -> None:
    seen = seen_by(role, USUAL, answered(1), None)
    assert all(how_much(path, value, seen) is Shown.SHOWN for path, value in person(1).items())


@given(SAID)
def test_a_surer_level_never_shows_less(said: Said) -> None:
    policy, wrong = disclosure(said)
    order = list(Shown)
    falls = {
        (stronger, path)
        for weaker, stronger in pairwise(RISING)
        for path in PATHS
        if order.index(policy.at(stronger).of(path)) < order.index(policy.at(weaker).of(path))
    }
    assert {(one.level, one.path) for one in wrong} == falls


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("João da Silva", "J*** d* S****"),
        ("(Zé) D'Ávila", "(Z*) D'*****"),
        ("Ana Lima 52998224725", "A** L*** ***********"),
    ],
)
def test_a_masked_name_shows_its_initials_too(name: str, masked: str) -> None:
    assert masked_name(name) == masked


@given(st.text())
def test_no_name_is_hidden_further_by_masking_it_than_by_its_initials(name: str) -> None:
    shown = [character.upper() for character in masked_name(name) if character.isalpha()]
    assert all(letter in shown for letter in initials(name).replace("*", "").replace(".", "").split())


def test_what_is_said_of_a_weak_level_holds_for_the_surer_ones() -> None:
    policy, wrong = disclosure({LinkAssurance.CLAIMED: {"phones": Shown.SHOWN, "attributes.plano": Shown.MASKED}})
    assert wrong == ()
    assert {policy.at(level).phones for level in LinkAssurance} == {Shown.SHOWN}
    assert {policy.at(level).of("attributes.plano") for level in LinkAssurance} == {Shown.MASKED}


def test_who_says_nothing_shares_what_is_usual() -> None:
    assert disclosure({}) == (USUAL, ())
    assert disclosure({})[0] is USUAL


def test_without_a_word_of_the_tenant_a_claim_shows_initials_and_a_masked_address() -> None:
    assert USUAL.at(None) == USUAL.at(LinkAssurance.MATCHED) == View(name=Shown.INITIALS, emails=Shown.MASKED)
    assert USUAL.at(LinkAssurance.CODE).unique_key is Shown.SHOWN


@pytest.mark.parametrize("path", PATHS)
def test_a_view_is_asked_and_changed_by_path(path: str) -> None:
    assert View().of(path) is Shown.HIDDEN
    assert View().with_(path, Shown.SHOWN).of(path) is Shown.SHOWN
