"""The use case of a code that somebody shows: is there one in his message, is it good, and who does it prove?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from gateway.core.channel import channel_named
from gateway.core.channel_user import channel_user
from gateway.core.code import LONGEST_TEXT, codes_in
from gateway.core.code_words import for_writer
from gateway.core.command import Command, Effect
from gateway.core.disclosure import Permission, Viewer
from gateway.core.errors import RequestError, TextTooLong
from gateway.core.facts import CodeState
from gateway.core.interaction import LinkAssurance
from gateway.core.issued_code import Attempt, CodeRefusal, CodesShown, CodeTrouble, LiveCode, Looked, Proof
from gateway.core.linking import LinkTarget
from gateway.core.meeting import Meeting
from gateway.core.model import Identification
from gateway.core.proving import held_against, proved, question_of
from gateway.core.reception import CodeAnswer, Reception
from gateway.core.redaction import Redacted
from gateway.core.tenant import Tenant
from gateway.service.interaction_ports import Finds
from gateway.service.live import Tenants
from gateway.service.reception import receive
from gateway.service.request import IdentifyRequest


@dataclass(frozen=True, slots=True, repr=False)
class RedeemRequest(Redacted):
    """`text`: a message as it was written. `user`: kind and value of who wrote it, as the channel calls him. `interaction`:
    the id of the one that he wrote it in, None for the open one that he has. `explain`: as in IdentifyRequest, and why each
    rule applied."""

    text: str
    channel: str
    user: tuple[str, str]
    interaction: str | None = None
    explain: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Judged(Redacted):
    """What came of a message, before anybody is shown of it. `trouble`: why its code is not good."""

    met: Meeting
    trouble: CodeTrouble | None = None
    purpose: str | None = None


class ShownStore(Protocol):
    """Where codes are kept. Raises StorageUnavailable; NotHere and Conflict (`finished`, `other_user`) for an interaction
    that is named."""

    async def look(self, command: Command, shown: CodesShown, now: datetime) -> Looked: ...

    async def refuse(
        self, command: Command, shown: CodesShown, refusal: CodeRefusal, now: datetime
    ) -> Effect[Attempt]: ...

    async def use(
        self,
        command: Command,
        code: LiveCode,
        shown: CodesShown,
        target: LinkTarget,
        came: datetime,
        now: datetime,
    ) -> Effect[Attempt]: ...


class CodeObserver(Protocol):
    """Told of what happened. Must not block and must not raise."""

    def code_shown(self, tenant: str, state: CodeState, trouble: CodeTrouble | None) -> None: ...

    def codes_guessed(self, tenant: str) -> None:
        """So many wrong codes came to this tenant that somebody is to look: once in a while of them."""
        ...


@dataclass(frozen=True, slots=True)
class Redeeming:
    """`now`: the moment, aware, in UTC. Raises UnknownTenant, TenantBroken and StorageUnavailable; then a code is as good
    as before."""

    store: ShownStore
    tenants: Tenants
    finds: Finds
    observer: CodeObserver
    now: Callable[[], datetime]

    async def redeem(self, command: Command, request: RedeemRequest) -> Effect[Reception]:
        """Raises TextTooLong, UnknownChannel, InvalidKey, NotHere, Conflict (`finished`, `other_user`)."""
        tenant = self.tenants.get(command.tenant)
        if len(request.text) > LONGEST_TEXT:
            raise TextTooLong(LONGEST_TEXT)
        channel = channel_named(tenant.channels, request.channel).name
        user = channel_user(channel, *request.user, tenant.country)
        shown = CodesShown(user, channel, codes_in(request.text), request.interaction)
        effect = await self.judge(command, tenant, shown, explain=request.explain)
        reception = receive(tenant, command.viewer, effect.made.met, explain=request.explain)
        return Effect(replace(reception, code=answer_of(effect.made, tenant, command.viewer)), effect.again)

    async def judge(
        self, command: Command, tenant: Tenant, shown: CodesShown, *, explain: bool = False
    ) -> Effect[Judged]:
        """What the code in a message is worth; of a good one, everything that follows is done. Raises NotHere, Conflict.

        The sources are asked for a good code alone, and before it is used; whoever loses the race for it learns no more
        than of any other that is not good.
        """
        came = self.now()
        looked = await self.store.look(command, shown, came)
        effect = await self._judged(command, tenant, shown, looked, came, explain)
        self.observer.code_shown(tenant.slug, effect.made.met.code, effect.made.trouble)
        return effect

    async def _judged(
        self, command: Command, tenant: Tenant, shown: CodesShown, looked: Looked, came: datetime, explain: bool
    ) -> Effect[Judged]:
        match looked.found:
            case LiveCode() as code:
                now = await self._found(command, question_of(code.holder, tenant), explain)
                found = held_against(code.holder, now)
                target = proved(code.holder, found, shown.user, tenant)
                used = await self.store.use(command, code, shown, target, came, self.now())
                return Effect(self._heard(tenant, used.made, shown, looked, found), used.again)
            case CodeRefusal(trouble=CodeTrouble.THROTTLED) as refusal:
                return Effect(_judgement(refusal, shown, looked))
            case CodeRefusal() as refusal:
                refused = await self.store.refuse(command, shown, refusal, self.now())
                return Effect(self._heard(tenant, refused.made, shown, looked), refused.again)
            case Proof() as proof:
                return Effect(_judgement(proof, shown, looked), again=True)
            case None:
                met = Meeting(None, looked.interaction, looked.contact, channel=shown.channel)
                return Effect(Judged(met))

    def _heard(
        self, tenant: Tenant, came_of: Attempt, shown: CodesShown, looked: Looked, found: Identification | None = None
    ) -> Judged:
        if came_of.alarm:
            self.observer.codes_guessed(tenant.slug)
        return _judgement(came_of.made, shown, looked, found)

    async def _found(self, command: Command, search: dict[str, str], explain: bool) -> Identification | None:
        """As the sources have him now; None where none can be asked with what is known of him."""
        question = IdentifyRequest(
            tenant=command.tenant,
            viewer=command.viewer,
            search=search,
            request_id=command.request_id,
            actor=command.actor,
            explain=explain,
        )
        try:
            return await self.finds.find(question)
        except RequestError:
            # The company's word holds without the sources.
            return None


def answer_of(judged: Judged, tenant: Tenant, viewer: Viewer) -> CodeAnswer:
    """Why a code is not good helps a guesser, too: only who may read customers is told."""
    state = judged.met.code
    trouble = judged.trouble if viewer.may(Permission.CUSTOMERS_READ) else None
    return CodeAnswer(state, for_writer(state, tenant.locale), trouble, judged.purpose)


def _judgement(
    made: Proof | CodeRefusal, shown: CodesShown, looked: Looked, found: Identification | None = None
) -> Judged:
    if isinstance(made, CodeRefusal):
        met = Meeting(None, looked.interaction, looked.contact, code=CodeState.INVALID, channel=shown.channel)
        return Judged(met, made.trouble)
    met = Meeting(
        found, made.interaction, made.contact, LinkAssurance.CODE, code=CodeState.VALID, channel=shown.channel
    )
    return Judged(met, purpose=made.purpose)
