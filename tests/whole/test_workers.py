"""Several workers behind one port: they share the work, outlive one another, hear the same signals and end together."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.examples.staging import ROOT
from tests.whole.held import LENTA, holding, wait_until_asked
from tests.whole.running import PATIENCE, Running, Systems, bearer, build, serving

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="several workers share a port only on Linux")

_QUICK = {"limits": {"rate": {"per_second": 100_000, "burst": 100_000}}}
_FOUND = re.compile(
    r'^gateway_identifications_total\{outcome="found",tenant="uniao",worker="(\d)"\} (\S+)$', re.MULTILINE
)


@pytest.fixture(scope="module")
def gateway(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    house = build(tmp_path_factory.mktemp("workers"), systems, granted=["nova"], gateway=_QUICK)
    house.key("uniao")
    house.key("uniao", "operations")
    with serving(house, workers=2) as running:
        yield running


def pids(gateway: Running) -> dict[int, int]:
    """Worker -> process id, out of the log: the last that each wrote."""
    entries = [line for line in gateway.log.text.splitlines() if "Started server process" in line]
    found = [re.search(r"process \[(\d+)\].*\"worker\":(\d)", line) for line in entries]
    return {int(match[2]): int(match[1]) for match in found if match}


def ask_alone(gateway: Running) -> str:
    """One identification over a connection of its own: the system gives it to one of the workers."""
    address = f"http://127.0.0.1:{gateway.port}/v1/tenants/uniao/identifications"
    headers = bearer(gateway.house.key("uniao"))
    question = {"search": {"cpf": "12345678909"}}
    return str(httpx2.post(address, json=question, headers=headers, timeout=PATIENCE).json()["outcome"])


def counts(gateway: Running) -> dict[str, float]:
    found: dict[str, float] = {}
    for base in gateway.all_operations:
        found |= {worker: float(number) for worker, number in _FOUND.findall(httpx2.get(f"{base}/metrics").text)}
    return found


def test_both_answer_at_one_port_and_each_tells_its_own_metrics(gateway: Running) -> None:
    asked = 0
    while counts(gateway).keys() != {"1", "2"}:
        assert ask_alone(gateway) == "found"
        asked += 1
        assert asked < 200, "all connections went to one worker"
    assert sum(counts(gateway).values()) == asked
    shown = gateway.get("/metrics", gateway.house.key("uniao", "operations")).text
    assert len(set(re.findall(r'worker="(\d)"', shown))) == 1
    for base in gateway.all_operations:
        assert httpx2.get(f"{base}/readyz").json() == {"ready": True, "tenants": []}
    assert {entry["worker"] for entry in (gateway.log.wait_for("configuration_loaded"),)} <= {1, 2}


def test_a_worker_that_dies_is_started_anew_and_nobody_is_refused(gateway: Running) -> None:
    gateway.house.add("nova", "uniao")
    for worker in (1, 2):
        gateway.log.wait_for("configuration_taken", where=lambda entry, worker=worker: entry["worker"] == worker)
    since = gateway.log.mark()
    os.kill(pids(gateway)[2], signal.SIGKILL)
    died = gateway.log.wait_for("worker_died", since)
    assert (died["level"], died["worker"], died["how"]) == ("error", 2, "SIGKILL")
    # Some of these wait for it at its listener, which is still open.
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(lambda _: ask_alone(gateway), range(32))) == {"found"}
    loaded = gateway.log.wait_for("configuration_loaded", since)
    assert (loaded["worker"], loaded["tenants"]) == (2, 5)
    assert httpx2.get(f"{gateway.all_operations[1]}/readyz").json()["ready"]


def test_sighup_re_reads_in_all(gateway: Running) -> None:
    # Out of the watched folder it is not seen by itself.
    elsewhere = gateway.house.folder / "elsewhere.yaml"
    file = gateway.house.file("boreal")
    file.rename(elsewhere)
    gateway.hang_up()
    for worker in (1, 2):
        gateway.log.wait_for(
            "configuration_taken",
            where=lambda entry, worker=worker: entry["worker"] == worker and "boreal" in entry["removed"],
        )
    elsewhere.rename(file)


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_what_is_under_way_is_finished_by_all(tmp_path: Path, ending: signal.Signals) -> None:
    with holding(tmp_path, workers=2) as (gateway, systems), ThreadPoolExecutor() as pool:
        under_way = pool.submit(gateway.identify, LENTA, email="joao@example.com")
        wait_until_asked(gateway)
        workers, process = pids(gateway), gateway.process.process
        assert process is not None
        if ending is signal.SIGINT:
            os.killpg(process.pid, ending)  # as a terminal does
        else:
            process.send_signal(ending)
        gateway.log.wait_for("Waiting for connections to close. (CTRL+C to force quit)")
        _refused(gateway.port)
        assert not under_way.done()
        systems.release()
        reply = under_way.result(PATIENCE)
        assert (reply.status_code, reply.json()["outcome"]) == (200, "found")
        assert process.wait(PATIENCE) == 0
        gateway.log.join()
        assert "Traceback" not in gateway.log.text
        assert '"level":"error"' not in gateway.log.text
        assert not any(Path(f"/proc/{pid}").exists() for pid in workers.values())


def _refused(port: int) -> None:
    """Each worker closes its own listener, the other one perhaps a moment later."""
    for _ in range(1000):
        try:
            socket.create_connection(("127.0.0.1", port), PATIENCE).close()
        except ConnectionRefusedError:
            return
    raise AssertionError("somebody still listens")


def test_workers_end_with_their_supervisor_even_where_it_is_killed(systems: Systems, tmp_path: Path) -> None:
    with serving(build(tmp_path, systems), workers=2) as gateway:
        assert gateway.process.process is not None
        gateway.process.process.kill()
        # Their end of the log is closed when the last of them has ended.
        gateway.log.join()
        assert gateway.log.text.count('"event":"supervisor_gone"') == 2
        _refused(gateway.port)


def run(house: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(house), "--workers", "2", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE)


def test_what_no_worker_can_do_is_said_once(systems: Systems, tmp_path: Path) -> None:
    house = build(tmp_path, systems, gateway={"data": str(tmp_path / "data")})
    (tmp_path / "data").mkdir(exist_ok=True)
    (tmp_path / "data" / "sealing.key").write_text("nonsense")
    ran = run(house.config, "--port", "0")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.count("sealing.key") == 1
    assert ran.stderr.count('"event":"worker_failed"') == 1
    assert "Traceback" not in ran.stderr


def test_a_port_that_somebody_has_is_not_shared_with_him(systems: Systems, tmp_path: Path) -> None:
    house = build(tmp_path, systems)
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken:
        ran = run(house.config, "--port", str(taken.getsockname()[1]))
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "Address already in use. Stop whoever has it" in ran.stderr
