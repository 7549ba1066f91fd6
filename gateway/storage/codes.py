"""Identification codes that were given out: rows, on a connection that the caller gives. A code itself is a keyed hash."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
from sqlalchemy import Connection, delete, insert, select, update

from gateway.core.command import Command
from gateway.core.errors import Conflict
from gateway.core.issued_code import CodeHolder, CodeIssue
from gateway.storage.ids import new_id
from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CODES

MOST_LIVE = 5
"""Codes of one holder for one channel that are good at once: a page that was opened twice, on a phone and on a computer."""
KEPT = timedelta(days=1)
"""How long it is known after its time that a code was used or has expired."""
CODE = "code"
"""What a code is indexed as."""
_HOLDER = "code holder"
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
