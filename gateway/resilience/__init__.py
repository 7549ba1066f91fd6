"""Calls to a source: what stands between `consult` and `adapter.lookup`, composed in `guarded_lookup`."""

from gateway.resilience.attempt import Ask
from gateway.resilience.bulkhead import Bulkhead
from gateway.resilience.stack import guarded_lookup

__all__ = ["Ask", "Bulkhead", "guarded_lookup"]
