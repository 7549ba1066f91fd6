"""Who a code proves, by the company's word and by what the sources say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.core.issued_code import CodeHolder
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact, Customer, Identification, Identifier, Match, Outcome, Standing, UniqueKey
from gateway.core.proving import proved
from tests.service.scripted import House, Script

TENANT = House({"crm": Script([()])}).tenant
USER = Identifier("channel_user", "whatsapp:77")
KEY = UniqueKey("email", "email", "beto@example.com")
HOLDER = CodeHolder({"fone": "+5511987654321"}, ContactDraft(Standing.CUSTOMER, None, "Ana Souza"))
FOUND = Identification(Outcome.FOUND, True, False, (Match(Customer(KEY, "Beto Lima"), verified=True),), (), ("fone",))


def test_of_a_customer_without_a_key_the_only_one_with_his_telephone_is_he() -> None:
    draft = proved(HOLDER, FOUND, USER, TENANT).draft
    assert draft
    assert draft.unique_key == KEY


def test_while_a_source_is_silent_the_only_one_with_his_telephone_may_be_somebody_else() -> None:
    draft = proved(HOLDER, replace(FOUND, complete=False), USER, TENANT).draft
    assert draft
    assert draft.unique_key is None


@pytest.mark.parametrize("verified", [True, False])
def test_a_contact_whose_user_proved_himself_is_he_though_a_source_is_silent(verified: bool) -> None:
    known = Contact("c1", Standing.CUSTOMER, identifiers=(replace(USER, verified=verified),))
    found = replace(FOUND, complete=False, matches=(Match(None, known, verified=True),))
    assert (proved(HOLDER, found, USER, TENANT).contact == "c1") is verified
