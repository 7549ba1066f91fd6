"""The end of the day: prospects in batches on their way to the company's own base, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.core.prospect import ProspectState

SOURCE = "source:"
"""What the target of a batch begins with that is sent to a source; its name follows. Else it is a file's format."""


class BatchState(StrEnum):
    """`open`: its prospects are fixed. `written`: its file is on the disk, aside. `done`: they are marked."""

    OPEN = "open"
    WRITTEN = "written"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Batch:
    """One file of prospects, or one run of sending them. `file`: its name below the tenant's folder; None for a source.
    `rows`: how many prospects it was begun with."""

    id: str
    day: str
    target: str
    state: BatchState
    rows: int
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A prospect whom the company does not have, by his contact's id, and why. Nothing of him."""

    contact: str
    state: ProspectState
    reason: str


@dataclass(frozen=True, slots=True)
class BatchReport:
    """What became of a batch. `counts`: state -> how many of it are in it now. `file`: whole path, where there is one.
    `stopped`: why it was given up before its end; None where it was not. `report`: the file that lists whom the company does
    not have, None where there is nobody."""

    batch: Batch
    counts: Map[ProspectState, int] = field(default_factory=dict)
    file: str | None = None
    stopped: str | None = None
    report: str | None = None

    def count(self, state: ProspectState) -> int:
        return self.counts.get(state, 0)


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: what an earlier one had left undone first. `unknown`: of whom nobody knows whether they arrived, over
    all batches."""

    tenant: str
    day: str
    batches: tuple[BatchReport, ...] = ()
    unknown: int = 0

    def count(self, state: ProspectState) -> int:
        return sum(one.count(state) for one in self.batches)

    @property
    def stopped(self) -> str | None:
        """Why the newest batch was given up."""
        return self.batches[-1].stopped if self.batches else None

    @property
    def whole(self) -> bool:
        """Has the company everybody of it?"""
        return self.stopped is None and not self.unknown and not self.count(ProspectState.REFUSED)
