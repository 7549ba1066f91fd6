"""Conditional requests (RFC 9110, 13.1.2): a reply with an ETag is kept, and stands for a later 304.

Off unless the source's settings say `etag: true`: what is kept are customers' data. It stays in memory, bounded in number,
in bytes and in time, under a hash of what was asked.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from gateway.adapter import Call, LargeReply, Reply, Wire

_ETAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]{0,200}"')
_TAG = "--etag--"
_MOST = 256
_LARGEST = 64 * 1024
_MOST_BYTES = 4 * 1024 * 1024
_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Kept:
    etag: str
    reply: Reply
    until: float

    def __repr__(self) -> str:
        return "<Kept …>"


class KeptReplies:
    """The replies of one source, the least recently used going first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[bytes, Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: bytes) -> Kept | None:
        kept = self._kept.get(key)
        if kept is None or kept.until < self._clock():
            self.drop(key)
            return None
        self._kept.move_to_end(key)
        return kept

    def keep(self, key: bytes, reply: Reply) -> None:
        """Keeps a reply that may be asked for again by its ETag; forgets what stood there before."""
        self.drop(key)
        etag = reply.headers.get("etag", "")
        unkept = "no-store" in reply.headers.get("cache-control", "").lower()
        if reply.status != 200 or unkept or len(reply.body) > _LARGEST or not _ETAG.fullmatch(etag):
            return
        self._kept[key] = Kept(etag, reply, self._clock() + _SECONDS)
        self._bytes += len(reply.body)
        while len(self._kept) > _MOST or self._bytes > _MOST_BYTES:
            self.drop(next(iter(self._kept)))

    def drop(self, key: bytes) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= len(kept.reply.body)

    def forget(self) -> None:
        self._kept.clear()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)


class ConditionalCall:
    """A prepared GET that asks whether the reply changed, where one is kept."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        query: Sequence[tuple[str, str]],
        headers: Sequence[tuple[str, str]],
        kept: KeptReplies,
    ) -> None:
        self._what = repr((path, tuple(query), tuple(headers)))
        self._call: Call = wire.prepare("GET", path, query=query, headers=headers)
        tag = ("If-None-Match", f"{{{_TAG}}}")
        self._conditional: Call = wire.prepare("GET", path, query=query, headers=[*headers, tag])
        self._kept = kept

    async def send(self, values: Map[str, str], body: bytes | None = None) -> Reply:
        """As `Call.send`; the kept reply stands for a 304 that was asked for."""
        key = hashlib.sha256(repr((self._what, sorted(values.items()))).encode("utf-8", "surrogatepass")).digest()
        kept = self._kept.get(key)
        if kept is None:
            reply = await self._call.send(values, body)
        else:
            reply = await self._conditional.send({**values, _TAG: kept.etag}, body)
            if reply.status == 304:
                return kept.reply
        self._kept.keep(key, reply)
        return reply

    def open(
        self, values: Map[str, str], body: bytes | None = None, *, whole: int
    ) -> AbstractAsyncContextManager[Reply | LargeReply]:
        """As `Call.open`; nothing is kept."""
        return self._call.open(values, body, whole=whole)
