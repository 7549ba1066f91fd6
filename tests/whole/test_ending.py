"""How the gateway ends: what is under way is finished, and nothing new is begun."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.examples.staging import ROOT
from tests.whole.held import LENTA, holding, wait_until_asked
from tests.whole.running import PATIENCE, Systems, build


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_what_is_under_way_is_finished_and_nothing_new_begun(tmp_path: Path, ending: signal.Signals) -> None:
    with holding(tmp_path) as (gateway, systems), ThreadPoolExecutor() as pool:
        under_way = pool.submit(gateway.identify, LENTA, email="joao@example.com")
        wait_until_asked(gateway)
        process = gateway.process.process
        assert process is not None
        process.send_signal(ending)
        gateway.log.wait_for("Waiting for connections to close. (CTRL+C to force quit)")
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"http://127.0.0.1:{gateway.port}/healthz")
        assert not under_way.done()
        systems.release()
        reply = under_way.result(PATIENCE)
        assert (reply.status_code, reply.json()["outcome"]) == (200, "found")
        assert process.wait(PATIENCE) == 0
        gateway.log.join()
        assert "Traceback" not in gateway.log.text
        assert '"level":"error"' not in gateway.log.text


def test_a_port_that_somebody_has_is_said_before_anything_is_served(systems: Systems, tmp_path: Path) -> None:
    house = build(tmp_path, systems)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "gateway", "serve", "--config", str(house.config), "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == (
        f"gateway: cannot listen on 127.0.0.1, port {port}: Address already in use. Stop whoever has it, or choose others: "
        "--host and --port, or gateway.yaml.\n"
    )
