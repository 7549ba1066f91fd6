"""The baseline on Node, installed from its lock into a folder of its own the first time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.bench.contenders import Contender
from tests.bench.load import Load
from tests.bench.servers import ROOT, free_port, running
from tests.peers.node import installed

NODE = ROOT / "tests" / "bench" / "node"


def install() -> Path:
    """The folder that holds the handler and its packages. Raises NoNode."""
    return installed(NODE, ROOT / ".venv-bench-node", ["handler.mjs"])


@contextmanager
def fastify(source: str, bodies: Sequence[str], way: str, *, core: int | None) -> Iterator[Contender]:
    """Fastify + undici + fast-xml-parser. `way`: undici's `request` or `fetch`. Raises NoNode."""
    folder, port = install(), free_port()
    with running(["node", str(folder / "handler.mjs"), str(port), source, way], port, core=core) as pid:
        load = Load(f"http://127.0.0.1:{port}/identify", {"Content-Type": "application/json"}, bodies)
        yield Contender("fastify" if way == "request" else f"fastify_{way}", pid, load, b'"outcome":"found"')
