"""The baseline on Node, installed from its lock into a folder of its own the first time."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from tests.bench.contenders import Contender
from tests.bench.load import Load
from tests.bench.servers import ROOT, free_port, running

NODE = ROOT / "tests" / "bench" / "node"
INSTALLED = ROOT / ".venv-bench-node"
_FILES = ("package.json", "package-lock.json", "handler.mjs")


class NoNode(Exception):
    """Why this baseline cannot be measured here."""


def install() -> Path:
    """The folder that holds the handler and its packages. Raises NoNode."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NoNode("node or npm is not installed (Debian: apt-get install nodejs npm)")
    wanted = sha256(b"".join((NODE / name).read_bytes() for name in _FILES)).hexdigest()
    stamp = INSTALLED / ".installed"
    if stamp.exists() and stamp.read_text() == wanted:
        return INSTALLED
    INSTALLED.mkdir(exist_ok=True)
    for name in _FILES:
        shutil.copy(NODE / name, INSTALLED)
    command = ["npm", "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=INSTALLED, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NoNode(f"npm could not install its packages: {done.stderr.strip()[-200:]}")
    stamp.write_text(wanted)
    return INSTALLED


@contextmanager
def fastify(source: str, bodies: Sequence[str], way: str, *, core: int | None) -> Iterator[Contender]:
    """Fastify + undici + fast-xml-parser. `way`: undici's `request` or `fetch`. Raises NoNode."""
    folder, port = install(), free_port()
    with running(["node", str(folder / "handler.mjs"), str(port), source, way], port, core=core) as pid:
        load = Load(f"http://127.0.0.1:{port}/identify", {"Content-Type": "application/json"}, bodies)
        yield Contender("fastify" if way == "request" else f"fastify_{way}", pid, load, b'"outcome":"found"')
