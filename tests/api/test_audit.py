"""The audit over HTTP: in pages, filtered, without anybody's value, and refused in words that help."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest

from gateway.api.audit import endpoints
from gateway.api.routes import api_routes, at_the_edge
from gateway.core.audit import CONTACT, AuditFilter, AuditLine, Subject
from gateway.core.errors import StorageOutdated, StorageUnavailable
from tests.api.composed import HELPDESK, Answer, Composed, Key, call

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
LINES = [
    AuditLine(
        f"{number:032x}", NOW + timedelta(minutes=number), "identify", "k1", "found", ("cpf", "name"), "op-7", "r"
    )
    for number in reversed(range(5))
]


class Trail:
    """An audit whose lines are prepared."""

    def __init__(self, lines: list[AuditLine], fails: StorageUnavailable | None = None) -> None:
        self.lines, self.fails = lines, fails
        self.wanted: list[AuditFilter] = []

    async def read(
        self, tenant: str, wanted: AuditFilter, limit: int, after: str | None = None
    ) -> tuple[AuditLine, ...]:
        if self.fails is not None:
            raise self.fails
        assert tenant == "acme"
        self.wanted.append(wanted)
        return tuple(line for line in self.lines if after is None or line.id < after)[:limit]


async def ask(query: str, trail: Trail | None = None, role: str = "auditor") -> Answer:
    composed = Composed()
    composed.ring.known["the-key"] = Key("k-9", "acme", role)
    parts = replace(composed.parts, stored=endpoints(trail or Trail(LINES)))
    app = at_the_edge(api_routes(parts), parts.observer)
    return await call(app, "GET", f"/v1/tenants/acme/audit{query}", b"", [("Authorization", "Bearer the-key")])


async def test_the_newest_come_first_and_pages_follow_one_another() -> None:
    first = (await ask("?limit=3")).json
    assert first["entries"][0] == {
        "id": LINES[0].id,
        "at": "2026-11-22T12:04:00Z",
        "action": "identify",
        "key": "k1",
        "actor": "op-7",
        "kinds": ["cpf", "name"],
        "outcome": "found",
        "request_id": "r",
    }
    second = (await ask(f"?limit=3&cursor={first['next']}")).json
    assert [entry["id"] for page in (first, second) for entry in page["entries"]] == [line.id for line in LINES]
    assert "next" not in second


async def test_the_filters_are_what_was_asked() -> None:
    trail = Trail(LINES)
    await ask("?since=2026-11-22T09:00:00-03:00&until=2026-11-22T12:30:00Z&action=interaction_link&contact=c1", trail)
    (wanted,) = trail.wanted
    assert (wanted.since, wanted.until) == (NOW, NOW + timedelta(minutes=30))
    assert (wanted.action, wanted.subjects) == ("interaction_link", (Subject(CONTACT, "c1"),))


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?since=yesterday", "The parameter 'since' is no moment with its zone. Write 2026-11-22T09:00:00Z"),
        ("?until=2026-11-22", "The parameter 'until' is no moment with its zone."),
        ("?since=0001-01-01T00:00:00Z", "no moment with its zone"),
        ("?action=spy", "There is no such action. Known: identify, details,"),
        ("?cursor=5", "The parameter 'cursor' is not what a page gave as 'next'."),
        ("?limit=0", "The parameter 'limit' is 1 to 500."),
        ("?limit=501", "The parameter 'limit' is 1 to 500."),
        ("?limit=many", "The parameter 'limit' is a whole number."),
        ("?cpf=52998224725", "Known: since, until, action, contact, cursor, limit."),
    ],
)
async def test_a_question_that_cannot_be_read_is_refused_without_repeating_it(query: str, said: str) -> None:
    answer = await ask(query)
    assert (answer.status, answer.json["code"]) == (400, "malformed_request")
    assert said in answer.json["detail"]
    assert b"52998224725" not in answer.body


async def test_only_the_role_for_it_reads_it() -> None:
    refused = await ask("", role="helpdesk")
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert "'audit.read'" in refused.json["detail"]


@pytest.mark.parametrize("error", [StorageUnavailable(), StorageOutdated()])
async def test_a_database_that_is_away_is_told(error: StorageUnavailable) -> None:
    refused = await ask("", Trail([], error))
    assert (refused.status, refused.json["code"]) == (503, error.code)


async def test_a_gateway_that_keeps_nothing_says_so() -> None:
    composed = Composed()
    composed.ring.known["the-key"] = Key("k-9", "acme", "auditor")
    answer = await composed.get("/v1/tenants/acme/audit", "the-key")
    assert (answer.status, answer.json["code"]) == (404, "contact_base_off")
    assert (await composed.get("/v1/tenants/acme/audit", HELPDESK)).status == 403
