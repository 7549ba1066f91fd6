"""Processes of a benchmark, each pinned, each stopped at the end; what they take of memory."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tests.bench.figures import NotMeasured

ROOT = Path(__file__).resolve().parents[2]
_MEGABYTE = 1024  # of the kilobytes of proc(5)


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str],
    port: int,
    *,
    core: int | tuple[int, ...] | None,
    env: Mapping[str, str] | None = None,
    log: BinaryIO | None = None,
    health: str = "",
    patience: float = 20.0,
) -> Iterator[int]:
    """Start a server, wait until its port is open (with `health`: until that path gives an answer), `patience` seconds at
    most; give its process id, stop it at the end. `log`: its standard error."""
    cores = (core,) if isinstance(core, int) else core or ()
    pin = ["taskset", "-c", ",".join(map(str, cores))] if cores and shutil.which("taskset") else []
    process = subprocess.Popen(
        [*pin, *command], cwd=ROOT, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=log
    )
    try:
        _wait(process, port, health, patience)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, health: str, patience: float) -> None:
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if process.poll() is not None:
            raise NotMeasured(f"{process.args!r} ended with status {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        try:
            connection.connect()
            if health:
                # A port may be open long before anybody answers there.
                connection.request("GET", health)
                connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            time.sleep(0.02)
        else:
            return
        finally:
            connection.close()
    raise NotMeasured(f"{process.args!r} does not listen on {port}")


# ---------------------------------------------------------------------------------------------- memory


def memory_mb(pid: int) -> float:
    """Megabytes that the process holds now (proc(5), VmRSS)."""
    return _status(pid, "VmRSS")


def peak_mb(pid: int) -> float:
    """The most that it held since its start, or since `forget_peak`."""
    return _status(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Let `peak_mb` begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _status(pid: int, name: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / _MEGABYTE
