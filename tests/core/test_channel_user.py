"""Who writes, in the one form by which he is known again."""

from __future__ import annotations

import pytest

from gateway.core.channel_user import channel_user, number_of
from gateway.core.errors import InvalidKey
from gateway.core.model import Identifier


@pytest.mark.parametrize(
    ("channel", "written", "known_as"),
    [
        (
            "whatsapp",
            [
                ("channel_user", "5511987654321"),
                ("channel_user", "whatsapp:5511987654321"),
                ("channel_user", "+55 (11) 98765-4321"),
                ("phone", "+5511987654321"),
                ("phone", "(11) 98765-4321"),
            ],
            Identifier("channel_user", "whatsapp:5511987654321"),
        ),
        (
            "phone",
            [("channel_user", "+5511987654321"), ("phone", "(11) 98765-4321")],
            Identifier("phone", "+5511987654321"),
        ),
        (
            "ivr",
            [("channel_user", "+5511987654321"), ("phone", "+5511987654321")],
            Identifier("phone", "+5511987654321"),
        ),
        (
            "email",
            [("channel_user", "ana@EXAMPLE.com"), ("email", "ana@example.com")],
            Identifier("email", "ana@example.com"),
        ),
        (
            "telegram",
            [("channel_user", "991"), ("channel_user", "telegram:991")],
            Identifier("channel_user", "telegram:991"),
        ),
        ("whatsapp", [("channel_user", "BR.1A2B")], Identifier("channel_user", "whatsapp:BR.1A2B")),
        ("phone", [("channel_user", "ramal")], Identifier("channel_user", "phone:ramal")),
    ],
)
def test_one_user_has_one_form_however_the_caller_writes_him(
    channel: str, written: list[tuple[str, str]], known_as: Identifier
) -> None:
    assert {channel_user(channel, kind, text, "BR") for kind, text in written} == {known_as}


def test_nobody_is_another_channels_user_by_calling_himself_so() -> None:
    visitor = channel_user("chat", "channel_user", "whatsapp:5511987654321", "BR")
    assert visitor.value == "chat:whatsapp:5511987654321"


def test_a_number_proved_in_whatsapp_is_not_proved_on_the_telephone() -> None:
    assert channel_user("whatsapp", "phone", "+5511987654321", "BR") != channel_user(
        "phone", "phone", "+5511987654321", "BR"
    )


def test_what_is_no_number_of_the_kind_that_was_named_is_refused_without_the_value() -> None:
    with pytest.raises(InvalidKey) as refused:
        channel_user("phone", "phone", "x1", "BR")
    assert "'channel_user' is not a valid phone" in str(refused.value)
    assert "x1" not in str(refused.value)


@pytest.mark.parametrize(
    ("channel", "user", "number"),
    [
        ("whatsapp", "whatsapp:5511987654321", "5511987654321"),
        ("whatsapp", "BR.1A2B", None),
        ("whatsapp", "1234567", None),
        ("telegram", "telegram:5511987654321", None),
    ],
)
def test_only_whatsapps_users_may_be_numbers(channel: str, user: str, number: str | None) -> None:
    assert number_of(channel, user) == number
