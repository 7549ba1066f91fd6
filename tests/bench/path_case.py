"""Case `path`: one identification in this process, from the request's bytes to the answer's, without any socket.

Everything is on that is on when it is served. Only the source is none: its wire fills the real request template and hands
back the page at once. `python -m tests.bench.path_case` tells where the time goes, module by module.
"""

from __future__ import annotations

import cProfile
import gc
import os
import pstats
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import BinaryIO

import uvloop
from starlette.types import ASGIApp, Message, Scope

from gateway.adapter import LargeReply, Reply, SourceRef
from gateway.app import make_app
from gateway.assembly import assemble
from gateway.core.tenant import Upstream
from gateway.observe.logs import LogFormat, open_log
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.upstream.prepare import base_of, compile_template
from gateway.upstream.template import Template
from tests.bench.contenders import TENANT, configured, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run
from tests.bench.xml_case import ASKED, PAGE, tenant
from tests.examples.staging import new_key

_FOUND = b'"outcome":"found"'
_PATH = f"/v1/tenants/{TENANT}/identifications"
_WARM_UP = 500
_ROUND = 1000
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class _Call:
    template: Template
    reply: Reply

    async def send(self, values: Mapping[str, str], body: bytes | None = None) -> Reply:
        self.template.fill(values, body)
        return self.reply

    @asynccontextmanager
    async def open(
        self, values: Mapping[str, str], body: bytes | None = None, *, whole: int
    ) -> AsyncIterator[Reply | LargeReply]:
        yield await self.send(values, body)


@dataclass(frozen=True, slots=True)
class _Wire:
    """A wire without a network behind it."""

    upstream: Upstream
    reply: Reply

    def prepare(
        self,
        method: str,
        path: str = "",
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] = (),
        charset: str = "utf-8",
    ) -> _Call:
        return _Call(compile_template(base_of(self.upstream), method, path, query, headers, charset), self.reply)

    async def aclose(self) -> None: ...


class _Client:
    """Asks the application as a server would."""

    def __init__(self, app: ASGIApp, key: str, body: bytes) -> None:
        self._app = app
        self._body = body
        self._headers = [
            (b"host", b"127.0.0.1"),
            (b"authorization", b"Bearer " + key.encode()),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
        self.answered = b""

    async def ask(self) -> None:
        await self._app(self._scope(), self._receive, self._send)

    def _scope(self) -> Scope:
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
            "path": _PATH, "raw_path": _PATH.encode(), "root_path": "", "query_string": b"",
            "headers": list(self._headers), "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8080),
        }  # fmt: skip

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Message) -> None:
        self.answered = message.get("body", b"")


def path(run: Run, folder: Path) -> Taken:
    """Microseconds of CPU for one identification, a median over the rounds, and the least of them."""
    with open(os.devnull, "wb") as nowhere:
        client = _client(folder, nowhere)
        rounds = uvloop.run(_timed(client, max(run.rounds, 5)))
    return Taken({"identification_us": median(rounds), "least_us": min(rounds)})


def _client(folder: Path, nowhere: BinaryIO) -> _Client:
    log, metrics = open_log(nowhere, LogFormat.JSON), Metrics()
    watcher = Watch(log, metrics)
    asked = ASKED[0]
    reply = Reply(200, {"content-type": "text/xml"}, PAGE.reply.replace("{asked}", asked).encode("iso-8859-1"))
    config = configured(folder, {TENANT: tenant("http://127.0.0.1:9/clientes")})
    key = new_key(config, TENANT)

    def open_wire(source: SourceRef, upstream: Upstream) -> _Wire:
        return _Wire(upstream, reply)

    gateway = assemble(config, watcher, open_wire)
    app = make_app(gateway, watcher, metrics, log)
    return _Client(app, key, searches([asked])[0].encode())


async def _timed(client: _Client, rounds: int) -> list[float]:
    await _warm(client)
    return [await _round(client) for _ in range(rounds)]


async def _warm(client: _Client) -> None:
    for _ in range(_WARM_UP):
        await client.ask()
    if _FOUND not in client.answered:
        raise RuntimeError(f"The gateway did not find the customer: {client.answered[:200]!r}")
    # As the served gateway does once it has loaded its configuration.
    gc.collect()
    gc.freeze()


async def _round(client: _Client) -> float:
    began = time.process_time()
    for _ in range(_ROUND):
        await client.ask()
    return (time.process_time() - began) * 1e6 / _ROUND


# ---------------------------------------------------------------------------------------------- module by module


async def _profiled(client: _Client) -> pstats.Stats:
    await _warm(client)
    profile = cProfile.Profile()
    with profile:
        for _ in range(_ROUND):
            await client.ask()
    return pstats.Stats(profile)


def shares(stats: pstats.Stats) -> list[tuple[str, float]]:
    """Module -> its share of the time, the largest first. What is written in C counts for the module that calls it."""
    spent: Counter[str] = Counter()
    for (file, _, _), (_, _, own, _, callers) in stats.stats.items():  # type: ignore[attr-defined]
        if file.startswith(("~", "<")):
            for (calling, _, _), (_, _, for_it, _) in callers.items():
                spent[_module(calling)] += for_it
        else:
            spent[_module(file)] += own
    whole = sum(spent.values())
    return [(name, seconds / whole) for name, seconds in spent.most_common()]


def _module(file: str) -> str:
    place = Path(file)
    if place.is_relative_to(_ROOT):
        return str(place.relative_to(_ROOT))
    return place.parent.name if place.suffix == ".py" else "built in"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gateway-bench-path-") as folder, open(os.devnull, "wb") as nowhere:
        client = _client(Path(folder), nowhere)
        stats = uvloop.run(_profiled(client))
    for name, share in shares(stats):
        if share >= 0.005:
            print(f"{share:6.1%}  {name}")


if __name__ == "__main__":
    main()
