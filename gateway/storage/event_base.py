"""Events of channels as the use case sees them: each once, in one transaction with the interaction that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from sqlalchemy import Connection

from gateway.core.attendance import Arrival, Arrived
from gateway.core.audit import CONTACT, INTERACTION, Action, AuditEntry, Subject
from gateway.core.command import Command, Effect
from gateway.core.interaction import Interaction, NoLink
from gateway.core.linking import LinkTarget
from gateway.core.model import ProspectOption
from gateway.core.prospect import ProspectDraft
from gateway.storage.attendances import Attendances
from gateway.storage.audit import AuditRows
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interactions import Interactions
from gateway.storage.links import Links
from gateway.storage.registering import Registering
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing

_BY_ITSELF = "automatic"
"""The audit's outcome of what nobody did."""


@dataclass(slots=True)
class _Work:
    """One event under way, on one connection; what came of it beside the interaction."""

    connection: Connection
    command: Command
    now: datetime
    started: bool = False
    registered: bool = False
    refused: list[NoLink] = field(default_factory=list)

    @property
    def tenant(self) -> str:
        return self.command.tenant


class EventBase:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._contacts = Contacts(sealing)
        self._interactions = Interactions(sealing)
        self._attendances = Attendances(sealing, self._interactions)
        self._links = Links(sealing, self._contacts)
        self._registering = Registering(sealing, self._contacts)
        self._repeats = Repeats(sealing)
        self._audit = AuditRows(sealing)

    async def take(self, command: Command, arrival: Arrival, now: datetime, year: int | None) -> Effect[Arrived]:
        """`year`: in which the number of an interaction that begins is issued; None for later. Raises Conflict (`replayed`),
        IdentityReplayed; then nothing is kept."""

        def work(connection: Connection) -> Effect[Arrived]:
            doing = _Work(connection, command, now)
            done = self._repeats.once(connection, command, Action.EVENT, now, lambda: self._do(doing, arrival, year))
            interaction = self._interactions.get(connection, command.tenant, done.id)
            link = interaction.link
            contact = None if link is None else self._contacts.get(connection, command.tenant, link.contact)
            refused = doing.refused[0] if doing.refused else None
            arrived = Arrived(interaction, contact, refused, doing.started, doing.registered)
            return Effect(arrived, done.again)

        return await self._database.write(work)

    def _do(self, doing: _Work, arrival: Arrival, year: int | None) -> str:
        """The interaction's id."""
        self._attendances.take(doing.connection, doing.tenant, arrival, doing.now)
        interaction = self._attended(doing, arrival, year)
        self._tell(doing, Action.EVENT, interaction.id)
        if arrival.target is not None:
            if interaction.anonymous:
                doing.refused.append(NoLink.ANONYMOUS)
            else:
                self._link(doing, interaction, arrival.target)
        elif arrival.registering is not None and interaction.link is None and not interaction.anonymous:
            self._register(doing, interaction, arrival)
        return interaction.id

    def _attended(self, doing: _Work, arrival: Arrival, year: int | None) -> Interaction:
        """The interaction that goes on, or one that begins."""
        connection, tenant, opening = doing.connection, doing.tenant, arrival.opening
        found = self._attendances.going_on(connection, tenant, arrival, doing.now)
        going_on = found.interaction
        if going_on is not None and not self._leads_elsewhere(doing, going_on, arrival):
            if opening.context and not going_on.context:
                self._interactions.add_context(connection, tenant, going_on, opening.context)
            return going_on
        made = self._interactions.start(connection, tenant, opening, doing.command.actor, doing.now, year)
        self._attendances.began(connection, tenant, found.place, made)
        self._tell(doing, Action.START, made)
        doing.started = True
        return self._interactions.get(connection, tenant, made)

    def _leads_elsewhere(self, doing: _Work, interaction: Interaction, arrival: Arrival) -> bool:
        """Does the company vouch for somebody other than whom the interaction is linked to? Two log in at one computer: what
        is known of the first is not told to the second, whom the sources may not know, or not just now."""
        link, key = interaction.link, interaction.unique_key
        if link is None or not arrival.vouched:
            return False
        if arrival.target is not None:
            return not self._links.is_of(doing.connection, doing.tenant, link, arrival.target)
        return key is None or key.value != arrival.vouched_key

    def _link(self, doing: _Work, interaction: Interaction, target: LinkTarget) -> None:
        linked = self._links.link_if_unchanged(doing.connection, doing.tenant, interaction, target, doing.now)
        if isinstance(linked, NoLink):
            doing.refused.append(linked)
        elif linked is not None:
            self._tell(doing, Action.LINK, interaction.id, linked, outcome=_BY_ITSELF)

    def _register(self, doing: _Work, interaction: Interaction, arrival: Arrival) -> None:
        """Whom nobody knows, and link him where he is to have a history."""
        draft, user = arrival.registering, arrival.opening.channel_user
        assert draft is not None
        if user is not None:
            # Of two events of one stranger that begin two attendances, the second finds him.
            self._attendances.alone(doing.connection, doing.tenant, user, doing.now)
        contact = self._registering.register(doing.connection, doing.tenant, draft, doing.command.actor, doing.now)
        if contact is None:
            return
        # Of a stranger's events at once the first registers him; the others find him, though nobody knew him when they came.
        doing.registered = contact.created_at == doing.now
        prospect = isinstance(draft, ProspectDraft)
        if doing.registered or prospect:
            action = Action.SAVE_PROSPECT if prospect else Action.REGISTER
            self._audit.write(
                doing.connection,
                AuditEntry.of(doing.command, doing.now, action, Subject(CONTACT, contact.id), outcome=_BY_ITSELF),
            )
        if not (isinstance(draft, ProspectDraft) and draft.option is ProspectOption.MESSAGE):
            self._link(doing, interaction, LinkTarget(contact.id))

    def _tell(self, doing: _Work, action: Action, interaction: str, *contacts: str, outcome: str | None = None) -> None:
        concerns = (Subject(INTERACTION, interaction), *(Subject(CONTACT, contact) for contact in contacts))
        entry = AuditEntry.of(doing.command, doing.now, action, *concerns)
        self._audit.write(doing.connection, entry if outcome is None else replace(entry, outcome=outcome))
