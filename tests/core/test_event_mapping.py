"""What sources tell of a customer's past: moments in many writings, and only what is his."""

from __future__ import annotations

from datetime import datetime, timezone
from zoneinfo import ZoneInfo

import pytest

from gateway.core.event import Event
from gateway.core.event_mapping import EventMapping, EventSpec, compile_events
from gateway.core.mapping import MappingError, RecordRefused
from gateway.core.model import RawRecord
from gateway.core.moments import compile_moment
from gateway.core.picks import Pick
from gateway.core.tenant import UniqueKeySpec

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
KEY = UniqueKeySpec("cpf", "cpf", "person")
ANA = "52998224725"


@pytest.mark.parametrize(
    ("forms", "text", "utc"),
    [
        ((), "2026-11-20T10:00:00-03:00", "2026-11-20T13:00:00"),
        ((), "2026-11-20T10:00:00Z", "2026-11-20T10:00:00"),
        ((), "2026-11-20 10:00", "2026-11-20T13:00:00"),
        ((), "2026-11-20", "2026-11-20T03:00:00"),
        (("%d/%m/%Y %H:%M",), " 20/11/2026 10:00 ", "2026-11-20T13:00:00"),
        (("%d/%m/%Y",), "20/11/2026", "2026-11-20T03:00:00"),
        (("iso", "%d/%m/%Y"), "20/11/2026", "2026-11-20T03:00:00"),
        (("epoch",), "1795168800", "2026-11-20T10:00:00"),
        (("epoch_ms",), "1795168800000", "2026-11-20T10:00:00"),
        (("dotnet",), "/Date(1795168800000-0300)/", "2026-11-20T10:00:00"),
    ],
)
def test_a_moment_is_read_as_the_source_writes_it(forms: tuple[str, ...], text: str, utc: str) -> None:
    read = compile_moment(forms, SAO_PAULO)(text)
    assert read is not None
    assert read.astimezone(timezone.utc) == datetime.fromisoformat(f"{utc}+00:00")


@pytest.mark.parametrize(
    ("forms", "text"),
    [
        ((), "ontem"),
        ((), "0001-01-01"),
        ((), "1899-12-30T00:00:00"),
        ((), "9999-12-31T23:59:59"),
        (("%d/%m/%Y %H:%M",), "31/12/9999 23:59"),
        (("epoch",), "0"),
        (("epoch",), "999999999999999"),
        (("dotnet",), "2026-11-20"),
        (("%d/%m/%Y",), "31/02/2026"),
    ],
)
def test_what_is_no_moment_is_none(forms: tuple[str, ...], text: str) -> None:
    assert compile_moment(forms, SAO_PAULO)(text) is None


def mapping(**picks: Pick) -> EventMapping:
    spec = EventSpec(Pick(("quando",)), **picks)
    return compile_events(spec, unique_key=KEY, country="BR", time_zone="America/Sao_Paulo")


def read(mapping: EventMapping, record: RawRecord) -> Event | None:
    return mapping.of(record, "erp", ANA, [])


def test_an_event_has_what_the_mapping_names() -> None:
    picks = {"type": Pick(("tipo",), map={"P": "pedido"}), "title": Pick(("resumo",)), "record": Pick(("numero",))}
    event = read(mapping(**picks), {"quando": "2026-11-20", "tipo": "P", "resumo": "Entregue", "numero": 991})
    assert event is not None
    assert (event.source, event.type, event.title, event.text, event.record) == (
        "erp",
        "pedido",
        "Entregue",
        None,
        "991",
    )
    assert "Entregue" not in repr(event)


def test_anothers_event_is_none_and_so_is_one_that_says_no_key() -> None:
    checked = mapping(unique_key=Pick(("cpf",)))
    assert read(checked, {"quando": "2026-11-20", "cpf": "529.982.247-25"}) is not None
    assert read(checked, {"quando": "2026-11-20", "cpf": "123.456.789-09"}) is None
    assert read(checked, {"quando": "2026-11-20"}) is None


def test_an_event_without_a_moment_is_refused() -> None:
    with pytest.raises(RecordRefused, match=r"history\.at"):
        read(mapping(), {"quando": "ontem"})


def test_everything_that_is_wrong_is_said_at_once() -> None:
    spec = EventSpec(Pick(("quando",), dates=("%d/%m",)), title=Pick(("a[",)), unique_key=Pick(("k",), default="x"))
    with pytest.raises(MappingError) as raised:
        compile_events(spec, unique_key=KEY, country="BR", time_zone="UTC")
    assert {place[0] for place, _ in raised.value.problems} == {"at", "title", "unique_key"}


def test_the_names_that_it_reads_are_told() -> None:
    assert mapping(title=Pick(("pedido.resumo",))).reads == {"quando", "pedido", "resumo"}
