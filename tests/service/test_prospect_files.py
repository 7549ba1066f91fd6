"""A day's prospects in a file: each once, whatever point the work was interrupted at; on both databases."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from xml.etree import ElementTree

import pytest

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import Conflict, NoLoading
from gateway.core.keeping import ContactDraft
from gateway.core.model import Identifier, ProspectOption, Standing, UniqueKey
from gateway.core.prospect import ProspectDraft, ProspectState
from gateway.core.prospect_load import LoadReport
from gateway.core.prospect_settings import FileFormat, FormField, LoadFile, ProspectSettings
from gateway.core.tenant import Tenant
from gateway.service import prospect_loading
from gateway.service.aside import Aside
from gateway.service.prospect_loading import ProspectLoading
from gateway.storage.contacts import Contacts
from gateway.storage.load_base import HELD
from gateway.storage.sealing import Sealing
from gateway.storage.storage import Storage
from tests.service.scripted import House, Script
from tests.storage.conftest import address, empty_database, postgresql_server  # noqa: F401

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 15, tzinfo=timezone.utc)
COMMAND = Command("acme", Viewer("loader", "k1"))
CSV = LoadFile(FileFormat.CSV, "leads")
FORM = {"renda": FormField("renda", "Renda"), "cpf": FormField("cpf", "CPF", "cpf")}


def lines(file: Path, encoding: str = "utf-8", separator: str = ",") -> list[dict[str, str]]:
    text = file.read_bytes().decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=separator))


@dataclass(slots=True)
class Desk:
    """A tenant with prospects, and the load."""

    storage: Storage
    folder: Path
    now: datetime = NOON
    house: House = field(init=False)
    tenant: Tenant = field(init=False)

    def __post_init__(self) -> None:
        self.house = House({"crm": Script([[]])})
        self.tenant = replace(self.house.tenant, prospects=ProspectSettings(FORM, CSV))

    def get(self, slug: str) -> Tenant:
        return self.tenant

    def wants(self, load: LoadFile | None) -> None:
        self.tenant = replace(self.tenant, prospects=replace(self.tenant.prospects, load=load))

    async def prospect(self, number: int, day: str = "2026-11-22", **more: object) -> str:
        self.now += timedelta(milliseconds=2)  # ids rise with time
        draft = ProspectDraft(
            ProspectOption.KEYED,
            day,
            UniqueKey("email", "email", f"p{number}@example.com"),
            f"Ana {number}",
            (Identifier("email", f"p{number}@example.com"), Identifier("phone", "+5511987654321")),
        )
        stored = await self.storage.prospects.store(COMMAND, replace(draft, **more), None, self.now)  # type: ignore[arg-type]
        return stored.made.contact.id

    async def load(self, day: date | None = None) -> LoadReport:
        loading = ProspectLoading(self, self.house.tenants, self.storage.loads, self.folder, lambda: self.now)
        return await loading.load(COMMAND, day, lambda done, of: None)

    @property
    def files(self) -> list[Path]:
        return sorted(path for path in self.folder.rglob("prospects-*") if path.is_file())

    def contacts(self) -> list[str]:
        """Of every file."""
        return [row["contact"] for file in self.files for row in lines(file)]

    async def states(self) -> dict[str, ProspectState]:
        page = await self.storage.prospects.page("acme", None, None, None, 1000)
        return {one.contact.id: one.state for one in page.prospects}


@pytest.fixture
async def desk(address: str, tmp_path: Path) -> AsyncIterator[Desk]:  # noqa: F811
    storage = Storage(address, [bytes(range(32))])
    yield Desk(storage, tmp_path / "files")
    await storage.aclose()


async def test_the_days_prospects_are_in_one_file_and_loaded(desk: Desk) -> None:
    ids = [await desk.prospect(number) for number in range(3)]
    report = await desk.load()
    assert desk.contacts() == ids
    assert await desk.states() == dict.fromkeys(ids, ProspectState.LOADED)
    assert (report.day, report.count(ProspectState.LOADED), report.whole) == ("2026-11-22", 3, True)
    [file] = desk.files
    assert (file.parent, str(file)) == (desk.folder / "acme" / "leads", report.batches[0].file)
    assert file.stat().st_mode & 0o007 == 0
    assert (await desk.load()).batches == ()
    assert desk.files == [file]


async def test_what_was_left_over_goes_with_today_and_a_named_day_goes_alone(desk: Desk) -> None:
    before, today, tomorrow = [await desk.prospect(n, f"2026-11-2{n}") for n in (1, 2, 3)]
    assert (await desk.load(date(2026, 11, 22))).batches[0].batch.rows == 1
    assert desk.contacts() == [today]
    await desk.load()
    assert set(desk.contacts()) == {today, before}
    assert (await desk.states())[tomorrow] is ProspectState.PENDING


async def test_today_is_the_tenants(desk: Desk) -> None:
    await desk.prospect(1, "2026-11-22")
    desk.now = datetime(2026, 11, 23, 2, tzinfo=timezone.utc)  # 23:00 of the 22nd in São Paulo
    assert (await desk.load()).day == "2026-11-22"


async def test_many_pages_make_one_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prospect_loading, "PAGE", 3)
    ids = [await desk.prospect(number) for number in range(8)]
    await desk.load()
    assert desk.contacts() == ids


class Killed(Exception):
    """The process died here."""


POINTS = (
    "begin", "write", "sync", "written before", "written after", "publish before", "publish after", "published before",
)  # fmt: skip


def dies_at(desk: Desk, point: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before or after the step, once."""
    step, _, when = point.partition(" ")
    owner: type = Aside if hasattr(Aside, step) else type(desk.storage.loads)
    real = getattr(owner, step)

    def sync(*arguments: object) -> None:
        if when == "after":
            real(*arguments)
        raise Killed

    async def later(*arguments: object) -> None:
        if when == "after":
            await real(*arguments)
        raise Killed

    monkeypatch.setattr(owner, step, sync if owner is Aside else later)


