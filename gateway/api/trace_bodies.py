"""The explanation in the JSON API: a type for each step, told apart by `what`. Values are masked."""

from __future__ import annotations

from typing import TypeAlias

from msgspec import UNSET, UnsetType

from gateway.api.body import Body
from gateway.core.steps import Verdict

EXPLAIN_RULES = "Add `rules`: why each of the tenant's rules applied or not. For keys that may read customers."
EXPLAIN_ALL = f"{EXPLAIN_RULES} With `trace` in `identification`, as for an identification."
"""What `explain` does in a request over a channel."""


class StepBody(Body, frozen=True, kw_only=True, tag_field="what"):
    """`at_ms` after the request came. `took_ms`: where it is a span. `source`: whose step it is, if one's."""

    at_ms: float
    source: str | UnsetType = UNSET
    took_ms: float | UnsetType = UNSET


class TracedKey(Body, frozen=True, kw_only=True):
    """A search key, masked. `candidates`: how many other spellings of its value may be tried."""

    field: str
    kind: str
    value: str
    candidates: int


class NormalisedStep(StepBody, frozen=True, kw_only=True, tag="normalised"):
    """The filled-in fields became a query. The one box may ask several; each begins with this step."""

    keys: tuple[TracedKey, ...]


class RoutedStep(StepBody, frozen=True, kw_only=True, tag="routed"):
    """The sources of the query's route, in order of priority. `at_once`: all are asked at the same time."""

    sources: tuple[str, ...]
    strategy: str
    at_once: bool


class SentKey(Body, frozen=True, kw_only=True):
    """A search key as it went to the source, masked: its shape is as it went. `form`: of the source's `fields.<name>.as`.
    `candidate`: another spelling of the value than the one that was typed."""

    field: str
    form: str
    value: str
    candidate: bool


class AskedStep(StepBody, frozen=True, kw_only=True, tag="asked"):
    """The source was asked, for the `attempt`th time if it knew nobody by the forms before."""

    attempt: int
    keys: tuple[SentKey, ...]


class AnsweredStep(StepBody, frozen=True, kw_only=True, tag="answered"):
    """`records` came; none: the source itself knows nobody. `warnings`: what was repaired or doubted in its reply."""

    records: int
    truncated: bool
    warnings: tuple[str, ...]


class FailedStep(StepBody, frozen=True, kw_only=True, tag="failed"):
    """No answer, or none that can be used; `sentence` says what to change."""

    code: str
    sentence: str


class SkippedStep(StepBody, frozen=True, kw_only=True, tag="skipped"):
    """It was not asked, and why."""

    code: str
    sentence: str


class CachedStep(StepBody, frozen=True, kw_only=True, tag="cached"):
    """Answered from memory, `age_ms` after the source was asked."""

    outcome: str
    age_ms: float


class CoalescedStep(StepBody, frozen=True, kw_only=True, tag="coalesced"):
    """Somebody else's same question was under way; its steps are in his trace."""


class StaleStep(StepBody, frozen=True, kw_only=True, tag="stale"):
    """It failed (`code`), and what it gave `age_ms` ago stands in."""

    code: str
    age_ms: float


class RefusedStep(StepBody, frozen=True, kw_only=True, tag="refused"):
    """The mapping refused the record, counted from 1."""

    record: int
    reason: str


class SilentLine(Body, frozen=True, kw_only=True):
    """A line of the mapping that found nothing in any record. `nearest`: a name that came, and which it may mean."""

    target: str
    paths: tuple[str, ...]
    nearest: str | UnsetType = UNSET


class MappedStep(StepBody, frozen=True, kw_only=True, tag="mapped"):
    """`customers` could be made of `records`. `unread`: names in the records that no line of the mapping reads, 30 at most.
    `warnings`: what was left out or doubted, by its place in the customer."""

    records: int
    customers: int
    warnings: tuple[str, ...]
    silent: tuple[SilentLine, ...]
    unread: tuple[str, ...]


class DroppedStep(StepBody, frozen=True, kw_only=True, tag="dropped"):
    """Verification dropped the record, counted from 1: search field and rule."""

    record: int
    reasons: tuple[str, ...]


class VerifiedStep(StepBody, frozen=True, kw_only=True, tag="verified"):
    """The records were held against the question: `kept`, of which in `agreed` a value agreed; `dropped`. `uncompared`:
    search fields that are compared with nothing, and why."""

    kept: int
    agreed: int
    dropped: int
    uncompared: tuple[str, ...]


class MergedStep(StepBody, frozen=True, kw_only=True, tag="merged"):
    """`reasons`: why records of several sources became one customer, or did not."""

    matches: int
    conflicts: int
    reasons: tuple[str, ...]


class JoinedStep(StepBody, frozen=True, kw_only=True, tag="joined"):
    """What the contact base gave: `contacts`, of which `shown` belong to a match or agree with the question; `people` of
    those are more than prospects."""

    contacts: int
    shown: int
    people: int


class JudgedCondition(Body, frozen=True, kw_only=True):
    """One condition as the tenant wrote it. `holds`: left out where it is not known."""

    condition: str
    holds: bool | UnsetType = UNSET


class JudgedRule(Body, frozen=True, kw_only=True):
    """A rule of the tenant, held against the facts. `unknown`: a fact that it needs is not known; `stopped`: a rule before
    it was the last."""

    rule: str
    verdict: Verdict
    conditions: tuple[JudgedCondition, ...]


class RuledStep(StepBody, frozen=True, kw_only=True, tag="ruled"):
    """The same, as a step of an identification."""

    rule: str
    verdict: Verdict
    conditions: tuple[JudgedCondition, ...]


class ConcludedStep(StepBody, frozen=True, kw_only=True, tag="concluded"):
    """`because`: what each source did. `advice`: what the tenant's integrator may look at or change."""

    outcome: str
    matches: int
    complete: bool
    because: str
    advice: tuple[str, ...]


TraceStep: TypeAlias = (
    NormalisedStep
    | RoutedStep
    | AskedStep
    | AnsweredStep
    | FailedStep
    | SkippedStep
    | CachedStep
    | CoalescedStep
    | StaleStep
    | RefusedStep
    | MappedStep
    | DroppedStep
    | VerifiedStep
    | MergedStep
    | JoinedStep
    | RuledStep
    | ConcludedStep
)
