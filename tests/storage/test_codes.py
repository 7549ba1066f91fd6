"""Codes that were given out: kept as a keyed hash alone, a few for each customer, each good once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from gateway.core.code import IdentificationCode, new_code
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict
from gateway.core.issued_code import CodeHolder, CodeIssue
from gateway.core.keeping import ContactDraft
from gateway.core.model import Identifier, Standing, UniqueKey
from gateway.storage.code_base import CodeBase
from gateway.storage.codes import MOST_LIVE
from gateway.storage.database import Database
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CODES

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
ISSUER = Command("acme", Viewer("issuer", "k-site"))
ANA = CodeHolder(
    {"email": "ana@example.com"},
    ContactDraft(
        Standing.CUSTOMER,
        UniqueKey("email", "email", "ana@example.com"),
        "Ana Souza",
        (Identifier("email", "ana@example.com"),),
        stored={"attributes.plano": "Ouro"},
    ),
    "segunda via",
)


def issue(code: IdentificationCode | None = None, channel: str | None = None) -> CodeIssue:
    return CodeIssue(code or new_code(), ANA, ("unique_key", "ana@example.com"), NOW + timedelta(minutes=5), channel)


@pytest.fixture
def codes(database: Database, sealing: Sealing) -> CodeBase:
    return CodeBase(database, sealing)


async def rows(database: Database) -> list[dict[str, object]]:
    return await database.read(
        lambda connection: [
            dict(row._mapping) for row in connection.execute(select(CODES).order_by(CODES.c.at, CODES.c.id))
        ]
    )


async def test_of_a_code_nothing_is_kept_but_a_keyed_hash(codes: CodeBase, database: Database) -> None:
    given = issue()
    await codes.issue(ISSUER, given, NOW)
    [row] = await rows(database)
    content = b" ".join(value if isinstance(value, bytes) else str(value).encode() for value in row.values())
    for secret in (given.code.value, given.code.written, "ana@example.com", "Ana Souza", "Ouro", "segunda via"):
        assert secret.encode() not in content
    assert row["issued_by"] == "k-site"


async def test_one_customer_has_so_many_good_codes_for_a_channel_and_the_oldest_ends(
    codes: CodeBase, database: Database
) -> None:
    for second in range(MOST_LIVE + 1):
        await codes.issue(ISSUER, issue(), NOW + timedelta(seconds=second))
    await codes.issue(ISSUER, issue(channel="whatsapp"), NOW)
    ended = [row["ended_at"] is not None for row in await rows(database) if row["channel"] is None]
    assert ended == [True] + [False] * MOST_LIVE


async def test_the_same_request_again_gives_another_code_in_place_of_the_first(
    codes: CodeBase, database: Database
) -> None:
    again = replace(ISSUER, repeat=Repeat("key-1", b"d" * 32))
    first, second = issue(), issue()
    assert not (await codes.issue(again, first, NOW)).again
    [before] = await rows(database)
    assert (await codes.issue(again, second, NOW)).again
    [row] = await rows(database)
    assert row["id"] == before["id"]
    assert row["code_index"] != before["code_index"]


async def test_a_request_whose_code_was_used_gives_no_other(codes: CodeBase, database: Database) -> None:
    again = replace(ISSUER, repeat=Repeat("key-1", b"d" * 32))
    await codes.issue(again, issue(), NOW)
    await database.write(lambda connection: connection.execute(CODES.update().values(used_at=1)))
    with pytest.raises(Conflict, match="was used, or is past") as raised:
        await codes.issue(again, issue(), NOW)
    assert raised.value.reason == "code_used"
