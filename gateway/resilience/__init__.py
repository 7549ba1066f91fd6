"""Calls to a source: what stands around `adapter.lookup`, composed in `stack.layers_around`."""

from gateway.resilience.attempt import Ask
from gateway.resilience.breaker import Breaker, BreakerState
from gateway.resilience.bulkhead import Bulkhead
from gateway.resilience.cache import Kept, MemoryStore, Store
from gateway.resilience.coalesce import Flights, Seat, first_arrivals, leave
from gateway.resilience.deadline import Deadline
from gateway.resilience.stack import Layers, guarded_lookup, layers_around

__all__ = [
    "Ask",
    "Breaker",
    "BreakerState",
    "Bulkhead",
    "Deadline",
    "Flights",
    "Kept",
    "Layers",
    "MemoryStore",
    "Seat",
    "Store",
    "first_arrivals",
    "guarded_lookup",
    "layers_around",
    "leave",
]
