"""The whole gateway as a real process, asked over HTTP, above example systems that run in threads of this one."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

import httpx2

from tests.examples.rest_api import ApiServer
from tests.examples.soap_service import ServiceServer
from tests.examples.staging import (
    REST_PORT,
    SECRETS,
    SOAP_PORT,
    XML_PORT,
    ServerProcess,
    configuration,
    fresh_secrets,
    new_key,
)
from tests.examples.xml_page import PageServer

PATIENCE = 20.0
"""Seconds after which what does not happen is a failure; nothing waits so long where all is well."""

Entry = dict[str, Any]
"""One line of the log."""


# ---------------------------------------------------------------------------------------------- the sources


@dataclass(frozen=True, slots=True)
class Systems:
    """The three example systems and the secrets that open them."""

    page: PageServer
    service: ServiceServer
    api: ApiServer
    secrets: Map[str, str] = field(repr=False)

    @property
    def ports(self) -> dict[int, int]:
        """The example configuration's ports -> these."""
        servers: tuple[ThreadingHTTPServer, ...] = (self.page, self.service, self.api)
        return {usual: server.server_port for usual, server in zip(USUAL, servers, strict=True)}

    def release(self) -> None:
        """Let go of what `/slow` holds; from here on it answers at once."""
        for server in (self.page, self.service, self.api):
            server.released.set()


USUAL = (XML_PORT, SOAP_PORT, REST_PORT)


@contextmanager
def example_systems() -> Iterator[Systems]:
    """All three, each on a port of its own."""
    secrets = fresh_secrets()
    here = ("127.0.0.1", 0)
    systems = Systems(
        PageServer(here, secrets["XML_PAGE_PASSWORD"]),
        ServiceServer(here, secrets["SOAP_SERVICE_PASSWORD"]),
        ApiServer(here, secrets["REST_API_TOKEN"]),
        secrets,
    )
    with ExitStack() as stack:
        for server in (systems.page, systems.service, systems.api):
            thread = threading.Thread(target=server.serve_forever, args=(0.02,))
            thread.start()
            stack.callback(thread.join)
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        yield systems


# ---------------------------------------------------------------------------------------------- the configuration


@dataclass(slots=True)
class House:
    """A configuration folder and what its processes need in their environment. `keys`: (tenant, role) -> API key."""

    folder: Path
    systems: Systems
    keys: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    environment: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def config(self) -> Path:
        return self.folder / "config"

    def file(self, slug: str) -> Path:
        return self.config / "tenants" / f"{slug}.yaml"

    def add(self, slug: str, like: str, *changes: tuple[str, str]) -> None:
        """A tenant as another one is, but for `changes`: (what stands there, what shall)."""
        text = self.file(like).read_text(encoding="utf-8")
        self.file(slug).write_text(changed(text, (f"tenant: {like}", f"tenant: {slug}"), *changes), encoding="utf-8")

    def change(self, slug: str, *changes: tuple[str, str]) -> None:
        file = self.file(slug)
        file.write_text(changed(file.read_text(encoding="utf-8"), *changes), encoding="utf-8")

    def key(self, tenant: str, role: str = "helpdesk") -> str:
        """The tenant's key of this role, made at the first call."""
        known = self.keys.get((tenant, role))
        if known is None:
            known = self.keys[tenant, role] = new_key(self.config, tenant, role)
        return known


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, f"the example has changed: there is no {old!r} in it"
        text = text.replace(old, new)
    return text


def build(
    folder: Path, systems: Systems, *, granted: Sequence[str] = (), gateway: Map[str, object] | None = None
) -> House:
    """The example tenants over these systems. `granted`: further slugs that may reach them and have their secrets;
    `gateway`: keys of gateway.yaml beside those that every test wants."""
    variables = [name for names in SECRETS.values() for name in names]
    grant = {"networks": ["127.0.0.0/8"], "env": variables}
    settings: dict[str, object] = {
        "log": {"level": "debug"},
        "operations": {"port": 0},
        "tenants": dict.fromkeys(("aurora", "boreal", "cerrado", "uniao", *granted), grant),
        **(gateway or {}),
    }
    configuration(folder, systems.ports, settings)
    return House(folder, systems, environment=dict(systems.secrets))


# ---------------------------------------------------------------------------------------------- the process


class Log:
    """What a gateway writes to standard error, as it comes."""

    def __init__(self, stream: IO[str]) -> None:
        self._lines: list[str] = []
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=(stream,))
        self._reader.start()

    def _read(self, stream: IO[str]) -> None:
        with stream:
            for line in stream:
                with self._news:
                    self._lines.append(line)
                    self._news.notify_all()

    @property
    def text(self) -> str:
        with self._news:
            return "".join(self._lines)

    def mark(self) -> int:
        """A point in the log, for `wait_for` to look only behind it."""
        with self._news:
            return len(self._lines)

    def wait_for(self, event: str, since: int = 0, where: Callable[[Entry], bool] = lambda entry: True) -> Entry:
        """The first line with this event after `since` for which `where` holds."""
        found: list[Entry] = []

        def has_come() -> bool:
            for line in self._lines[since:]:
                entry = json.loads(line)
                if entry["event"] == event and where(entry):
                    found.append(entry)
                    return True
            return False

        with self._news:
            came = self._news.wait_for(has_come, PATIENCE)
        assert came, f"no {event!r} in the log:\n{self.text}"
        return found[0]

    def join(self) -> None:
        """Until the process has closed its end."""
        self._reader.join(PATIENCE)


@dataclass(slots=True)
class Running:
    """A gateway that serves a house. `all_operations`: each worker's base address at which no key is needed."""

    house: House
    process: ServerProcess
    log: Log
    http: httpx2.Client
    port: int
    all_operations: tuple[str, ...]

    @property
    def operations(self) -> str:
        return self.all_operations[0]

    def identify(self, tenant: str, key: str | None = None, **search: str) -> httpx2.Response:
        return self.ask(tenant, {"search": search}, key)

    def ask(self, tenant: str, question: object, key: str | None = None) -> httpx2.Response:
        """POSTs one identification, with the tenant's helpdesk key unless another is given."""
        return self.http.post(
            f"/v1/tenants/{tenant}/identifications",
            json=question,
            headers=bearer(key or self.house.key(tenant)),
        )

    def get(self, path: str, key: str | None = None) -> httpx2.Response:
        return self.http.get(path, headers=bearer(key) if key else {})

    def metrics(self) -> str:
        return self.http.get(f"{self.operations}/metrics").text

    def hang_up(self) -> None:
        assert self.process.process is not None
        self.process.process.send_signal(signal.SIGHUP)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@contextmanager
def serving(house: House, python: str = sys.executable, *, workers: int = 1) -> Iterator[Running]:
    """`gateway serve` on free ports. Every key that a test wants at once is made before this."""
    command = ("gateway", "serve", "--config", str(house.config), "--port", "0", "--workers", str(workers))
    process = ServerProcess(command, house.environment, python)
    with ExitStack() as stack:
        stack.callback(process.stop)
        port = process.start(subprocess.PIPE)
        assert process.process is not None
        assert process.process.stderr is not None
        log = Log(process.process.stderr)
        stack.callback(log.join)
        stack.callback(process.stop)
        addresses = log.wait_for("listening")["addresses"]
        http = stack.enter_context(httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE))
        yield Running(house, process, log, http, port, tuple(f"http://{address}" for address in addresses[1:]))
