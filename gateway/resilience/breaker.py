"""After so many failures in a row a source is left in peace for a while; then exactly one lookup tries it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Protocol

from gateway.core.errors import BreakerOpen, SourceError
from gateway.core.model import Query
from gateway.core.tenant import BreakerPolicy
from gateway.resilience.attempt import Answer, Ask
from gateway.resilience.deadline import Deadline


class BreakerState(StrEnum):
    """`half_open`: the next lookup tries the source, or one is trying it."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Verdict(Enum):
    """What a lookup says of the source's health. A cancelled one, and our own faults, say nothing."""

    WELL = auto()
    ILL = auto()
    NOTHING = auto()


class Breaker(Protocol):
    """The port. It decides from this process's memory, at once: a breaker that has to be asked over a network would be one
    more thing that fails. Who shares what breakers know among processes does so behind it."""

    @property
    def state(self) -> BreakerState: ...

    @property
    def last(self) -> str:
        """The code of the last failure; `""` where there was none."""
        ...

    def enter(self) -> int:
        """The lookup's turn, to be given back by `leave`. Raises BreakerOpen."""
        ...

    def leave(self, turn: int, verdict: Verdict, code: str = "") -> None:
        """`code`: the failure's, for those who ask why it opened."""
        ...


@dataclass(slots=True)
class ProcessBreaker:
    """The breaker of one source in this process. `clock`: seconds, monotonic; `changed` hears that it opened or closed.

    Every opening, trial and closing begins a new turn: what a lookup of an older turn has to say comes too late, so that a
    slow success from before does not close a newer opening.
    """

    policy: BreakerPolicy
    clock: Callable[[], float]
    changed: Callable[[BreakerState], None] | None = None
    _turn: int = 0
    last: str = ""
    _failures: int = 0
    _open_until: float | None = None
    _trying: bool = False

    @property
    def state(self) -> BreakerState:
        if self._open_until is None:
            return BreakerState.CLOSED
        due = self._trying or self.clock() >= self._open_until
        return BreakerState.HALF_OPEN if due else BreakerState.OPEN

    def enter(self) -> int:
        if self._open_until is None:
            return self._turn
        wait = self._open_until - self.clock()
        if self._trying or wait > 0:
            raise BreakerOpen(self._failures, self.last, max(0.0, wait))
        self._trying = True
        self._turn += 1
        return self._turn

    def leave(self, turn: int, verdict: Verdict, code: str = "") -> None:
        if turn != self._turn:
            return
        trial, self._trying = self._trying, False
        if verdict is Verdict.WELL:
            self._failures = 0
            if trial:
                self._close()
        elif verdict is Verdict.ILL:
            self._failures += 1
            self.last = code
            if trial or self._failures >= self.policy.failures:
                self._open()

    def _open(self) -> None:
        newly = self._open_until is None
        self._turn += 1
        self._open_until = self.clock() + self.policy.open_for
        if newly and self.changed is not None:
            self.changed(BreakerState.OPEN)

    def _close(self) -> None:
        self._turn += 1
        self._open_until = None
        if self.changed is not None:
            self.changed(BreakerState.CLOSED)


def breaking(ask: Ask[Answer], breaker: Breaker) -> Ask[Answer]:
    """`ask`, unless the breaker is open. Only errors that count speak against the source."""

    async def guarded(query: Query, limit: int, deadline: Deadline) -> Answer:
        turn = breaker.enter()
        verdict, code = Verdict.NOTHING, ""
        try:
            answer = await ask(query, limit, deadline)
            verdict = Verdict.WELL
        except SourceError as error:
            if error.counts:
                verdict, code = Verdict.ILL, error.code
            raise
        finally:
            breaker.leave(turn, verdict, code)
        return answer

    return guarded
