"""A lookup as this adapter does it: the list, page by page, then each hit's detail. Whole, said to be cut, or failed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from gateway.adapter import (
    Found,
    Json,
    Nobody,
    RawRecord,
    Reply,
    Unreadable,
    check_definite,
    fold,
    has_answer,
    more_beside,
)
from gateway_rest_json.json_reading import Document, read_json
from gateway_rest_json.paging import Pages
from gateway_rest_json.records import records_of
from gateway_rest_json.reported import ReportedErrors
from gateway_rest_json.request import Ask

_TWICE = "A record came on two pages, word for word, and is counted once: the list moved while it was read."


class Reading:
    """From a reply to a document that is an answer."""

    def __init__(self, nobody: Nobody, errors: ReportedErrors) -> None:
        self._nobody = nobody
        self._errors = errors

    def document(self, reply: Reply) -> Document | None:
        """None: the source says that it knows nobody. Raises SourceError for what is no answer."""
        if not has_answer(reply, self._nobody):
            return None
        document = read_json(reply)
        if self._nobody.in_document(document.value) or self._says_nobody(document.value):
            return None
        self._errors.check(document.value)
        return document

    def _says_nobody(self, document: Json) -> bool:
        """The phrases of `nobody:` again: in the bytes, `n\\u00e3o` hides an accent from has_answer."""
        phrases = self._nobody.texts
        if not phrases:
            return False
        said = fold(json.dumps(document, ensure_ascii=False))
        return any(phrase in said for phrase in phrases)


async def look_up(ask: Ask, reading: Reading, values: dict[str, str], limit: int) -> Found:
    """`values`: those of the request's holes. Raises SourceError, also where a page or a detail fails."""
    found = await (
        _one_page(ask, reading, values, limit) if ask.pages is None else _Walk(ask, reading, values).to(limit)
    )
    if ask.detail is None or not found.records:
        return found
    records, said = await ask.detail.complete(found.records, values, ask.at(values))
    return Found(records, tuple(dict.fromkeys((*found.warnings, *said))), found.truncated)


async def _one_page(ask: Ask, reading: Reading, values: dict[str, str], limit: int) -> Found:
    document = reading.document(await ask.first(values))
    if document is None:
        return Found(())
    records = records_of(document.value, ask.records)
    counted = _counted(ask)
    if not records:
        check_definite(document.value, counted=counted)
    more = len(records) > limit
    if isinstance(records, list):
        more = more or more_beside(document.value, len(records), counted=counted)
    return Found(records[:limit], document.warnings, truncated=more)


def _counted(ask: Ask) -> bool:
    """A path that is an expression may have left records out; then the source's totals count others."""
    return ask.records is None or ask.records.plain


class _Walk:
    """One lookup's way through the pages."""

    def __init__(self, ask: Ask, reading: Reading, values: dict[str, str]) -> None:
        assert ask.pages is not None
        self._ask, self._reading, self._values = ask, reading, values
        self._pages: Pages = ask.pages
        self._at = ask.at(values) if self._pages.by_address else ""
        self._records: list[RawRecord] = []
        self._read = 0
        self._warnings: dict[str, None] = {}
        self._asked: set[str] = set()
        self._bodies: set[bytes] = set()

    async def to(self, limit: int) -> Found:
        """The records up to `limit`. `truncated`: there are more, or may be."""
        reply = await self._ask.first(self._values)
        for number in range(self._pages.most):
            document = self._reading.document(reply)
            if document is None:
                return self._nobody_at(number)
            came = records_of(document.value, self._ask.records)
            self._take(came, document, reply)
            if len(self._records) > limit:
                return self._found(truncated=True, limit=limit)
            following = self._pages.after(reply, document.value, number, len(came), self._read)
            if following is None:
                return self._whole(document.value)
            if not came:
                check_definite(document.value, counted=False, paged=True)
            if number + 1 < self._pages.most:
                reply = await self._next(following)
        if not self._records:
            raise Unreadable(
                f"The source's first {self._pages.most} pages list nobody, and it says that there are more. That is no "
                "definite no. Ask its owner for a filter that it really applies, or raise pages.most."
            )
        return self._found(truncated=True)

    def _take(self, came: Sequence[RawRecord], document: Document, reply: Reply) -> None:
        body = hashlib.sha256(reply.body).digest()
        if came and body in self._bodies:
            raise Unreadable(
                "The source gives the same page again: it does not know the parameter by which the next one is asked for. "
                "Check settings.pages against its documentation."
            )
        self._bodies.add(body)
        self._warnings.update(dict.fromkeys(document.warnings))
        self._read += len(came)
        fresh = [record for record in came if record not in self._records]
        if len(fresh) < len(came):
            self._warnings[_TWICE] = None
        self._records.extend(fresh)

    async def _next(self, following: Json) -> Reply:
        if self._pages.by_address:
            following = self._at = self._ask.links.resolve(str(following), self._at)
        key = json.dumps(following)
        if key in self._asked:
            raise Unreadable(
                "The source's pages go round in a circle: the next page is one that was read already. Check settings.pages "
                "against a real reply; pages.more may say where the last page is."
            )
        self._asked.add(key)
        if self._pages.by_address:
            return await self._ask.links.get(self._at, self._values)
        return await self._ask.following(self._values, following)

    def _nobody_at(self, number: int) -> Found:
        if number == 0:
            return Found(())
        if not self._pages.numbered:
            raise Unreadable(
                "The source names another page and says nobody there. Check settings.pages and nobody: against real replies."
            )
        return self._found(truncated=self._pages.promises)

    def _whole(self, last: Json) -> Found:
        counted, told = _counted(self._ask), self._pages.told
        if not self._records:
            check_definite(last, counted=counted, paged=told)
        short = self._pages.short(last, self._read)
        if short and not self._records:
            raise Unreadable(
                "The source's reply lists nobody, and its total (pages.total) is over 0. That is no definite no. Ask its "
                "owner how to ask for the whole list."
            )
        more = short or more_beside(last, self._read, counted=counted, paged=told)
        return self._found(truncated=more)

    def _found(self, *, truncated: bool, limit: int | None = None) -> Found:
        return Found(self._records[:limit], tuple(self._warnings), truncated=truncated)
