"""The log: one line an event, the request's id in every line, other libraries tamed."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.observe.frames import described
from gateway.observe.logs import LogFormat, open_log, take_over
from gateway.service.caller import current_request

VALUE = "52998224725"


def taken_over(level: int = logging.DEBUG) -> io.BytesIO:
    stream = io.BytesIO()
    take_over(open_log(stream, LogFormat.JSON, level), level)
    return stream


@contextmanager
def under_way(request_id: str) -> Iterator[None]:
    before = current_request.set(request_id)
    yield
    current_request.reset(before)


def lines(stream: io.BytesIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_json_object_with_its_moment_level_and_request() -> None:
    stream = io.BytesIO()
    with under_way("r-1"):
        open_log(stream, LogFormat.JSON).info("reloaded", tenant="acme", note="ação\nline")
    (line,) = lines(stream)
    moment = line.pop("timestamp")
    assert moment.endswith("Z")
    assert line == {
        "event": "reloaded",
        "level": "info",
        "request_id": "r-1",
        "tenant": "acme",
        "note": "ação\nline",
    }


def test_a_readable_line_is_for_people() -> None:
    stream = io.BytesIO()
    open_log(stream, LogFormat.READABLE).info("reloaded", tenant="acme")
    text = stream.getvalue().decode()
    assert "reloaded" in text
    assert "tenant=acme" in text
    assert "\x1b" not in text, "no colours where it is no terminal"


def test_below_the_level_nothing_is_written() -> None:
    stream = io.BytesIO()
    open_log(stream, LogFormat.JSON, logging.WARNING).info("reloaded")
    assert stream.getvalue() == b""


@pytest.mark.usefixtures("logging_as_before")
def test_our_own_loggers_write_whole_messages_with_the_requests_id() -> None:
    stream = taken_over()
    with under_way("r-1"):
        logging.getLogger("gateway.config").info("Tenant %s was taken up.", "acme")
    (line,) = lines(stream)
    assert (line["event"], line["logger"], line["request_id"]) == ("Tenant acme was taken up.", "gateway.config", "r-1")


@pytest.mark.usefixtures("logging_as_before")
def test_other_libraries_are_silent_below_a_warning_and_give_only_their_template_above() -> None:
    stream = taken_over()
    other = logging.getLogger("some_library")
    other.info("GET https://crm.example/?cpf=%s", VALUE)
    assert lines(stream) == []
    other.warning("No answer for %s", VALUE)
    other.warning(f"No answer for {VALUE}")
    template, left_out = lines(stream)
    assert template["event"] == "No answer for %s"
    assert "left out" in left_out["event"]
    assert left_out["place"].startswith("test_logs:")
    assert VALUE.encode() not in stream.getvalue()


@pytest.mark.usefixtures("logging_as_before")
def test_an_exception_is_logged_by_its_type_and_place_alone() -> None:
    stream = taken_over()
    try:
        try:
            int(f"{VALUE}x")
        except ValueError as cause:
            raise LookupError(VALUE) from cause
    except LookupError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    (line,) = lines(stream)
    assert [text.split(":")[0] for text in line["error"]] == [
        "LookupError at observe/test_logs.py",
        "ValueError at observe/test_logs.py",
    ]
    assert VALUE.encode() not in stream.getvalue()


@pytest.mark.usefixtures("logging_as_before")
def test_the_access_log_is_off() -> None:
    stream = taken_over()
    logging.getLogger("uvicorn.access").info("%s", f"GET /facades/direct-talk/acme?cpf={VALUE}")
    assert stream.getvalue() == b""


def test_an_exception_that_was_never_raised_has_an_unknown_place() -> None:
    assert described(ValueError(VALUE)) == ["ValueError at an unknown place"]


def test_a_chain_of_causes_without_end_is_cut() -> None:
    first = error = ValueError()
    for _ in range(10):
        error.__cause__ = error = KeyError()  # type: ignore[assignment]
    assert len(described(first)) == 4
