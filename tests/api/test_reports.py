"""Reports over HTTP: JSON or CSV, as it comes, and never half a report that looks whole."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.api.reports import endpoints
from gateway.api.routes import api_routes, at_the_edge
from gateway.core.errors import StorageUnavailable
from gateway.core.report import ContactCount, Days, ProspectCount
from tests.api.composed import Answer, Composed, Key, call

pytestmark = pytest.mark.anyio

TYPES = (ContactCount("Ouro", "customer", 3, 1), ContactCount('=HYPERLINK("http://x")', "customer", 1, 0))
PROSPECTS = (ProspectCount("2026-11-22", "loaded", "keyed", 2),)


class Counted:
    """Reports whose pages are prepared; `fails_after` so many of them."""

    def __init__(self, pages: int = 1, fails_after: int | None = None) -> None:
        self.pages, self.fails_after = pages, fails_after
        self.asked: list[Days] = []

    async def customer_types(self, tenant: str, days: Days) -> AsyncIterator[tuple[ContactCount, ...]]:
        self.asked.append(days)
        for page in range(self.pages):
            if page == self.fails_after:
                raise StorageUnavailable
            yield TYPES

    async def prospects(self, tenant: str, days: Days) -> AsyncIterator[tuple[ProspectCount, ...]]:
        yield PROSPECTS


async def ask(
    target: str, counted: Counted | None = None, accept: str | None = None, role: str = "supervisor"
) -> Answer:
    composed = Composed()
    composed.ring.known["the-key"] = Key("k-9", "acme", role)
    parts = replace(composed.parts, stored=endpoints(counted or Counted()))
    app = at_the_edge(api_routes(parts), parts.observer)
    headers = [("Authorization", "Bearer the-key"), *([("Accept", accept)] if accept else [])]
    return await call(app, "GET", f"/v1/tenants/acme/reports/{target}", b"", headers)


async def test_as_json_all_pages_are_one_list() -> None:
    answer = await ask("customer-types", Counted(pages=3))
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    rows = answer.json["rows"]
    assert rows[0] == {"customer_type": "Ouro", "standing": "customer", "contacts": 3, "inactive": 1}
    assert len(rows) == 6
    assert (await ask("customer-types", Counted(pages=0))).json == {"rows": []}
    assert (await ask("prospects")).json["rows"][0]["prospects"] == 2


async def test_as_csv_there_is_a_header_line_and_nothing_that_a_spreadsheet_computes() -> None:
    answer = await ask("customer-types?format=csv", Counted(pages=2))
    assert answer.headers["content-type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["content-disposition"] == 'attachment; filename="customer-types.csv"'
    head, *rows = csv.reader(io.StringIO(answer.body.decode()))
    assert head == ["customer_type", "standing", "contacts", "inactive"]
    assert rows == [["Ouro", "customer", "3", "1"], ['\'=HYPERLINK("http://x")', "customer", "1", "0"]] * 2
    assert (await ask("customer-types?format=csv", Counted(pages=0))).body.count(b"\r\n") == 1


@pytest.mark.parametrize(
    ("accept", "is_csv"),
    [
        ("text/csv", True),
        ("text/csv, application/json;q=0.5", True),
        ("text/*", True),
        ("application/json, text/csv;q=0.9", False),
        ("*/*", False),
        ("text/html, */*;q=0.8", False),
        ("text/csv;q=nonsense", False),
    ],
)
async def test_the_caller_says_by_accept_what_he_prefers(accept: str, is_csv: bool) -> None:
    for target, wanted in (("prospects", is_csv), ("prospects?format=json", False), ("prospects?format=csv", True)):
        answer = await ask(target, accept=accept)
        assert answer.headers["content-type"].startswith("text/csv") is wanted


async def test_the_days_are_what_was_asked() -> None:
    counted = Counted()
    await ask("customer-types?from=2026-11-01&to=2026-11-30", counted)
    (days,) = counted.asked
    assert (str(days.first), str(days.last)) == ("2026-11-01", "2026-11-30")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?from=yesterday", "The parameter 'from' is no day. Write 2026-11-22."),
        ("?to=20261122", "The parameter 'to' is no day."),
        ("?to=9999-12-31", "The parameter 'to' is no day."),
        ("?from=2026-11-23&to=2026-11-22", "The parameter 'from' is a later day than 'to'. Exchange them."),
        ("?format=xlsx", "The parameter 'format' is csv or json."),
        ("?day=1", "Known: from, to, format."),
    ],
)
async def test_a_question_that_cannot_be_read_is_refused(query: str, said: str) -> None:
    answer = await ask(f"prospects{query}")
    assert (answer.status, answer.json["code"]) == (400, "malformed_request")
    assert said in answer.json["detail"]


async def test_what_fails_before_the_first_row_is_a_problem_document() -> None:
    answer = await ask("customer-types?format=csv", Counted(fails_after=0))
    assert (answer.status, answer.json["code"]) == (503, "storage_unavailable")


async def test_what_fails_later_breaks_off_and_is_not_taken_for_whole() -> None:
    answer = await ask("customer-types", Counted(pages=3, fails_after=2))
    assert answer.status == 200
    with pytest.raises(ValueError, match="Expecting"):
        _ = answer.json


async def test_a_role_without_the_permission_is_told_so() -> None:
    answer = await ask("prospects", role="bot")
    assert (answer.status, answer.json["code"]) == (403, "forbidden")
    assert "'reports.read'" in answer.json["detail"]
