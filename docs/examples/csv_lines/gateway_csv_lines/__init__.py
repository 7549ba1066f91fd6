"""The plugin `csv_lines`: a GET, answered by a heading and one line for each customer."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from itertools import islice
from typing import Any, Literal

from pydantic import Field

from gateway.adapter import (
    AdapterContext,
    AdapterSettings,
    AdapterType,
    FieldName,
    Found,
    Query,
    Truncated,
    Unreadable,
    has_answer,
    hookimpl,
)


class CsvSettings(AdapterSettings):
    """What a tenant writes under `settings:`."""

    parameters: dict[str, FieldName] = Field(
        min_length=1, description="Query parameter -> the search field that fills it."
    )
    columns: tuple[str, ...] = Field(min_length=1, description="Columns that the heading must have.")
    delimiter: Literal[";", ",", "|", "\t"] = ";"
    charset: str = Field(default="utf-8", description="Charset of the question and of the answer.")


class CsvAdapter:
    """Speaks CSV with one source."""

    def __init__(self, settings: CsvSettings, context: AdapterContext) -> None:
        self._settings = settings
        self._nobody = context.nobody
        query = [(name, f"{{{field}}}") for name, field in settings.parameters.items()]
        self._call = context.wire.prepare("GET", query=query, charset=settings.charset)

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self._settings.parameters.values())

    async def lookup(self, query: Query, *, limit: int) -> Found:
        reply = await self._call.send(query.values)
        if not has_answer(reply, self._nobody):
            return Found(())
        records = self._read(reply.body, limit + 1)
        return Found(records[:limit], truncated=len(records) > limit)

    async def check(self) -> None:
        reply = await self._call.send({})
        if has_answer(reply, self._nobody):
            self._read(reply.body, 1)

    async def aclose(self) -> None:
        """Nothing is held here."""

    def _read(self, body: bytes, most: int) -> list[dict[str, str]]:
        """At most `most` records. A heading alone is the source's own word that it knows nobody."""
        try:
            text = body.decode(self._settings.charset)
            rows = csv.reader(io.StringIO(text, newline=""), delimiter=self._settings.delimiter, strict=True)
            heading = self._heading(next(rows, []))
            if not text.endswith("\n"):
                raise Truncated("The source's last line has no end: the reply came only in part.")
            return [_record(heading, row) for row in islice(filter(None, rows), most)]
        except UnicodeDecodeError:
            raise Unreadable("The source's lines are not in settings.charset. Ask its owner which it is.") from None
        except csv.Error:
            raise Unreadable("The source's lines are not CSV. Compare settings.delimiter with a real reply.") from None

    def _heading(self, heading: list[str]) -> list[str]:
        """Without this check, any text of one line would be nobody."""
        missing = [name for name in self._settings.columns if name not in heading]
        if missing:
            raise Unreadable(f"The source's heading has no {', '.join(missing)}. Check settings.columns and delimiter.")
        return heading


def _record(heading: list[str], row: list[str]) -> dict[str, str]:
    if len(row) != len(heading):
        raise Unreadable("A line of the source has more or fewer values than the heading. Check settings.delimiter.")
    return dict(zip(heading, row, strict=True))


@hookimpl
def gateway_adapters() -> Iterable[AdapterType[Any]]:
    return [AdapterType("csv_lines", "CSV over HTTP GET", CsvSettings, CsvAdapter)]
