"""The layers around one source's lookup, in the order in which they run."""

from __future__ import annotations

from gateway.core.tenant import Resilience
from gateway.resilience.attempt import Answer, Ask, Asks, attempt
from gateway.resilience.bulkhead import Bulkhead, within
from gateway.resilience.deadline import until
from gateway.resilience.retry import Backoff, retrying


def guarded_lookup(
    adapter: Asks[Answer], settings: Resilience, bulkhead: Bulkhead, backoff: Backoff | None = None
) -> Ask[Answer]:
    """deadline ( retry ( bulkhead ( attempt time-out ( adapter.lookup )))).

    What is returned takes (query, limit, deadline), the deadline a moment of the event loop's clock at which the whole of it
    ends. It raises SourceError, and whatever a broken adapter raises; it may be cancelled at any await.
    """
    ask: Ask[Answer] = attempt(adapter, settings.timeout)
    ask = within(bulkhead, ask)
    if settings.retries:
        ask = retrying(ask, settings.retries, backoff or Backoff())
    return until(ask)
