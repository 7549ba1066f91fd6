"""Case `summary`: a customer's summary out of a million interactions, on both databases; the sources stay pending."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta, timezone
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from sqlalchemy import Table, insert

from gateway.api.answers import encode
from gateway.api.summaries import summary_body
from gateway.assembly import assemble
from gateway.config.gateway_file import load_gateway
from gateway.core.disclosure import Viewer
from gateway.core.keeping import ContactDraft
from gateway.core.model import Customer, Match, Standing, UniqueKey
from gateway.service.observer import Silence
from gateway.service.summary import Summaries, SummaryRequest
from gateway.storage.contacts import Contacts
from gateway.storage.engine import embedded, open_engine
from gateway.storage.ids import new_id
from gateway.storage.migrate import upgrade
from gateway.storage.moments import stored
from gateway.storage.sealing import Sealing
from gateway.storage.storage import Storage
from gateway.storage.tables import CASES, INTERACTIONS, LINKS, NOTES
from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured
from tests.bench.figures import Taken
from tests.bench.measuring import Run
from tests.bench.xml_case import tenant
from tests.storage.postgresql import postgresql

MILLION = 1_000_000
_EACH = 20
"""Interactions of one customer; of one in a hundred, fifty times as many."""
_PORTION = 5_000
_ASKED = 1_000
_KEY = bytes(range(32))
_NOW = datetime(2026, 11, 22, tzinfo=timezone.utc)
_Row = dict[str, object]


class _Attendance(NamedTuple):
    """What one interaction leaves in the database."""

    interaction: _Row
    link: _Row
    note: _Row
    case: _Row


def summary(run: Run, folder: Path, how_many: int = MILLION) -> Taken:
    taken = Taken()
    with ExitStack() as stack:
        server = stack.enter_context(postgresql())
        for name, address in (("sqlite", embedded(folder / "data")), ("postgresql", server.new_database())):
            people = fill(address, how_many)
            times = sorted(asyncio.run(_asked(folder / name, address, people)))
            taken.values[f"{name}_p95_ms"] = times[len(times) * 95 // 100] * 1e3
            taken.values[f"{name}_p50_ms"] = times[len(times) // 2] * 1e3
            taken.values[f"{name}_longest_ms"] = times[-1] * 1e3
    return taken


async def _asked(folder: Path, address: str, people: int) -> list[float]:
    """Seconds of each summary, from the opened ref to the bytes of the answer."""
    config = configured(folder, {SLUG: tenant("http://127.0.0.1:9/")})
    storage = Storage(address, [_KEY])
    gateway = assemble(config, Silence(), settings=load_gateway(config / "gateway.yaml"), storage=storage)
    refs, viewer = gateway.refs(), Viewer("helpdesk", "bench")
    summaries = Summaries(gateway.tenants, refs, Silence(), storage.timeline)
    chosen = random.Random(7)
    times: list[float] = []
    for number in range(_ASKED + 50):
        ref = refs.seal(Match(Customer(_key(chosen.randrange(people)), sources=("crm",)), verified=True), SLUG)
        began = perf_counter()
        given = await summaries.summary(SummaryRequest(SLUG, viewer, ref))
        body = encode(summary_body(given, "bench"))
        if number >= 50:
            times.append(perf_counter() - began)
        assert b'"interaction_started"' in body
    await gateway.tenants.aclose()
    await storage.aclose()
    return times


def fill(address: str, how_many: int) -> int:
    """So many interactions, each linked, with a note, one in two with a case; how many people they are of."""
    upgrade(address)
    sealing, engine = Sealing([_KEY]), open_engine(address, "write")
    rows, people = Contacts(sealing), max(1, how_many // (_EACH * 3 // 2))
    contacts: list[str] = []
    for portion in _portions(range(people)):
        drafts = [ContactDraft(Standing.CUSTOMER, _key(number), f"Pessoa {number}") for number in portion]
        with engine.begin() as connection:
            contacts += [rows.create(connection, SLUG, draft, _NOW).id for draft in drafts]
    for portion in _portions(range(how_many)):
        made = [_attendance(sealing, number, contacts) for number in portion]
        tables: list[tuple[Table, list[_Row]]] = [
            (INTERACTIONS, [one.interaction for one in made]),
            (LINKS, [one.link for one in made]),
            (NOTES, [one.note for one in made]),
            (CASES, [one.case for one in made[::2]]),
        ]
        with engine.begin() as connection:
            for table, values in tables:
                connection.execute(insert(table), values)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE")
    engine.dispose()
    return people


def _portions(numbers: range) -> Iterator[list[int]]:
    rest = iter(numbers)
    while portion := list(islice(rest, _PORTION)):
        yield portion


def _key(number: int) -> UniqueKey:
    return UniqueKey("email", "email", f"p{number}@example.com")


def _attendance(sealing: Sealing, number: int, contacts: list[str]) -> _Attendance:
    # A third of all are of one customer in a hundred.
    few = max(1, len(contacts) // 100)
    contact = contacts[number // 3 % (few if number % 3 == 0 else len(contacts))]
    at = _NOW - timedelta(minutes=number)
    interaction, moment = new_id(at), stored(at)
    link, note, case = new_id(at), new_id(at), new_id(at)
    common: _Row = {"tenant": SLUG, "interaction": interaction, "actor": "op-7", "at": moment + 60_000_000}
    return _Attendance(
        {
            "tenant": SLUG, "id": interaction, "channel": "chat", "started_by": "event", "anonymous": False,
            "started_at": moment, "finished_at": moment + 300_000_000, "protocol_year": 2026, "protocol_number": number,
            "contact": contact,
        },
        {**common, "id": link, "contact": contact, "how": "automatic", "assurance": "matched"},
        {**common, "id": note, "text_sealed": sealing.seal(SLUG, "notes.text", note, "Quer a segunda via")},
        {
            **common, "id": case, "contact": contact, "identified": True,
            "case_sealed": sealing.seal(SLUG, "cases.case", case, "SR-77"),
        },
    )  # fmt: skip
