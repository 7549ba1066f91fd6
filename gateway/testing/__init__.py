"""What plugin authors test with: `from gateway.testing import AdapterContract`. Needs pytest."""

from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.people import NOBODY, PEOPLE, Person
from gateway.testing.suite import AdapterContract

__all__ = ["NOBODY", "PEOPLE", "AdapterContract", "Person", "SourceRequest", "SourceResponse"]
