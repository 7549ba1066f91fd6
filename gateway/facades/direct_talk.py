"""GET /facades/direct-talk/{tenant}?nome=carlos: the page that the Direct Talk platform calls to identify a customer.

A page of this kind has two answers, a list of records and a message; *could not find out* is neither, so it is a 503.
"""

from __future__ import annotations

from typing import Protocol

from starlette.types import Receive, Scope, Send

from gateway.core.errors import FacadeOff, MalformedRequest, Unauthenticated
from gateway.core.folding import fold_name
from gateway.core.model import Identification, Outcome
from gateway.core.tenant import DirectTalk, FacadeKey, Tenant
from gateway.facades.answers import Header, Refused, answer
from gateway.facades.basic import BASIC, CHALLENGE
from gateway.facades.direct_talk_query import parameters, query_place
from gateway.facades.direct_talk_records import records
from gateway.facades.xml_latin1 import CONTENT_TYPE, document, element, lone
from gateway.service.caller import caller_of, request_id_of
from gateway.service.live import Tenants
from gateway.service.request import IdentifyRequest

PATH = "/facades/direct-talk/{tenant}"

_UNAVAILABLE = "Consulta indisponível. Não foi possível saber se o cliente existe. Tente novamente."


class Identifies(Protocol):
    """The use case. Raises RequestError (nobody was asked) or TenantBroken."""

    async def identify(self, request: IdentifyRequest) -> Identification: ...


def as_xml(refused: Refused, request_id: str) -> tuple[bytes, bytes]:
    """This face's rendering of an error: content type and body."""
    return CONTENT_TYPE, _error(refused.code, refused.detail, request_id)


class DirectTalkPage:
    """Stands behind the authentication: whose key it is, is known; whether it came in the right place, is not."""

    def __init__(self, identifier: Identifies, tenants: Tenants) -> None:
        self._identifier = identifier
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        tenant = self._tenants.get(caller.tenant)
        facade = _offered(tenant, caller.place)
        identification = await self._identifier.identify(
            IdentifyRequest(
                tenant=caller.tenant,
                viewer=caller.viewer,
                search=search_of(scope["query_string"], tenant, facade),
                request_id=request_id_of(scope),
            )
        )
        found = tuple(records(identification, tenant))
        if identification.outcome is Outcome.NOT_FOUND:
            await answer(send, 200, CONTENT_TYPE, _message(identification, tenant))
        elif identification.outcome is Outcome.UNAVAILABLE or not found:
            await answer(send, 503, CONTENT_TYPE, _error("unavailable", _UNAVAILABLE, request_id_of(scope)))
        else:
            whole = identification.complete and len(found) == len(identification.matches)
            marks = _marks(complete=whole, more=identification.more)
            await answer(send, 200, CONTENT_TYPE, document("clientes", found), *marks)


def search_of(query: bytes, tenant: Tenant, facade: DirectTalk) -> dict[str, str]:
    """The filled-in search fields. A parameter left empty is a field that the operator left empty; one that is no search
    field stays under its own name, so that identify refuses it: ignoring it would ask a different question."""
    names = {fold_name(name): name for name in tenant.search_fields}
    search: dict[str, str] = {}
    for parameter, value in parameters(query):
        if facade.key is FacadeKey.QUERY and parameter == facade.parameter:
            continue
        if not value.strip():
            continue
        name = names.get(fold_name(parameter), parameter)
        if name in search:
            raise MalformedRequest("A search field is given twice. Give each search field once.")
        search[name] = value
    return search


def _offered(tenant: Tenant, place: str) -> DirectTalk:
    facade = tenant.direct_talk
    if facade is None:
        raise FacadeOff("facades.direct_talk")
    if facade.key is FacadeKey.BASIC:
        if place != BASIC:
            raise Unauthenticated(CHALLENGE, "This tenant takes the key as the password of Basic authentication only.")
    elif place != query_place(facade.parameter):
        raise Unauthenticated(CHALLENGE, f"This tenant takes the key in the parameter '{facade.parameter}' only.")
    return facade


def _message(identification: Identification, tenant: Tenant) -> bytes:
    """*Cliente inexistente*, or *Cliente não cadastrado/<key>*, as identify proposes it."""
    proposal = identification.proposal
    text = proposal.message if proposal is not None else tenant.not_found.message
    return document("clientes", (element("mensagem", (("texto", text),)),))


def _error(code: str, detail: str, request_id: str) -> bytes:
    return lone("erro", (("codigo", code), ("mensagem", detail), ("requisicao", request_id)))


def _marks(*, complete: bool, more: bool) -> list[Header]:
    """What a list of records has no room for."""
    marks = [] if complete else [(b"gateway-complete", b"false")]
    return [*marks, (b"gateway-more", b"true")] if more else marks
