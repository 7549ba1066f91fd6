"""Keeps the HTTP libraries out of the log: what they write has whole URLs, and with XML over GET that is the CPF."""

from __future__ import annotations

import logging

_LOGGERS = (
    "httpx2",
    "httpcore2",
    "httpcore2.connection",
    "httpcore2.http11",
    "httpcore2.http2",
    "httpcore2.proxy",
    "httpcore2.socks",
)


def silence_libraries() -> None:
    """Disabled and not only raised in level: a level is changed by whoever turns on debugging."""
    for name in _LOGGERS:
        logging.getLogger(name).disabled = True
