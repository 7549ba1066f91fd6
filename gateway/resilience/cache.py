"""What sources said a short while ago: in memory, bounded, never longer than allowed, and never logged."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Generic, Protocol

from gateway.core.redaction import Redacted
from gateway.resilience.attempt import Answer

_SWEEP = 30.0
"""Seconds after which what is past its time is removed, though nobody asks for it."""


@dataclass(frozen=True, slots=True, repr=False)
class Kept(Redacted, Generic[Answer]):
    """A remembered answer. Moments of the store's clock: `asked` when the source was asked, until `fresh` it is the answer,
    until `end` it may stand in for a failure."""

    answer: Answer
    asked: float
    fresh: float
    end: float


class Store(Protocol[Answer]):
    """The port: where answers are kept. Keys hold search values, so whoever writes them down anywhere hashes them first,
    with a secret."""

    async def get(self, key: Hashable) -> Kept[Answer] | None:
        """None where there is nothing, or its end is past."""
        ...

    async def put(self, key: Hashable, kept: Kept[Answer]) -> None:
        """Replaces what was asked earlier; what was asked later stays."""
        ...

    async def drop(self, key: Hashable) -> None: ...


@dataclass(slots=True)
class _Entry(Generic[Answer]):
    kept: Kept[Answer]
    weight: int


@dataclass(slots=True)
class MemoryStore(Generic[Answer]):
    """A store in this process for one tenant, so that no tenant pushes out another's. The least used go first.

    `weigh`: rough bytes of an answer; `held`: of all of them. `clock`: seconds, monotonic. `later`: calls after so many
    seconds; without it, what is past its end stays in memory until its place is needed.
    """

    weigh: Callable[[Answer], int]
    clock: Callable[[], float]
    later: Callable[[float, Callable[[], None]], object] | None = None
    most: int = 2000
    most_bytes: int = 8 * 1024 * 1024
    held: int = 0
    _entries: OrderedDict[Hashable, _Entry[Answer]] = field(default_factory=OrderedDict, repr=False)
    _sweeping: bool = False

    def __len__(self) -> int:
        return len(self._entries)

    async def get(self, key: Hashable) -> Kept[Answer] | None:
        entry = self._entries.get(key)
        if entry is None:
            return None
        if self.clock() >= entry.kept.end:
            self._remove(key)
            return None
        self._entries.move_to_end(key)
        return entry.kept

    async def put(self, key: Hashable, kept: Kept[Answer]) -> None:
        before = self._entries.get(key)
        if before is not None:
            if before.kept.asked > kept.asked:
                return
            self._remove(key)
        weight = self.weigh(kept.answer)
        if weight > self.most_bytes or self.clock() >= kept.end:
            return
        self._entries[key] = _Entry(kept, weight)
        self.held += weight
        while len(self._entries) > self.most or self.held > self.most_bytes:
            self._remove(next(iter(self._entries)))
        self._sweep_later()

    async def drop(self, key: Hashable) -> None:
        if key in self._entries:
            self._remove(key)

    def sweep(self) -> None:
        """Forget what is past its end."""
        now = self.clock()
        for key in [key for key, entry in self._entries.items() if now >= entry.kept.end]:
            self._remove(key)
        self._sweeping = False
        if self._entries:
            self._sweep_later()

    def _sweep_later(self) -> None:
        if self.later is not None and not self._sweeping:
            self._sweeping = True
            self.later(_SWEEP, self.sweep)

    def _remove(self, key: Hashable) -> None:
        self.held -= self._entries.pop(key).weight
