"""A tenant's channels: when an interaction over one gets its protocol number, what is read of its events, and what the
customer is given at its end."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType

from gateway.core.errors import UnknownChannel
from gateway.core.paths import Path
from gateway.core.protocol import ProtocolNumber
from gateway.core.signed_identity import SignedIdentity

PROTOCOL_HOLE = "{protocol}"
"""What stands in a survey's address for the protocol number."""


class NumberedAt(StrEnum):
    """When the protocol number is issued."""

    START = "start"
    FIRST_ACTION = "first_action"


class Registration(StrEnum):
    """What becomes of somebody who comes over a channel and whom, for certain, nobody knows: he is registered, an operator
    is offered to do it, or nothing."""

    AUTOMATIC = "automatic"
    BY_HAND = "by_hand"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Channel:
    """`survey`: address of the survey that the customer is led to at the end, with `{protocol}` for his number; None for
    none. `fields`: search field -> paths into an event's data, the first that gives a value; None for what events of such
    channels usually have. `continues_for`: seconds from its start for which an open interaction goes on with the next event
    of the same user; 0 for never. `identity`: how the company signs who is logged in; None where nobody is taken for it."""

    name: str
    numbered_at: NumberedAt
    survey: str | None = None
    fields: Map[str, tuple[Path, ...]] | None = None
    registration: Registration = Registration.BY_HAND
    continues_for: float = 86_400.0
    identity: SignedIdentity | None = None

    def survey_for(self, protocol: ProtocolNumber) -> str | None:
        """Digits and a hyphen need no encoding."""
        return None if self.survey is None else self.survey.replace(PROTOCOL_HOLE, str(protocol))


SPOKEN = frozenset({"phone", "ivr"})
"""Channels in which the number can be told at once."""
VOUCHED = frozenset({"whatsapp", "telegram", "messenger", "instagram"})
"""Channels whose users are logged in: a caller's number and a sender's address can be forged, a name in a chat is typed."""
_CONTINUES = {"phone": 4 * 3600.0, "ivr": 4 * 3600.0, "email": 0.0}
CHANNELS: Map[str, Channel] = MappingProxyType(
    {
        name: Channel(
            name,
            NumberedAt.START if name in SPOKEN else NumberedAt.FIRST_ACTION,
            continues_for=_CONTINUES.get(name, 86_400.0),
        )
        for name in ("email", "phone", "ivr", "chat", "whatsapp", "telegram", "messenger", "instagram", "other")
    }
)
"""Every channel that there is, as it is where the tenant says nothing: a number at the start where people talk, at the
operator's first action elsewhere; an unended call goes on for hours, a chat for a day, a mail only by its thread."""


def channel_named(channels: Map[str, Channel], name: str) -> Channel:
    """One of a tenant's channels. Raises UnknownChannel."""
    found = channels.get(name)
    if found is None:
        near = get_close_matches(name, channels, n=1)
        raise UnknownChannel(tuple(channels), near[0] if near else None)
    return found
