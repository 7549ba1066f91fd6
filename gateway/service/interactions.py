"""The use cases of an interaction: start it, tie it to somebody, write down what happens, finish it, read it again."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.core.channel import NumberedAt, channel_named
from gateway.core.channel_user import channel_user
from gateway.core.command import Command, Effect
from gateway.core.context import check_context
from gateway.core.disclosure import Permission, disclose_interaction, disclose_interactions, disclose_one
from gateway.core.errors import Forbidden
from gateway.core.interaction import (
    CaseDraft,
    CaseReference,
    Interaction,
    InteractionHistory,
    InteractionPage,
    NoLink,
    Note,
    Opening,
    StartedBy,
)
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget, may_link_automatically, target_of
from gateway.core.meeting import Meeting
from gateway.core.model import Identification, Json, Match, Standing
from gateway.core.protocol import parse_protocol, protocol_year
from gateway.core.reception import Reception
from gateway.core.redaction import Redacted
from gateway.core.showing import Disclosure
from gateway.core.tenant import Tenant
from gateway.service.details import RefOpener
from gateway.service.interaction_ports import Filling, Finds, InteractionStore
from gateway.service.live import Tenants
from gateway.service.reception import receive
from gateway.service.refs import Assurance, RefContent
from gateway.service.request import IdentifyRequest


@dataclass(frozen=True, slots=True, repr=False)
class StartRequest(Redacted):
    """An interaction as a channel or an operator opens it. `channel_user`: kind and value, as they came. `context_bytes`:
    its size as JSON. At most one of `search` and `text`: whom to look for, so that it may be linked by itself. `explain`:
    tell why each rule applied."""

    channel: str
    by_hand: bool = False
    anonymous: bool = False
    channel_user: tuple[str, str] | None = None
    context: Map[str, Json] = field(default_factory=dict)
    context_bytes: int = 0
    search: Map[str, str] | None = None
    text: str | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Finished(Redacted):
    """`survey`: where the customer is led to, None where the channel has no survey."""

    interaction: Interaction
    survey: str | None = None


@dataclass(frozen=True, slots=True)
class InteractionDesk:
    """`now`: the moment, aware, in UTC. `filling`: who asks the sources for what may be stored of somebody of whom only the
    unique key is known; None where nobody does.

    Everything raises UnknownTenant, TenantBroken and StorageUnavailable; every write NotHere and Conflict (`finished`). What
    comes back is what the viewer may see.
    """

    store: InteractionStore
    tenants: Tenants
    finds: Finds
    refs: RefOpener
    now: Callable[[], datetime]
    filling: Filling | None = None

    # ------------------------------------------------------------------------------------------ writing

    async def start(self, command: Command, request: StartRequest) -> Effect[Reception]:
        """Raises Forbidden, UnknownChannel, InvalidKey, ContextTooLarge, and what an identification raises: then nothing was
        started. What `search` or `text` finds is linked, or `refused` says why not; the identification itself is not given.
        """
        if request.by_hand and not command.viewer.may(Permission.START_BY_HAND):
            raise Forbidden(Permission.START_BY_HAND)
        tenant = self.tenants.get(command.tenant)
        channel = channel_named(tenant.channels, request.channel)
        check_context(request.context, request.context_bytes)
        user = request.channel_user
        opening = Opening(
            channel.name,
            StartedBy.HAND if request.by_hand else StartedBy.EVENT,
            request.anonymous,
            user if user is None else channel_user(channel.name, *user, tenant.country),
            request.context,
        )
        identification = await self._identified(command, request)
        found = _linkable(identification, request, tenant)
        target = target_of(found, tenant) if isinstance(found, Match) else None
        # Asked again, because a search may have taken seconds.
        now = self.now()
        at_once = request.by_hand or channel.numbered_at is NumberedAt.START
        year = protocol_year(now, tenant.time_zone) if at_once else None
        effect = await self.store.start(command, opening, target, now, year)
        refused = found if isinstance(found, NoLink) and not effect.again else effect.made.refused
        met = Meeting(identification, effect.made.interaction, refused=refused)
        reception = receive(tenant, command.viewer, met, explain=request.explain)
        return Effect(replace(reception, identification=None), effect.again)

    async def first_action(self, command: Command, interaction: str) -> Effect[Interaction]:
        """The operator acts for the first time; the second time changes nothing."""
        now, year = self._moment(command)
        return self._seen(await self.store.first_action(command, interaction, now, year), command)

    async def link(
        self, command: Command, interaction: str, *, ref: str | None = None, contact: str | None = None
    ) -> Effect[Interaction]:
        """By a match's ref, else by a contact's id. Raises RefExpired, RefForged, Conflict (`linked_already` …), NotHere."""
        held = None if ref is None else self.refs.open(ref, command.tenant)
        target = self._target(command, held, contact)
        return self._linked(await self.store.link(command, interaction, target, self.now()), command, held)

    async def unlink(self, command: Command, interaction: str) -> Effect[Interaction]:
        """The pair is never linked by itself again. Raises Conflict (`nobody_linked`)."""
        return self._seen(await self.store.unlink(command, interaction, self.now()), command)

    async def reidentify(
        self, command: Command, interaction: str, *, ref: str | None = None, contact: str | None = None
    ) -> Effect[Interaction]:
        """Raises as `link`, and Conflict (`nobody_linked`)."""
        held = None if ref is None else self.refs.open(ref, command.tenant)
        target = self._target(command, held, contact)
        return self._linked(await self.store.reidentify(command, interaction, target, self.now()), command, held)

    async def add_note(self, command: Command, interaction: str, text: str) -> Effect[Note]:
        return await self.store.add_note(command, interaction, text, self.now())

    async def add_case(self, command: Command, interaction: str, case: CaseDraft) -> Effect[CaseReference]:
        """Raises Conflict (`nobody_linked`) for an identified one without a person."""
        return await self.store.add_case(command, interaction, case, self.now())

    async def finish(self, command: Command, interaction: str) -> Effect[Finished]:
        """With the protocol number that the customer is given, and the survey that follows."""
        now, year = self._moment(command)
        effect = await self.store.finish(command, interaction, now, year)
        made = effect.made
        channel = self.tenants.get(command.tenant).channels.get(made.channel)
        survey = channel.survey_for(made.protocol) if channel is not None and made.protocol is not None else None
        return Effect(Finished(disclose_one(made, command.viewer, self._shown(command)), survey), effect.again)

    # ------------------------------------------------------------------------------------------ reading

    async def history(self, command: Command, interaction: str) -> InteractionHistory:
        """Raises NotHere."""
        return disclose_interaction(
            await self.store.history(command.tenant, interaction), command.viewer, self._shown(command)
        )

    async def page(self, command: Command, contact: str | None, after: str | None, limit: int) -> InteractionPage:
        """The latest first. Raises MalformedRequest for a cursor that no page gave."""
        page = await self.store.page(command.tenant, contact, after, limit)
        return disclose_interactions(page, command.viewer, self._shown(command))

    async def by_protocol(self, command: Command, number: str) -> InteractionPage:
        """The one with this protocol number, as people write it, or none; what is no such number is nobody's."""
        protocol = parse_protocol(number)
        found = () if protocol is None else await self.store.by_protocol(command.tenant, protocol)
        return disclose_interactions(InteractionPage(found), command.viewer, self._shown(command))

    # ------------------------------------------------------------------------------------------ whom

    async def _identified(self, command: Command, request: StartRequest) -> Identification | None:
        """None where nobody was searched for, or who writes wants to stay unknown."""
        if request.anonymous or (request.search is None and request.text is None):
            return None
        question = IdentifyRequest(
            tenant=command.tenant,
            viewer=command.viewer,
            search=request.search,
            text=request.text,
            request_id=command.request_id,
        )
        return await self.finds.find(question)

    def _target(self, command: Command, held: RefContent | None, contact: str | None) -> LinkTarget:
        """Whom an operator chose. A ref holds no more than the key; one of a contact that no source knows says no more than
        which he is."""
        if held is None:
            return LinkTarget(contact=contact)
        verified = held.assurance is Assurance.VERIFIED
        if held.unique_key is None or not held.sources:
            return LinkTarget(held.contact, verified=verified)
        tenant = self.tenants.get(command.tenant)
        draft = ContactDraft(Standing.CUSTOMER, held.unique_key, seal_name=tenant.seal_names)
        return LinkTarget(held.contact, draft, verified, fill=held.sources if tenant.stored_fields else ())

    def _linked(self, effect: Effect[Interaction], command: Command, held: RefContent | None) -> Effect[Interaction]:
        link = effect.made.link
        known_there = held is not None and held.unique_key is not None and held.sources
        if self.filling is not None and held is not None and known_there and link is not None and not effect.again:
            self.filling.fill(command, link.contact, held)
        return self._seen(effect, command)

    def _seen(self, effect: Effect[Interaction], command: Command) -> Effect[Interaction]:
        return Effect(disclose_one(effect.made, command.viewer, self._shown(command)), effect.again)

    def _shown(self, command: Command) -> Disclosure:
        return self.tenants.get(command.tenant).shown

    def _moment(self, command: Command) -> tuple[datetime, int]:
        now = self.now()
        return now, protocol_year(now, self.tenants.get(command.tenant).time_zone)


def _linkable(identification: Identification | None, request: StartRequest, tenant: Tenant) -> Match | NoLink | None:
    """Whom the search found, or why nobody is to be linked by himself; None where nobody was searched for."""
    if identification is None:
        return NoLink.ANONYMOUS if request.search is not None or request.text is not None else None
    return may_link_automatically(identification, tenant.search_fields, anonymous=False)
