"""What the service and the edge tell becomes one line and a count each, and never a value."""

from __future__ import annotations

import io
import json
import logging
from dataclasses import replace
from typing import Any

from gateway.core.disclosure import Viewer
from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from gateway.core.model import Identification, Origin, Outcome, Skip, SourceAnswer, SourceOutcome, SourceRef
from gateway.observe.logs import LogFormat, open_log
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.resilience import BreakerState
from gateway.service.request import IdentifyRequest

REQUEST = IdentifyRequest("acme", Viewer("helpdesk", "k-1"), search={"cpf": "52998224725"}, request_id="r-1")
RESULT = Identification(
    Outcome.FOUND,
    complete=False,
    more=False,
    matches=(),
    sources=(
        SourceAnswer("erp", SourceOutcome.FAILED, code="unreachable", detail="No connection.", elapsed=0.25),
        SourceAnswer("crm", SourceOutcome.NOT_FOUND, elapsed=0.01),
        SourceAnswer("old", SourceOutcome.SKIPPED, code=Skip.NOT_NEEDED),
    ),
    searched=("cpf",),
)


def watched() -> tuple[Watch, Metrics, io.BytesIO]:
    stream, metrics = io.BytesIO(), Metrics()
    return Watch(open_log(stream, LogFormat.JSON, logging.DEBUG), metrics), metrics, stream


def line(stream: io.BytesIO) -> dict[str, Any]:
    (only,) = stream.getvalue().splitlines()
    read: dict[str, Any] = json.loads(only)
    return read


def test_an_identification_is_one_line_with_its_outcome_and_every_sources() -> None:
    watch, _, stream = watched()
    watch.identified(REQUEST, RESULT, 0.2612)
    written = line(stream)
    del written["timestamp"]
    assert written == {
        "event": "identification",
        "level": "info",
        "request_id": "r-1",
        "tenant": "acme",
        "key_id": "k-1",
        "outcome": "found",
        "complete": False,
        "matches": 0,
        "searched": ["cpf"],
        "sources": [
            {"source": "erp", "outcome": "failed", "code": "unreachable", "elapsed_ms": 250.0},
            {"source": "crm", "outcome": "not_found", "elapsed_ms": 10.0},
            {"source": "old", "outcome": "skipped", "code": "not_needed", "elapsed_ms": 0.0},
        ],
        "elapsed_ms": 261.2,
    }


def test_a_source_that_was_not_needed_is_no_lookup() -> None:
    watch, metrics, _ = watched()
    watch.identified(REQUEST, RESULT, 0.26)
    text = metrics.exposition(None).decode()
    assert 'gateway_lookups_total{outcome="failed",source="erp",tenant="acme"} 1.0' in text
    assert 'source="old"' not in text


def test_a_broken_adapter_is_named_with_the_place_for_its_author() -> None:
    watch, _, stream = watched()
    try:
        raise ZeroDivisionError("52998224725")
    except ZeroDivisionError as error:
        watch.adapter_broke(REQUEST.request_id, SourceRef("acme", "erp"), error)
    written = line(stream)
    assert (written["event"], written["source"], written["request_id"]) == ("adapter_broke", "acme/erp", "r-1")
    assert written["error"][0].startswith("ZeroDivisionError at observe/test_watch.py:")
    assert b"52998224725" not in stream.getvalue()


def test_a_defect_of_the_gateway_is_counted_and_placed() -> None:
    watch, metrics, stream = watched()
    watch.crashed("r-2", RuntimeError("52998224725"))
    assert line(stream)["request_id"] == "r-2"
    assert b"52998224725" not in stream.getvalue()
    assert b'gateway_refusals_total{code="internal"} 1.0' in metrics.exposition(None)


def test_answers_are_counted_by_where_they_were_had_from_and_lookups_only_where_the_source_was_asked() -> None:
    watch, metrics, stream = watched()
    found = SourceAnswer("erp", SourceOutcome.FOUND)
    answers = (
        found,
        replace(found, origin=Origin.COALESCED),
        replace(found, origin=Origin.CACHED, age=2.0),
        replace(found, origin=Origin.STALE, age=90.0, code="timed_out"),
        SourceAnswer("erp", SourceOutcome.SKIPPED, code=Skip.BREAKER_OPEN),
    )
    watch.identified(REQUEST, replace(RESULT, sources=answers), 0.1)
    text = metrics.exposition("acme").decode()
    for origin in Origin:
        assert f'gateway_cache_total{{result="{origin}",source="erp",tenant="acme"}} 1.0' in text
    for outcome in ("found", "timed_out", "skipped"):
        assert f'gateway_lookups_total{{outcome="{outcome}",source="erp",tenant="acme"}} 1.0' in text
    assert [one.get("origin") for one in line(stream)["sources"]] == [None, "coalesced", "cached", "stale", None]


def test_a_breaker_that_opens_and_closes_is_told_and_shown() -> None:
    watch, metrics, stream = watched()
    watch.breaker_changed(SourceRef("acme", "erp"), BreakerState.OPEN)
    assert 'gateway_breaker_open{source="erp",tenant="acme"} 1.0' in metrics.exposition(None).decode()
    written = line(stream)
    assert (written["event"], written["source"], written["state"]) == ("breaker_changed", "acme/erp", "open")
    watch.breaker_changed(SourceRef("acme", "erp"), BreakerState.CLOSED)
    assert 'gateway_breaker_open{source="erp",tenant="acme"} 0.0' in metrics.exposition(None).decode()


def test_codes_are_counted_and_very_many_wrong_ones_ring() -> None:
    watch, metrics, stream = watched()
    watch.code_shown("acme", CodeState.INVALID, CodeTrouble.UNKNOWN)
    watch.code_shown("acme", CodeState.VALID, None)
    watch.codes_guessed("acme")
    text = metrics.exposition("acme").decode()
    assert 'gateway_codes_total{reason="unknown",state="invalid",tenant="acme"} 1.0' in text
    assert 'gateway_codes_total{reason="",state="valid",tenant="acme"} 1.0' in text
    assert 'gateway_code_alarms_total{tenant="acme"} 1.0' in text
    written = line(stream)
    assert (written["event"], written["level"], written["tenant"]) == ("codes_guessed", "error", "acme")
