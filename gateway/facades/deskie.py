"""POST /facades/deskie/{tenant}/api/users/identification.json: a code, as a company's site asks Deskie's API for one."""

from __future__ import annotations

import json
from collections.abc import Mapping as Map
from typing import Protocol

from starlette.types import Receive, Scope, Send

from gateway.core.command import Command, Effect
from gateway.core.errors import ContactBaseOff, FacadeOff, MalformedRequest
from gateway.core.json_values import text_of, unrepeated
from gateway.core.model import Json
from gateway.core.tenant import Deskie
from gateway.facades.answers import Refused, answer
from gateway.service.caller import caller_of, request_id_of
from gateway.service.codes import Issued, IssueRequest
from gateway.service.live import Tenants

PATH = "/facades/deskie/{tenant}/api/users/identification.json"

_JSON = b"application/json"
_PREFIX, _CUSTOM = "user_", "custom_fields"
_LONGEST = 512
"""Characters of a value, as the API's own operation takes it."""
_SHAPE = 'Send {"user": {"user_email": "…"}} as JSON in UTF-8.'


class IssuesCodes(Protocol):
    """The use case. Raises RequestError, TenantBroken and StorageUnavailable."""

    async def issue(self, command: Command, request: IssueRequest) -> Effect[Issued]: ...


def as_json(refused: Refused, request_id: str) -> tuple[bytes, bytes]:
    """This face's rendering of an error: content type and body."""
    said = {"error": refused.code, "message": refused.detail, "request_id": request_id}
    return _JSON, json.dumps(said, ensure_ascii=False).encode()


class DeskieCodes:
    """Stands behind the authentication. `desk`: None where the gateway keeps nothing."""

    def __init__(self, desk: IssuesCodes | None, tenants: Tenants) -> None:
        self._desk = desk
        self._tenants = tenants

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        caller = caller_of(scope)
        facade = self._tenants.get(caller.tenant).deskie
        if facade is None:
            raise FacadeOff("facades.deskie")
        if self._desk is None:
            raise ContactBaseOff
        request = issue_request(await _body(receive), facade)
        command = Command(caller.tenant, caller.viewer, request_id=request_id_of(scope))
        issued = (await self._desk.issue(command, request)).made
        await answer(send, 200, _JSON, json.dumps({"code": issued.code.written}).encode())


def issue_request(body: bytes, facade: Deskie) -> IssueRequest:
    """Of the members that tell one search field, the first that is filled in counts. Raises MalformedRequest."""
    said = _said(_user(body))
    search: dict[str, str] = {}
    for member, name in facade.fields.items():
        if member in said:
            search.setdefault(name, said[member])
    return IssueRequest(search=search, name=said.get("user_full_name"))


def _user(body: bytes) -> dict[str, Json]:
    try:
        read: Json = json.loads(body.decode(), object_pairs_hook=unrepeated)
    except (ValueError, RecursionError):
        raise MalformedRequest(f"The body cannot be read. {_SHAPE}") from None
    user = read.get("user") if isinstance(read, dict) else None
    if not isinstance(user, dict):
        raise MalformedRequest(f"The body has no object 'user'. {_SHAPE}")
    return user


def _said(user: Map[str, Json]) -> dict[str, str]:
    """Member -> what is filled in; those of `custom_fields` with that name before theirs. `email` is `user_email`."""
    flat: dict[str, Json] = {}
    for member, value in user.items():
        if member == _CUSTOM and isinstance(value, dict):
            flat.update({f"{_CUSTOM}.{name}": inner for name, inner in value.items()})
        elif member.startswith(_PREFIX):
            flat[member] = value
        else:
            flat.setdefault(_PREFIX + member, value)
    return {member: text for member, value in flat.items() if (text := _text(value))}


def _text(value: Json) -> str:
    """What is no text and no number is not a value that anybody is told by."""
    text = text_of(value) or ""
    if len(text) > _LONGEST:
        raise MalformedRequest(f"A member of 'user' has more than {_LONGEST} characters.")
    return text.strip()


async def _body(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body
