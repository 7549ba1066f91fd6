"""`channels:` of a tenant's file: what is left out is as usual, and a survey's address is judged before anybody gets it."""

from __future__ import annotations

import pytest

from gateway.core.channel import CHANNELS, Channel, NumberedAt, Registration
from gateway.core.protocol import ProtocolNumber
from gateway.core.signed_identity import UserHash
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


def test_what_is_read_of_events_and_what_becomes_of_strangers(folder: Folder) -> None:
    block = """\
channels:
  ivr: {fields: {cpf: [ivr.cpf, digits], fone: caller}, registration: none, continues_for: 30m}
  chat:
    registration: automatic
    continues_for: never
    identity: {user_hash: {secret: !env ACME_SIGN, field: email}}
  email: {fields: {}}
"""
    folder.environ["ACME_SIGN"] = "s" * 32
    channels = folder.tenant(ACME + block).channels
    ivr, chat = channels["ivr"], channels["chat"]
    assert ivr.fields is not None
    assert {name: [path.text for path in paths] for name, paths in ivr.fields.items()} == {
        "cpf": ["ivr.cpf", "digits"], "fone": ["caller"],
    }  # fmt: skip
    assert (ivr.registration, ivr.continues_for, ivr.identity) == (Registration.NONE, 1800.0, None)
    assert (chat.registration, chat.continues_for) == (Registration.AUTOMATIC, 0.0)
    assert isinstance(chat.identity, UserHash)
    assert channels["email"].fields == {}
    assert [CHANNELS[name].continues_for for name in ("phone", "email", "whatsapp")] == [14_400.0, 0.0, 86_400.0]


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("watsapp: {}", "Unknown key 'watsapp'. Did you mean 'whatsapp'?"),
        (
            "chat: {fields: {cfp: ivr.cpf}}",
            "'cfp' is not a search field of this tenant. Did you mean 'cpf'? Known: cpf,",
        ),
        ("chat: {fields: {cpf: $.cpf}}", "This is JSONPath."),
        ("chat: {fields: {cpf: [a, 'b[']}}", "The path 'b[' ends too early."),
        ("chat: {fields: {cpf: []}}", "at least 1"),
        ("chat: {fields: {cpf: 5}}", "Expected"),
        ("chat: {registration: sometimes}", "Expected 'automatic', 'by_hand' or 'none'."),
        ("chat: {continues_for: 5}", "Write how long as a whole number with its unit"),
        ("chat: {identity: {user_hash: {secret: !env ACME_CRM, field: emial}}}", "less than 32 bytes"),
        ("chat: {identity: {}}", "Give exactly one of jwt and user_hash."),
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
