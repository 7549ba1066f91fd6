"""The adapter `xml_get`: asks a page by HTTP GET and reads the XML that it answers with."""

from __future__ import annotations

from gateway.adapter import (
    AdapterContext,
    EmptyReply,
    Found,
    LargeReply,
    Misconfigured,
    Query,
    Reply,
    UnexpectedStatus,
    has_answer,
    holes,
)
from gateway_xml_get.decode import decode
from gateway_xml_get.document import DocumentReader
from gateway_xml_get.settings import XmlGetSettings, can_write
from gateway_xml_get.stream import WHOLE, read_stream

_LIMIT = "gateway.limit"
_NO_CONTENT = frozenset({204})


class XmlGetAdapter:
    """One page. Safe for many lookups at once: between asking and reading it holds nothing."""

    def __init__(self, settings: XmlGetSettings, context: AdapterContext) -> None:
        self._settings = settings
        self._nobody = context.nobody
        self._reader = DocumentReader(
            settings.records, context.reads, context.nobody, settings.pairs, settings.errors, context.lists
        )
        self._fields = settings.fields
        self._in_path = holes(settings.path)
        limit = [(settings.limit_parameter, f"{{{_LIMIT}}}")] if settings.limit_parameter else []
        self._call = context.wire.prepare(
            "GET",
            settings.path,
            query=[
                *settings.constants.items(),
                *((parameter, f"{{{field}}}") for parameter, field in settings.query.items()),
                *limit,
            ],
            headers=[("Accept", "application/xml, text/xml;q=0.9, */*;q=0.1")],
            charset=settings.query_encoding,
        )

    @property
    def fields(self) -> frozenset[str]:
        return self._fields

    async def lookup(self, query: Query, *, limit: int) -> Found:
        values = query.values
        self._check_values(values)
        # One more than wanted: only so can the page's own limit be told from the end of the list.
        async with self._call.open({**values, _LIMIT: str(limit + 1)}, whole=WHOLE) as reply:
            if not has_answer(reply, self._nobody, silent=_NO_CONTENT):
                return Found(())
            if isinstance(reply, LargeReply):
                encoding = self._settings.reply_encoding
                return await read_stream(reply, self._reader, encoding, values.values(), limit)
            return self._read(reply, values, limit)

    async def check(self) -> None:
        """Asks for nobody: without any search field, and with `0` where the path needs one. What the page makes of such a
        question does not matter, but that it is there and lets us in."""
        async with self._call.open(dict.fromkeys(self._in_path, "0"), whole=WHOLE) as reply:
            try:
                has_answer(reply, self._nobody, silent=_NO_CONTENT)
            except EmptyReply:
                return
            except UnexpectedStatus:
                if reply.status not in ((400, 404, 422) if self._in_path else (400, 422)):
                    raise

    async def aclose(self) -> None:
        """Holds nothing."""

    def _read(self, reply: Reply, values: dict[str, str], limit: int) -> Found:
        decoded = decode(reply.body, reply.headers.get("content-type", ""), self._settings.reply_encoding)
        found = self._reader.read(decoded.body, values.values(), limit)
        if not decoded.warnings:
            return found
        return Found(found.records, (*decoded.warnings, *found.warnings), found.truncated)

    def _check_values(self, values: dict[str, str]) -> None:
        missing = self._in_path - values.keys()
        if missing:
            raise Misconfigured(
                f"settings.path needs the search field '{min(missing)}', which was not filled in. "
                "Ask by it, or send it under settings.query instead."
            )
        charset = self._settings.query_encoding
        for field, value in values.items():
            if not can_write(value, charset):
                raise Misconfigured(
                    f"The search field '{field}' has a character that {charset} cannot write, so this source cannot be "
                    "asked for it. If the page reads another charset, set settings.query_encoding."
                )
