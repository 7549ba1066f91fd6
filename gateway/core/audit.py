"""The audit: who asked for whom and who changed what, without the values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.command import Command
from gateway.core.folding import fold
from gateway.core.identity import identity
from gateway.core.model import SearchKey
from gateway.core.redaction import Redacted

DONE = "done"
"""The outcome of a write; a lookup has that of its identification."""
CONTACT, INTERACTION = "contact", "interaction"
"""Kinds of subjects that are ids of the gateway's own."""


class Action(StrEnum):
    """What was done."""

    IDENTIFY = "identify"
    DETAILS = "details"
    SUMMARY = "summary"
    RECOGNISE = "recognise"
    EVENT = "channel_event"
    REGISTER = "contact_register"
    CHANGE = "contact_change"
    DEACTIVATE = "contact_deactivate"
    PUSH = "contact_push"
    MERGE = "contact_merge"
    MOVE = "history_move"
    UNDO = "history_undo"
    START = "interaction_start"
    FIRST_ACTION = "interaction_first_action"
    REIDENTIFY = "interaction_reidentify"
    LINK = "interaction_link"
    UNLINK = "interaction_unlink"
    NOTE = "interaction_note"
    CASE = "interaction_case"
    FINISH = "interaction_finish"
    SAVE_PROSPECT = "prospect_save"
    CLASSIFY_PROSPECT = "prospect_classify"
    LOAD_PROSPECTS = "prospects_load"
    SETTLE_PROSPECT = "prospect_settle"
    ISSUE_CODE = "code_issue"
    REDEEM_CODE = "code_redeem"


@dataclass(frozen=True, slots=True, repr=False)
class Subject(Redacted):
    """Whom it concerns: a searched value of a kind, or an id. Only its keyed hash is kept."""

    kind: str
    value: str


def searched(keys: Iterable[SearchKey]) -> tuple[Subject, ...]:
    """What was searched, as it is kept: the same value gives the same subject, however its field calls its kind."""
    return tuple(dict.fromkeys([_subject(key.kind, key.value) for key in keys]))


def looked_for(keys: Iterable[SearchKey]) -> tuple[Subject, ...]:
    """What a value may have been searched as: in its other spellings, too."""
    return tuple(
        dict.fromkeys([_subject(key.kind, spelling) for key in keys for spelling in (key.value, *key.candidates)])
    )


def _subject(kind: str, value: str) -> Subject:
    return Subject(*identity(kind, fold(value) if kind == "name" else value))


@dataclass(frozen=True, slots=True, repr=False)
class AuditEntry(Redacted):
    """One thing that was asked for or done. `at` is aware. `subjects`: empty where it concerns nobody."""

    tenant: str
    at: datetime
    action: Action
    key_id: str
    outcome: str
    subjects: tuple[Subject, ...] = ()
    actor: str | None = None
    request_id: str = ""

    @classmethod
    def of(cls, command: Command, at: datetime, action: Action, *subjects: Subject, outcome: str = DONE) -> AuditEntry:
        """What a caller wanted done."""
        key_id = command.viewer.key_id
        return cls(command.tenant, at, action, key_id, outcome, subjects, command.actor, command.request_id)


@dataclass(frozen=True, slots=True)
class AuditLine:
    """An entry as it is read again: `kinds` instead of subjects, since nobody can tell a value from its hash."""

    id: str
    at: datetime
    action: str
    key_id: str
    outcome: str
    kinds: tuple[str, ...] = ()
    actor: str | None = None
    request_id: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class AuditFilter(Redacted):
    """Which entries are wanted: all that is given must hold. `since` is in, `until` is not; both are aware, and count in
    milliseconds. `subjects`: any of them."""

    since: datetime | None = None
    until: datetime | None = None
    action: str | None = None
    subjects: tuple[Subject, ...] | None = None
