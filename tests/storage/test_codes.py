"""Codes that were given out: kept as a keyed hash alone, a few for each customer, each good once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import select

from gateway.core.code import IdentificationCode, codes_in, new_code
from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict
from gateway.core.issued_code import CodeHolder, CodeIssue, CodeRefusal, CodesShown, CodeTrouble, LiveCode
from gateway.core.keeping import ContactDraft
from gateway.core.model import Identifier, Standing, UniqueKey
from gateway.storage.code_base import CodeBase
from gateway.storage.codes import MOST_LIVE
from gateway.storage.database import Database
from gateway.storage.resealing import Resealing
from gateway.storage.retaining import Retaining
from gateway.storage.sealing import Sealing
from gateway.storage.tables import CODE_ATTEMPTS, CODES

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


# ---------------------------------------------------------------------------------------------- keys, and days

USER = Identifier("channel_user", "whatsapp:5511987654321")
HELPDESK = Command("acme", Viewer("helpdesk", "k1"), "op-7")
OLD, NEW = bytes(range(32)), b"n" * 32


def shown(code: IdentificationCode) -> CodesShown:
    return CodesShown(USER, "whatsapp", codes_in(code.written))


async def test_a_code_and_wrong_ones_outlive_a_change_of_keys(database: Database) -> None:
    given = issue()
    old, both = CodeBase(database, Sealing([OLD])), CodeBase(database, Sealing([NEW, OLD]))
    await old.issue(ISSUER, given, NOW)
    for base in (old, old, both, both):
        await base.refuse(HELPDESK, shown(new_code()), CodeRefusal(CodeTrouble.UNKNOWN), NOW)
    assert isinstance((await both.look(HELPDESK, shown(given.code), NOW)).found, LiveCode)
    await both.refuse(HELPDESK, shown(new_code()), CodeRefusal(CodeTrouble.UNKNOWN), NOW)
    assert (await both.look(HELPDESK, shown(given.code), NOW)).found == CodeRefusal(CodeTrouble.THROTTLED, False)


async def test_what_is_known_of_the_holder_is_sealed_anew(database: Database) -> None:
    given, both = issue(), Sealing([NEW, OLD])
    await CodeBase(database, Sealing([OLD])).issue(ISSUER, given, NOW)
    await Resealing(database, both).reseal(lambda table, far: None)
    found = (await CodeBase(database, both).look(HELPDESK, shown(given.code), NOW)).found
    assert isinstance(found, LiveCode)
    assert found.holder == ANA
    [row] = await rows(database)
    assert Sealing([NEW]).open("acme", "codes.holder", str(row["id"]), bytes(row["holder_sealed"]))  # type: ignore[call-overload]


async def test_what_is_over_and_forgiven_is_let_go_of(codes: CodeBase, database: Database, sealing: Sealing) -> None:
    for number in range(5):
        await codes.issue(ISSUER, replace(issue(), same=("cpf", str(number))), NOW)
    await codes.refuse(HELPDESK, shown(new_code()), CodeRefusal(CodeTrouble.UNKNOWN), NOW)
    retaining = Retaining(database, sealing, most=2)

    async def left() -> tuple[int, int]:
        attempts = await database.read(lambda connection: connection.execute(select(CODE_ATTEMPTS)).all())
        return len(await rows(database)), len(attempts)

    await retaining.forget_codes(NOW + timedelta(hours=23))
    assert await left() == (5, 2)
    await retaining.forget_codes(NOW + timedelta(days=1, minutes=6))
    assert await left() == (0, 2)
    await retaining.forget_codes(NOW + timedelta(days=2))
    assert await left() == (0, 0)
