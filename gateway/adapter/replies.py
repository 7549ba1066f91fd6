"""Is there something to read in a reply? The one table of statuses and of bodies that are no data."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

from gateway.adapter.contract import LargeReply, Reply
from gateway.core.beside import failure_beside, more_beside
from gateway.core.errors import (
    EmptyReply,
    HtmlPage,
    RateLimited,
    Redirected,
    ReportedError,
    ServerError,
    Unauthorised,
    UnexpectedStatus,
    Unreadable,
)
from gateway.core.folding import fold
from gateway.core.model import Json
from gateway.core.nobody import Nobody

_HTML = re.compile(
    rb"^(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_SNIFF = 2048
_NOT_THE_WHOLE = frozenset({202, 206})
"""Accepted but not done yet, and a part: neither is an answer, whatever their bodies hold (RFC 9110, 15.3.3 and 15.3.7)."""


def has_answer(
    reply: Reply | LargeReply,
    nobody: Nobody,
    *,
    reads: frozenset[int] = frozenset(),
    silent: frozenset[int] = frozenset(),
) -> bool:
    """True: the body is to be read. False: the source said that it knows nobody.

    `reads`: statuses beyond 2xx whose body the adapter reads (500 for a SOAP fault). `silent`: statuses that mean nobody
    in this protocol without being configured. Raises the SourceError that the status or the body stands for. A large reply
    is not searched for the phrases of `nobody`: that is left to whoever reads it.
    """
    status = reply.status
    if status in nobody.statuses or status in silent:
        return False
    if not (200 <= status < 300 or status in reads) or status in _NOT_THE_WHOLE:
        raise _refusal(reply)
    if isinstance(reply, LargeReply):
        if _HTML.match(reply.head[:_SNIFF]):
            raise HtmlPage() if 200 <= status < 300 else _refusal(reply)
        return True
    body = reply.body
    if not body or body.isspace():
        if nobody.empty_body and 200 <= status < 300:
            return False
        raise EmptyReply() if 200 <= status < 300 else _refusal(reply)
    if says(body, nobody.texts):
        return False
    if _HTML.match(body[:_SNIFF]):
        raise HtmlPage() if 200 <= status < 300 else _refusal(reply)
    return True


def says(body: bytes, phrases: Collection[str]) -> bool:
    """Does one of the phrases, folded, stand anywhere in the body?"""
    if not phrases:
        return False
    text = fold(body.decode("utf-8", "replace") if _is_utf8(body) else body.decode("cp1252", "replace"))
    return any(phrase in text for phrase in phrases)


def check_definite(document: Json, *, counted: bool = True, paged: bool = False) -> None:
    """Is the empty list of this reply a definite no? `document`: what stands around the list. `counted`: totals in it count
    what the list would hold, and not what a filter of the path left out. `paged`: the caller asks for the next page, or
    knows that there is none, whatever the reply holds by which to ask for it.

    Raises ReportedError where the reply says that it failed, Unreadable where it says that there are more.
    """
    name = failure_beside(document)
    if name is not None:
        raise ReportedError(
            f"The source's reply lists nobody, and '{name}' in it reports a failure. Its text is not shown, since it may "
            "quote what was asked; ask the source's owner. If it means nobody, describe it under nobody:."
        )
    if more_beside(document, 0, counted=counted, paged=paged):
        raise Unreadable(
            "The source's reply lists nobody and says that there are more: another page, or a total over 0. "
            "That is no definite no. Ask its owner how to ask for the whole list."
        )


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _refusal(reply: Reply | LargeReply) -> Exception:
    status = reply.status
    if status in (401, 403, 407):
        return Unauthorised()
    if status == 429:
        return RateLimited(retry_after=retry_after(reply))
    if status >= 500:
        return ServerError(
            f"The source answered with HTTP {status}. Ask its owner what failed; resilience.retries helps where it happens "
            "now and then."
        )
    if status == 304:
        return UnexpectedStatus(
            "The source answered with HTTP 304 (not changed) to a question that was not asked conditionally. A cache "
            "between it and the gateway is broken; ask the source's owner."
        )
    if 300 <= status < 400:
        return Redirected()
    return UnexpectedStatus(
        f"The source answered with HTTP {status}. If that is how it says nobody, add {{status: {status}}} under nobody:."
    )


def retry_after(reply: Reply | LargeReply) -> float | None:
    """Seconds the source asked to wait (`Retry-After`, seconds or a date; RFC 9110, 10.2.3), or None."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return max(0.0, (moment - datetime.now(timezone.utc)).total_seconds())
