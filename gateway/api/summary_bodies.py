"""The bodies of a customer's summary and of his timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, UnsetType

from gateway.api.bodies import Contact, Customer, SourceAnswer
from gateway.api.body import Body
from gateway.api.interaction_bodies import Case, Context, Interaction, Link, Note
from gateway.core.model import Outcome

EntryWord = Literal["interaction_started", "interaction_finished", "linked", "unlinked", "note", "case", "history"]


class HistoryEvent(Body, frozen=True, kw_only=True):
    """What a source tells of the customer's past. `type`: its own word; `record`: its number there."""

    source: str
    type: str | UnsetType = UNSET
    title: str | UnsetType = UNSET
    text: str | UnsetType = UNSET
    record: str | UnsetType = UNSET


class TimelineEntry(Body, frozen=True, kw_only=True):
    """One thing that happened. `id`: of what it tells of; `interaction`: in which it happened; both are left out of what a
    source tells (`history`, with an `event`). `channel`, `protocol`: of an interaction's start and end. `link`, `note`,
    `case`: of theirs. `actor`: who did it."""

    type: EntryWord
    at: datetime
    id: str | UnsetType = UNSET
    interaction: str | UnsetType = UNSET
    channel: str | UnsetType = UNSET
    protocol: str | UnsetType = UNSET
    link: Link | UnsetType = UNSET
    note: Note | UnsetType = UNSET
    case: Case | UnsetType = UNSET
    event: HistoryEvent | UnsetType = UNSET
    actor: str | UnsetType = UNSET


class Timeline(Body, frozen=True):
    """The latest first. `next`: the cursor to go on with; left out at the end."""

    entries: tuple[TimelineEntry, ...]
    next: str | UnsetType = UNSET


class CurrentInteraction(Body, frozen=True):
    """The one that the operator is in, and what its channel told of the customer's way there."""

    interaction: Interaction
    context: Context


class MissingPart(Body, frozen=True, kw_only=True):
    """A part that could not be had. `customer` and `history` are of one source, `records` are the gateway's own (contact,
    interactions, cases, timeline). `code`: `pending`, or that of the failure."""

    part: Literal["customer", "history", "records"]
    code: str
    detail: str
    source: str | UnsetType = UNSET


class CustomerSummary(Body, frozen=True, kw_only=True):
    """Everything of a customer that there is at once. `outcome` to `sources` as of his details; `interaction`: the one that
    was asked for. `recent`: interactions that are his; `cases`: references to cases, as entries of the timeline. What could
    not be had stands in `missing`, and is left out or empty."""

    request_id: str
    outcome: Outcome
    complete: bool
    customer: Customer | UnsetType = UNSET
    candidates: tuple[Customer, ...]
    contact: Contact | UnsetType = UNSET
    sources: tuple[SourceAnswer, ...]
    interaction: CurrentInteraction | UnsetType = UNSET
    recent: tuple[Interaction, ...]
    cases: tuple[TimelineEntry, ...]
    timeline: Timeline
    missing: tuple[MissingPart, ...]
