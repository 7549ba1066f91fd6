"""When an interaction is linked by itself, and how sure a link is."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass

from gateway.core.channel import VOUCHED
from gateway.core.channel_user import CHANNEL_USER
from gateway.core.identity import identity
from gateway.core.interaction import RISING, LinkAssurance, NoLink
from gateway.core.junk import is_junk
from gateway.core.keeping import ContactDraft, stored_part
from gateway.core.model import Contact, Identification, Identifier, Match, Outcome, UniqueKey
from gateway.core.redaction import Redacted
from gateway.core.tenant import SearchField, Tenant

_NAME = "name"


@dataclass(frozen=True, slots=True, repr=False)
class LinkTarget(Redacted):
    """Whom an interaction is to be linked to: the contact of this id, and of this draft, which is saved with the link; one
    of the two at least. `verified`: the match that this comes from was. `vouched`: a signed identity says who he is.
    `fill`: sources that are to be asked for what the draft lacks, because it has no more than the key."""

    contact: str | None = None
    draft: ContactDraft | None = None
    verified: bool = False
    vouched: bool = False
    fill: tuple[str, ...] = ()


def may_link_automatically(
    identification: Identification, fields: Map[str, SearchField], *, anonymous: bool
) -> Match | NoLink:
    """The one match to which an interaction may be linked by itself, or why there is none. `fields`: the tenant's.

    Exactly one verified match of a complete answer, asked by more than a name, whose unique key is nobody else's. Whether
    somebody took the pair apart is `refused_contact`'s to say, where the contact is at hand.
    """
    outcome = identification.outcome
    if anonymous:
        return NoLink.ANONYMOUS
    if outcome is Outcome.UNAVAILABLE:
        return NoLink.UNAVAILABLE
    if outcome is Outcome.NOT_FOUND:
        return NoLink.NOBODY
    if outcome is not Outcome.FOUND or len(identification.matches) != 1:
        return NoLink.SEVERAL
    if not identification.complete or identification.more:
        return NoLink.INCOMPLETE
    [match] = identification.matches
    if not match.verified:
        return NoLink.NOT_VERIFIED
    if all(fields[name].kind == _NAME for name in identification.searched):
        return NoLink.ONLY_A_NAME
    key = key_of(match)
    if key is not None and is_junk(key.kind, key.value):
        return NoLink.JUNK_KEY
    return match


def target_of(match: Match, tenant: Tenant) -> LinkTarget:
    """A match with what may be stored of him. Raises Conflict (`junk_key`)."""
    draft = None if match.customer is None else stored_part(match.customer, tenant)
    return LinkTarget(match.contact.id if match.contact is not None else None, draft, match.verified)


def refused_contact(contact: Contact, *, taken_apart: bool) -> NoLink | None:
    """Why an interaction is not linked to this contact by itself; None where it is. `taken_apart`: somebody unlinked the two
    before."""
    if not contact.active:
        return NoLink.INACTIVE
    return NoLink.UNLINKED if taken_apart else None


def key_of(match: Match) -> UniqueKey | None:
    """By which a match is kept; None for a contact without one."""
    if match.customer is not None:
        return match.customer.unique_key
    return match.contact.unique_key if match.contact is not None else None


def is_proved(contact: Contact, user: Identifier) -> bool:
    """Did this user of a channel prove before that he is the contact?"""
    who = identity(user.kind, user.value)
    return any(one.verified and identity(one.kind, one.value) == who for one in contact.identifiers)


def is_surer(assurance: LinkAssurance, than: LinkAssurance) -> bool:
    return RISING.index(assurance) > RISING.index(than)


def assurance_of(verified: bool, channel: str, user: Identifier | None, contact: Contact) -> LinkAssurance:
    """How sure a link is. `verified`: the match that it comes from was; `user`: who writes, as the channel calls him.

    `channel` where the contact is known by this very user, who proved himself before, and users of the channel are logged
    in: its own ones. An address or a number is what somebody typed there.
    """
    if user is not None and user.kind == CHANNEL_USER and channel in VOUCHED and is_proved(contact, user):
        return LinkAssurance.CHANNEL
    return LinkAssurance.MATCHED if verified else LinkAssurance.CLAIMED
