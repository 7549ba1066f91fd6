"""What came of one call over a channel, before anybody is shown of it, and the facts that follow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timezone

from gateway.core.facts import CodeState, Facts
from gateway.core.interaction import RISING, Interaction, Link, LinkAssurance, NoLink
from gateway.core.linking import key_of
from gateway.core.model import ATTRIBUTES, Contact, Identification, Match, Outcome, Standing
from gateway.core.redaction import Redacted
from gateway.core.rules import RuleSet


@dataclass(frozen=True, slots=True, repr=False)
class Meeting(Redacted):
    """`identification`: None where nobody was looked for. `interaction`: the open one of who writes. `contact`: whom he is
    linked to or recognised as. `assurance`: how sure he was recognised as `contact`, where no link says it. `refused`: why
    the interaction was not linked by itself. `vouched`: a signed identity says who he is. `channel`: where there is no
    interaction to say it. `left_out`, `registered`: as in Reception."""

    identification: Identification | None = None
    interaction: Interaction | None = None
    contact: Contact | None = None
    assurance: LinkAssurance | None = None
    code: CodeState = CodeState.NOT_SENT
    refused: NoLink | None = None
    vouched: bool = False
    channel: str | None = None
    left_out: tuple[str, ...] = ()
    registered: bool = False

    @property
    def open_to(self) -> LinkAssurance | None:
        """How surely he might be tied to somebody, had every source answered; None where the answer decides it."""
        if self.refused is not NoLink.INCOMPLETE:
            return None
        return LinkAssurance.CHANNEL if self.vouched else LinkAssurance.MATCHED

    @property
    def link(self) -> Link | None:
        """The one that holds now."""
        return self.interaction.link if self.interaction is not None and self.interaction.open else None

    def tied(self) -> Tie | None:
        """Whom who writes is tied to: by the interaction's link, else as he was recognised; None for nobody."""
        link, contact = self.link, self.contact
        if link is not None:
            known = contact if contact is not None and contact.id == link.contact else None
            return Tie(link.contact, link.assurance, self._match(link.contact, known), known)
        if contact is not None and self.assurance is not None:
            return Tie(contact.id, self.assurance, self._match(contact.id, contact), contact)
        return None

    def _match(self, contact: str, known: Contact | None) -> Match | None:
        """The match that is this contact: by its id, else by its unique key."""
        if self.identification is None:
            return None
        linked = self.interaction.unique_key if self.interaction is not None and self.link is not None else None
        key = known.unique_key if known is not None else linked
        for match in self.identification.matches:
            if match.contact is not None and match.contact.id == contact:
                return match
        held = None if key is None else (key.kind, key.value)
        for match in self.identification.matches:
            found = key_of(match) if match.contact is None else None
            if found is not None and (found.kind, found.value) == held:
                return match
        return None


@dataclass(frozen=True, slots=True, repr=False)
class Tie(Redacted):
    """`contact`: the id. `match`, `known`: what is at hand of him."""

    contact: str
    assurance: LinkAssurance
    match: Match | None = None
    known: Contact | None = None


def facts_of(met: Meeting, rules: RuleSet) -> Facts:
    """What is known. Nobody is `identified` by what he only claimed, by one of several, as a prospect, or because a source
    was silent: a proof (code, channel) stands by itself, all else needs an answer."""
    found, tie = met.identification, met.tied()
    outcome = None if found is None else found.outcome
    match = tie.match if tie is not None else _only(found)
    contact = _contact(tie, match, found)
    assurance = tie.assurance if tie is not None else LinkAssurance.CLAIMED if match is not None else None
    return Facts(
        outcome=outcome,
        complete=None if found is None else found.complete,
        channel=met.channel if met.interaction is None else met.interaction.channel,
        identified=_identified(tie, match, contact, outcome, rules.identified_from, met.open_to),
        assurance=assurance,
        code=met.code,
        customer_type=_customer_type(contact, found if tie is None else None),
        created_at=_created_at(match, contact, rules),
        attributes=_attributes(match, contact, rules.attributes),
    )


def _only(found: Identification | None) -> Match | None:
    if found is None or found.outcome is not Outcome.FOUND or len(found.matches) != 1:
        return None
    return found.matches[0]


def _contact(tie: Tie | None, match: Match | None, found: Identification | None) -> Contact | None:
    if match is not None and match.contact is not None:
        return match.contact
    if tie is not None and tie.known is not None:
        return tie.known
    prospect = None if found is None else found.known_prospect
    if prospect is None or match is not None or (tie is not None and tie.contact != prospect.id):
        return None
    return prospect


def _identified(
    tie: Tie | None,
    match: Match | None,
    contact: Contact | None,
    outcome: Outcome | None,
    enough: LinkAssurance,
    open_to: LinkAssurance | None,
) -> bool | None:
    silent = outcome is Outcome.UNAVAILABLE
    if tie is None:
        undecided = open_to is not None and RISING.index(open_to) >= RISING.index(enough)
        return None if silent or undecided else False
    customer = match is not None and match.customer is not None
    if contact is not None and not customer and (contact.standing is Standing.PROSPECT or not contact.active):
        return False
    if RISING.index(tie.assurance) < max(RISING.index(enough), RISING.index(LinkAssurance.MATCHED)):
        return None if silent else False
    if tie.assurance is LinkAssurance.MATCHED and outcome in (Outcome.SEVERAL, Outcome.UNAVAILABLE):
        return None if silent else False
    if tie.assurance is LinkAssurance.MATCHED and outcome is not None and match is None:
        # Whoever was looked for, it was not he: that bears out nothing.
        return None
    # Of a link alone nobody knows whether it leads to a prospect.
    return True if customer or contact is not None else None


def _customer_type(contact: Contact | None, found: Identification | None) -> str | None:
    if contact is not None:
        return contact.customer_type
    proposal = None if found is None else found.proposal
    return None if proposal is None else proposal.customer_type


def _created_at(match: Match | None, contact: Contact | None, rules: RuleSet) -> datetime | None:
    if rules.created_at is None:
        return None if contact is None else contact.created_at
    # The contact base met him when it met him: where his own system is silent, nobody knows.
    text = _attribute(match, contact, rules.created_at.attribute)
    moment = None if text is None else rules.created_at.read(text)
    return None if moment is None else moment.astimezone(timezone.utc)


def _attributes(match: Match | None, contact: Contact | None, names: tuple[str, ...]) -> dict[str, str]:
    found = {name: _attribute(match, contact, name) for name in names}
    return {name: value for name, value in found.items() if value is not None}


def _attribute(match: Match | None, contact: Contact | None, name: str) -> str | None:
    """As his sources say it now, else as it is kept of him."""
    if match is not None and match.customer is not None:
        return match.customer.attributes.get(name)
    return None if contact is None else contact.stored.get(f"{ATTRIBUTES}{name}")
