"""The recorder of the explanation: what was asked of whom, what came, what was dropped and why."""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter

from gateway.core.model import Query, Step
from gateway.core.redaction import mask


class Trace:
    """Collects steps where the request asked for them; otherwise every call is free."""

    __slots__ = ("_began", "_steps", "on")

    def __init__(self, on: bool) -> None:
        self.on = on
        self._steps: list[Step] = []
        self._began = perf_counter() if on else 0.0

    def add(
        self,
        what: str,
        source: str | None = None,
        took: float | None = None,
        **detail: str | int | float | bool | Sequence[str],
    ) -> None:
        if self.on:
            at = perf_counter() - self._began
            self._steps.append(Step(at=at, what=what, source=source, took=took, detail=detail))

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(self._steps)


def shown(query: Query) -> tuple[str, ...]:
    """The query's keys with their values masked: `("cpf=***.***.***-09",)`."""
    return tuple(f"{key.field}={mask(key.value)}" for key in query.keys)
