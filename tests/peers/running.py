"""Starts a server of other people's making on loopback, or says why there is none."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

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
