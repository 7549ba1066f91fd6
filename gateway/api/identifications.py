"""POST identifications: bytes -> IdentifyRequest -> Identification -> bytes."""

from __future__ import annotations

import json
from json import JSONDecoder

import msgspec
from msgspec import UNSET
from starlette.types import Receive, Scope, Send

from gateway.api.answers import answer, encode, read_body
from gateway.api.bodies import IdentificationRequest
from gateway.api.ports import Identifies
from gateway.api.presenting import identification_body
from gateway.core.disclosure import Permission
from gateway.core.errors import MalformedRequest
from gateway.core.model import Json
from gateway.service.caller import caller_of, request_id_of
from gateway.service.refs import Sealer
from gateway.service.request import IdentifyRequest

_MEMBERS = ", ".join(IdentificationRequest.__struct_fields__)


class Identifications:
    """The hot path: ASGI itself, without request and response objects."""

    def __init__(self, identifier: Identifies, sealer: Sealer) -> None:
        self._identifier = identifier
        self._sealer = sealer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        request_id = request_id_of(scope)
        asked = read_request(await read_body(receive))
        identification = await self._identifier.identify(
            IdentifyRequest(
                tenant=caller.tenant,
                viewer=caller.viewer,
                search=None if asked.search is UNSET else asked.search,
                text=None if asked.text is UNSET else asked.text,
                limit=None if asked.limit is UNSET else asked.limit,
                explain=asked.explain,
                refresh=asked.refresh,
                request_id=request_id,
            )
        )
        body = identification_body(
            identification,
            tenant=caller.tenant,
            request_id=request_id,
            sealer=self._sealer if caller.viewer.may(Permission.CUSTOMERS_READ) else None,
            explain=asked.explain,
        )
        await answer(send, encode(body))


_decoder = msgspec.json.Decoder(IdentificationRequest)


def read_request(body: bytes) -> IdentificationRequest:
    """The body, strictly: no unknown and no repeated members, exactly one of `search` and `text`.

    Raises MalformedRequest, whose text names places and types and never what was sent.
    """
    try:
        asked = _decoder.decode(body)
        _no_repeats.decode(body.decode())
    except msgspec.ValidationError as error:
        raise MalformedRequest(_mismatch(str(error))) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise MalformedRequest("The body is not JSON in UTF-8. Send an object with 'search' or 'text'.") from None
    if (asked.search is UNSET) is (asked.text is UNSET):
        raise MalformedRequest("Give exactly one of 'search' (search field -> value) and 'text' (one box).")
    return asked


def _mismatch(said: str) -> str:
    """msgspec names the place by our own member names, but repeats an unknown one, which may hold anything."""
    if "unknown field" in said:
        return f"A member of the body is not known. Known: {_MEMBERS}."
    return f"{said}. Compare the body with /docs."


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        # Which of the two was meant? One of them would be a condition that silently does not hold.
        raise MalformedRequest("A member of the body is given twice. Give each search field once.")
    return members


_no_repeats: json.JSONDecoder = JSONDecoder(object_pairs_hook=_members)
