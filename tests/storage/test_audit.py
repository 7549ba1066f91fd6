"""What is audited is found again by moment, action and whom it concerned, and holds nobody's value."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path

import pytest

from gateway.core.audit import CONTACT, Action, AuditEntry, AuditFilter, Subject, searched
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.model import SearchKey
from gateway.storage.audit import AuditRows
from gateway.storage.database import Database
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from gateway.storage.sealing import Sealing
from gateway.storage.tables import AUDIT

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
CPF, EMAIL = Subject("cpf", "52998224725"), Subject("email", "ana@example.com")
ALL = AuditFilter()


def entry(minutes: int, *subjects: Subject, action: Action = Action.IDENTIFY, tenant: str = "acme") -> AuditEntry:
    command = Command(tenant, Viewer("helpdesk", "k1"), "op-7", f"r{minutes}")
    return AuditEntry.of(command, NOW + timedelta(minutes=minutes), action, *subjects, outcome="found")


async def write(database: Database, rows: AuditRows, *entries: AuditEntry) -> None:
    for one in entries:
        await database.write(partial(rows.write, entry=one))


async def ids(database: Database, rows: AuditRows, wanted: AuditFilter, tenant: str = "acme") -> list[str]:
    lines = await database.read(partial(rows.read, tenant=tenant, wanted=wanted, limit=50))
    return [line.request_id for line in lines]


async def test_an_entry_is_read_as_it_was_written_but_for_the_values(database: Database, sealing: Sealing) -> None:
    rows = AuditRows(sealing)
    await write(database, rows, entry(1, CPF, EMAIL))
    (line,) = await database.read(partial(rows.read, tenant="acme", wanted=ALL, limit=50))
    assert (line.at, line.action, line.key_id, line.actor) == (NOW + timedelta(minutes=1), "identify", "k1", "op-7")
    assert (line.kinds, line.outcome, line.request_id) == (("cpf", "email"), "found", "r1")


async def test_entries_are_found_by_moment_action_and_subject(database: Database, sealing: Sealing) -> None:
    rows = AuditRows(sealing)
    linked = entry(3, Subject(CONTACT, "c1"), action=Action.LINK)
    await write(database, rows, entry(1, CPF), entry(2, EMAIL, CPF), linked, entry(4), entry(5, CPF, tenant="other"))
    assert await ids(database, rows, ALL) == ["r4", "r3", "r2", "r1"]
    since, until = NOW + timedelta(minutes=2), NOW + timedelta(minutes=3)
    assert await ids(database, rows, AuditFilter(since=since)) == ["r4", "r3", "r2"]
    assert await ids(database, rows, AuditFilter(since=since, until=until)) == ["r2"]
    assert await ids(database, rows, AuditFilter(action=Action.LINK)) == ["r3"]
    assert await ids(database, rows, AuditFilter(subjects=(CPF,))) == ["r2", "r1"]
    assert await ids(database, rows, AuditFilter(subjects=(CPF, EMAIL))) == ["r2", "r1"]
    assert await ids(database, rows, AuditFilter(subjects=(Subject(CONTACT, "c1"),))) == ["r3"]
    assert await ids(database, rows, AuditFilter(subjects=(Subject("email", CPF.value),))) == []
    assert await ids(database, rows, AuditFilter(subjects=(CPF,)), "other") == ["r5"]


async def test_pages_follow_one_another_without_gap_or_repeat(database: Database, sealing: Sealing) -> None:
    rows = AuditRows(sealing)
    await write(database, rows, *(entry(minute, CPF, EMAIL) for minute in range(7)))
    for wanted in (ALL, AuditFilter(subjects=(CPF, EMAIL))):
        seen: list[str] = []
        after: str | None = None
        while page := await database.read(partial(rows.read, tenant="acme", wanted=wanted, limit=3, after=after)):
            assert len(page) <= 3
            seen += [line.request_id for line in page]
            after = page[-1].id
        assert seen == [f"r{minute}" for minute in reversed(range(7))]


async def test_what_is_past_its_days_goes_in_portions_and_the_rest_stays(database: Database, sealing: Sealing) -> None:
    rows = AuditRows(sealing)
    await write(database, rows, *(entry(minute, CPF, EMAIL) for minute in range(5)), entry(0, CPF, tenant="other"))
    before = NOW + timedelta(minutes=3)
    gone = [await database.write(partial(rows.forget, tenant="acme", before=before, most=4)) for _ in range(3)]
    assert gone == [4, 2, 0]
    assert await ids(database, rows, ALL) == ["r4", "r3"]
    assert await ids(database, rows, AuditFilter(subjects=(CPF,))) == ["r4", "r3"]
    assert await ids(database, rows, ALL, "other") == ["r0"]


async def test_a_value_is_found_after_its_key_was_changed(database: Database) -> None:
    await write(database, AuditRows(Sealing([bytes(32)])), entry(1, CPF))
    rotated = AuditRows(Sealing([bytes(range(32)), bytes(32)]))
    assert await ids(database, rotated, AuditFilter(subjects=(CPF,))) == ["r1"]


async def test_rows_that_are_there_already_are_not_written_twice(database: Database, sealing: Sealing) -> None:
    rows = AuditRows(sealing)
    made = rows.rows(entry(1, CPF))
    for _ in range(2):
        await database.write(partial(rows.insert, rows=made))
    assert await ids(database, rows, ALL) == ["r1"]


def test_nobodys_value_is_in_the_file(tmp_path: Path, sealing: Sealing) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    database = Database(address)
    name = SearchKey("nome", "name", "Ana Laura Marcadora")
    keys = (SearchKey("doc", "cpf_cnpj", CPF.value), SearchKey("email", "email", EMAIL.value), name)
    database.enqueue(partial(AuditRows(sealing).write, entry=entry(1, *searched(keys)))).result(10)
    with sqlite3.connect(tmp_path / "gateway.db") as plain:
        assert plain.execute(f"SELECT count(*), count(DISTINCT kinds) FROM {AUDIT.name}").fetchone() == (3, 1)
    plain.close()
    database.close()
    written = b"".join(file.read_bytes() for file in tmp_path.iterdir()).lower()
    assert b"cpf email name" in written
    for value in (CPF.value, EMAIL.value, "ana", "laura", "marcadora"):
        assert value.encode() not in written
        assert value.encode().hex().encode() not in written


def test_the_same_value_is_one_subject_however_it_is_written() -> None:
    assert (
        searched([SearchKey("doc", "cpf_cnpj", CPF.value)]) == searched([SearchKey("cpf", "cpf", CPF.value)]) == (CPF,)
    )
    assert searched([SearchKey("nome", "name", "JOÃO  Silva")]) == searched([SearchKey("nome", "name", "João Silva")])
