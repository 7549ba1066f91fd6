"""Starts a server of other people's making on loopback, or says why there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pytest

from tests.bench.servers import free_port, running
from tests.examples.staging import ROOT
from tests.peers.node import NoNode, installed

PEERS = ROOT / "tests" / "peers"


@contextmanager
def peer(script: str, *arguments: str) -> Iterator[str]:
    """The origin of a server of tests/peers, which prints `ready <port>` when it listens on 127.0.0.1.

    Without Node the test is skipped, and says so; where CI=true it fails.
    """
    try:
        folder = installed(PEERS, ROOT / ".venv-peers", sorted(path.name for path in PEERS.glob("*.cjs")))
    except NoNode as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no server of other people's making: {error}")
    command = ["node", str(folder / script), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            line = process.stdout.readline()
            assert line.startswith("ready "), process.stderr.read()
            yield f"http://127.0.0.1:{line.split()[1]}"
        finally:
            process.terminate()


@contextmanager
def php_peer(script: str, environment: Mapping[str, str]) -> Iterator[str]:
    """The origin of PHP's own server over a script of tests/peers. Without PHP and its soap extension the test is skipped,
    and says so; where CI=true it fails."""
    missing = _missing_of_php()
    if missing is not None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"PHP is required where CI=true: {missing}")
        pytest.skip(f"no server of other people's making: {missing}")
    port = free_port()
    command = ["php", "-S", f"127.0.0.1:{port}", str(PEERS / script)]
    with running(command, port, core=None, env=environment):
        yield f"http://127.0.0.1:{port}"


def _missing_of_php() -> str | None:
    if shutil.which("php") is None:
        return "php is not installed (Debian: apt-get install php-cli php-soap)"
    modules = subprocess.run(["php", "-m"], capture_output=True, text=True, check=False).stdout.split()
    return None if "soap" in modules else "php has no soap extension (Debian: apt-get install php-soap)"
