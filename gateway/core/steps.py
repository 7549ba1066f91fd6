"""The explanation of an identification: what was done, step by step. Masked values, names and counts, nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

# ---------------------------------------------------------------------------------------------- the question


@dataclass(frozen=True, slots=True)
class Key:
    """A search key, its `value` masked. `candidates`: how many other spellings of it may be tried."""

    field: str
    kind: str
    value: str
    candidates: int = 0


@dataclass(frozen=True, slots=True)
class Normalised:
    """The filled-in fields became a query. It begins the steps of this query: the one box may ask several."""

    what: ClassVar = "normalised"
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class Routed:
    """The sources of the query's route, in order of priority. `at_once`: all are asked at the same time."""

    what: ClassVar = "routed"
    sources: tuple[str, ...]
    strategy: str
    at_once: bool


# ---------------------------------------------------------------------------------------------- one source


@dataclass(frozen=True, slots=True)
class SentKey:
    """A search key as it went to a source, masked: its shape is as it went. `form`: of `fields.<name>.as`;
    `candidate`: another spelling of the value than the one that was typed (without Brazil's ninth digit)."""

    field: str
    form: str
    value: str
    candidate: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The source was asked, for the `attempt`th time, because it knew nobody by the forms before."""

    what: ClassVar = "asked"
    attempt: int
    keys: tuple[SentKey, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """`records` came; none: the source itself knows nobody. `warnings`: what the adapter repaired or doubted."""

    what: ClassVar = "answered"
    records: int
    truncated: bool
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """No answer, or none that can be used; `sentence` says what to change."""

    what: ClassVar = "failed"
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """It was not asked: `code` is a Skip, `sentence` says why."""

    what: ClassVar = "skipped"
    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Cached:
    """Answered from memory; `age` in seconds since the source was asked."""

    what: ClassVar = "cached"
    outcome: str
    age: float


@dataclass(frozen=True, slots=True)
class Coalesced:
    """Somebody else's same question was under way; its steps are in his trace."""

    what: ClassVar = "coalesced"


@dataclass(frozen=True, slots=True)
class Stale:
    """It failed (`code`), and what it gave `age` seconds ago stands in."""

    what: ClassVar = "stale"
    code: str
    age: float


@dataclass(frozen=True, slots=True)
class Refused:
    """The mapping refused the record, counted from 1; `reason` without its values."""

    what: ClassVar = "refused"
    record: int
    reason: str


@dataclass(frozen=True, slots=True)
class Silent:
    """A line of the mapping that found nothing in any record. `nearest`: a name that came, and which it may mean."""

    target: str
    paths: tuple[str, ...]
    nearest: str | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """`customers` could be made of `records`. `unread`: names in the records that no line of the mapping reads; `silent`:
    its lines that found nothing; `warnings`: what was left out or doubted, by its place in the customer."""

    what: ClassVar = "mapped"
    records: int
    customers: int
    warnings: tuple[str, ...]
    silent: tuple[Silent, ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dropped:
    """Verification dropped the record, counted from 1: search field and rule, without values."""

    what: ClassVar = "dropped"
    record: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verified:
    """The records were held against the question: `kept`, of which in `agreed` a value agreed; `dropped`. `uncompared`:
    search fields that are compared with nothing, with the reason that the tenant's file gives."""

    what: ClassVar = "verified"
    kept: int
    agreed: int
    dropped: int
    uncompared: tuple[str, ...] = ()


# ---------------------------------------------------------------------------------------------- the whole


@dataclass(frozen=True, slots=True)
class Merged:
    """`reasons`: why records of several sources became one customer, or did not."""

    what: ClassVar = "merged"
    matches: int
    conflicts: int
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Joined:
    """What the contact base gave: `contacts`, of which `shown` belong to a match or agree with the question; `people` of
    those are more than prospects."""

    what: ClassVar = "joined"
    contacts: int
    shown: int
    people: int


class Verdict(StrEnum):
    """What became of a rule. `unknown`: a fact that it needs is not known. `stopped`: one before it was the last."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Judged:
    """One condition as the tenant wrote it; `holds`: None where it is not known."""

    condition: str
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A rule of the tenant was held against the facts."""

    what: ClassVar = "ruled"
    rule: str
    verdict: Verdict
    conditions: tuple[Judged, ...]


@dataclass(frozen=True, slots=True)
class Concluded:
    """`because`: the outcome's reason. `advice`: what to look at or to change, where something is not as it should be."""

    what: ClassVar = "concluded"
    outcome: str
    matches: int
    complete: bool
    because: str
    advice: tuple[str, ...] = ()


Said: TypeAlias = (
    Normalised
    | Routed
    | Asked
    | Answered
    | Failed
    | Skipped
    | Cached
    | Coalesced
    | Stale
    | Refused
    | Mapped
    | Dropped
    | Verified
    | Merged
    | Joined
    | Ruled
    | Concluded
)


@dataclass(frozen=True, slots=True)
class Step:
    """`at`: seconds since the request came; `took`: seconds, where it is a span. `source`: whose step it is, if one's."""

    at: float
    said: Said
    source: str | None = None
    took: float | None = None

    @property
    def what(self) -> str:
        """`asked`, `answered` …"""
        return self.said.what
