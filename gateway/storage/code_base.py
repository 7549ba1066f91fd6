"""Identification codes as the use cases see them: asynchronous, core types in and out, each call one transaction."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from sqlalchemy import Connection

from gateway.core.attendance import together
from gateway.core.audit import CONTACT, DONE, INTERACTION, Action, AuditEntry, Subject
from gateway.core.command import Command, Effect
from gateway.core.errors import Conflict
from gateway.core.identity import identity
from gateway.core.interaction import Interaction
from gateway.core.issued_code import (
    Attempt,
    CodeIssue,
    CodeRefusal,
    CodesShown,
    CodeTrouble,
    LiveCode,
    Looked,
    Proof,
)
from gateway.core.linking import LinkTarget
from gateway.storage.attendances import Attendances
from gateway.storage.audit import AuditRows
from gateway.storage.code_attempts import CodeAttempts, Counted
from gateway.storage.codes import Codes
from gateway.storage.contacts import Contacts
from gateway.storage.database import Database
from gateway.storage.interactions import Interactions
from gateway.storage.links import Links
from gateway.storage.repeats import Repeats
from gateway.storage.sealing import Sealing

_TROUBLES = frozenset(CodeTrouble)
_TELLING = (CodeTrouble.OTHER_CHANNEL, CodeTrouble.USED, CodeTrouble.EXPIRED)
"""What the helpdesk is told first, of several codes in one message."""


class CodeBase:
    """Raises StorageUnavailable wherever the database does not answer."""

    def __init__(self, database: Database, sealing: Sealing) -> None:
        self._database = database
        self._codes = Codes(sealing)
        self._attempts = CodeAttempts(sealing)
        self._contacts = Contacts(sealing)
        self._interactions = Interactions(sealing)
        self._attendances = Attendances(sealing, self._interactions)
        self._links = Links(sealing, self._contacts)
        self._repeats = Repeats(sealing)
        self._audit = AuditRows(sealing)

    async def issue(self, command: Command, issue: CodeIssue, now: datetime) -> Effect[CodeIssue]:
        """The code is good from now on. The same request again ends the code that it gave before and gives this one: what is
        kept of a code does not give it back. Raises Conflict (`code_used`)."""

        def work(connection: Connection) -> Effect[CodeIssue]:
            def make() -> str:
                return self._codes.add(connection, command, issue, now)

            done = self._repeats.once(connection, command, Action.ISSUE_CODE, now, make)
            if done.again:
                self._codes.renew(connection, command, done.id, issue, now)
            entry = AuditEntry.of(command, now, Action.ISSUE_CODE, Subject(*issue.same))
            self._audit.write(connection, entry)
            return Effect(issue, done.again)

        return await self._database.write(work)

    # ------------------------------------------------------------------------------------------ one is shown

    async def look(self, command: Command, shown: CodesShown, now: datetime) -> Looked:
        """What the codes of a message are worth just now. Raises NotHere for an interaction that is not the tenant's,
        Conflict (`finished`; `other_user` where it is somebody else's)."""
        return await self._database.read(partial(self._look, command=command, shown=shown, now=now))

    async def refuse(self, command: Command, shown: CodesShown, refusal: CodeRefusal, now: datetime) -> Effect[Attempt]:
        """A code that is not good is counted, and stands in the audit. Of many that were looked at before the first of them
        was counted, no more are refused for what they are than are let through; the others are `throttled`."""

        def work(connection: Connection) -> Effect[Attempt]:
            alarm: list[bool] = []

            def do() -> str:
                return self._refused(connection, command, shown, refusal, now, alarm)

            done = self._repeats.once(connection, command, Action.REDEEM_CODE, now, do)
            return Effect(Attempt(self._came_of(connection, command.tenant, done.id), any(alarm)), done.again)

        return await self._database.write(work)

    async def use(
        self,
        command: Command,
        code: LiveCode,
        shown: CodesShown,
        target: LinkTarget,
        came: datetime,
        now: datetime,
    ) -> Effect[Attempt]:
        """All at once: the code is used, its holder's contact is kept with this user of the channel as proved, the
        interaction is linked. Of several at a time one does it, and the others are refused as any are (`used`). `came`:
        when the message came, since its sources were asked meanwhile. Whoever is throttled since then has not shown it.
        Raises NotHere, Conflict; then the code is as good as before."""

        def work(connection: Connection) -> Effect[Attempt]:
            alarm: list[bool] = []

            def do() -> str:
                if self._attempts.is_held(connection, command.tenant, shown.user, now):
                    return CodeTrouble.THROTTLED
                if self._codes.use(connection, command.tenant, code, shown, came, now):
                    self._prove(connection, command, code, shown, target, now)
                    return code.id
                return self._refused(connection, command, shown, CodeRefusal(CodeTrouble.USED), now, alarm)

            done = self._repeats.once(connection, command, Action.REDEEM_CODE, now, do)
            return Effect(Attempt(self._came_of(connection, command.tenant, done.id), any(alarm)), done.again)

        return await self._database.write(work)

    def _look(self, connection: Connection, command: Command, shown: CodesShown, now: datetime) -> Looked:
        tenant = command.tenant
        before = self._repeats.before(connection, command, Action.REDEEM_CODE) if shown.sent else None
        interaction = self._interaction(connection, tenant, shown, checked=before is None)
        link = None if interaction is None else interaction.link
        contact = None if link is None else self._contacts.get(connection, tenant, link.contact)
        if not shown.sent:
            return Looked(None, interaction, contact)
        if before is not None:
            return Looked(self._came_of(connection, tenant, before), interaction, contact)
        if self._attempts.is_throttled(connection, tenant, shown.user, now):
            # Not judged at all: whoever measures learns nothing of his code.
            return Looked(CodeRefusal(CodeTrouble.THROTTLED, counts=False), interaction, contact)
        found = self._best(self._codes.look(connection, tenant, shown, now), shown)
        return Looked(found, interaction, contact)

    def _best(self, found: tuple[LiveCode | CodeRefusal, ...], shown: CodesShown) -> LiveCode | CodeRefusal:
        for one in found:
            if isinstance(one, LiveCode):
                return one
        for trouble in _TELLING:
            for one in found:
                if isinstance(one, CodeRefusal) and one.trouble is trouble:
                    return one
        return CodeRefusal(CodeTrouble.UNKNOWN if shown.sent.codes else CodeTrouble.MISTYPED)

    def _interaction(
        self, connection: Connection, tenant: str, shown: CodesShown, *, checked: bool
    ) -> Interaction | None:
        wanted = shown.interaction or self._interactions.open_one(connection, tenant, shown.channel, shown.user)
        if wanted is None:
            return None
        found = self._interactions.get(connection, tenant, wanted)
        if checked and shown.interaction is not None:
            _check(found, shown)
        return found if found.open else None

    def _refused(
        self,
        connection: Connection,
        command: Command,
        shown: CodesShown,
        refusal: CodeRefusal,
        now: datetime,
        alarm: list[bool],
    ) -> CodeTrouble:
        """What he is refused for. `alarm`: gets whether somebody is to be told."""
        if refusal.counts:
            counted = self._attempts.count(connection, command.tenant, shown.user, now)
            if counted is Counted.THROTTLED:
                return CodeTrouble.THROTTLED
            alarm.append(counted is Counted.ALARMING)
        subject = Subject(shown.user.kind, shown.user.value)
        entry = AuditEntry.of(command, now, Action.REDEEM_CODE, subject, outcome=refusal.trouble)
        self._audit.write(connection, entry)
        return refusal.trouble

    def _prove(
        self,
        connection: Connection,
        command: Command,
        code: LiveCode,
        shown: CodesShown,
        target: LinkTarget,
        now: datetime,
    ) -> None:
        tenant = command.tenant
        # Of two proofs of one user at two workers, the second takes back what the first proved.
        self._attendances.alone(connection, tenant, shown.user, now)
        interaction = self._held(connection, tenant, shown)
        contact = self._links.prove(connection, tenant, interaction, target, shown.user, command.actor, now)
        linked = None if interaction is None else interaction.id
        self._codes.led_to(connection, tenant, code.id, contact.id, linked)
        subjects = [Subject(CONTACT, contact.id), Subject(shown.user.kind, shown.user.value)]
        if linked is not None:
            subjects.append(Subject(INTERACTION, linked))
        self._audit.write(connection, AuditEntry.of(command, now, Action.REDEEM_CODE, *subjects, outcome=DONE))

    def _held(self, connection: Connection, tenant: str, shown: CodesShown) -> Interaction | None:
        """The interaction, which nobody else changes until the transaction ends."""
        if shown.interaction is not None:
            found = self._interactions.open(connection, tenant, shown.interaction)
            _check(found, shown)
            return found
        wanted = self._interactions.open_one(connection, tenant, shown.channel, shown.user)
        try:
            return None if wanted is None else self._interactions.open(connection, tenant, wanted)
        except Conflict:
            # It was finished just now: the proof holds without it.
            return None

    def _came_of(self, connection: Connection, tenant: str, gave: str) -> Proof | CodeRefusal:
        if gave in _TROUBLES:
            return CodeRefusal(CodeTrouble(gave), counts=False)
        contact, interaction, purpose = self._codes.led(connection, tenant, gave)
        linked = None if interaction is None else self._interactions.get(connection, tenant, interaction)
        return Proof(self._contacts.here(connection, tenant, contact), linked, purpose)


def _check(interaction: Interaction, shown: CodesShown) -> None:
    """Raises Conflict."""
    if not interaction.open:
        raise Conflict("finished", "The interaction is finished, so nothing is linked to it. Start a new one.")
    user = interaction.channel_user
    is_his = user is None or identity(user.kind, user.value) == identity(shown.user.kind, shown.user.value)
    # A user of one channel is nobody in another, also where no user is known.
    if not is_his or shown.channel not in together(interaction.channel):
        raise Conflict(
            "other_user", "The interaction is another channel user's. Send the one in which the code was written."
        )
