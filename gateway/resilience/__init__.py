"""Calls to a source: what stands between `consult` and `adapter.lookup`, composed in `guarded_lookup`."""

from gateway.resilience.bulkhead import Bulkhead
from gateway.resilience.stack import Lookup, guarded_lookup

__all__ = ["Bulkhead", "Lookup", "guarded_lookup"]
