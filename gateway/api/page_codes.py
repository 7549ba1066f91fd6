"""POST …/identification-codes/from-page, and the OPTIONS before it: the one endpoint that pages of other origins may ask."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api import code_bodies as bodies
from gateway.api.answers import Header, answer, encode, read_body
from gateway.api.code_operations import FROM_PAGE
from gateway.api.codes import issued_body
from gateway.api.decoding import decode
from gateway.api.edge import also_on_refusals
from gateway.service.caller import request_id_of
from gateway.service.page_codes import PageCodes, PageRequest

_ALWAYS: tuple[Header, ...] = ((b"vary", b"Origin"),)
_PREFLIGHT: tuple[Header, ...] = (
    (b"access-control-allow-methods", b"POST"),
    (b"access-control-allow-headers", b"content-type"),
    (b"access-control-max-age", b"600"),
)


def endpoints(codes: PageCodes) -> dict[str, ASGIApp]:
    """Operation -> its endpoint."""
    return {FROM_PAGE.name: CodesForPages(codes)}


class CodesForPages:
    """The page's origin is allowed by its exact text, or nothing is said that a page could read; cookies never are
    (Fetch, 3.2: no `Access-Control-Allow-Credentials`)."""

    def __init__(self, codes: PageCodes) -> None:
        self._codes = codes
        self._decoder = msgspec.json.Decoder(bodies.PageToken)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tenant, origin = scope["path_params"]["tenant"], _origin(scope)
        also_on_refusals(scope, _ALWAYS)
        self._codes.pages(tenant, origin)
        assert origin is not None
        allowed = (*_ALWAYS, (b"access-control-allow-origin", origin.encode("latin-1")))
        # The page is to read why it was refused.
        also_on_refusals(scope, allowed)
        if scope["method"] == "OPTIONS":
            await _may_ask(send, allowed)
            return
        taken = decode(self._decoder, await read_body(receive), bodies.PageToken.__struct_fields__)
        issued = await self._codes.issue(PageRequest(tenant, origin, taken.token, request_id_of(scope)))
        await answer(send, encode(issued_body(issued)), status=FROM_PAGE.status, headers=allowed)


def _origin(scope: Scope) -> str | None:
    """As the browser says it; None where it says none, or several."""
    found = [value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"]
    return found[0] if len(found) == 1 else None


async def _may_ask(send: Send, allowed: Sequence[Header]) -> None:
    await send({"type": "http.response.start", "status": 204, "headers": [*allowed, *_PREFLIGHT]})
    await send({"type": "http.response.body", "body": b""})
