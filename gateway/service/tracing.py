"""The recorder of the explanation: what was asked of whom, what came, what was dropped and why."""

from __future__ import annotations

from collections.abc import Mapping as Map
from collections.abc import Sequence
from time import perf_counter

from gateway.core import coverage, steps
from gateway.core.formats import AS_IT_IS, form_of
from gateway.core.mapping import Mapping
from gateway.core.model import Query, RawRecord
from gateway.core.reception import Reception
from gateway.core.redaction import mask
from gateway.core.verification import Verdict

_MOST_RECORDS = 20
"""So many refused and so many dropped records are told one by one."""


class Trace:
    """Collects steps where the request asked for them; otherwise every call is free."""

    __slots__ = ("_began", "_steps", "on")

    def __init__(self, on: bool) -> None:
        self.on = on
        self._steps: list[steps.Step] = []
        self._began = perf_counter() if on else 0.0

    def add(self, said: steps.Said, source: str | None = None, took: float | None = None) -> None:
        if self.on:
            self._steps.append(steps.Step(perf_counter() - self._began, said, source, took))

    @property
    def steps(self) -> tuple[steps.Step, ...]:
        return tuple(self._steps)


def ruled(trace: tuple[steps.Step, ...], reception: Reception) -> tuple[steps.Step, ...]:
    """The steps with those of the tenant's rules before the last, which concludes."""
    at = trace[-1].at if trace else 0.0
    return (*trace[:-1], *(steps.Step(at, said) for said in reception.rules), *trace[-1:])


def normalised(query: Query) -> steps.Normalised:
    return steps.Normalised(
        tuple(steps.Key(key.field, key.kind, mask(key.value), len(key.candidates)) for key in query.keys)
    )


def asked(attempt: int, form: Query, query: Query, formats: Map[str, tuple[str, ...]], country: str) -> steps.Asked:
    """`form`: the query as it goes to the source."""
    keys = {key.field: key for key in query.keys}
    sent = []
    for key in form.keys:
        name, candidate = form_of(keys[key.field], key.value, formats.get(key.field, AS_IT_IS), country)
        sent.append(steps.SentKey(key.field, name, mask(key.value), candidate))
    return steps.Asked(attempt, tuple(sent))


def tell_mapped(
    trace: Trace,
    source: str,
    mapping: Mapping,
    records: Sequence[RawRecord],
    refusals: Map[int, str],
    doubts: Sequence[str],
) -> None:
    """`refusals`: number of the record, from 1 -> why the mapping refused it. `doubts`: the mapping's warnings."""
    for number, reason in tuple(refusals.items())[:_MOST_RECORDS]:
        trace.add(steps.Refused(number, reason), source)
    unread = coverage.unread(mapping, records)
    silent = coverage.silent(mapping, records, unread)
    trace.add(steps.Mapped(len(records), len(records) - len(refusals), tuple(doubts), silent, unread), source)


def tell_verified(
    trace: Trace, source: str, verdict: Verdict, records: int, refusals: Map[int, str], uncompared: Sequence[str]
) -> None:
    """`records`: how many came; those of `refusals` were not held against the question."""
    numbers = [number for number in range(1, records + 1) if number not in refusals]
    for one in verdict.discarded[:_MOST_RECORDS]:
        trace.add(steps.Dropped(numbers[one.place], one.reasons), source)
    agreed = sum(1 for given in verdict.kept if given.verified)
    trace.add(steps.Verified(len(verdict.kept), agreed, verdict.dropped, tuple(uncompared)), source)
