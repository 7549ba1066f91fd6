"""GET search-fields and sources: what a helpdesk needs to know of a tenant before it asks."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from gateway.api.answers import answer, encode
from gateway.api.ports import Identifies, SourceStates
from gateway.api.presenting import search_fields_body, sources_body
from gateway.service.caller import caller_of


class SearchFields:
    """What an operator can fill in."""

    def __init__(self, identifier: Identifies) -> None:
        self._identifier = identifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, encode(search_fields_body(self._identifier.search_fields(caller_of(scope).tenant))))


class Sources:
    """How the tenant's sources are, as this process saw them."""

    def __init__(self, states: SourceStates) -> None:
        self._states = states

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await answer(send, encode(sources_body(self._states(caller_of(scope).tenant))))
