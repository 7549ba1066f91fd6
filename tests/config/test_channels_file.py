"""`channels:` of a tenant's file: what is left out is as usual, and a survey's address is judged before anybody gets it."""

from __future__ import annotations

import pytest

from gateway.core.channel import CHANNELS, Channel, NumberedAt
from gateway.core.protocol import ProtocolNumber
from tests.config.acme import ACME
from tests.config.conftest import Folder


def test_without_the_block_every_channel_is_as_usual(folder: Folder) -> None:
    assert folder.tenant(ACME).channels is CHANNELS
    at_the_start = {name for name, channel in CHANNELS.items() if channel.numbered_at is NumberedAt.START}
    assert at_the_start == {"phone", "ivr"}


def test_what_stands_in_the_block_changes_that_alone(folder: Folder) -> None:
    block = "channels:\n  whatsapp: {protocol: start, survey: 'https://pesquisa.example/{protocol}?c=w'}\n  chat: {}\n"
    channels = folder.tenant(ACME + block).channels
    survey = "https://pesquisa.example/{protocol}?c=w"
    assert channels["whatsapp"] == Channel("whatsapp", NumberedAt.START, survey)
    assert {name: channels[name] for name in channels if name != "whatsapp"} == {
        name: CHANNELS[name] for name in CHANNELS if name != "whatsapp"
    }
    filled = channels["whatsapp"].survey_for(ProtocolNumber(2026, 7))
    assert filled == "https://pesquisa.example/2026-0000000007?c=w"
    assert channels["chat"].survey_for(ProtocolNumber(2026, 7)) is None


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("watsapp: {}", "Unknown key 'watsapp'. Did you mean 'whatsapp'?"),
        ("chat: {protocol: end}", "Expected 'start' or 'first_action'."),
        ("chat: {survey: 'http://a.example'}", "A survey's address begins with https:// and a host."),
        ("chat: {survey: 'https:///x'}", "A survey's address begins with https:// and a host."),
        ("chat: {survey: 'https://[x'}", "This is no address."),
        ("chat: {survey: 'https://{protocol}.example'}", "The host stands as it is"),
        ("chat: {survey: 'https://user:x@a.example'}", "The host stands as it is"),
        ("chat: {survey: 'https://a.example/{cpf}'}", "{protocol} is the only thing"),
        ("chat: {survey: 'https://a.example/a b'}", "An address has no blanks and no accents."),
        ("chat: {survey: 'https://a.example/ação'}", "An address has no blanks and no accents."),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Folder, entry: str, said: str) -> None:
    line = ACME.count("\n") + 2
    [complaint] = folder.complaints(ACME + f"channels:\n  {entry}\n")
    assert complaint.startswith(f"{line}:")
    assert said in complaint
