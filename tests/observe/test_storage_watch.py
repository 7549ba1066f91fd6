"""An outage of the database is two lines of the log, however much is wanted of it meanwhile, and counts."""

from __future__ import annotations

import io
import json

from gateway.observe.logs import LogFormat, open_log
from gateway.observe.metrics import Metrics
from gateway.observe.storage_watch import StorageWatch


def watched() -> tuple[StorageWatch, Metrics, io.BytesIO]:
    stream, metrics = io.BytesIO(), Metrics()
    return StorageWatch(open_log(stream, LogFormat.JSON), metrics), metrics, stream


def told(stream: io.BytesIO) -> list[tuple[str, str | None, str | None]]:
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    return [(line["event"], line.get("work"), line.get("code")) for line in lines]


def test_an_outage_is_told_once_and_its_end_once() -> None:
    watch, metrics, stream = watched()
    watch.worked("read", 0.001)
    for _ in range(3):
        watch.failed("read", "storage_unavailable")
    watch.worked("read", 0.001)
    watch.worked("read", 0.001)
    assert told(stream) == [("storage_unavailable", "read", "storage_unavailable"), ("storage_back", "read", None)]
    exposed = metrics.exposition(None).decode()
    assert 'gateway_storage_failures_total{code="storage_unavailable",work="read"} 3.0' in exposed
    assert 'gateway_storage_seconds_count{work="read"} 3.0' in exposed


def test_reads_that_work_do_not_end_an_outage_of_the_writes() -> None:
    watch, _, stream = watched()
    watch.failed("write", "storage_unavailable")
    watch.worked("read", 0.001)
    watch.failed("write", "storage_unavailable")
    watch.failed("write", "storage_outdated")
    watch.worked("write", 0.001)
    assert told(stream) == [
        ("storage_unavailable", "write", "storage_unavailable"),
        ("storage_unavailable", "write", "storage_outdated"),
        ("storage_back", "write", None),
    ]


def test_what_the_audit_loses_is_counted_and_told_once_an_outage() -> None:
    watch, metrics, stream = watched()
    for _ in range(2):
        watch.failed("write", "storage_unavailable")
        watch.audit_lost(1)
        watch.audit_lost(2)
        watch.worked("write", 0.001)
    assert [event for event, _, _ in told(stream)] == ["storage_unavailable", "audit_lost", "storage_back"] * 2
    assert "gateway_audit_lost_total 6.0" in metrics.exposition(None).decode()


def test_writes_that_wait_are_asked_for_at_each_exposition() -> None:
    _, metrics, _ = watched()
    waiting = iter([0, 7])
    metrics.writes_waiting(lambda: next(waiting))
    assert "gateway_storage_writes_waiting 0.0" in metrics.exposition(None).decode()
    assert "gateway_storage_writes_waiting 7.0" in metrics.exposition(None).decode()
