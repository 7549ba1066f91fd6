"""`gateway prospects load`: what a person and a script see of the end of the day."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import datetime, timezone
from pathlib import Path

import pytest

from gateway.assembly import open_storage
from gateway.config.gateway_file import load_gateway
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.model import Identifier, ProspectOption
from gateway.core.prospect import ProspectDraft
from tests.cli.conftest import Run
from tests.whole.running import House

DAY = "2026-11-22"


def store(house: House, *names: str) -> None:
    """Prospects of that day."""
    storage = open_storage(load_gateway(house.config / "gateway.yaml"), prepare=True)
    assert storage is not None

    async def all_of_them() -> None:
        for name in names:
            email = Identifier("email", f"{name.lower()}@example.com")
            draft = ProspectDraft(ProspectOption.MESSAGE, DAY, None, name, (email,))
            command = Command("aurora", Viewer("helpdesk", "k1"))
            await storage.prospects.store(command, draft, None, datetime.now(timezone.utc))
        await storage.aclose()

    asyncio.run(all_of_them())


def test_the_day_is_loaded_and_told(house: House, run: Run) -> None:
    store(house, "Ana", "Bia")
    ran = run("prospects", "load", "--tenant", "aurora", "--date", DAY)
    [file] = (house.folder / "data" / "prospects" / "aurora").glob("*.csv")
    assert (ran.status, ran.out, ran.err) == (0, f"aurora, {DAY}: 2 loaded -> {file}\n", "")
    rows = csv.DictReader(io.StringIO(file.read_text("utf-8"), newline=""))
    assert {row["name"] for row in rows} == {"Ana", "Bia"}
    again = run("prospects", "load", "--tenant", "aurora", "--date", DAY, "--json")
    assert json.loads(again.out) == {"tenant": "aurora", "day": DAY, "batches": [], "unknown": 0}


def test_who_cannot_be_written_is_reported_by_his_contacts_id(house: House, run: Run) -> None:
    house.change("aurora", ("load: {to: csv}", "load: {to: csv, encoding: iso-8859-1}"))
    store(house, "Ana", "İpek")
    ran = run("prospects", "load", "--tenant", "aurora", "--date", DAY)
    assert ran.status == 1
    assert "1 loaded, 1 refused" in ran.out
    report = Path(ran.out.rpartition("and why: ")[2].strip())
    assert "pek" not in ran.out + report.read_text("utf-8")


def die_while_sending(house: House) -> None:
    """Every prospect of that day is on his way, and nobody hears of them again."""
    storage = open_storage(load_gateway(house.config / "gateway.yaml"), prepare=True)
    assert storage is not None

    async def all_of_them() -> None:
        now, loads = datetime.now(timezone.utc), storage.loads
        holder = await loads.begin("aurora", now)
        await loads.open(Command("aurora", Viewer("loader", "k1")), holder, "source:crm", None, DAY, True, now)
        for one in (await storage.prospects.page("aurora", DAY, None, None, 9)).prospects:
            await loads.take("aurora", holder, one.contact.id, now)
        await loads.interrupted("aurora", holder, "The gateway was interrupted.", now)
        await loads.end("aurora", holder)
        await storage.aclose()

    asyncio.run(all_of_them())


def test_who_is_in_doubt_is_listed_and_settled(house: House, run: Run) -> None:
    store(house, "Ana", "Bia")
    die_while_sending(house)
    here = ("--tenant", "aurora")
    told = run("prospects", "list", *here, "--state", "unknown", "--date", DAY, "--json")
    both = json.loads(told.out)
    assert [(one["state"], one["reason"]) for one in both] == [("unknown", "The gateway was interrupted.")] * 2
    assert "ana@example.com" not in told.out
    first, second = (one["contact"] for one in both)
    ran = run("prospects", "settle", *here, "--contact", first, "--as", "loaded")
    assert (ran.status, ran.out) == (0, f"aurora: {first} is loaded now.\n")
    again = run("prospects", "settle", *here, "--contact", first, "--as", "pending")
    assert (again.status, again.out) == (1, "")
    assert "He is 'loaded', and nobody is in doubt about that" in again.err
    assert (
        run("prospects", "settle", *here, "--contact", second, "--as", "refused", "--reason", "Fornecedor").status == 0
    )
    table = run("prospects", "list", *here).out
    assert first in table
    assert "Fornecedor" in table
    assert "unknown" not in table


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("list", "--tenant", "nobody"), 2, "there is no tenant 'nobody'"),
        (("list", "--tenant", "aurora", "--state", "lost"), 2, "'lost' is not one of"),
        (("settle", "--tenant", "aurora", "--contact", "x", "--as", "customer"), 2, "one of loaded, pending, refused"),
        (
            ("settle", "--tenant", "aurora", "--contact", "x", "--as", "loaded", "--reason", "y"),
            2,
            "Leave 'reason' out",
        ),
        (("settle", "--tenant", "aurora", "--contact", "x", "--as", "loaded"), 1, "no such prospect"),
    ],
)
def test_what_cannot_be_settled_is_said(
    house: House, run: Run, arguments: tuple[str, ...], status: int, said: str
) -> None:
    store(house, "Ana")
    ran = run("prospects", *arguments)
    assert ran.status == status
    assert said in " ".join(ran.err.replace("│", "").split())


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--tenant", "nobody"), 2, "gateway: there is no tenant 'nobody'. Known: aurora, boreal, cerrado, uniao.\n"),
        (("--tenant", "boreal"), 2, "gateway: This tenant's prospects are not loaded anywhere. Its file says where"),
        (("--tenant", "aurora", "--date", "22/11/2026"), 2, "does not match the format"),
    ],
)
def test_what_cannot_be_loaded_is_said(
    house: House, run: Run, arguments: tuple[str, ...], status: int, said: str
) -> None:
    ran = run("prospects", "load", *arguments)
    assert ran.status == status
    assert said in ran.err


def test_a_gateway_that_keeps_nothing_says_so(house: House, run: Run) -> None:
    file = house.config / "gateway.yaml"
    file.write_text(json.dumps({**json.loads(file.read_text("utf-8")), "contact_base": {"enabled": False}}), "utf-8")
    ran = run("prospects", "load", "--tenant", "aurora")
    assert ran.status == 1
    assert "contact_base.enabled: false" in ran.err
