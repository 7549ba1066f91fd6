"""The layers around one source's lookup, in the order in which they run.

    cache/coalesce ( deadline ( breaker ( retry ( bulkhead ( attempt time-out ( adapter.lookup ))))))

What is remembered and shared is an answer that has been mapped and verified, so the outermost two go around the service's
reading of what the others give: `Layers.flights` and `Layers.store` are theirs to use, `Layers.lookup` is all the rest.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.core.tenant import Resilience
from gateway.resilience.attempt import Answer, Ask, Asks, attempt, until
from gateway.resilience.breaker import Breaker, BreakerState, ProcessBreaker, breaking
from gateway.resilience.bulkhead import Bulkhead, within
from gateway.resilience.cache import Store
from gateway.resilience.coalesce import Flights
from gateway.resilience.retry import Backoff, RetryBudget, retrying

Said = TypeVar("Said")
"""What the adapter gives."""


@dataclass(frozen=True, slots=True)
class Layers(Generic[Said, Answer]):
    """All that stands around one source. `lookup` takes (query, limit, deadline). It raises SourceError, BreakerOpen, and
    whatever a broken adapter raises; it may be cancelled at any await. `breaker` and `store` are None where the source has
    none."""

    lookup: Ask[Said]
    bulkhead: Bulkhead
    breaker: Breaker | None
    flights: Flights[Answer]
    store: Store[Answer] | None


def layers_around(
    adapter: Asks[Said],
    settings: Resilience,
    store: Store[Answer],
    clock: Callable[[], float],
    changed: Callable[[BreakerState], None] | None = None,
) -> Layers[Said, Answer]:
    """`store`: the tenant's, used where the source's settings ask for a cache. `clock`: seconds, monotonic. `changed` hears
    that the breaker opened or closed."""
    bulkhead = Bulkhead(settings.concurrency)
    breaker = ProcessBreaker(settings.breaker, clock, changed) if settings.breaker is not None else None
    lookup = guarded_lookup(adapter, settings, bulkhead, breaker)
    return Layers(lookup, bulkhead, breaker, Flights(), store if settings.cache is not None else None)


def guarded_lookup(
    adapter: Asks[Said],
    settings: Resilience,
    bulkhead: Bulkhead,
    breaker: Breaker | None = None,
    *,
    backoff: Backoff | None = None,
    budget: RetryBudget | None = None,
) -> Ask[Said]:
    """deadline ( breaker ( retry ( bulkhead ( attempt time-out ( adapter.lookup )))))."""
    ask: Ask[Said] = attempt(adapter, settings.timeout)
    ask = within(bulkhead, ask)
    if settings.retries:
        ask = retrying(ask, settings.retries, backoff or Backoff(), budget or RetryBudget())
    if breaker is not None:
        ask = breaking(ask, breaker)
    return until(ask)
