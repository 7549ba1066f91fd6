"""Who may see and do what: roles of API keys, and what of an identification a role is shown."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from gateway.core.facts import Facts
from gateway.core.interaction import Interaction, InteractionHistory, InteractionPage
from gateway.core.likeness import attributes_likeness, contact_likeness, key_likeness, likeness
from gateway.core.meeting import Tie
from gateway.core.model import Contact, Identification, Identifier, Match, Outcome, Proposal, UniqueKey
from gateway.core.redaction import mask
from gateway.core.showing import LIKENESS, Disclosure, Shown, View


class Permission(StrEnum):
    """What a caller may do. A role is a named set of these."""

    IDENTIFY = "identify"
    """Ask *who is this?*"""
    CUSTOMERS_READ = "customers.read"
    """See a customer's values in clear; without it, what the tenant shows by how sure it is that he is who writes."""
    INTERACT = "interactions.write"
    """Start an interaction that a channel opened, say what happens in it, finish it; and read it."""
    START_BY_HAND = "interactions.start_by_hand"
    """Open an interaction that no channel opened."""
    LINK = "interactions.link"
    """Tie an interaction to a customer, or untie it."""
    CONTACTS_WRITE = "contacts.write"
    """Register a person in the contact base, change, deactivate and merge contacts."""
    CONTACTS_PUSH = "contacts.push"
    """Say how a customer is now: the company's own base, when it changes."""
    LOAD_PROSPECTS = "prospects.load"
    """Take the day's prospects over into the company's own base."""
    ISSUE_CODES = "codes.issue"
    """Get an identification code for a customer who is logged in."""
    AUDIT_READ = "audit.read"
    """Read who asked for whom and who changed what; no values."""
    REPORTS_READ = "reports.read"
    """Counts of contacts and prospects."""
    OPERATIONS = "operations"
    """Metrics, and the detail of readiness; no customer's data."""


_ATTENDS = frozenset(
    {
        Permission.IDENTIFY,
        Permission.CUSTOMERS_READ,
        Permission.INTERACT,
        Permission.LINK,
        Permission.CONTACTS_WRITE,
    }
)

ROLES: Map[str, frozenset[Permission]] = MappingProxyType(
    {
        # The helpdesk's own server, which knows its operators and what each of them may.
        "helpdesk": _ATTENDS | {Permission.START_BY_HAND, Permission.REPORTS_READ},
        # A person who attends customers at the gateway's own pages.
        "operator": _ATTENDS,
        # The same, who may also open an interaction by hand, looks after the day's prospects and reads the reports.
        "supervisor": _ATTENDS | {Permission.START_BY_HAND, Permission.LOAD_PROSPECTS, Permission.REPORTS_READ},
        # A program that talks to customers: it learns whether somebody is known, and nothing to tell a stranger. It opens
        # and keeps interactions; whom they belong to is for the rules or for a person to say.
        "bot": frozenset({Permission.IDENTIFY, Permission.INTERACT}),
        # The company's site or app, where customers log in.
        "issuer": frozenset({Permission.ISSUE_CODES}),
        # The company's own back end, which tells when a customer's data change.
        "company": frozenset({Permission.CONTACTS_PUSH}),
        # The company's job at the end of the day.
        "loader": frozenset({Permission.LOAD_PROSPECTS}),
        # Whoever answers for data protection: he sees what was done, and nobody's data.
        "auditor": frozenset({Permission.AUDIT_READ, Permission.REPORTS_READ}),
        # Monitoring, and the person on duty.
        "operations": frozenset({Permission.OPERATIONS}),
    }
)
"""Role -> what it may do."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks: the role and the id of an API key; the id is safe to log. An unknown role may do nothing."""

    role: str
    key_id: str

    def may(self, permission: Permission) -> bool:
        return permission in ROLES.get(self.role, frozenset())


