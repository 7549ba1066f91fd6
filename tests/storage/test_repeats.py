"""A request that comes twice is done once, whoever hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sqlalchemy import Connection, insert, select

from gateway.core.command import Command, Repeat
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict
from gateway.storage.database import Database
from gateway.storage.repeats import KEPT, Done, Repeats
from gateway.storage.sealing import Sealing
from gateway.storage.tables import LEASES

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
FIRST = Command("acme", Viewer("helpdesk", "k1"), "op-7", "r1", Repeat("key-1", b"digest"))


def doing(repeats: Repeats, command: Command, made: str, operation: str = "start") -> Callable[[Connection], Done]:
    def work(connection: Connection) -> Done:
        def make() -> str:
            connection.execute(insert(LEASES).values(name=made, holder="me", until=0))
            return made

        return repeats.once(connection, command, operation, NOW, make)

    return work


def made(connection: Connection) -> list[str]:
    return list(connection.execute(select(LEASES.c.name).order_by(LEASES.c.name)).scalars())


async def test_the_second_gives_what_the_first_made(database: Database, sealing: Sealing) -> None:
    repeats = Repeats(sealing)
    assert await database.write(doing(repeats, FIRST, "a")) == Done("a", again=False)
    assert await database.write(doing(repeats, FIRST, "b")) == Done("a", again=True)
    assert await database.read(made) == ["a"]


async def test_the_same_key_with_something_else_is_refused(database: Database, sealing: Sealing) -> None:
    repeats = Repeats(sealing)
    await database.write(doing(repeats, FIRST, "a"))
    with pytest.raises(Conflict, match="Use a new key") as refused:
        await database.write(doing(repeats, replace(FIRST, repeat=Repeat("key-1", b"other")), "b"))
    assert refused.value.reason == "idempotency_key_reused"
    assert await database.read(made) == ["a"]


async def test_another_caller_tenant_or_operation_has_keys_of_its_own(database: Database, sealing: Sealing) -> None:
    repeats = Repeats(sealing)
    commands = [FIRST, replace(FIRST, viewer=Viewer("helpdesk", "k2")), replace(FIRST, tenant="boreal")]
    for place, command in enumerate(commands):
        assert not (await database.write(doing(repeats, command, f"a{place}"))).again
    assert not (await database.write(doing(repeats, FIRST, "b", "finish"))).again
    assert not (await database.write(doing(repeats, replace(FIRST, repeat=None), "c"))).again


async def test_what_failed_is_not_known_and_may_be_tried_again(database: Database, sealing: Sealing) -> None:
    repeats = Repeats(sealing)

    def refused(connection: Connection) -> Done:
        def make() -> str:
            raise Conflict("finished", "It is finished.")

        return repeats.once(connection, FIRST, "start", NOW, make)

    with pytest.raises(Conflict):
        await database.write(refused)
    assert await database.write(doing(repeats, FIRST, "a")) == Done("a", again=False)


async def test_two_processes_that_hear_it_at_once_do_it_once(address: str, sealing: Sealing) -> None:
    repeats, one, other = Repeats(sealing), Database(address), Database(address)
    commands = [replace(FIRST, repeat=Repeat(f"key-{number}", b"digest")) for number in range(50)]
    works = [
        door.write(doing(repeats, command, f"{who}{command.repeat.key}"))
        for command in commands
        if command.repeat is not None
        for who, door in (("a", one), ("b", other))
    ]
    done = await asyncio.gather(*works)
    assert sum(not each.again for each in done) == 50
    assert len(await one.read(made)) == 50
    assert all(first.id == second.id for first, second in zip(done[::2], done[1::2], strict=True))
    await one.aclose()
    await other.aclose()


async def test_old_ones_are_forgotten(database: Database, sealing: Sealing) -> None:
    repeats = Repeats(sealing)
    await database.write(doing(repeats, FIRST, "a"))
    assert await database.write(lambda connection: repeats.forget(connection, NOW + KEPT)) == 0
    assert await database.write(lambda connection: repeats.forget(connection, NOW + KEPT + timedelta(seconds=1))) == 1
    assert not (await database.write(doing(repeats, FIRST, "b"))).again
