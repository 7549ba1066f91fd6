"""Something comes over a channel: who writes is looked for, his attendance goes on or begins, and one answer says it all."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.core.attendance import Arrival, Arrived
from gateway.core.audit import Action
from gateway.core.channel import Channel, NumberedAt, Registration, channel_named
from gateway.core.channel_event import Told, says_another, told, told_key, vouched
from gateway.core.code import LONGEST_TEXT, CodesSent, codes_in
from gateway.core.command import Command, Effect
from gateway.core.context import check_context
from gateway.core.disclosure import Permission, Viewer
from gateway.core.errors import CannotAsk, IdentityRefused, TextTooLong
from gateway.core.facts import CodeState
from gateway.core.gainsaying import held_to_all
from gateway.core.identity import identity
from gateway.core.interaction import Interaction, NoLink, Opening, StartedBy
from gateway.core.issued_code import CodesShown
from gateway.core.joining import MOST_FOUND, Sought
from gateway.core.keeping import ContactDraft, without_junk
from gateway.core.linking import LinkTarget, is_proved, key_of, may_link_automatically, target_of
from gateway.core.meeting import Meeting
from gateway.core.model import Contact, Identification, Identifier, Json, Outcome, Standing
from gateway.core.prospect import ProspectDraft
from gateway.core.protocol import protocol_year
from gateway.core.reception import CodeAnswer, Reception
from gateway.core.redaction import Redacted
from gateway.core.tenant import Tenant
from gateway.service.interaction_ports import Finds
from gateway.service.known import ContactLookup
from gateway.service.live import Tenants
from gateway.service.prospects import day_of
from gateway.service.reception import receive
from gateway.service.redeeming import Judged, answer_of
from gateway.service.refs import Assurance, RefContent
from gateway.service.request import IdentifyRequest
from gateway.service.signed_user import SignedUser, single_use, vouched_for

_PRE_CHAT = "pre_chat"
_NOBODYS_CODE = "text: a code proves who writes, and nobody says who that is; send channel_user"


@dataclass(frozen=True, slots=True, repr=False)
class EventRequest(Redacted):
    """An event as a channel gave it. `event`: the caller's own id of it; `attendance`: of the conversation, the call, the
    thread. `channel_user`: kind and value, as they came. `text`: the message, in which a code is looked for. `data`: what is
    told of who writes. Neither is kept. `data_bytes`, `context_bytes`: their sizes as JSON. `explain`: as in
    IdentifyRequest, and why each rule applied."""

    channel: str
    event: str
    attendance: str | None = None
    channel_user: tuple[str, str] | None = None
    data: Map[str, Json] = field(default_factory=dict)
    data_bytes: int = 0
    identity: SignedUser | None = None
    text: str | None = None
    context: Map[str, Json] = field(default_factory=dict)
    context_bytes: int = 0
    anonymous: bool = False
    explain: bool = False


class EventStore(Protocol):
    """Where events are kept. Raises StorageUnavailable, Conflict (`replayed`), IdentityReplayed."""

    async def take(self, command: Command, arrival: Arrival, now: datetime, year: int | None) -> Effect[Arrived]: ...


class Knows(Protocol):
    """What his sources say of somebody who is known. Everything; no face may show it."""

    async def known(self, command: Command, content: RefContent, action: Action) -> Identification: ...


class Judges(Protocol):
    """What the code in a message is worth; of a good one, everything that follows is done. Raises NotHere, Conflict."""

    async def judge(
        self, command: Command, tenant: Tenant, shown: CodesShown, *, explain: bool = False
    ) -> Effect[Judged]: ...


@dataclass(frozen=True, slots=True, repr=False)
class _Found(Redacted):
    """Who writes, as far as anybody can say. `target`: whom he may be linked to by itself; `refused`: why nobody."""

    identification: Identification | None = None
    target: LinkTarget | None = None
    refused: NoLink | None = None
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelDesk:
    """`now`: the moment, aware, in UTC. Raises UnknownTenant, TenantBroken, StorageUnavailable."""

    store: EventStore
    tenants: Tenants
    finds: Finds
    knows: Knows
    contacts: ContactLookup
    codes: Judges
    now: Callable[[], datetime]

    async def take(self, command: Command, request: EventRequest) -> Effect[Reception]:
        """Raises UnknownChannel, ContextTooLarge, TextTooLong, IdentityRefused and Conflict (`replayed`): then nothing was
        kept. What cannot be searched by is left out, and refuses nothing."""
        try:
            return await self._take(command, request)
        except IdentityRefused as error:
            if command.viewer.may(Permission.CUSTOMERS_READ):
                raise
            # Who wrote is not to learn which of his attempts came near.
            raise IdentityRefused from error

    async def _take(self, command: Command, request: EventRequest) -> Effect[Reception]:
        tenant = self.tenants.get(command.tenant)
        channel = channel_named(tenant.channels, request.channel)
        check_context(request.context, request.context_bytes)
        check_context(request.data, request.data_bytes, "data")
        if request.text is not None and len(request.text) > LONGEST_TEXT:
            raise TextTooLong(LONGEST_TEXT)
        claims = vouched_for(channel, request.identity, self.now())
        event = told(tenant, channel, _data(request), request.channel_user)
        if claims is not None:
            event = vouched(tenant, claims.fields, event)
        found = await self._found(command, tenant, channel, request, event, signed=claims is not None)
        found = _proposing(found, channel)
        sent = None if request.text is None or request.anonymous else codes_in(request.text)
        # Asked again, because a search may have taken seconds.
        now = self.now()
        arrival = Arrival(
            event=request.event,
            opening=Opening(channel.name, StartedBy.EVENT, request.anonymous, event.user, request.context),
            attendance=request.attendance,
            since=now - timedelta(seconds=channel.continues_for) if channel.continues_for else None,
            target=found.target,
            # Whom a code proves in a moment is no stranger.
            registering=None if sent else _registering(tenant, channel, event, found.identification, now),
            token=single_use(channel, claims),
            vouched=claims is not None and not request.anonymous,
            vouched_key=None if claims is None else told_key(tenant, event),
        )
        year = protocol_year(now, tenant.time_zone) if channel.numbered_at is NumberedAt.START else None
        effect = await self.store.take(command, arrival, now, year)
        met = replace(_met(found, effect), vouched=arrival.vouched)
        if sent is None:
            return Effect(receive(tenant, command.viewer, met, explain=request.explain), effect.again)
        shown = None if event.user is None else _shown(event.user, channel, sent, effect.made.interaction)
        judged = None
        if shown is not None:
            judged = (await self.codes.judge(command, tenant, shown, explain=request.explain)).made
        met, answer = _proved(tenant, command.viewer, met, judged, sent)
        reception = receive(tenant, command.viewer, met, explain=request.explain)
        return Effect(replace(reception, code=answer), effect.again)

    # ------------------------------------------------------------------------------------------ who writes

    async def _found(
        self,
        command: Command,
        tenant: Tenant,
        channel: Channel,
        request: EventRequest,
        event: Told,
        *,
        signed: bool,
    ) -> _Found:
        if request.anonymous:
            return _Found(refused=NoLink.ANONYMOUS, left_out=event.left_out)
        known = None if signed else await self._recognised(tenant, event.user)
        if known is not None and not says_another(tenant, channel, event, known):
            return await self._as_known(command, tenant, known, event)
        if not event.searches:
            return _Found(left_out=event.left_out)
        question = IdentifyRequest(
            tenant=command.tenant,
            viewer=command.viewer,
            request_id=command.request_id,
            actor=command.actor,
            any_of=event.searches,
            explain=request.explain,
        )
        try:
            identification = await self.finds.find(question)
        except CannotAsk as error:
            return _Found(left_out=(*event.left_out, str(error)))
        identification = held_to_all(tenant, event.values, identification)
        match = may_link_automatically(identification, tenant.search_fields, anonymous=False)
        if isinstance(match, NoLink):
            return _Found(identification, None, match, event.left_out)
        return _Found(identification, replace(target_of(match, tenant), vouched=signed), None, event.left_out)

    async def _recognised(self, tenant: Tenant, user: Identifier | None) -> Contact | None:
        """The only contact that this user of a channel proved to be."""
        if user is None:
            return None
        found = await self.contacts.find(tenant.slug, Sought(values=(identity(user.kind, user.value),)))
        proved = [one for one in found if is_proved(one, user)]
        return proved[0] if len(proved) == 1 and len(found) <= MOST_FOUND else None

    async def _as_known(self, command: Command, tenant: Tenant, contact: Contact, event: Told) -> _Found:
        """The customer as his sources have him now. Whatever they say, he is who proved himself."""
        spec, key = tenant.unique_key, contact.unique_key
        asked = key if key is not None and (key.name, key.kind) == (spec.name, spec.kind) else None
        content = RefContent(tenant.slug, asked, contact.id, (), Assurance.VERIFIED, 0)
        identification = await self.knows.known(command, content, Action.RECOGNISE)
        draft = None
        matches = [match for match in identification.matches if match.customer is not None and key_of(match) == asked]
        if len(matches) == 1 and asked is not None:
            draft = target_of(matches[0], tenant).draft
        return _Found(identification, LinkTarget(contact.id, draft, verified=True), None, event.left_out)


def _shown(user: Identifier, channel: Channel, sent: CodesSent, interaction: Interaction) -> CodesShown:
    his = interaction.id if interaction.open and interaction.channel_user == user else None
    return CodesShown(user, channel.name, sent, his)


def _proved(
    tenant: Tenant, viewer: Viewer, met: Meeting, judged: Judged | None, sent: CodesSent
) -> tuple[Meeting, CodeAnswer]:
    """With what came of the code in the message: a good one says who writes, whatever the event told. `judged`: None where
    nobody is said to write."""
    if judged is None:
        left_out = (*met.left_out, _NOBODYS_CODE) if sent else met.left_out
        return replace(met, left_out=left_out), answer_of(Judged(met), tenant, viewer)
    answer = answer_of(judged, tenant, viewer)
    if judged.met.code is CodeState.VALID:
        return replace(judged.met, left_out=met.left_out), answer
    return replace(met, code=judged.met.code), answer


def _data(request: EventRequest) -> Map[str, Json]:
    """What is read of who writes: the data, and what he answered before the chat."""
    answers = request.context.get(_PRE_CHAT)
    return request.data if answers is None or _PRE_CHAT in request.data else {**request.data, _PRE_CHAT: answers}


def _proposing(found: _Found, channel: Channel) -> _Found:
    """Where nobody is registered, nobody is proposed to be."""
    identification = found.identification
    if channel.registration is not Registration.NONE or identification is None or identification.proposal is None:
        return found
    return replace(found, identification=replace(identification, proposal=None))


def _registering(
    tenant: Tenant, channel: Channel, event: Told, identification: Identification | None, now: datetime
) -> ContactDraft | ProspectDraft | None:
    """Who is registered by itself: whom, for certain, nobody knows, and who can be found again."""
    if channel.registration is not Registration.AUTOMATIC or identification is None:
        return None
    proposal, identifiers = identification.proposal, without_junk(event.identifiers)
    if identification.outcome is not Outcome.NOT_FOUND or proposal is None or not identifiers:
        return None
    if proposal.prospect is None:
        return ContactDraft(
            Standing.REGISTERED,
            name=event.name,
            identifiers=identifiers,
            customer_type=proposal.customer_type,
            seal_name=tenant.seal_names,
        )
    return ProspectDraft(
        proposal.prospect,
        day_of(now, tenant),
        unique_key=proposal.unique_key,
        name=event.name,
        identifiers=identifiers,
        customer_type=proposal.customer_type,
        seal_name=tenant.seal_names,
    )


def _met(found: _Found, effect: Effect[Arrived]) -> Meeting:
    arrived = effect.made
    linked = arrived.interaction.link is not None
    return Meeting(
        identification=found.identification,
        interaction=arrived.interaction,
        contact=arrived.contact,
        refused=arrived.refused or (None if linked or effect.again else found.refused),
        left_out=found.left_out,
        registered=arrived.registered,
    )
