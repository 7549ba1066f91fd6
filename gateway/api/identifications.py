"""POST identifications: bytes -> IdentifyRequest -> Reception -> bytes."""

from __future__ import annotations

import msgspec
from msgspec import UNSET
from starlette.types import Receive, Scope, Send

from gateway.api.answers import answer, encode, read_body
from gateway.api.bodies import IdentificationRequest
from gateway.api.decoding import decode
from gateway.api.endpoints import actor_of
from gateway.api.facts_presenting import actions_body, facts_body
from gateway.api.parameters import or_none
from gateway.api.ports import Identifies
from gateway.api.presenting import identification_body
from gateway.core.disclosure import Permission
from gateway.core.errors import MalformedRequest
from gateway.service.caller import caller_of, request_id_of
from gateway.service.refs import Sealer
from gateway.service.request import IdentifyRequest


class Identifications:
    """The hot path: ASGI itself, without request and response objects."""

    def __init__(self, identifier: Identifies, sealer: Sealer) -> None:
        self._identifier = identifier
        self._sealer = sealer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        request_id = request_id_of(scope)
        asked = read_request(await read_body(receive))
        reception = await self._identifier.receive(
            IdentifyRequest(
                tenant=caller.tenant,
                viewer=caller.viewer,
                search=or_none(asked.search),
                text=or_none(asked.text),
                limit=or_none(asked.limit),
                explain=asked.explain,
                refresh=asked.refresh,
                request_id=request_id,
                actor=actor_of(scope),
                interaction=or_none(asked.interaction),
            )
        )
        assert reception.identification is not None
        body = identification_body(
            reception.identification,
            tenant=caller.tenant,
            request_id=request_id,
            sealer=self._sealer if caller.viewer.may(Permission.CUSTOMERS_READ) else None,
            explain=asked.explain,
            facts=facts_body(reception.facts),
            actions=actions_body(reception.actions),
        )
        await answer(send, encode(body))


_decoder = msgspec.json.Decoder(IdentificationRequest)
_MEMBERS = IdentificationRequest.__struct_fields__


def read_request(body: bytes) -> IdentificationRequest:
    """The body, strictly: no unknown and no repeated members, exactly one of `search` and `text`.

    Raises MalformedRequest, whose text names places and types and never what was sent.
    """
    asked = decode(_decoder, body, _MEMBERS, "Send an object with 'search' or 'text'.")
    if (asked.search is UNSET) is (asked.text is UNSET):
        raise MalformedRequest("Give exactly one of 'search' (search field -> value) and 'text' (one box).")
    return asked