@pytest.mark.parametrize("taken_away", [False, True], ids=["left", "taken"])
@pytest.mark.parametrize("point", POINTS)
async def test_a_load_that_died_anywhere_loses_nobody_and_repeats_nobody(
    desk: Desk, point: str, taken_away: bool, tmp_path: Path
) -> None:
    ids = [await desk.prospect(number) for number in range(3)]
    with pytest.MonkeyPatch.context() as patch:
        dies_at(desk, point, patch)
        with pytest.raises(Killed):
            await desk.load()
    taken: list[str] = []
    if taken_away:
        taken = desk.contacts()
        for file in desk.files:
            file.unlink()
    late = await desk.prospect(9)
    desk.now += HELD + timedelta(seconds=1)
    await desk.load()
    assert sorted([*taken, *desk.contacts()]) == sorted([*ids, late])
    assert set((await desk.states()).values()) == {ProspectState.LOADED}


async def test_one_worker_alone_loads(desk: Desk) -> None:
    await desk.prospect(1)
    holder = await desk.storage.loads.begin("acme", desk.now)
    with pytest.raises(Conflict, match="being loaded just now") as refusal:
        await desk.load()
    assert refusal.value.reason == "load_under_way"
    desk.now += HELD + timedelta(seconds=1)
    assert (await desk.load()).whole
    with pytest.raises(Conflict, match="Another worker") as lost:
        await desk.storage.loads.keep("acme", holder, desk.now)
    assert lost.value.reason == "lease_lost"


async def test_who_is_no_prospect_any_more_is_not_loaded(desk: Desk) -> None:
    contact, other = await desk.prospect(1), await desk.prospect(2)
    contacts = Contacts(Sealing([bytes(range(32))]))
    customer = ContactDraft(Standing.CUSTOMER, UniqueKey("email", "email", "p1@example.com"))
    await desk.storage._database.write(lambda c: contacts.save(c, "acme", customer, desk.now))
    await desk.load()
    assert desk.contacts() == [other]
    assert (await desk.states())[contact] is ProspectState.CUSTOMER


async def test_a_tenant_without_a_target_says_so(desk: Desk) -> None:
    desk.wants(None)
    with pytest.raises(NoLoading, match=r"prospects\.load with to: or source:"):
        await desk.load()


# ---------------------------------------------------------------------------------------------- what is in it


async def test_a_csv_starts_no_formula(desk: Desk) -> None:
    evil = ("=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1")
    for number, name in enumerate(evil):
        await desk.prospect(number, name=name)
    await desk.load()
    [file] = desk.files
    rows = lines(file)
    assert [row["name"] for row in rows] == [f"'{name}" for name in evil]
    assert {row["phone"] for row in rows} == {"+5511987654321"}
    assert list(rows[0]) == [
        "contact", "day", "option", "name", "unique_key", "customer_type", "cpf", "email", "phone", "form.renda", "form.cpf",
        "others",
    ]  # fmt: skip


async def test_a_csv_is_written_as_the_tenant_wants_it(desk: Desk) -> None:
    desk.wants(replace(CSV, encoding="iso8859-1", separator=";"))
    await desk.prospect(1, name="João; Çelik", form={"renda": "R$ 10", "antes": "x"})
    refused = await desk.prospect(2, name="İpek")
    report = await desk.load()
    [file] = desk.files
    [row] = lines(file, "iso8859-1", ";")
    assert (row["name"], row["form.renda"], row["others"]) == ("João; Çelik", "R$ 10", "form.antes=x")
    assert (report.whole, report.count(ProspectState.LOADED), report.count(ProspectState.REFUSED)) == (False, 1, 1)
    [listing] = desk.folder.rglob("report-*.json")
    assert str(listing) == report.batches[0].report
    listed = json.loads(listing.read_bytes())
    assert [(one["contact"], one["state"]) for one in listed["left"]] == [(refused, "refused")]
    assert "utf-8" in listed["left"][0]["reason"]
    assert "pek" not in json.dumps(listed)


@pytest.mark.parametrize("encoding", ["utf-8", "iso8859-1", "utf-16"])
async def test_an_xml_file_is_well_formed_whatever_people_are_called(desk: Desk, encoding: str) -> None:
    desk.wants(LoadFile(FileFormat.XML, encoding=encoding))
    await desk.prospect(1, name='<İpek> & "Söhne"\x07', form={"renda": "]]>"}, customer_type="Não cliente")
    await desk.prospect(2)
    await desk.load()
    [file] = desk.files
    root = ElementTree.fromstring(file.read_bytes())
    first, second = root
    assert (root.get("tenant"), first.findtext("name")) == ("acme", '<İpek> & "Söhne" ')
    assert first.find("form").attrib == {"field": "renda"}  # type: ignore[union-attr]
    assert [(one.get("kind"), one.text) for one in second.findall("identifier")] == [
        ("email", "p2@example.com"), ("phone", "+5511987654321"),
    ]  # fmt: skip


async def test_a_json_file_holds_everybody(desk: Desk) -> None:
    desk.wants(LoadFile(FileFormat.JSON))
    ids = [await desk.prospect(number) for number in range(3)]
    await desk.load()
    [file] = desk.files
    read = json.loads(file.read_bytes())
    assert [one["contact"] for one in read["prospects"]] == ids
    assert read["prospects"][0]["unique_key"] == {"name": "email", "kind": "email", "value": "p0@example.com"}
    assert (read["tenant"], read["day"]) == ("acme", "2026-11-22")
