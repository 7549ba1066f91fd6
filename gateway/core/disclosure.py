"""Who may see and do what: roles of API keys, and what of an identification a role is shown."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from gateway.core.facts import Facts
from gateway.core.interaction import Interaction, InteractionHistory, InteractionPage
from gateway.core.model import Contact, Customer, Document, Identification, Identifier, Match, Proposal, UniqueKey
from gateway.core.redaction import mask


class Permission(StrEnum):
    """What a caller may do. A role is a named set of these."""

    IDENTIFY = "identify"
    """Ask *who is this?*"""
    CUSTOMERS_READ = "customers.read"
    """See a customer's values in clear; without it, a masked likeness of them."""
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


def disclose(identification: Identification, viewer: Viewer) -> Identification:
    """What this viewer may see of an identification; the same object where that is everything.

    Without `customers.read`: initials of names, masked keys, documents, e-mails and phones; no birth date, addresses,
    attributes, unmapped values, conflicts or trace. Outcome, counts and the sources' states are the same for everybody.
    """
    if viewer.may(Permission.CUSTOMERS_READ):
        return identification
    proposal, prospect = identification.proposal, identification.known_prospect
    return replace(
        identification,
        matches=tuple(map(_match, identification.matches)),
        sources=tuple(
            replace(
                answer,
                customers=tuple(replace(given, customer=likeness(given.customer)) for given in answer.customers),
            )
            for answer in identification.sources
        ),
        proposal=None if proposal is None else _proposal(proposal),
        known_prospect=None if prospect is None else _contact(prospect),
        trace=(),
    )


def disclose_one(interaction: Interaction, viewer: Viewer) -> Interaction:
    """What this viewer may see of an interaction: without `customers.read` nothing that the channel told of the customer,
    and a masked likeness of who he is."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return interaction
    user, key = interaction.channel_user, interaction.unique_key
    return replace(
        interaction,
        context={},
        channel_user=None if user is None else Identifier(user.kind, mask(user.value), user.verified),
        unique_key=None if key is None else _key(key),
    )


def disclose_interaction(history: InteractionHistory, viewer: Viewer) -> InteractionHistory:
    """Without `customers.read` without what was written down and registered."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return history
    return InteractionHistory(disclose_one(history.interaction, viewer), history.links)


def disclose_interactions(page: InteractionPage, viewer: Viewer) -> InteractionPage:
    return replace(page, interactions=tuple(disclose_one(one, viewer) for one in page.interactions))


def disclose_facts(facts: Facts, viewer: Viewer) -> Facts:
    """Without `customers.read` nothing of the customer but whether he is known, and how surely."""
    if viewer.may(Permission.CUSTOMERS_READ):
        return facts
    return replace(facts, customer_type=None, created_at=None, attributes={})


_ATTRIBUTES = "attributes."
_STAYS = ("unique_key", "name", "documents[", "emails[", "phones[")


def _match(match: Match) -> Match:
    return replace(
        match,
        customer=None if match.customer is None else likeness(match.customer),
        contact=None if match.contact is None else _contact(match.contact),
    )


def likeness(customer: Customer) -> Customer:
    """What may be seen of a customer without `customers.read`."""
    # Made from nothing, so that a value that is added to Customer one day is not shown before somebody has thought of it.
    return Customer(
        unique_key=_key(customer.unique_key),
        name=None if customer.name is None else initials(customer.name),
        documents=tuple(Document(one.kind, mask(one.value), masked=True) for one in customer.documents),
        emails=tuple(map(mask, customer.emails)),
        phones=tuple(map(mask, customer.phones)),
        sources=customer.sources,
        provenance={path: said for path, said in customer.provenance.items() if path.startswith(_STAYS)},
    )


def disclosed(contact: Contact, viewer: Viewer) -> Contact:
    """What this viewer may see of a contact; the same object where that is everything."""
    return contact if viewer.may(Permission.CUSTOMERS_READ) else _contact(contact)


def _contact(contact: Contact) -> Contact:
    # Made from nothing, as a customer's likeness is.
    return Contact(
        contact.id,
        contact.standing,
        None if contact.unique_key is None else _key(contact.unique_key),
        None if contact.name is None else initials(contact.name),
        tuple(
            Identifier(one.kind, mask(one.value), one.verified)
            for one in contact.identifiers
            if not one.kind.startswith(_ATTRIBUTES)
        ),
        contact.customer_type,
        active=contact.active,
        merged_into=contact.merged_into,
        revision=contact.revision,
        created_at=contact.created_at,
        updated_at=contact.updated_at,
    )


def _proposal(proposal: Proposal) -> Proposal:
    key = proposal.unique_key
    message = proposal.message if key is None else proposal.message.replace(key.value, mask(key.value))
    return Proposal(message, proposal.customer_type, proposal.prospect, None if key is None else _key(key))


def _key(key: UniqueKey) -> UniqueKey:
    return UniqueKey(key.name, key.kind, mask(key.value))


def initials(name: str) -> str:
    """Of the first and the last word: `João da Silva` -> `J. S.`; where there is none, `*`."""
    letters = [letter for word in name.split() if (letter := next(filter(str.isalpha, word), None)) is not None]
    ends = letters[:1] + letters[1:][-1:]
    return " ".join(f"{letter.upper()}." for letter in ends) or "*"
