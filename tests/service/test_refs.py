"""A ref opens for its tenant, for half an hour, and for nobody else."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core.errors import RefExpired, RefForged
from gateway.core.model import Contact, Customer, Match, Standing, UniqueKey
from gateway.service.refs import LIFETIME, Assurance, Refs

KEY = bytes(range(32))
MARIA = Match(
    Customer(UniqueKey("email", "email", "maria@example.com"), name="Maria Souza", sources=("crm", "erp")),
    verified=True,
)


@dataclass
class Clock:
    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def test_a_ref_holds_the_unique_key_its_sources_and_its_assurance() -> None:
    refs = Refs([KEY], Clock())
    content = refs.open(refs.seal(MARIA, "acme"), "acme")
    assert (content.tenant, content.sources, content.assurance) == ("acme", ("crm", "erp"), Assurance.VERIFIED)
    assert content.unique_key == UniqueKey("email", "email", "maria@example.com")
    assert "maria" not in repr(content)


def test_a_ref_of_a_contact_alone_holds_its_id_and_is_unverified() -> None:
    refs = Refs([KEY], Clock())
    content = refs.open(refs.seal(Match(None, Contact("c-1", Standing.REGISTERED)), "acme"), "acme")
    assert (content.unique_key, content.contact, content.assurance) == (None, "c-1", Assurance.UNVERIFIED)


def test_a_ref_shows_nothing_of_the_customer_and_is_never_the_same_twice() -> None:
    refs = Refs([KEY], Clock())
    first, second = refs.seal(MARIA, "acme"), refs.seal(MARIA, "acme")
    assert first != second
    assert b"maria" not in urlsafe_b64decode(first + "==")
    assert first.replace("-", "").replace("_", "").isalnum()


def test_a_ref_opens_until_its_last_second_and_not_after() -> None:
    clock = Clock()
    refs = Refs([KEY], clock)
    ref = refs.seal(MARIA, "acme")
    clock.now += LIFETIME
    assert refs.open(ref, "acme").unique_key == MARIA.customer.unique_key if MARIA.customer else False
    clock.now += 1
    with pytest.raises(RefExpired, match="Identify again"):
        refs.open(ref, "acme")
    clock.now += 30 * 24 * 3600
    with pytest.raises(RefExpired):
        refs.open(ref, "acme")


def test_a_ref_lives_its_half_hour_across_the_change_of_the_hourly_key() -> None:
    clock = Clock(now=1_800_000_000.0 // 3600 * 3600 + 3599)
    refs = Refs([KEY], clock)
    ref = refs.seal(MARIA, "acme")
    clock.now += 1200
    assert refs.seal(MARIA, "acme")
    assert refs.open(ref, "acme").sources == ("crm", "erp")


def test_another_tenants_ref_is_forged() -> None:
    refs = Refs([KEY], Clock())
    with pytest.raises(RefForged, match="not a ref"):
        refs.open(refs.seal(MARIA, "acme"), "other")


def test_a_ref_of_a_former_key_still_opens_and_of_a_foreign_key_does_not() -> None:
    clock = Clock()
    former = Refs([KEY], clock).seal(MARIA, "acme")
    assert Refs([os.urandom(32), KEY], clock).open(former, "acme").tenant == "acme"
    with pytest.raises(RefForged):
        Refs([os.urandom(32)], clock).open(former, "acme")


@given(place=st.integers(0, 10_000), other=st.characters(codec="ascii"))
def test_a_ref_with_any_character_changed_does_not_open(place: int, other: str) -> None:
    refs = Refs([KEY], Clock())
    ref = refs.seal(MARIA, "acme")
    place %= len(ref)
    if ref[place] == other:
        return
    with pytest.raises((RefForged, RefExpired)):
        refs.open(ref[:place] + other + ref[place + 1 :], "acme")


@given(st.text(max_size=200) | st.text("abcXYZ019-_=", min_size=40, max_size=9000))
def test_junk_is_a_forged_ref_and_never_a_crash(junk: str) -> None:
    with pytest.raises((RefForged, RefExpired)):
        Refs([KEY], Clock()).open(junk, "acme")
