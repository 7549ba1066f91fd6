"""What happened with a customer: dated entries out of the gateway's own base and, as their sources tell it, out of
theirs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.interaction import CaseReference, Interaction, Link, Note
from gateway.core.model import Contact
from gateway.core.protocol import ProtocolNumber
from gateway.core.redaction import Redacted


class EntryType(StrEnum):
    """What an entry tells of."""

    STARTED = "interaction_started"
    FINISHED = "interaction_finished"
    LINKED = "linked"
    UNLINKED = "unlinked"
    NOTE = "note"
    CASE = "case"


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Redacted):
    """One thing that happened, `at` an aware moment in UTC. `id`: of what it tells of. `interaction`: in which it happened.
    `channel` and `protocol`: of an interaction's start and end; `link`, `note`, `case`: of theirs. `actor`: who did it."""

    type: EntryType
    at: datetime
    id: str
    interaction: str
    channel: str | None = None
    protocol: ProtocolNumber | None = None
    link: Link | None = None
    note: Note | None = None
    case: CaseReference | None = None
    actor: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineFilter:
    """`types`: only these, None for all. `record`: the id of an interaction or of a case reference: only what happened
    in that interaction, or in the one that the case belongs to."""

    types: frozenset[EntryType] | None = None
    record: str | None = None

    def wants(self, type_: EntryType) -> bool:
        return self.types is None or type_ in self.types


EVERYTHING = TimelineFilter()


@dataclass(frozen=True, slots=True, repr=False)
class TimelinePage(Redacted):
    """The latest first. `next`: where to go on, None at the end."""

    entries: tuple[Entry, ...] = ()
    next: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Recorded(Redacted):
    """What the gateway's own base tells of a customer, the latest first. `contact`: None where it does not know him.
    `current`: the interaction that the operator is in, with its context. `recent`: interactions that are his. `cases`:
    as entries of type `case`."""

    contact: Contact | None
    current: Interaction | None
    recent: tuple[Interaction, ...]
    cases: tuple[Entry, ...]
    timeline: TimelinePage
