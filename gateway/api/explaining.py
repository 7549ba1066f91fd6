"""From the core's steps to the API's."""

from __future__ import annotations

from msgspec import UNSET, structs

from gateway.api import trace_bodies as bodies
from gateway.core import steps
from gateway.core.steps import Said


def step_body(step: steps.Step) -> bodies.TraceStep:
    """The step with its times in milliseconds."""
    return structs.replace(
        _body(step.said, milliseconds(step.at)),
        source=UNSET if step.source is None else step.source,
        took_ms=UNSET if step.took is None else milliseconds(step.took),
    )


def judged_rule(ruled: steps.Ruled) -> bodies.JudgedRule:
    return bodies.JudgedRule(rule=ruled.rule, verdict=ruled.verdict, conditions=_judged(ruled.conditions))


def _judged(conditions: tuple[steps.Judged, ...]) -> tuple[bodies.JudgedCondition, ...]:
    return tuple(
        bodies.JudgedCondition(condition=one.condition, holds=UNSET if one.holds is None else one.holds)
        for one in conditions
    )


def milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _body(said: Said, at: float) -> bodies.TraceStep:
    match said:
        case steps.Normalised() | steps.Routed() | steps.Merged() | steps.Concluded():
            return _of_the_whole(said, at)
        case steps.Refused() | steps.Mapped() | steps.Dropped() | steps.Verified():
            return _of_records(said, at)
        case steps.Asked(attempt, keys):
            sent = tuple(
                bodies.SentKey(field=key.field, form=key.form, value=key.value, candidate=key.candidate) for key in keys
            )
            return bodies.AskedStep(at_ms=at, attempt=attempt, keys=sent)
        case steps.Answered(records, truncated, warnings):
            return bodies.AnsweredStep(at_ms=at, records=records, truncated=truncated, warnings=warnings)
        case steps.Failed(code, sentence):
            return bodies.FailedStep(at_ms=at, code=code, sentence=sentence)
        case steps.Skipped(code, sentence):
            return bodies.SkippedStep(at_ms=at, code=code, sentence=sentence)
        case steps.Cached(outcome, age):
            return bodies.CachedStep(at_ms=at, outcome=outcome, age_ms=milliseconds(age))
        case steps.Coalesced():
            return bodies.CoalescedStep(at_ms=at)
        case steps.Stale(code, age):
            return bodies.StaleStep(at_ms=at, code=code, age_ms=milliseconds(age))
        case steps.Ruled(rule, verdict, conditions):
            return bodies.RuledStep(at_ms=at, rule=rule, verdict=verdict, conditions=_judged(conditions))
        case steps.Joined(contacts, shown, people):
            return bodies.JoinedStep(at_ms=at, contacts=contacts, shown=shown, people=people)


def _of_the_whole(
    said: steps.Normalised | steps.Routed | steps.Merged | steps.Concluded, at: float
) -> bodies.TraceStep:
    match said:
        case steps.Normalised(keys):
            traced = tuple(
                bodies.TracedKey(field=key.field, kind=key.kind, value=key.value, candidates=key.candidates)
                for key in keys
            )
            return bodies.NormalisedStep(at_ms=at, keys=traced)
        case steps.Routed(sources, strategy, at_once):
            return bodies.RoutedStep(at_ms=at, sources=sources, strategy=strategy, at_once=at_once)
        case steps.Merged(matches, conflicts, reasons):
            return bodies.MergedStep(at_ms=at, matches=matches, conflicts=conflicts, reasons=reasons)
        case steps.Concluded(outcome, matches, complete, because, advice):
            return bodies.ConcludedStep(
                at_ms=at, outcome=outcome, matches=matches, complete=complete, because=because, advice=advice
            )


def _of_records(said: steps.Refused | steps.Mapped | steps.Dropped | steps.Verified, at: float) -> bodies.TraceStep:
    match said:
        case steps.Refused(record, reason):
            return bodies.RefusedStep(at_ms=at, record=record, reason=reason)
        case steps.Mapped(records, customers, warnings, silent, unread):
            lines = tuple(
                bodies.SilentLine(target=one.target, paths=one.paths, nearest=one.nearest or UNSET) for one in silent
            )
            return bodies.MappedStep(
                at_ms=at, records=records, customers=customers, warnings=warnings, silent=lines, unread=unread
            )
        case steps.Dropped(record, reasons):
            return bodies.DroppedStep(at_ms=at, record=record, reasons=reasons)
        case steps.Verified(kept, agreed, dropped, uncompared):
            return bodies.VerifiedStep(at_ms=at, kept=kept, agreed=agreed, dropped=dropped, uncompared=uncompared)
