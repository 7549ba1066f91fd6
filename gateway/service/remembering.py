"""What may be remembered of a source's answers, for how long, and what may be shown instead of a failure."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from collections.abc import Mapping as Map
from dataclasses import replace

from gateway.core.errors import DestinationRefused, Unauthorised
from gateway.core.event import Event
from gateway.core.model import Customer, Json, Origin, Query, Skip, SourceAnswer, SourceOutcome, Verified
from gateway.core.tenant import CachePolicy, Tenant
from gateway.resilience import Kept
from gateway.service.purpose import FIND, Purpose

_WITHDRAWN = frozenset({DestinationRefused.code, Unauthorised.code})
"""The source, or gateway.yaml, lets us in no more: what was seen before is not ours to show."""
_ANSWER, _CUSTOMER, _TEXT = 700, 1200, 60
"""Rough bytes of the objects themselves, as CPython 3.11 holds them."""


def memory_key(tenant: Tenant, source: str, query: Query, limit: int, purpose: Purpose) -> Hashable:
    """What makes two lookups the same: the tenant's version, the source, what is asked for what, and how many are wanted."""
    # Most lookups are to find somebody: those cost no hash of a purpose.
    why = None if purpose is FIND else purpose
    return (tenant.version, source, why, limit, tuple([(key.field, key.value, key.candidates) for key in query.keys]))


def kept(answer: SourceAnswer, policy: CachePolicy, asked: float) -> Kept[SourceAnswer] | None:
    """`answer`, given when the source was asked at the moment `asked`; None where it is not to be remembered: only what the
    source said of itself is."""
    match answer.outcome:
        case SourceOutcome.FOUND:
            fresh = asked + policy.ttl
            return Kept(answer, asked, fresh, fresh + policy.stale_for)
        case SourceOutcome.NOT_FOUND if not answer.truncated:
            # Nobody is told "no such customer" on the strength of what was true a while ago.
            fresh = asked + policy.nobody_ttl
            return Kept(answer, asked, fresh, fresh)
        case _:
            return None


def survives(remembered: SourceAnswer, failure: SourceAnswer, cause: str | None) -> bool:
    """May `remembered` still be shown after the same question ended in `failure`? `cause`: the code of what went wrong.

    Customers may, in place of an answer that did not come. They may not where other people came instead (`mismatch`), nor
    where access was withdrawn. An absence never may.
    """
    return (
        remembered.outcome is SourceOutcome.FOUND
        and failure.outcome is not SourceOutcome.MISMATCH
        and cause not in _WITHDRAWN
    )


def is_failure(answer: SourceAnswer) -> bool:
    """The source gave no answer to what it was asked."""
    if answer.outcome is SourceOutcome.SKIPPED:
        return answer.code == Skip.BREAKER_OPEN
    return answer.outcome not in (SourceOutcome.FOUND, SourceOutcome.NOT_FOUND)


def from_memory(remembered: Kept[SourceAnswer], now: float, elapsed: float) -> SourceAnswer:
    """`elapsed`: seconds that it took to remember."""
    age = max(0.0, now - remembered.asked)
    return replace(remembered.answer, origin=Origin.CACHED, age=age, elapsed=elapsed)


def standing_in(remembered: Kept[SourceAnswer], failure: SourceAnswer, now: float) -> SourceAnswer:
    """The remembered customers, with the reason why there is nothing newer."""
    return replace(
        remembered.answer,
        origin=Origin.STALE,
        age=max(0.0, now - remembered.asked),
        code=failure.code,
        detail=failure.detail,
    )


# ---------------------------------------------------------------------------------------------- how much it is


def rough_bytes(answer: SourceAnswer) -> int:
    """About as much memory as the answer takes, for the bound of the cache."""
    return (
        _ANSWER
        + sum(map(len, answer.warnings))
        + sum(map(_customer, answer.customers))
        + sum(map(_event, answer.events))
    )


def _customer(verified: Verified) -> int:
    customer: Customer = verified.customer
    texts = [customer.name or "", customer.unique_key.value, *customer.emails, *customer.phones]
    texts += [document.value for document in customer.documents]
    texts += [*customer.attributes, *customer.attributes.values()]
    addresses = 8 * _TEXT * len(customer.addresses)
    return _CUSTOMER + sum(map(len, texts)) + _TEXT * len(texts) + addresses + _json(customer.display)


def _event(event: Event) -> int:
    return 5 * _TEXT + sum(map(len, filter(None, (event.type, event.title, event.text, event.record))))


def _json(value: Json) -> int:
    if isinstance(value, str):
        return _TEXT + len(value)
    if isinstance(value, Map):
        return _TEXT + sum(_TEXT + len(key) + _json(inner) for key, inner in value.items())
    if isinstance(value, Sequence):
        return _TEXT + sum(map(_json, value))
    return _TEXT
