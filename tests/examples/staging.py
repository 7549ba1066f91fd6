"""What demo and tests stand on: the example configuration with other ports, its secrets and keys; servers as processes."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from socket import socket
from typing import IO

import yaml

from gateway.config.keys import KeyRing

ROOT = Path(__file__).resolve().parents[2]
GATEWAY_PORT, XML_PORT, SOAP_PORT, REST_PORT = 8100, 8101, 8102, 8103
"""Ports as the example configuration names them."""
SECRETS = {
    "XML_PAGE_PASSWORD": ("AURORA_PAGE_PASSWORD", "UNIAO_PAGE_PASSWORD"),
    "SOAP_SERVICE_PASSWORD": ("BOREAL_SERVICE_PASSWORD", "UNIAO_SERVICE_PASSWORD"),
    "REST_API_TOKEN": ("CERRADO_API_TOKEN", "UNIAO_API_TOKEN"),
}
"""What an example system wants -> the variables in which the tenants' files look for it."""
ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_GRACE = 10
"""Seconds that a process has to end after SIGTERM."""


def fresh_secrets() -> dict[str, str]:
    """The environment's variables with a secret for each example system."""
    made: dict[str, str] = {}
    for wanted, variables in SECRETS.items():
        made |= dict.fromkeys((wanted, *variables), secrets.token_urlsafe(24))
    return made


def configuration(folder: Path, ports: Map[int, int], gateway: Map[str, object] | None = None) -> Path:
    """A copy of the example configuration. `ports`: as the example names them -> as they are; `gateway`: keys of
    gateway.yaml that replace the example's."""
    config = folder / "config"
    shutil.copytree(ROOT / "config", config, ignore=shutil.ignore_patterns("keys", "secrets"))
    for path in (config / "tenants").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"\b810[1-3]\b", lambda found: str(ports[int(found[0])]), text), encoding="utf-8")
    file = config / "gateway.yaml"
    settings = {**yaml.safe_load(file.read_bytes()), "data": str(folder / "data"), **(gateway or {})}
    file.write_text(json.dumps(settings, indent=2), encoding="utf-8")
    return config


def new_key(config: Path, tenant: str, role: str = "helpdesk") -> str:
    """An API key, as its owner is shown it."""
    ring = KeyRing(config / "keys", now=partial(datetime.now, timezone.utc))
    return ring.create(tenant, role, role, None)[1]


def usual_or_free(port: int) -> int:
    """`port`, or 0 where somebody has it."""
    with socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return 0
    return port


@contextmanager
def _endings_wait() -> Iterator[None]:
    """A signal that would end this process comes afterwards: else a child could be born that nobody knows of."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    handlers = {ending: signal.signal(ending, lambda number, _: came.append(number)) for ending in ENDINGS}
    try:
        yield
    finally:
        for ending, handler in handlers.items():
            signal.signal(ending, handler)
        for number in came:
            signal.raise_signal(number)


class NotStarted(Exception):
    """A server ended before it was ready."""


@dataclass(slots=True)
class ServerProcess:
    """`python -m <arguments>`, which prints `ready <port>` once it listens. `python`: another interpreter than this one."""

    arguments: Sequence[str]
    environment: Map[str, str]
    python: str = sys.executable
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    def start(self, errors: IO[str] | int | None = None) -> int:
        """The port. `errors`: where its standard error goes instead of ours. Raises NotStarted."""
        with _endings_wait():
            self.process = subprocess.Popen(
                [self.python, "-m", *self.arguments],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                # Ctrl-C is for whoever started it, who ends it in good order.
                start_new_session=True,
            )
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        if not line.startswith("ready "):
            said = self.process.stderr
            self.stop()
            with said or nullcontext():
                raise NotStarted(f"{' '.join(self.arguments)}\n{said.read() if said else ''}")
        return int(line.split()[1])

    def stop(self) -> int | None:
        """End it in good order; its exit status, None where it was not running."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.terminate()
        try:
            return process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()
        finally:
            if process.stdout is not None:
                process.stdout.close()
