"""The adapter: asks, reads, and returns the source's objects as they are."""

from __future__ import annotations

import json

from gateway.adapter import (
    AdapterContext,
    AdapterType,
    Found,
    Json,
    Nobody,
    Query,
    check_definite,
    fold,
    has_answer,
    more_beside,
)
from gateway_rest_json.json_reading import read_json
from gateway_rest_json.records import records_of
from gateway_rest_json.request import Requests
from gateway_rest_json.settings import RestJsonSettings

_NOT_HERE = (400, 404, 405, 422)
"""What a source that is well may answer at its bare address, where nothing is asked."""


class RestJsonAdapter:
    """Speaks JSON over HTTP with one source."""

    def __init__(self, settings: RestJsonSettings, context: AdapterContext) -> None:
        self._requests = Requests(settings.asked(), context.wire)
        self._nobody = context.nobody
        self._check_path = settings.check_path
        self._check = context.wire.prepare("GET", settings.check_path or "", headers=[("Accept", "application/json")])

    @property
    def fields(self) -> frozenset[str]:
        return self._requests.fields

    async def lookup(self, query: Query, *, limit: int) -> Found:
        ask = self._requests.for_query(query)
        reply = await ask.send(query, limit)
        if not has_answer(reply, self._nobody):
            return Found(())
        document = read_json(reply)
        if self._nobody.in_document(document.value) or self._says_nobody(document.value):
            return Found((), document.warnings)
        records = records_of(document.value, ask.records)
        # A path that is an expression may have left records out; then the source's totals count others.
        counted = ask.records is None or ask.records.plain
        if not records:
            check_definite(document.value, counted=counted)
        more = len(records) > limit
        if isinstance(records, list):
            more = more or more_beside(document.value, len(records), counted=counted)
        return Found(records[:limit], document.warnings, truncated=more)

    def _says_nobody(self, document: Json) -> bool:
        """The phrases of `nobody:` again: in the bytes, `n\\u00e3o` hides an accent from has_answer."""
        phrases = self._nobody.texts
        if not phrases:
            return False
        said = fold(json.dumps(document, ensure_ascii=False))
        return any(phrase in said for phrase in phrases)

    async def check(self) -> None:
        """Asks `check_path`, which has to answer 2xx and no page; without it the bare address, where "not here" will do."""
        reply = await self._check.send({})
        if self._check_path is None and (200 <= reply.status < 300 or reply.status in _NOT_HERE):
            return
        has_answer(reply, Nobody(empty_body=True))

    async def aclose(self) -> None:
        """Nothing is held here."""


REST_JSON = AdapterType(
    name="rest_json",
    summary="REST with JSON: GET or POST with templates, records by JMESPath",
    settings=RestJsonSettings,
    create=RestJsonAdapter,
)
