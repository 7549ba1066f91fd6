"""An event of a channel as it is kept: once, in the attendance that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.core.channel import SPOKEN
from gateway.core.identity import identity
from gateway.core.interaction import Interaction, NoLink, Opening
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Contact
from gateway.core.prospect import ProspectDraft
from gateway.core.redaction import Redacted

_MAIL = "email"


@dataclass(frozen=True, slots=True, repr=False)
class Token(Redacted):
    """A signed identity that may come once. `id`: its `jti`; `until`: when it expires, by which time nobody takes it."""

    id: str
    until: datetime


@dataclass(frozen=True, slots=True, repr=False)
class Arrival(Redacted):
    """An event that is to be kept. `event`: the caller's own id of it. `opening`: the interaction that it starts where none
    goes on. `attendance`: the caller's id of the conversation, by which one that is open goes on; without it one of the same
    channel's user that began after `since` does (None: none). `target`: whom it may be linked to by itself. `registering`:
    who is registered where that links nobody. `token`: None where no identity came that may come once. `vouched`: a signed
    identity says who comes; `vouched_key`: with this unique key, None where it does not say."""

    event: str
    opening: Opening
    attendance: str | None = None
    since: datetime | None = None
    target: LinkTarget | None = None
    registering: ContactDraft | ProspectDraft | None = None
    token: Token | None = None
    vouched: bool = False
    vouched_key: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Arrived(Redacted):
    """`contact`: whom the interaction is linked to. `refused`: why it was not linked by itself. `started`: no open one went
    on. `registered`: somebody was, now."""

    interaction: Interaction
    contact: Contact | None = None
    refused: NoLink | None = None
    started: bool = False
    registered: bool = False


def is_his(interaction: Interaction, opening: Opening) -> bool:
    """May who comes now go on in this interaction? Its number is no proof: anybody can answer to somebody else's mail, two
    write in one group, and who wants to stay unknown is not who he was. A call's is the exchange's own, and goes on also
    where a transfer changes the number."""
    if opening.anonymous and not interaction.anonymous:
        return False
    if opening.channel in SPOKEN:
        return True
    his, comes = interaction.channel_user, opening.channel_user
    if his is None or comes is None:
        # What a chat or a messenger tells beside its messages names nobody; a mail without a sender hides him.
        return his is comes or opening.channel != _MAIL
    return identity(his.kind, his.value) == identity(comes.kind, comes.value)


def together(channel: str) -> tuple[str, ...]:
    """The channels over which one attendance goes: a call that the telephone's menu hands to an operator is the same."""
    return tuple(sorted(SPOKEN)) if channel in SPOKEN else (channel,)
