"""The layers around one source's lookup, in the order in which they run."""

from __future__ import annotations

from typing import Protocol

from gateway.adapter import Adapter, Found, Query
from gateway.core.tenant import Resilience
from gateway.resilience.attempt import Ask, attempt
from gateway.resilience.bulkhead import Bulkhead, within
from gateway.resilience.deadline import until
from gateway.resilience.retry import Backoff, retrying


class Lookup(Protocol):
    """One guarded lookup. `deadline`: moment of the event loop's clock at which the whole of it ends.

    Raises SourceError, and whatever a broken adapter raises; may be cancelled at any await.
    """

    async def __call__(self, query: Query, limit: int, deadline: float) -> Found: ...


def guarded_lookup(
    adapter: Adapter, settings: Resilience, bulkhead: Bulkhead, backoff: Backoff | None = None
) -> Lookup:
    """deadline ( retry ( bulkhead ( attempt time-out ( adapter.lookup ))))."""
    ask: Ask = attempt(adapter, settings.timeout)
    ask = within(bulkhead, ask)
    if settings.retries:
        ask = retrying(ask, settings.retries, backoff or Backoff())
    return until(ask)
