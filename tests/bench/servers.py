"""Processes of a benchmark: the stub source, the baselines and the gateway, each pinned, each stopped at the end."""

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

NGINX = """
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err warn;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 100000000; default_type text/xml;
  server {{ listen 127.0.0.1:{port}; root {folder}; location / {{ try_files /reply =404; }} }}
}}
"""


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
    core: int | None,
    env: Mapping[str, str] | None = None,
    log: BinaryIO | None = None,
) -> Iterator[int]:
    """Start a server, wait until its port answers, give its process id, stop it at the end. `log`: its standard error."""
    pin = ["taskset", "-c", str(core)] if core is not None and shutil.which("taskset") else []
    process = subprocess.Popen(
        [*pin, *command], env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=log
    )
    try:
        _wait(process, port)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with status {process.returncode}")
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.connect()
        except OSError:
            time.sleep(0.02)
        else:
            return
        finally:
            connection.close()
    raise RuntimeError(f"{process.args!r} does not listen on {port}")


@contextmanager
def stub_source(reply: bytes, folder: Path, *, core: int | None, python: str) -> Iterator[int]:
    """A source that answers every request with `reply`: nginx where it is installed, else a small asyncio server."""
    (folder / "reply").write_bytes(reply)
    port = free_port()
    if shutil.which("nginx"):
        (folder / "nginx.conf").write_text(NGINX.format(folder=folder, port=port))
        command = ["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")]
    else:
        command = [python, "-m", "tests.bench.stub", "--port", str(port), "--reply", str(folder / "reply")]
    with running(command, port, core=core):
        yield port
