"""One request of a sign-in and what came of it, with failures that name the sign-in and not the source's address."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapter.contract import Reply
from gateway.adapter.replies import has_answer
from gateway.core.errors import (
    EmptyReply,
    HtmlPage,
    RateLimited,
    Redirected,
    SourceError,
    TooLarge,
    Unauthorised,
    UnexpectedStatus,
    Unreadable,
)
from gateway.core.json_values import unrepeated
from gateway.core.model import Json
from gateway.core.nobody import Nobody
from gateway.upstream.exchange import Outgoing, Transport
from gateway.upstream.reading import whole_reply

MAX_REPLY = 64 * 1024
"""Largest reply of a sign-in, decoded."""
_MAX_HEADERS = 64 * 1024
_SOURCES_OWN = "upstream.url"
_SENTENCES: dict[type[SourceError], str] = {
    Unauthorised: "It refused our credentials. Check what is set there and the secrets that it names.",
    RateLimited: "It asked us to slow down (429).",
    Redirected: "It redirects elsewhere. Put the final address there.",
    UnexpectedStatus: "It answered with a status that is no answer. Check the address and what is sent.",
    EmptyReply: "It answered with an empty body. Check the address.",
    HtmlPage: "It answered with an HTML page: a login form or an error page. Check the address.",
    TooLarge: f"Its reply is over {MAX_REPLY // 1024} KiB. Check the address.",
}
"""Instead of the sentences about lookups, which send their reader to keys that are not meant."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A sign-in's reply; `fields`: its headers as they came, since cookies cannot be joined (RFC 6265, 3)."""

    reply: Reply
    fields: Sequence[tuple[bytes, bytes]]

    def __repr__(self) -> str:
        return f"<Answer {self.reply.status}>"


async def asked(transport: Transport, request: Outgoing) -> Answer:
    """Raises SourceError; any status is an answer."""
    incoming = await transport.send(request)
    fields = tuple(incoming.headers)
    try:
        return Answer(await whole_reply(incoming, max_body=MAX_REPLY, max_headers=_MAX_HEADERS), fields)
    except TooLarge as error:
        raise _told(error, _SENTENCES[TooLarge]) from error


def check_status(reply: Reply, *, reads: frozenset[int] = frozenset()) -> None:
    """Raises the SourceError that a reply stands for which is no data; `reads`: refusals whose body says more."""
    try:
        has_answer(reply, Nobody(), reads=reads)
    except SourceError as error:
        raise _told(error, _SENTENCES.get(type(error), str(error))) from None


def no_token(error: SourceError, where: str, address: str = _SOURCES_OWN) -> SourceError:
    """The failure, saying that it comes of signing in by `where`; `address`: the key of the address that was asked."""
    text = str(error).replace(_SOURCES_OWN, address)
    if address != _SOURCES_OWN:
        text = text.replace("upstream.tls", f"{where}.tls")
    failure = _told(error, f"No token by {where}. {text}")
    failure.__cause__ = error.__cause__
    return failure


def _told(error: SourceError, text: str) -> SourceError:
    """An error of the same type with another text."""
    return RateLimited(text, retry_after=error.retry_after) if isinstance(error, RateLimited) else type(error)(text)


def json_object(reply: Reply) -> dict[str, Json]:
    """Raises Unreadable: no JSON, no object, or a name given twice, of which readers differ in which they take."""
    try:
        value = json.loads(reply.body, object_pairs_hook=unrepeated)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        # Outside the handler: a JSONDecodeError holds the whole reply.
        raise Unreadable("Its reply is not a JSON object. Check the address.")
    return value
