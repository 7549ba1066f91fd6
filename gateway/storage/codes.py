"""Identification codes that were given out: rows, on a connection that the caller gives. A code itself is a keyed hash."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from gateway.core.command import Command
from gateway.core.errors import Conflict, NotHere
from gateway.core.issued_code import CodeHolder, CodeIssue, CodeRefusal, CodesShown, CodeTrouble, LiveCode
from gateway.core.model import Identifier
from gateway.storage.ids import new_id
from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing, indexed_user
from gateway.storage.tables import CODES

MOST_LIVE = 5
"""Codes of one holder for one channel that are good at once: a page that was opened twice, on a phone and on a computer."""
KEPT = timedelta(days=1)
"""How long it is known after its time that a code was used or has expired."""
CODE = "code"
"""What a code is indexed as."""
_HOLDER, _BY = "code holder", "code used by"
_SEALED = "codes.holder"


class Codes:
    """Within whatever transaction the caller is in."""

    def __init__(self, sealing: Sealing) -> None:
        self._sealing = sealing
        self._encode = msgspec.json.Encoder().encode
        self._decode = msgspec.json.Decoder(CodeHolder).decode

    def add(self, connection: Connection, command: Command, issue: CodeIssue, now: datetime) -> str:
        """A new code's id. Where the holder has `MOST_LIVE` for this channel, the oldest ends."""
        tenant, code = command.tenant, new_id(now)
        self._end_oldest(connection, tenant, issue, now)
        values = {**self._columns(tenant, code, issue, now), "issued_by": command.viewer.key_id}
        connection.execute(insert(CODES).values(tenant=tenant, id=code, **values))
        return code

    def renew(self, connection: Connection, command: Command, code: str, issue: CodeIssue, now: datetime) -> None:
        """The answer to the request that made it was lost, and what it said cannot be had again: another takes its place.
        Raises Conflict (`code_used`)."""
        here = (CODES.c.tenant == command.tenant) & (CODES.c.id == code)
        values = self._columns(command.tenant, code, issue, now)
        changed = connection.execute(update(CODES).where(here, CODES.c.used_at.is_(None)).values(values))
        if changed.rowcount != 1:
            raise Conflict(
                "code_used", "The code that this request gave was used, or is past. Ask for another with a new key."
            )

    def look(
        self, connection: Connection, tenant: str, shown: CodesShown, now: datetime
    ) -> tuple[LiveCode | CodeRefusal, ...]:
        """Each code of the message that was given out once, in the message's order."""
        indexes: dict[bytes, int] = {}
        for place, code in enumerate(shown.sent.codes):
            for index in self._sealing.indexes(tenant, CODE, code.value):
                indexes[index] = place
        wanted = select(CODES).where(CODES.c.tenant == tenant, CODES.c.code_index.in_(list(indexes)))
        rows = sorted(connection.execute(wanted), key=lambda row: indexes[bytes(row.code_index)])
        return tuple([self._judged(tenant, row, shown, now) for row in rows])

    def use(
        self, connection: Connection, tenant: str, code: LiveCode, shown: CodesShown, came: datetime, now: datetime
    ) -> bool:
        """It is good no more. False where somebody else was faster, or it ended meanwhile. `came`: when it was sent."""
        here = (CODES.c.tenant == tenant) & (CODES.c.id == code.id)
        good = (CODES.c.used_at.is_(None)) & (CODES.c.ended_at.is_(None)) & (CODES.c.expires_at > stored(came))
        by = self._by(tenant, shown.user)[0]
        used = update(CODES).where(here, good).values(used_at=stored(now), used_by_index=by)
        return connection.execute(used).rowcount == 1

    def led_to(self, connection: Connection, tenant: str, code: str, contact: str, interaction: str | None) -> None:
        here = (CODES.c.tenant == tenant) & (CODES.c.id == code)
        connection.execute(update(CODES).where(here).values(contact=contact, interaction=interaction))

    def led(self, connection: Connection, tenant: str, code: str) -> tuple[str, str | None, str | None]:
        """The contact that a used code led to, the interaction that it linked, and what it was for. Raises NotHere where it
        is past its days."""
        here = (CODES.c.tenant == tenant) & (CODES.c.id == code)
        row = connection.execute(select(CODES).where(here)).one_or_none()
        if row is None:
            raise NotHere("identification code")
        return row.contact, row.interaction, self._holder(tenant, row).purpose

    def _judged(
        self, tenant: str, row: Row[tuple[object, ...]], shown: CodesShown, now: datetime
    ) -> LiveCode | CodeRefusal:
        if row.used_at is not None:
            # Who sends his own code twice is no guesser.
            his_own = row.used_by_index is not None and bytes(row.used_by_index) in self._by(tenant, shown.user)
            return CodeRefusal(CodeTrouble.USED, counts=not his_own)
        if row.ended_at is not None or row.expires_at <= stored(now):
            return CodeRefusal(CodeTrouble.EXPIRED)
        if row.channel is not None and row.channel != shown.channel:
            return CodeRefusal(CodeTrouble.OTHER_CHANNEL)
        return LiveCode(row.id, self._holder(tenant, row))

    def _holder(self, tenant: str, row: Row[tuple[object, ...]]) -> CodeHolder:
        return self._decode(self._sealing.open(tenant, _SEALED, row.id, row.holder_sealed))

    def _by(self, tenant: str, user: Identifier) -> tuple[bytes, ...]:
        return self._sealing.indexes(tenant, _BY, indexed_user(user))

    def forget(self, connection: Connection, now: datetime, most: int) -> int:
        """Let go of codes that were over `KEPT` ago; how many that were, `most` at most."""
        old = select(CODES.c.tenant, CODES.c.id).where(CODES.c.expires_at < stored(now - KEPT)).limit(most)
        gone = connection.execute(old).all()
        for row in gone:
            connection.execute(delete(CODES).where(CODES.c.tenant == row.tenant, CODES.c.id == row.id))
        return len(gone)

    def _columns(self, tenant: str, code: str, issue: CodeIssue, now: datetime) -> dict[str, object]:
        kind, value = issue.same
        return {
            "code_index": self._sealing.index(tenant, CODE, issue.code.value),
            "holder_index": self._sealing.index(tenant, _HOLDER, f"{kind}\0{value}"),
            "holder_sealed": self._sealing.seal(tenant, _SEALED, code, self._encode(issue.holder).decode()),
            "channel": issue.channel,
            "at": stored(now),
            "expires_at": stored(issue.expires_at),
            "ended_at": None,
        }

    def _end_oldest(self, connection: Connection, tenant: str, issue: CodeIssue, now: datetime) -> None:
        kind, value = issue.same
        his = self._sealing.indexes(tenant, _HOLDER, f"{kind}\0{value}")
        live = select(CODES.c.id).where(
            CODES.c.tenant == tenant,
            CODES.c.holder_index.in_(his),
            CODES.c.expires_at > stored(now),
            CODES.c.channel.is_(None) if issue.channel is None else CODES.c.channel == issue.channel,
            CODES.c.used_at.is_(None),
            CODES.c.ended_at.is_(None),
        )
        kept = connection.execute(live.order_by(CODES.c.at.desc(), CODES.c.id.desc())).scalars().all()
        over = kept[MOST_LIVE - 1 :]
        if over:
            ended = update(CODES).where(CODES.c.tenant == tenant, CODES.c.id.in_(over))
            connection.execute(ended.values(ended_at=stored(now)))
