"""Load and its measure: wrk where it is installed, a small asyncio client elsewhere; CPU of the server from /proc."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from math import ceil
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from tests.bench.figures import NotMeasured

_TICK = os.sysconf("SC_CLK_TCK")
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_SCRIPT = """
wrk.method = "POST"
{headers}
local requests, at = {{}}, 0
function init(arguments)
  for body in io.lines({bodies}) do requests[#requests + 1] = wrk.format("POST", nil, nil, body) end
end
function request()
  at = at % #requests + 1
  return requests[at]
end
"""


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent: POSTs of JSON bodies (one line each), in turn. Different ones, since a gateway may share the answer
    among those who ask the same at the same time."""

    url: str
    headers: Mapping[str, str]
    bodies: Sequence[str]


@dataclass(frozen=True, slots=True)
class Measure:
    """One run: requests answered, seconds of wall clock, seconds of the server's CPU (user and system); seconds in which
    half of the requests (99 of 100) were answered."""

    requests: int
    seconds: float
    cpu: float
    p50: float
    p99: float

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server for one request."""
        return self.cpu * 1e6 / self.requests

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


@dataclass(frozen=True, slots=True)
class _Sent:
    requests: int
    p50: float
    p99: float


def measure(load: Load, server: int, *, seconds: float, connections: int, core: int | None) -> Measure:
    """Send `load` over `connections` for `seconds`; `server` is the measured process. Every answer must be a 200 or 201."""
    before, began = cpu_seconds(server), time.monotonic()
    sent = (_wrk if shutil.which("wrk") else _client)(load, seconds, connections, core)
    took = time.monotonic() - began
    return Measure(sent.requests, took, cpu_seconds(server) - before, sent.p50, sent.p99)


def cpu_seconds(pid: int) -> float:
    """Seconds of CPU that a process has used so far, all its threads (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


# ---------------------------------------------------------------------------------------------- wrk


def _wrk(load: Load, seconds: float, connections: int, core: int | None) -> _Sent:
    with TemporaryDirectory(prefix="gateway-bench-load-") as folder:
        script, bodies = Path(folder) / "load.lua", Path(folder) / "bodies"
        bodies.write_text("".join(f"{body}\n" for body in load.bodies))
        headers = "\n".join(
            f"wrk.headers[{json.dumps(name)}] = {json.dumps(text)}" for name, text in load.headers.items()
        )
        script.write_text(_SCRIPT.format(headers=headers, bodies=json.dumps(str(bodies))))
        pin = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
        length = max(1, ceil(seconds))  # wrk knows whole seconds only
        wrk = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{length}s", "--latency", "-s", str(script), load.url]
        return read_wrk(subprocess.run(wrk, check=True, capture_output=True, text=True).stdout)


def read_wrk(printed: str) -> _Sent:
    """What `wrk --latency` printed. Raises NotMeasured where a request failed or the count is not there."""
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise NotMeasured(f"the load met errors:\n{printed}")
    count = re.search(r"(\d+) requests in", printed)
    shares = {share: float(number) * _UNITS[unit] for share, number, unit in _PERCENTILE.findall(printed)}
    if count is None or not {"50", "99"} <= shares.keys():
        raise NotMeasured(f"wrk printed no count or no percentiles:\n{printed}")
    return _Sent(int(count[1]), shares["50"], shares["99"])


_PERCENTILE = re.compile(r"^\s+(\d+)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)


# ---------------------------------------------------------------------------------------------- without wrk


def _client(load: Load, seconds: float, connections: int, core: int | None) -> _Sent:
    return asyncio.run(_send_for(load, seconds, connections))


async def _send_for(load: Load, seconds: float, connections: int) -> _Sent:
    address = urlsplit(load.url)
    requests = cycle([as_request(load, body) for body in load.bodies])
    end = time.monotonic() + seconds
    taken: list[float] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        while (began := time.monotonic()) < end:
            writer.write(next(requests))
            await read_answer(reader)
            taken.append(time.monotonic() - began)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    shares = quantiles(taken, n=100)
    return _Sent(len(taken), shares[49], shares[98])


def as_request(load: Load, body: str) -> bytes:
    """The bytes of one request."""
    address = urlsplit(load.url)
    lines = [f"POST {address.path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(body.encode())}"]
    lines += [f"{name}: {value}" for name, value in load.headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def read_answer(reader: asyncio.StreamReader) -> bytes:
    """The body of one 200 or 201. Raises NotMeasured on anything else."""
    head = await reader.readuntil(b"\r\n\r\n")
    if not head.startswith((b"HTTP/1.1 200 ", b"HTTP/1.1 201 ")):
        raise NotMeasured(f"the load met an error: {head[:40]!r}")
    length = re.search(rb"content-length: (\d+)", head.lower())
    return await reader.readexactly(int(length[1]) if length else 0)