def disclose(
    identification: Identification, viewer: Viewer, shown: Disclosure, tie: Tie | None = None
) -> Identification:
    """What this viewer may see of an identification; the same object where that is everything.

    Without `customers.read`: of whom who writes is tied to (`tie`), what the tenant shows of such (`shown`); of everybody
    else what it shows of whom somebody merely claims to be. Of `several` nobody else, nor how many: one number asked would
    tell of all who share it. No unmapped values, conflicts or trace. The outcome is the same for everybody.
    """
    if viewer.may(Permission.CUSTOMERS_READ):
        return identification
    own = None if tie is None else tie.match
    several = identification.outcome is Outcome.SEVERAL
    claimed = shown.at(None)
    proposal, prospect = identification.proposal, identification.known_prospect
    prospects = shown.at(tie.assurance) if tie is not None and prospect and prospect.id == tie.contact else claimed
    return replace(
        identification,
        matches=tuple(
            _match(match, shown.at(tie.assurance) if tie is not None and match is own else claimed)
            for match in identification.matches
            if match is own or not several
        ),
        more=identification.more and not several,
        sources=tuple(
            replace(answer, customers=(), contacts=0, refused=0, dropped=0) for answer in identification.sources
        ),
        proposal=None if proposal is None else _proposal(proposal, prospects if prospect else None),
        known_prospect=None if prospect is None else contact_likeness(prospect, prospects),
        trace=(),
    )


def disclose_one(interaction: Interaction, viewer: Viewer, shown: Disclosure) -> Interaction:
    """What this viewer may see of an interaction: without `customers.read` nothing that the channel told of the customer,
    and of who he is what the tenant shows by the link's assurance, while it is open: later nobody writes in it."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return interaction
    user, link = interaction.channel_user, interaction.link
    view = shown.at(link.assurance if link is not None and interaction.open else None)
    masked = None if user is None else Identifier(user.kind, mask(user.value), user.verified)
    return replace(interaction, context={}, channel_user=masked, unique_key=_key_of(interaction, view))


def disclose_interaction(history: InteractionHistory, viewer: Viewer, shown: Disclosure) -> InteractionHistory:
    """Without `customers.read` without what was written down and registered."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return history
    return InteractionHistory(disclose_one(history.interaction, viewer, shown), history.links)


def disclose_interactions(page: InteractionPage, viewer: Viewer, shown: Disclosure) -> InteractionPage:
    """Without `customers.read` everybody in a list is only found, whatever he proved to whom he wrote: a protocol number can
    be guessed. So nothing tells where he writes, either, unless the tenant shows telephone numbers of such."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return page
    view = shown.at(None)
    return replace(page, interactions=tuple(_listed(one, view) for one in page.interactions))


def _listed(interaction: Interaction, view: View) -> Interaction:
    user = interaction.channel_user
    seen = None
    if user is not None and view.phones is not Shown.HIDDEN:
        seen = Identifier(user.kind, mask(user.value), user.verified)
    return replace(interaction, context={}, channel_user=seen, unique_key=_key_of(interaction, view))


def _key_of(interaction: Interaction, view: View) -> UniqueKey | None:
    key = interaction.unique_key
    return None if key is None or view.unique_key is Shown.HIDDEN else key_likeness(key, view)


def disclose_facts(facts: Facts, viewer: Viewer, shown: Disclosure) -> Facts:
    """Without `customers.read`, of the customer what the tenant shows by their assurance; whether he is known, everybody is
    told."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return facts
    view = shown.at(facts.assurance)
    return replace(
        facts,
        customer_type=facts.customer_type if view.customer_type is Shown.SHOWN else None,
        created_at=facts.created_at if view.created_at is Shown.SHOWN else None,
        attributes=attributes_likeness(facts.attributes, view),
    )


def disclosed(contact: Contact, viewer: Viewer) -> Contact:
    """What this viewer may see of a contact that he wrote himself; the same object where that is everything."""
    return contact if viewer.may(Permission.CUSTOMERS_READ) else contact_likeness(contact, LIKENESS)


def _match(match: Match, view: View) -> Match:
    return replace(
        match,
        same_document=False,
        customer=None if match.customer is None else likeness(match.customer, view),
        contact=None if match.contact is None else contact_likeness(match.contact, view),
    )


def _proposal(proposal: Proposal, prospect: View | None) -> Proposal:
    """`prospect`: what is shown of the stored one whose type it carries; None where it is the tenant's word. The key is what
    was searched by."""
    key = proposal.unique_key
    message = proposal.message if key is None else proposal.message.replace(key.value, mask(key.value))
    type_ = proposal.customer_type if prospect is None or prospect.customer_type is Shown.SHOWN else None
    masked = None if key is None else UniqueKey(key.name, key.kind, mask(key.value))
    return Proposal(message, type_, proposal.prospect, masked)
