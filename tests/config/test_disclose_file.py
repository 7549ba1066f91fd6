"""`disclose:` of a tenant's file: what it becomes, and what it may not say."""

import pytest

from gateway.core.interaction import LinkAssurance
from gateway.core.showing import USUAL, Shown
from tests.config.acme import ACME
from tests.config.conftest import Folder


def test_without_the_block_it_is_as_usual(folder: Folder) -> None:
    assert folder.tenant(ACME).shown is USUAL


def test_what_is_said_stands_beside_what_is_usual(folder: Folder) -> None:
    block = """\
disclose:
  claimed: {emails: hidden}
  matched: {emails: hidden}
  code: {phones: shown, attributes: {plano: shown}}
"""
    shown = folder.tenant(ACME + block).shown
    assert shown.at(None).emails is Shown.HIDDEN
    assert (shown.at(None).name, shown.at(LinkAssurance.CHANNEL).emails) == (Shown.INITIALS, Shown.MASKED)
    code = shown.at(LinkAssurance.CODE)
    assert (code.phones, code.of("attributes.plano"), code.of("attributes.pedido")) == (
        Shown.SHOWN,
        Shown.SHOWN,
        Shown.HIDDEN,
    )


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (
            "code: {emails: hidden}",
            "27: The weaker level 'channel' shows more (masked). Show at least that here, or less there.",
        ),
        ("claimed: {name: shown}, matched: {name: initials}", "The weaker level 'claimed' shows more (shown)."),
        (
            "claimed: {attributes: {plano: shown}}, code: {attributes: {plano: masked}}",
            "The weaker level 'channel' shows more",
        ),
        ("claimed: {birth_date: masked}", "Expected 'hidden' or 'shown'."),
        ("claimed: {emails: initials}", "Expected 'hidden', 'masked' or 'shown'."),
        ("claimd: {emails: hidden}", "Unknown key 'claimd'. Did you mean 'claimed'?"),
        ("claimed: {e_mails: hidden}", "Unknown key 'e_mails'. Did you mean 'emails'?"),
        ("code: {attributes: {plno: shown}}", "No source's mapping gives the attribute 'plno'. Did you mean 'plano'?"),
    ],
)
def test_what_it_may_not_say_is_told_with_its_place(folder: Folder, block: str, says: str) -> None:
    [complaint] = folder.complaints(f"{ACME}disclose: {{{block}}}\n")
    assert complaint.startswith(f"{ACME.count(chr(10)) + 1}:")
    assert says in complaint
