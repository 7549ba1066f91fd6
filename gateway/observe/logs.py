"""The log: one line an event, as JSON or readable, with the request's id and without anybody's data.

What the gateway itself writes is fit to be shown. Other libraries write addresses, bodies and reprs into their messages, so
below a warning they are silent, and of a warning only the constant part of the message is kept.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from datetime import datetime, timezone
from enum import StrEnum
from typing import BinaryIO, cast

import msgspec
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, Processor, WrappedLogger

from gateway.observe.frames import described
from gateway.service.caller import current_request

_current_worker: ContextVar[int | None] = ContextVar("gateway_worker", default=None)


class LogFormat(StrEnum):
    JSON = "json"
    READABLE = "readable"


def open_log(stream: BinaryIO, form: LogFormat, level: int = logging.INFO) -> FilteringBoundLogger:
    """A log that writes to `stream`, one line an event. `level` as in `logging`."""
    logger = structlog.wrap_logger(
        structlog.BytesLogger(stream),
        processors=_renderers(form, stream.isatty()),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        context_class=dict,
        cache_logger_on_first_use=True,
    )
    return cast(FilteringBoundLogger, logger.bind())


def take_over(log: FilteringBoundLogger, level: int = logging.INFO) -> None:
    """Every `logging` logger of the process writes through `log` from here on, tamed."""
    root = logging.getLogger()
    for handler in root.handlers[:]:
        root.removeHandler(handler)
    root.addHandler(_Handed(log))
    root.setLevel(logging.WARNING)
    logging.getLogger("gateway").setLevel(level)
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(max(level, logging.INFO))
    # An access log would write addresses, and a facade's address holds the search values.
    logging.getLogger("uvicorn.access").disabled = True


def name_worker(number: int) -> None:
    """Every line of this process says from here on which of several workers wrote it."""
    _current_worker.set(number)


class _Handed(logging.Handler):
    """Hands a record of `logging` to the structured log."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        super().__init__()
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            fields["error"] = described(record.exc_info[1])
        if not _ours(record.name):
            fields["place"] = f"{record.module}:{record.lineno}"
        self._log.log(record.levelno, _text(record), **fields)


def _ours(name: str) -> bool:
    return name == "gateway" or name.startswith(("gateway.", "uvicorn"))


def _text(record: logging.LogRecord) -> str:
    """The whole message of our own loggers; of others the template, which is constant where it has arguments."""
    if _ours(record.name):
        return record.getMessage()
    if record.args and isinstance(record.msg, str):
        return record.msg
    return "A library wrote a message that is left out here, because it may hold values."


def _with_request(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Which worker writes, and for which request."""
    worker, request_id = _current_worker.get(), current_request.get()
    if worker is not None:
        event["worker"] = worker
    if request_id:
        event.setdefault("request_id", request_id)
    return event


def _renderers(form: LogFormat, terminal: bool) -> tuple[Processor, ...]:
    if form is LogFormat.JSON:
        return (_as_json,)
    return (
        _with_request,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _Readable(terminal),
    )


class _Readable:
    """A line for people, in bytes."""

    def __init__(self, terminal: bool) -> None:
        self._render = structlog.dev.ConsoleRenderer(colors=terminal)

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> bytes:
        return self._render(logger, method, event).encode("utf-8", "backslashreplace")


_LEVELS = {"exception": "error", "warn": "warning"}
"""Methods that are named otherwise than their level, as in structlog's `add_log_level`, which the readable form uses."""
_encoder = msgspec.json.Encoder(enc_hook=lambda value: type(value).__name__)


def _as_json(logger: WrappedLogger, method: str, event: EventDict) -> bytes:
    """The moment, the level and the event come first: that is how a line is read. One dict, made once: most lines are an
    identification's."""
    line = {"timestamp": datetime.now(timezone.utc), "level": _LEVELS.get(method, method), "event": event.pop("event")}
    worker, request_id = _current_worker.get(), current_request.get()
    if worker is not None:
        line["worker"] = worker
    if request_id:
        line["request_id"] = request_id
    line.update(event)
    return _encoder.encode(line)
