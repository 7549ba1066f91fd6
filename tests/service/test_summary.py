"""The summary: everything of a customer at once; what cannot be had says so, and the rest stands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway.adapter import RawRecord
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.errors import NotHere, RefExpired, RefForged, StorageError, StorageUnavailable, Unreachable
from gateway.core.event_mapping import EventSpec, compile_events
from gateway.core.interaction import Interaction, Opening, StartedBy
from gateway.core.keeping import ContactDraft
from gateway.core.linking import LinkTarget
from gateway.core.model import Customer, Match, Outcome, Standing, UniqueKey
from gateway.core.picks import Pick
from gateway.core.tenant import CachePolicy
from gateway.core.timeline import EntryType, Recorded, TimelineFilter, TimelinePage
from gateway.service.details import Details, DetailsRequest
from gateway.service.refs import LIFETIME, Refs
from gateway.service.summary import Records, Summaries, Summary, SummaryRequest, TimelineRequest
from gateway.storage.engine import embedded
from gateway.storage.storage import Storage, bring_up_to_date
from tests.service.scripted import ANA, BETO, KEY, House, Script, TellingScript, never, outcomes

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
HELPDESK = Viewer("helpdesk", "k1")
ACT = Command("acme", HELPDESK, "op-7", "r1")
ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
ANAS = LinkTarget(draft=ContactDraft(Standing.CUSTOMER, ANAS_KEY, "Ana Souza"), verified=True)


@dataclass(slots=True)
class Base:
    """A base that fails as a test says."""

    fails: StorageError | None = None
    hangs: bool = False

    async def of(self, tenant: str, contact: str | None, key: str | None, current: str | None, limit: int) -> Recorded:
        if self.hangs:
            await asyncio.Event().wait()
        if self.fails is not None:
            raise self.fails
        return Recorded(None, None, (), (), TimelinePage())

    async def page(
        self, tenant: str, contact: str | None, key: str | None, wanted: TimelineFilter, after: str | None, limit: int
    ) -> TimelinePage:
        raise self.fails or StorageUnavailable


@dataclass(slots=True)
class Desk:
    house: House
    records: Records
    now: float = 1_800_000_000.0
    refs: Refs = field(init=False)

    def __post_init__(self) -> None:
        self.refs = Refs([bytes(32)], lambda: self.now)

    @property
    def use_cases(self) -> Summaries:
        return Summaries(self.house.tenants, self.refs, self.house.heard, self.records)

    def ref(self, tenant: str = "acme") -> str:
        return self.refs.seal(Match(Customer(ANAS_KEY, sources=("crm",)), verified=True), tenant)

    async def summary(
        self, ref: str | None = None, *, interaction: str | None = None, wait: bool = False, refresh: bool = False
    ) -> Summary:
        request = SummaryRequest("acme", HELPDESK, ref or self.ref(), "r1", interaction, wait, refresh)
        return await self.use_cases.summary(request)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[Storage]:
    address = embedded(tmp_path / "data")
    bring_up_to_date(address)
    storage = Storage(address, [bytes(range(32))])
    yield storage
    await storage.aclose()


async def attended(storage: Storage) -> Interaction:
    opening = Opening("chat", StartedBy.EVENT, context={"variables": {"fila": "2"}})
    started = (await storage.interactions.start(ACT, opening, ANAS, NOW, 2026)).made.interaction
    await storage.interactions.add_note(ACT, started.id, "Quer a 2ª via", NOW + timedelta(minutes=1))
    return started


def missing(summary: Summary) -> list[tuple[str, str | None, str]]:
    return [(one.part, one.source, one.code) for one in summary.missing]


async def test_everything_comes_in_one_answer(storage: Storage) -> None:
    current = await attended(storage)
    desk = Desk(House({"crm": Script([[ANA]])}), storage.timeline)
    summary = await desk.summary(interaction=current.id, wait=True)
    assert (summary.details.outcome, summary.details.complete, summary.missing) == (Outcome.FOUND, True, ())
    [match] = summary.details.matches
    assert match.customer is not None
    assert match.contact is not None
    assert summary.recorded is not None
    assert summary.recorded.current is not None
    assert summary.recorded.current.context == {"variables": {"fila": "2"}}
    assert [one.id for one in summary.recorded.recent] == [current.id]
    types = [entry.type for entry in summary.recorded.timeline.entries]
    assert set(types) == {EntryType.STARTED, EntryType.LINKED, EntryType.NOTE}


async def test_the_gateways_own_part_waits_for_no_source(storage: Storage) -> None:
    await attended(storage)
    script = Script([never])
    summary = await Desk(House({"crm": script}), storage.timeline).summary()
    assert script.asked == []
    assert missing(summary) == [("customer", "crm", "pending")]
    assert outcomes(summary.details.sources) == {"crm": "skipped/pending", "contact_base": "found"}
    assert (summary.details.outcome, summary.details.complete) == (Outcome.FOUND, False)
    assert summary.recorded is not None
    assert len(summary.recorded.recent) == 1


async def test_what_is_pending_is_no_absence(storage: Storage) -> None:
    summary = await Desk(House({"crm": Script([[]])}), storage.timeline).summary()
    assert summary.details.outcome is Outcome.UNAVAILABLE


async def test_what_the_details_gave_is_remembered_for_the_summary(storage: Storage) -> None:
    script = Script([[ANA]])
    desk = Desk(House({"crm": script}, cache=CachePolicy(60.0, 5.0)), storage.timeline)
    ref = desk.ref()
    details = Details(desk.house.tenants, desk.refs, desk.house.heard, storage.contacts)
    await details.details(DetailsRequest("acme", HELPDESK, ref))
    summary = await desk.summary(ref)
    assert (summary.details.outcome, summary.missing, len(script.asked)) == (Outcome.FOUND, (), 1)
    await desk.summary(ref, refresh=True)
    assert len(script.asked) == 2


async def test_a_source_that_fails_leaves_the_rest_standing(storage: Storage) -> None:
    await attended(storage)
    house = House({"crm": Script([Unreachable()]), "erp": Script([[ANA]])})
    summary = await Desk(house, storage.timeline).summary(wait=True)
    assert missing(summary) == [("customer", "crm", "unreachable")]
    assert (summary.details.outcome, summary.details.complete) == (Outcome.FOUND, False)


async def test_somebody_elses_record_is_missing_and_never_shown(storage: Storage) -> None:
    summary = await Desk(House({"crm": Script([[BETO]])}), storage.timeline).summary(wait=True)
    assert missing(summary) == [("customer", "crm", "mismatch")]
    assert summary.details.matches == ()


async def test_a_database_that_does_not_answer_leaves_the_customer() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}), Base(fails=StorageUnavailable()))
    summary = await desk.summary(wait=True)
    assert missing(summary) == [("records", None, "storage_unavailable")]
    assert (summary.details.outcome, summary.recorded) == (Outcome.FOUND, None)


async def test_a_database_that_hangs_holds_nobody_up_for_long() -> None:
    desk = Desk(House({"crm": Script([[ANA]])}, budget=0.1), Base(hangs=True))
    summary = await desk.summary(wait=True)
    assert missing(summary) == [("records", None, "timed_out")]
    assert summary.details.outcome is Outcome.FOUND


async def test_an_interaction_that_is_not_there_is_refused(storage: Storage) -> None:
    with pytest.raises(NotHere, match="no such interaction"):
        await Desk(House({"crm": Script([[ANA]])}), storage.timeline).summary(interaction="0" * 32)


async def test_a_ref_opens_for_its_tenant_and_for_half_an_hour(storage: Storage) -> None:
    desk = Desk(House({"crm": Script([[ANA]])}), storage.timeline)
    with pytest.raises(RefForged):
        await desk.summary(desk.ref("other"))
    ref = desk.ref()
    desk.now += LIFETIME + 1
    with pytest.raises(RefExpired):
        await desk.summary(ref)
    with pytest.raises(RefExpired):
        await desk.use_cases.timeline(TimelineRequest("acme", HELPDESK, ref))


async def test_the_timeline_goes_on_where_the_summary_ends(storage: Storage) -> None:
    for _ in range(8):
        await attended(storage)
    desk = Desk(House({"crm": Script([[ANA]])}), storage.timeline)
    summary = await desk.summary()
    assert summary.recorded is not None
    shown = summary.recorded.timeline
    more = await desk.use_cases.timeline(TimelineRequest("acme", HELPDESK, desk.ref(), after=shown.next))
    assert len(shown.entries) + len(more.entries) == 24
    assert more.next is None
    heard = [(one.what, one.outcome) for one in desk.house.heard.consultations]
    assert heard == [("summary", "found"), ("timeline", None)]


# ---------------------------------------------------------------------------------------------- what sources tell

ORDER = {"quando": "2026-11-20T10:00:00-03:00", "tipo": "pedido", "numero": "991", "de": "ana@example.com"}
VISIT = {"quando": "2026-11-21", "tipo": "visita", "de": "ana@example.com"}
OTHERS = {"quando": "2026-11-21", "tipo": "visita", "de": "beto@example.com"}
PAST = compile_events(
    EventSpec(Pick(("quando",)), type=Pick(("tipo",)), record=Pick(("numero",)), unique_key=Pick(("de",))),
    unique_key=KEY,
    country="BR",
    time_zone="America/Sao_Paulo",
)


def telling(*past: Sequence[RawRecord] | Exception) -> House:
    return House({"crm": TellingScript([[ANA]], past=past)}, history=PAST, cache=CachePolicy(60.0, 5.0))


async def test_a_source_tells_what_happened_with_him() -> None:
    house = telling([ORDER, VISIT])
    summary = await Desk(house, Base()).summary(wait=True)
    assert [(event.source, event.type, event.record) for event in summary.history] == [
        ("crm", "visita", None),
        ("crm", "pedido", "991"),
    ]
    assert [event.at.isoformat() for event in summary.history] == [
        "2026-11-21T03:00:00+00:00",
        "2026-11-20T13:00:00+00:00",
    ]
    script = house.scripts["crm"]
    assert isinstance(script, TellingScript)
    assert [query.values for query in script.told] == [{"email": "ana@example.com"}]


async def test_what_happened_with_others_is_never_shown() -> None:
    assert [event.type for event in (await Desk(telling([ORDER, OTHERS]), Base()).summary(wait=True)).history] == [
        "pedido"
    ]
    summary = await Desk(telling([OTHERS]), Base()).summary(wait=True)
    assert (summary.history, missing(summary)) == ((), [("history", "crm", "mismatch")])


async def test_a_past_that_cannot_be_had_says_so_and_the_rest_stands() -> None:
    summary = await Desk(telling(Unreachable()), Base()).summary(wait=True)
    assert missing(summary) == [("history", "crm", "unreachable")]
    assert summary.details.outcome is Outcome.FOUND


async def test_a_past_that_cannot_be_read_is_a_failure() -> None:
    summary = await Desk(telling([{**ORDER, "quando": "ontem"}]), Base()).summary(wait=True)
    assert missing(summary) == [("history", "crm", "unreadable_records")]


async def test_a_past_is_remembered_as_other_answers_are() -> None:
    desk = Desk(telling([ORDER]), Base())
    assert missing(await desk.summary()) == [("customer", "crm", "pending"), ("history", "crm", "pending")]
    await desk.summary(wait=True)
    summary = await desk.summary()
    assert (len(summary.history), summary.missing) == (1, ())


async def test_nothing_that_happened_is_no_failure() -> None:
    summary = await Desk(telling([]), Base()).summary(wait=True)
    assert (summary.history, summary.missing) == ((), ())
