"""GET reports/…: counts as JSON or CSV, sent page by page as they are read."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from collections.abc import Mapping as Map
from typing import Generic, Protocol, TypeVar

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.api import report_bodies as bodies
from gateway.api.answers import JSON, answer_in_parts, encode
from gateway.api.body import Body
from gateway.api.endpoints import query_of
from gateway.api.operation import Operation
from gateway.api.parameters import day
from gateway.api.report_operations import CSV, CUSTOMER_TYPES, PROSPECTS
from gateway.core.errors import MalformedRequest
from gateway.core.report import ContactCount, Days, ProspectCount
from gateway.service.caller import caller_of

_CSV = f"{CSV}; charset=utf-8; header=present".encode("ascii")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With what a cell begins that a spreadsheet computes instead of showing it."""

Count = TypeVar("Count")


class Reporting(Protocol):
    """The use cases: see `service.reports`."""

    def customer_types(self, tenant: str, days: Days) -> AsyncIterator[tuple[ContactCount, ...]]: ...
    def prospects(self, tenant: str, days: Days) -> AsyncIterator[tuple[ProspectCount, ...]]: ...


def endpoints(reporting: Reporting) -> dict[str, ASGIApp]:
    """Operation -> its endpoint."""
    return {
        CUSTOMER_TYPES.name: Report(CUSTOMER_TYPES, bodies.CustomerTypeRow, _contacts, reporting.customer_types),
        PROSPECTS.name: Report(PROSPECTS, bodies.ProspectRow, _prospects, reporting.prospects),
    }


def _contacts(count: ContactCount) -> bodies.CustomerTypeRow:
    return bodies.CustomerTypeRow(count.customer_type, count.standing, count.contacts, count.inactive)


def _prospects(count: ProspectCount) -> bodies.ProspectRow:
    return bodies.ProspectRow(count.day, count.state, count.option, count.prospects)


class Report(Generic[Count]):
    """`row`: the type of its rows, whose members are its columns; `pages`: counts of a tenant's days."""

    def __init__(
        self,
        operation: Operation,
        row: type[Body],
        as_row: Callable[[Count], Body],
        pages: Callable[[str, Days], AsyncIterator[tuple[Count, ...]]],
    ) -> None:
        self._operation = operation
        self._columns = row.__struct_fields__
        self._as_row = as_row
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        query = query_of(self._operation, scope)
        days = _days(query)
        as_csv = _wants_csv(scope, query.get("format"))
        pages = self._pages(caller_of(scope).tenant, days)
        if as_csv:
            name = self._operation.path.rpartition("/")[2]
            shown = (b"content-disposition", f'attachment; filename="{name}.csv"'.encode("ascii"))
            await answer_in_parts(send, self._csv(pages), content_type=_CSV, headers=(shown,))
        else:
            await answer_in_parts(send, self._json(pages), content_type=JSON)

    async def _json(self, pages: AsyncIterator[tuple[Count, ...]]) -> AsyncIterator[bytes]:
        before = b'{"rows":['
        async for page in pages:
            yield before + b",".join([encode(self._as_row(count)) for count in page])
            before = b","
        yield b"]}" if before == b"," else before + b"]}"

    async def _csv(self, pages: AsyncIterator[tuple[Count, ...]]) -> AsyncIterator[bytes]:
        head = _lines([self._columns])
        async for page in pages:
            rows = [[getattr(row, column) for column in self._columns] for row in map(self._as_row, page)]
            yield head + _lines(rows)
            head = b""
        yield head


def _lines(rows: Sequence[Sequence[str | int]]) -> bytes:
    """RFC 4180, in UTF-8."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([[_shown(cell) for cell in row] for row in rows])
    return text.getvalue().encode()


def _shown(cell: str | int) -> str | int:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell


def _days(query: Map[str, str]) -> Days:
    days = Days(day(query.get("from"), "The parameter 'from'"), day(query.get("to"), "The parameter 'to'"))
    if days.first is not None and days.last is not None and days.first > days.last:
        raise MalformedRequest("The parameter 'from' is a later day than 'to'. Exchange them.")
    return days


def _wants_csv(scope: Scope, form: str | None) -> bool:
    if form not in (None, "csv", "json"):
        raise MalformedRequest("The parameter 'format' is csv or json.")
    if form is not None:
        return form == "csv"
    accept = ",".join(value.decode("latin-1") for name, value in scope["headers"] if name == b"accept")
    return _quality(accept, CSV) > _quality(accept, "application/json")


def _quality(accept: str, media: str) -> float:
    """How much the caller wants it, 0 to 1; of several ranges the one that names it best (RFC 9110, 12.5.1)."""
    ranges = (media, f"{media.partition('/')[0]}/*", "*/*")
    wanted: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weights = [parameter[2:] for parameter in parameters if parameter.startswith("q=")]
        try:
            wanted[name] = float(weights[0]) if weights else 1.0
        except ValueError:
            wanted[name] = 0.0
    return next((wanted[one] for one in ranges if one in wanted), 0.0)
