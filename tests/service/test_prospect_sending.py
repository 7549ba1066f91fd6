"""A day's prospects sent to a source: each once as far as that can be known, and never again before the source was asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway.adapter import Found, Person, RawRecord, Saved, SourceError, TooLarge, Unauthorised, Unreachable
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import MalformedRequest
from gateway.core.keeping import ContactDraft
from gateway.core.model import Identifier, ProspectOption, Standing, UniqueKey
from gateway.core.prospect import Prospect, ProspectDraft, ProspectState
from gateway.core.prospect_load import LoadReport
from gateway.core.prospect_settings import FileFormat, LoadFile, LoadSource, ProspectSettings
from gateway.core.tenant import BreakerPolicy
from gateway.service.prospect_loading import ProspectLoading
from gateway.service.prospects import ProspectDesk
from gateway.service.refs import Refs
from gateway.storage.load_base import HELD
from gateway.storage.storage import Storage
from tests.service.scripted import House, Script
from tests.storage.conftest import address, empty_database, postgresql_server  # noqa: F401

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 22, 15, tzinfo=timezone.utc)
COMMAND = Command("acme", Viewer("loader", "k1"))
CPFS = ("52998224725", "12345678909", "11144477735", "39053344705", "98765432100")
Then = Saved | SourceError | Exception | str
"""What the source says; `silence`: nothing, after it took him; `lost`: nothing, and it did not take him."""


@dataclass(slots=True)
class Base(Script):
    """A source that saves. `says`: CPF -> what becomes of its saving, `Saved(True)` where nothing else is said; `has`: whom
    it has; `sent`: (CPF, key) in order."""

    steps: Sequence[object] = ((),)  # type: ignore[assignment]
    says: dict[str, Then] = field(default_factory=dict)
    has: set[str] = field(default_factory=set)
    sent: list[tuple[str, str]] = field(default_factory=list)
    persons: list[Person] = field(default_factory=list)
    away: SourceError | None = None
    meanwhile: Callable[[], Awaitable[None]] | None = None

    async def save(self, person: Person, *, key: str) -> Saved:
        if self.meanwhile is not None:
            await self.meanwhile()
        cpf = person.values["cpf"]
        self.sent.append((cpf, key))
        self.persons.append(person)
        then = self.says.pop(cpf, Saved(True))
        if isinstance(then, Exception):
            raise then
        if then != "lost" and (then == "silence" or (isinstance(then, Saved) and then.done)):
            self.has.add(cpf)
        if isinstance(then, str):
            await asyncio.Event().wait()
        assert isinstance(then, Saved)
        return then

    async def lookup(self, query, *, limit):  # type: ignore[no-untyped-def]
        if self.meanwhile is not None:
            await self.meanwhile()
        if self.away is not None:
            raise self.away
        self.asked.append(query)
        record: RawRecord = {"email": f"{query.values['cpf']}@example.com", "cpf": query.values["cpf"]}
        return Found([record] if query.values["cpf"] in self.has else [])


@dataclass(slots=True)
class Desk:
    storage: Storage
    folder: Path
    base: Base = field(default_factory=Base)
    now: datetime = NOON
    timeout: float = 5.0
    breaker: BreakerPolicy | None = None
    house: House = field(init=False)

    def __post_init__(self) -> None:
        self.house = House({"crm": self.base}, timeout=self.timeout, breaker=self.breaker)
        self.house.tenant = replace(self.house.tenant, prospects=ProspectSettings(load=LoadSource("crm", 60.0)))

    async def prospects(self, *cpfs: str) -> None:
        for cpf in cpfs:
            self.now += timedelta(milliseconds=2)
            key = UniqueKey("email", "email", f"{cpf}@example.com")
            draft = ProspectDraft(ProspectOption.KEYED, "2026-11-22", key, "Ana", (Identifier("cpf", cpf),), "Lead")
            await self.storage.prospects.store(COMMAND, draft, None, self.now)

    async def load(self) -> LoadReport:
        loads = self.storage.loads
        loading = ProspectLoading(self.house, self.house.tenants, loads, self.folder, lambda: self.now)
        return await loading.load(COMMAND, None, lambda done, of: None)

    async def later(self) -> LoadReport:
        self.now += timedelta(seconds=61)
        return await self.load()

    async def states(self) -> dict[str, ProspectState]:
        return {cpf: one.state for cpf, one in (await self.all()).items()}

    async def all(self) -> dict[str, Prospect]:
        page = await self.storage.prospects.page("acme", None, None, None, 1000)
        return {one.contact.identifiers[0].value: one for one in page.prospects}


@pytest.fixture
async def storage(address: str) -> AsyncIterator[Storage]:  # noqa: F811
    opened = Storage(address, [bytes(range(32))])
    yield opened
    await opened.aclose()


@pytest.fixture
def desk(storage: Storage, tmp_path: Path) -> Desk:
    return Desk(storage, tmp_path)


async def test_everybody_is_sent_once_with_what_is_known_of_him(desk: Desk) -> None:
    await desk.prospects(*CPFS)
    report = await desk.load()
    assert (report.whole, report.count(ProspectState.LOADED)) == (True, 5)
    assert sorted(cpf for cpf, _ in desk.base.sent) == sorted(CPFS)
    values = next(one.values for one in desk.base.persons if one.values["cpf"] == CPFS[0])
    prospect = (await desk.all())[CPFS[0]]
    assert values == {
        "cpf": CPFS[0], "nome": "Ana", "person.name": "Ana", "person.unique_key": f"{CPFS[0]}@example.com",
        "email": f"{CPFS[0]}@example.com", "person.customer_type": "Lead", "person.id": prospect.contact.id,
        "person.key": prospect.send_key,
    }  # fmt: skip
    assert (await desk.load()).batches == ()


async def test_who_became_a_customer_while_others_were_sent_is_not_sent(desk: Desk, storage: Storage) -> None:
    await desk.prospects(*CPFS)
    last = ContactDraft(Standing.CUSTOMER, UniqueKey("email", "email", f"{CPFS[4]}@example.com"))

    async def meanwhile() -> None:
        await storage.contacts.put(COMMAND, last, desk.now)

    desk.base.meanwhile = meanwhile
    await desk.load()
    assert CPFS[4] not in [cpf for cpf, _ in desk.base.sent]
    states = [one.state for one in (await storage.prospects.page("acme", None, None, None, 9)).prospects]
    assert states == [ProspectState.LOADED] * 4 + [ProspectState.CUSTOMER]


async def test_who_is_refused_is_told_and_not_sent_again(desk: Desk) -> None:
    await desk.prospects(*CPFS[:2])
    desk.base.says[CPFS[1]] = Saved(False, "The source refused him with HTTP 422.")
    report = await desk.load()
    assert (report.whole, report.count(ProspectState.REFUSED), report.stopped) == (False, 1, None)
    assert (await desk.all())[CPFS[1]].reason == "The source refused him with HTTP 422."
    assert "HTTP 422" in Path(report.batches[0].report or "").read_text("utf-8")  # noqa: ASYNC240
    await desk.later()
    assert len(desk.base.sent) == 2


@pytest.mark.parametrize(("then", "sendings"), [("silence", 1), ("lost", 2)])
async def test_who_timed_out_is_looked_for_before_he_is_sent_again(
    storage: Storage, tmp_path: Path, then: str, sendings: int
) -> None:
    desk = Desk(storage, tmp_path, timeout=0.05)
    await desk.prospects(CPFS[0])
    desk.base.says[CPFS[0]] = then
    report = await desk.load()
    assert (await desk.states(), report.unknown) == ({CPFS[0]: ProspectState.UNKNOWN}, 1)
    await desk.load()
    assert len(desk.base.sent) == 1, "the source's index may lag: he is not looked for at once"
    assert (await desk.later()).unknown == 0
    assert await desk.states() == {CPFS[0]: ProspectState.LOADED}
    assert len(desk.base.sent) == sendings
    assert len({key for _, key in desk.base.sent}) == 1


@pytest.mark.parametrize("error", [TooLarge(), Unreachable(), KeyError("a plugin's defect")])
async def test_any_reply_that_cannot_be_read_leaves_him_unknown(desk: Desk, error: Exception) -> None:
    await desk.prospects(CPFS[0])
    desk.base.says[CPFS[0]] = error
    await desk.load()
    assert await desk.states() == {CPFS[0]: ProspectState.UNKNOWN}


async def test_who_cannot_be_looked_for_stays_unknown_for_a_person(desk: Desk) -> None:
    await desk.prospects(CPFS[0])
    desk.base.says[CPFS[0]] = TooLarge()
    await desk.load()
    desk.base.away = Unreachable()
    report = await desk.later()
    assert (report.unknown, len(desk.base.sent)) == (1, 1)
    reason = (await desk.all())[CPFS[0]].reason
    assert reason is not None
    assert "unreachable" in reason
    assert CPFS[0] not in reason


async def test_whom_a_person_settles_while_he_is_looked_for_stays_as_that_person_said(
    desk: Desk, storage: Storage
) -> None:
    await desk.prospects(*CPFS[:2])
    desk.base.says = {CPFS[0]: "lost", CPFS[1]: "lost"}
    desk.house = House({"crm": desk.base}, timeout=0.05)
    desk.house.tenant = replace(desk.house.tenant, prospects=ProspectSettings(load=LoadSource("crm", 60.0)))
    await desk.load()
    unknown = {cpf: one.contact.id for cpf, one in (await desk.all()).items()}
    people = ProspectDesk(desk.house, Refs([bytes(32)], lambda: 0.0), storage.prospects, lambda: desk.now)

    async def looked_into_the_base() -> None:
        desk.base.meanwhile = None
        await people.settle(COMMAND, unknown[CPFS[0]], ProspectState.LOADED)
        await people.settle(COMMAND, unknown[CPFS[1]], ProspectState.PENDING)

    desk.base.meanwhile = looked_into_the_base
    await desk.later()
    assert [cpf for cpf, _ in desk.base.sent].count(CPFS[0]) == 1
    assert await desk.states() == dict.fromkeys(CPFS[:2], ProspectState.LOADED)


async def test_a_person_says_only_what_a_person_can_know(desk: Desk, storage: Storage) -> None:
    people = ProspectDesk(desk.house, Refs([bytes(32)], lambda: 0.0), storage.prospects, lambda: desk.now)
    with pytest.raises(MalformedRequest, match="as one of loaded, pending, refused"):
        await people.settle(COMMAND, "x", ProspectState.CUSTOMER)
    with pytest.raises(MalformedRequest, match="Leave 'reason' out, or settle him as refused"):
        await people.settle(COMMAND, "x", ProspectState.LOADED, "because")


@pytest.mark.parametrize("undone", [True, False], ids=["not sent", "unknown"])
async def test_a_source_that_is_away_ends_the_run_and_loses_nobody(desk: Desk, undone: bool) -> None:
    await desk.prospects(*CPFS)
    error = Unauthorised() if undone else Unreachable()
    desk.base.says = dict.fromkeys(CPFS, error)
    report = await desk.load()
    assert report.stopped is not None
    assert error.code in report.stopped
    states = list((await desk.states()).values())
    assert (ProspectState.UNKNOWN in states) is not undone
    assert len(desk.base.sent) < len(CPFS) + 1
    desk.base.says = {}
    assert (await desk.later()).whole
    assert set((await desk.states()).values()) == {ProspectState.LOADED}
    assert desk.base.has == set(CPFS) or not undone


async def test_an_open_breaker_is_respected(storage: Storage, tmp_path: Path) -> None:
    desk = Desk(storage, tmp_path, breaker=BreakerPolicy(1, 1000.0))
    await desk.prospects(*CPFS[:2])
    desk.base.says = dict.fromkeys(CPFS, Unreachable())
    report = await desk.load()
    assert "breaker_open" in (report.stopped or "") or len(desk.base.sent) <= 2


class Killed(Exception):
    """The process died here."""


@pytest.mark.parametrize("point", ["sending", "saved"])
async def test_a_worker_that_dies_while_sending_sends_nobody_twice(
    desk: Desk, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.prospects(*CPFS)
    loads = type(desk.storage.loads)
    settle_, take_ = loads.settle, loads.take
    counted: list[str] = []

    async def take(self, tenant, holder, contact, now):  # type: ignore[no-untyped-def]
        counted.append(contact)
        dies = len(counted) == 3
        taken = await take_(self, tenant, holder, contact, now)
        if dies:
            raise Killed
        return taken

    async def settle(self, tenant, holder, contact, before, state, reason, now):  # type: ignore[no-untyped-def]
        counted.append(contact)
        if len(counted) == 3:
            raise Killed
        await settle_(self, tenant, holder, contact, before, state, reason, now)

    with monkeypatch.context() as patch:
        patch.setattr(loads, *(("take", take) if point == "sending" else ("settle", settle)))
        with pytest.raises(Killed):
            await desk.load()
    desk.now += HELD + timedelta(seconds=1)
    await desk.load()
    await desk.later()
    assert set((await desk.states()).values()) == {ProspectState.LOADED}
    assert sorted(cpf for cpf, _ in desk.base.sent) == sorted(CPFS)
    assert desk.base.has == set(CPFS)


async def test_a_tenant_that_changed_its_mind_ends_what_was_begun(desk: Desk) -> None:
    await desk.prospects(CPFS[0])
    desk.base.says[CPFS[0]] = Unauthorised()
    await desk.load()
    load = LoadFile(FileFormat.JSON)
    desk.house.tenant = replace(desk.house.tenant, prospects=ProspectSettings(load=load))
    assert (await desk.load()).whole
    assert len(list(desk.folder.rglob("prospects-*.json"))) == 1
