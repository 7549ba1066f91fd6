"""Interactions: attendances of somebody over a channel, and what ties them to a customer."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.model import Identifier, Json, UniqueKey
from gateway.core.protocol import ProtocolNumber
from gateway.core.redaction import Redacted


class StartedBy(StrEnum):
    """Who opened the interaction: an operator, or an event of the channel."""

    HAND = "hand"
    EVENT = "event"


class LinkHow(StrEnum):
    """How an interaction came to be tied to a contact."""

    AUTOMATIC = "automatic"
    HAND = "hand"
    CODE = "code"


class LinkAssurance(StrEnum):
    """How sure it is that who writes is who the link says.

    `claimed`: he said so. `matched`: a verified match of a complete answer. `channel`: the channel vouches for him (a signed
    identity, a user who proved himself before). `code`: he showed an identification code.
    """

    CLAIMED = "claimed"
    MATCHED = "matched"
    CHANNEL = "channel"
    CODE = "code"


RISING = tuple(LinkAssurance)
"""Each surer than the one before."""


class NoLink(StrEnum):
    """Why an interaction was not linked by itself; the first that applies, in this order.

    `anonymous`: who writes wants to stay unknown. `unavailable`: the gateway could not find out. `nobody`: nobody is known,
    or a prospect only. `several`: more than one match. `incomplete`: a source did not answer in full, so that there may be
    others. `not_verified`: no value of the match agreed with the question, or one that was told is not his.
    `only_a_name`: nothing but a name was asked, which namesakes share. `junk_key`: the unique key is a value that strangers
    share. `inactive`: the contact was deactivated. `unlinked`: somebody took this pair apart before. `changed_meanwhile`:
    the contact became another one while the interaction was started. `linked`: it is linked to somebody else.
    """

    ANONYMOUS = "anonymous"
    UNAVAILABLE = "unavailable"
    NOBODY = "nobody"
    SEVERAL = "several"
    INCOMPLETE = "incomplete"
    NOT_VERIFIED = "not_verified"
    ONLY_A_NAME = "only_a_name"
    JUNK_KEY = "junk_key"
    INACTIVE = "inactive"
    UNLINKED = "unlinked"
    CHANGED_MEANWHILE = "changed_meanwhile"
    LINKED = "linked"


@dataclass(frozen=True, slots=True, repr=False)
class Link(Redacted):
    """An interaction tied to a contact. `actor`: the helpdesk's opaque id of the operator, None where nobody acted.
    `ended_at`, `ended_by`: when and by whom it was untied; the history keeps it. Moments are aware, in UTC."""

    id: str
    contact: str
    how: LinkHow
    assurance: LinkAssurance
    at: datetime
    actor: str | None = None
    ended_at: datetime | None = None
    ended_by: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Note(Redacted):
    """What an operator wrote down during an interaction."""

    id: str
    text: str
    at: datetime
    actor: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CaseReference(Redacted):
    """A case (request, ticket, order) of another system. `identified`: it is registered for the linked person; an anonymous
    one needs nobody."""

    id: str
    case: str
    identified: bool
    at: datetime
    title: str | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Interaction(Redacted):
    """One attendance of somebody over a channel.

    `anonymous`: who writes wants to stay unknown; it is never linked by itself. `context`: pre-chat answers, visitor, portal
    navigation, free variables, as the channel gave them. `channel_user`: who writes, as the channel calls him. `protocol`:
    None until it is issued. `link`: what it is tied to now. `unique_key`: of the linked contact, where it has one. Moments
    are aware, in UTC.
    """

    id: str
    channel: str
    started_by: StartedBy
    started_at: datetime
    anonymous: bool = False
    channel_user: Identifier | None = None
    context: Map[str, Json] = field(default_factory=dict)
    first_action_at: datetime | None = None
    finished_at: datetime | None = None
    protocol: ProtocolNumber | None = None
    link: Link | None = None
    unique_key: UniqueKey | None = None
    actor: str | None = None

    @property
    def open(self) -> bool:
        return self.finished_at is None


@dataclass(frozen=True, slots=True, repr=False)
class Opening(Redacted):
    """An interaction that is to be started. `channel_user`: canonical; of a channel's own user as `channel:id`."""

    channel: str
    started_by: StartedBy
    anonymous: bool = False
    channel_user: Identifier | None = None
    context: Map[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, repr=False)
class CaseDraft(Redacted):
    """A case of another system that is to be noted. `identified`: it is registered for the linked person."""

    case: str
    identified: bool
    title: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class InteractionHistory(Redacted):
    """An interaction with everything that was done in it, each kind in the order in which it was done. `links`: those that
    ended, too."""

    interaction: Interaction
    links: tuple[Link, ...] = ()
    notes: tuple[Note, ...] = ()
    cases: tuple[CaseReference, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class InteractionPage(Redacted):
    """Interactions, the latest first, without their context. `next`: where to go on, None at the end."""

    interactions: tuple[Interaction, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Started(Redacted):
    """`refused`: why it was not linked by itself, where it might have been."""

    interaction: Interaction
    refused: NoLink | None = None
