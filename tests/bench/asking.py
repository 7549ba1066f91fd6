"""One request after the other over one kept connection, each with its time."""

from __future__ import annotations

import http.client
import re
import time
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from tests.bench.figures import NotMeasured
from tests.bench.load import Load


class WrongAnswer(NotMeasured):
    """Another answer than the measure is about."""


class Caller:
    """A connection to one server. Use it as a context manager."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=120)

    def __enter__(self) -> Self:
        self._connection.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def ask(self, load: Load, expects: bytes, at: int = 0) -> float:
        """Seconds until the answer to the load's body number `at` was read whole. Raises WrongAnswer."""
        began = time.perf_counter()
        self._connection.request(
            "POST", urlsplit(load.url).path, load.bodies[at % len(load.bodies)], dict(load.headers)
        )
        answer = self._connection.getresponse()
        said = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200 or expects not in said:
            raise WrongAnswer(f"{urlsplit(load.url).path} answers {answer.status}: {_gist(said)}")
        return took


def _gist(said: bytes) -> str:
    """What the sources said, where it is the gateway's answer."""
    details = re.findall(rb'"outcome":"[^"]*"|"code":"[^"]*"|"detail":"[^"]*"', said)
    return b" ".join(details or [said[:600]]).decode(errors="replace")
