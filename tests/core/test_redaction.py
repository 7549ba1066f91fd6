"""Personal data and secrets stay out of texts."""

import copy
import pickle
from dataclasses import fields, is_dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.core import model
from gateway.core.redaction import Redacted, Secret, mask

REDACTED = [kind for kind in vars(model).values() if isinstance(kind, type) and issubclass(kind, Redacted)]


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("123.456.789-09", "***.***.***-09"),
        ("12345678909", "*********09"),
        ("12ABC34501DE35", "**A***********"),
        ("ana@x.com", "a**@*.***"),
        ("João da Silva", "J*** ** *****"),
        ("+5511987654321", "+***********21"),
        ("1234567", "*******"),
        ("A-2041", "A-****"),
        ("99 ana 12345678", "** a** ********"),
        ("Ⅷ½😀", "***"),
        ("Jose\u0301", "J****"),
        ("", ""),
    ],
)
def test_a_masked_value_keeps_its_shape_and_little_else(value: str, shown: str) -> None:
    assert mask(value) == shown


@given(st.text())
def test_a_mask_never_shows_more_than_two_characters_of_a_value(value: str) -> None:
    masked = mask(value)

    assert len(masked) == len(value)
    assert sum(character != "*" and not character.isspace() and character.isalnum() for character in masked) <= 2


@pytest.mark.parametrize("kind", REDACTED, ids=lambda kind: kind.__name__)
def test_nothing_that_holds_a_customers_data_shows_it_in_a_repr(kind: type) -> None:
    secret = "ana@example.com"
    blank: object = object.__new__(kind)
    if is_dataclass(kind):
        for member in fields(kind):
            object.__setattr__(blank, member.name, secret)

    assert secret not in repr(blank)
    assert secret not in f"{blank}"
    assert secret not in str([blank])


def test_what_is_logged_of_an_answer_has_no_customer_in_it() -> None:
    customer = model.Customer(model.UniqueKey("email", "email", "ana@example.com"), name="Ana")
    answer = model.SourceAnswer("crm", model.SourceOutcome.FOUND, customers=(model.Verified(customer, True),))

    assert "ana" not in repr(answer).lower()


class TestSecret:
    SECRET = Secret("hunter2")

    def test_it_is_shown_on_demand_alone(self) -> None:
        assert self.SECRET.reveal() == "hunter2"
        for text in (repr(self.SECRET), str(self.SECRET), f"{self.SECRET}", f"{[self.SECRET]}", "%s" % self.SECRET):  # noqa: UP031
            assert "hunter2" not in text

    @pytest.mark.parametrize("leave", [pickle.dumps, copy.copy, copy.deepcopy])
    def test_it_is_not_copied_anywhere(self, leave: object) -> None:
        with pytest.raises(TypeError, match="a Secret is not pickled"):
            leave(self.SECRET)  # type: ignore[operator]

    def test_it_is_compared_with_nothing(self) -> None:
        assert Secret("hunter2") != self.SECRET
        text: object = "hunter2"
        assert text != self.SECRET
