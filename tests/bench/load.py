"""Load and its measure: wrk where it is installed, a small asyncio client elsewhere; CPU of the server from /proc."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent again and again: a POST of one JSON body."""

    url: str
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Measure:
    """One run: requests answered, seconds of wall clock, seconds of the server's CPU (user and system)."""

    requests: int
    seconds: float
    cpu: float

    @property
    def cpu_us(self) -> float:
        """CPU microseconds of the server for one request."""
        return self.cpu * 1e6 / self.requests

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds


def measure(load: Load, server: int, *, seconds: float, connections: int, core: int | None, folder: Path) -> Measure:
    """Send `load` over `connections` for `seconds`; `server` is the measured process. Every answer must be a 200."""
    before, began = _cpu(server), time.monotonic()
    requests = (_wrk if shutil.which("wrk") else _client)(load, seconds, connections, core, folder)
    took = time.monotonic() - began
    return Measure(requests, took, _cpu(server) - before)


def _cpu(pid: int) -> float:
    """Seconds of CPU that a process has used so far (proc(5), fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _wrk(load: Load, seconds: float, connections: int, core: int | None, folder: Path) -> int:
    script = folder / "load.lua"
    headers = "".join(
        f"wrk.headers[{json.dumps(name)}] = {json.dumps(value)}\n" for name, value in load.headers.items()
    )
    script.write_text(f'wrk.method = "POST"\nwrk.body = {json.dumps(load.body)}\n{headers}')
    pin = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    command = [*pin, "wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", str(script), load.url]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    if "Non-2xx" in printed or "Socket errors" in printed:
        raise RuntimeError(f"the load met errors:\n{printed}")
    found = re.search(r"(\d+) requests in", printed)
    if found is None:
        raise RuntimeError(f"wrk printed no count:\n{printed}")
    return int(found[1])


def _client(load: Load, seconds: float, connections: int, core: int | None, folder: Path) -> int:
    return asyncio.run(_send_for(load, seconds, connections))


async def _send_for(load: Load, seconds: float, connections: int) -> int:
    address = urlsplit(load.url)
    lines = [f"POST {address.path} HTTP/1.1", f"Host: {address.netloc}", f"Content-Length: {len(load.body)}"]
    lines += [f"{name}: {value}" for name, value in load.headers.items()]
    request = ("\r\n".join(lines) + "\r\n\r\n" + load.body).encode()
    end = time.monotonic() + seconds

    async def one() -> int:
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        count = 0
        while time.monotonic() < end:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            if b" 200 " not in head.split(b"\r\n", 1)[0]:
                raise RuntimeError(f"the load met an error: {head[:40]!r}")
            length = re.search(rb"content-length: (\d+)", head.lower())
            await reader.readexactly(int(length[1]) if length else 0)
            count += 1
        writer.close()
        return count

    return sum(await asyncio.gather(*(one() for _ in range(connections))))
