"""The door to the database: writes in groups, failures as they are."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event, func, insert, select
from sqlalchemy.exc import IntegrityError, OperationalError

from gateway.core.errors import Conflict, StorageUnavailable
from gateway.storage.database import Database
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from gateway.storage.tables import LEASES

pytestmark = pytest.mark.anyio


def add(name: str) -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        connection.execute(insert(LEASES).values(name=name, holder="me", until=0))
        return name

    return work


def names(connection: Connection) -> list[str]:
    return list(connection.execute(select(LEASES.c.name).order_by(LEASES.c.name)).scalars())


class Held:
    """A write that keeps the writer busy until it is let go, so that others gather behind it."""

    def __init__(self) -> None:
        self.began, self.go = threading.Event(), threading.Event()

    def __call__(self, connection: Connection) -> None:
        self.began.set()
        assert self.go.wait(10)


async def test_what_was_written_is_read(database: Database) -> None:
    assert await database.write(add("a")) == "a"
    assert await database.read(names) == ["a"]


async def test_one_refused_write_of_a_group_harms_no_other(database: Database) -> None:
    def refused(connection: Connection) -> None:
        add("half")(connection)
        raise Conflict("finished", "It is finished.")

    held = Held()
    first = database.enqueue(held)
    assert held.began.wait(10)
    waiting = [asyncio.ensure_future(database.write(work)) for work in (add("a"), refused, add("b"))]
    while database.waiting < 3:
        await asyncio.sleep(0)
    held.go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.wrap_future(first)
    assert results[0] == "a"
    assert results[2] == "b"
    assert isinstance(results[1], Conflict)
    assert await database.read(names) == ["a", "b"]


async def test_a_defect_and_a_clash_in_a_group_harm_no_other(database: Database) -> None:
    def defective(connection: Connection) -> None:
        add("half")(connection)
        raise ZeroDivisionError

    held = Held()
    first = database.enqueue(held)
    assert held.began.wait(10)
    works = (add("a"), defective, add("a"), add("b"), defective, add("c"))
    waiting = [asyncio.ensure_future(database.write(work)) for work in works]
    while database.waiting < len(works):
        await asyncio.sleep(0)
    held.go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.wrap_future(first)
    assert [type(result) for result in results] == [
        str, ZeroDivisionError, IntegrityError, str, ZeroDivisionError, str
    ]  # fmt: skip
    assert await database.read(names) == ["a", "b", "c"]


async def test_a_group_whose_commit_got_no_answer_is_not_done_again(database: Database) -> None:
    def lost(connection: Connection) -> None:
        connection.connection.commit()
        raise OperationalError("COMMIT", {}, Exception("the server closed the connection"))

    def refused(connection: Connection) -> None:
        raise Conflict("finished", "It is finished.")

    held = Held()
    first = database.enqueue(held)
    assert held.began.wait(10)
    waiting = [asyncio.ensure_future(database.write(work)) for work in (add("a"), refused, add("b"))]
    while database.waiting < 3:
        await asyncio.sleep(0)
    first.add_done_callback(lambda _: event.listen(Engine, "commit", lost, once=True))
    held.go.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [StorageUnavailable, Conflict, StorageUnavailable]
    assert await database.read(names) == ["a", "b"]
    assert database.write_trouble == "storage_unavailable"
    await database.write(add("c"))


async def test_a_caller_who_leaves_takes_no_write_back(database: Database) -> None:
    held = Held()
    first = database.enqueue(held)
    assert held.began.wait(10)
    leaving = asyncio.ensure_future(database.write(add("a")))
    while not database.waiting:
        await asyncio.sleep(0)
    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    held.go.set()
    await asyncio.wrap_future(first)
    await database.write(add("b"))
    assert await database.read(names) == ["a", "b"]


async def test_what_was_taken_is_done_before_the_door_is_closed(address: str) -> None:
    database = Database(address)
    for number in range(200):
        database.enqueue(add(f"{number:03d}"))
    await database.aclose()
    with pytest.raises(StorageUnavailable, match="Repeat later"):
        await database.write(add("late"))
    with pytest.raises(StorageUnavailable):
        await database.read(names)
    again = Database(address)
    count = await again.read(lambda connection: connection.execute(select(func.count()).select_from(LEASES)).scalar())
    assert count == 200
    await again.aclose()


async def test_two_processes_write_at_once(address: str) -> None:
    one, other = Database(address), Database(address)
    await asyncio.gather(
        *(door.write(add(f"{who}{number:03d}")) for who, door in (("a", one), ("b", other)) for number in range(100))
    )
    assert len(await one.read(names)) == 200
    await one.aclose()
    await other.aclose()


async def test_a_database_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    for address in (f"postgresql://gateway@/nobody?host={tmp_path}", embedded(tmp_path / "no" / "such" / "folder")):
        database = Database(address)
        with pytest.raises(StorageUnavailable, match="does not answer"):
            await database.read(names)
        with pytest.raises(StorageUnavailable, match="Idempotency-Key"):
            await database.write(add("a"))
        await database.aclose()


async def test_a_broken_file_is_a_database_that_does_not_answer(tmp_path: Path) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    (tmp_path / "gateway.db").write_bytes(b"no database" * 10_000)
    database = Database(address)
    assert database.glance(names) is None
    for call in (database.read(names), database.write(add("a"))):
        with pytest.raises(StorageUnavailable, match="does not answer"):
            await call
    both = await asyncio.gather(database.write(add("a")), database.write(add("b")), return_exceptions=True)
    assert [type(one) for one in both] == [StorageUnavailable] * 2
    await database.aclose()


async def test_a_glance_sees_what_was_just_written_and_needs_no_thread(address: str) -> None:
    database, threads = Database(address), set[str]()

    def glanced(connection: Connection) -> list[str]:
        threads.add(threading.current_thread().name)
        return names(connection)

    for name in ("a", "b"):
        await database.write(add(name))
        seen = database.glance(glanced)
        assert (seen is not None and name in seen) is address.startswith("sqlite")
    assert threads <= {threading.current_thread().name}
    await database.aclose()
    assert database.glance(glanced) is None


async def test_a_glance_that_fails_is_left_to_be_read_and_the_next_one_is_done(tmp_path: Path) -> None:
    upgrade(embedded(tmp_path))
    database = Database(embedded(tmp_path))

    def locked(connection: Connection) -> list[str]:
        raise OperationalError("SELECT", {}, Exception("locked"))

    assert database.glance(names) == []
    assert database.glance(locked) is None
    assert database.glance(names) == []
    await database.aclose()
