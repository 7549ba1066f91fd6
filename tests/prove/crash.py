"""A gateway that is killed under load: attendances over HTTP, what of them was confirmed, and what is there afterwards.

Every write carries an Idempotency-Key of its own, as the callers of a real helpdesk send it: who got no answer because the
server died sends it again to the next one, and it must have been done once.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.storage.migrate import upgrade
from tests.bench.xml_case import tenant
from tests.examples.staging import ServerProcess, new_key

SLUG = "acme"
AT_ONCE = 8
_BASE = f"/v1/tenants/{SLUG}"
_NOWHERE = "http://127.0.0.1:9/clientes"
_SETTINGS = """
listen: {{port: 0}}
data: {data}
limits: {{rate: {{per_second: 100000, burst: 1000000}}, in_flight: 1000}}
contact_base: {{{database}}}
tenants: {{acme: {{networks: [127.0.0.0/8]}}}}
"""


class Died(Exception):
    """The server went away before it answered."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write, which may be sent again under its key."""

    path: str
    body: str
    key: str


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A write and what was answered. `replayed`: the server said that it was done before."""

    write: Write
    answer: dict[str, Any]
    replayed: bool


@dataclass(slots=True)
class Ledger:
    """What the callers know: `confirmed` in order of arrival, `unanswered` writes, and the numbers that each caller saw."""

    confirmed: list[Confirmed] = field(default_factory=list)
    unanswered: list[Write] = field(default_factory=list)
    numbers: dict[str, list[str]] = field(default_factory=dict)
    news: threading.Condition = field(default_factory=threading.Condition)

    def add(self, confirmed: Confirmed) -> None:
        with self.news:
            self.confirmed.append(confirmed)
            self.news.notify_all()

    def leave(self, write: Write) -> None:
        with self.news:
            self.unanswered.append(write)
            self.news.notify_all()

    def wait_for(self, confirmed: int) -> None:
        with self.news:
            assert self.news.wait_for(lambda: len(self.confirmed) >= confirmed, 60), "the load does not get on"


# ---------------------------------------------------------------------------------------------- the server


@dataclass(slots=True)
class Place:
    """Where the gateway is started again and again."""

    folder: Path
    database: str | None
    key: str = ""
    _server: subprocess.Popen[str] | None = None

    def __post_init__(self) -> None:
        tenants = self.folder / "config" / "tenants"
        tenants.mkdir(parents=True)
        (tenants / f"{SLUG}.yaml").write_text(tenant(_NOWHERE, SLUG))
        kept = "enabled: true" if self.database is None else f"database: {json.dumps(self.database)}"
        settings = _SETTINGS.format(data=self.folder / "data", database=kept)
        (self.folder / "config" / "gateway.yaml").write_text(settings)
        self.key = new_key(self.folder / "config", SLUG)
        if self.database is not None:
            upgrade(self.database)

    @contextmanager
    def serving(self, workers: int) -> Iterator[int]:
        """The port; whatever is left of it at the end is killed."""
        command = ("gateway", "serve", "--config", str(self.folder / "config"), "--workers", str(workers))
        server = ServerProcess(command, {})
        with (self.folder / "log").open("a") as log:
            port = server.start(log)
            self._server = server.process
            try:
                yield port
            finally:
                self.strike()

    def strike(self) -> None:
        """`kill -9`, all its processes at once: it is the first of a group of its own."""
        process, self._server = self._server, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


# ---------------------------------------------------------------------------------------------- the callers


@dataclass(slots=True)
class Caller:
    """One connection to the server."""

    port: int
    key: str
    connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def send(self, write: Write) -> Confirmed:
        """Raises Died."""
        headers = {"Gateway-Actor": "op-7", "Idempotency-Key": write.key}
        status, answer, replayed = self._ask("POST", write.path, write.body.encode(), headers)
        assert status in (200, 201), (status, answer)
        return Confirmed(write, answer, replayed)

    def get(self, path: str) -> dict[str, Any]:
        """Raises Died."""
        status, answer, _ = self._ask("GET", path, None, {})
        assert status == 200, (status, answer)
        return answer

    def close(self) -> None:
        self.connection.close()

    def _ask(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, Any], bool]:
        try:
            self.connection.request(
                method,
                _BASE + path,
                body,
                {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json", **headers},
            )
            answer = self.connection.getresponse()
            said = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Died from error
        return answer.status, json.loads(said), answer.getheader("idempotency-replayed") == "true"


def attend(caller: Caller, ledger: Ledger, name: str, contacts: list[str]) -> None:
    """One attendance after the other, until the server dies; what was not answered is left to be sent again."""
    number = 0
    try:
        while True:
            number += 1
            _attendance(caller, ledger, f"{name}.{number}", name, contacts[number % len(contacts)])
    except Died:
        return
    finally:
        caller.close()


def _attendance(caller: Caller, ledger: Ledger, key: str, name: str, contact: str) -> None:
    def write(path: str, what: str, body: object = None) -> dict[str, Any]:
        sent = Write(path, "" if body is None else json.dumps(body), f"{key}.{what}")
        try:
            confirmed = caller.send(sent)
        except Died:
            ledger.leave(sent)
            raise
        ledger.add(confirmed)
        return confirmed.answer

    # By phone the number comes at the start, in a chat at the first action, and by e-mail here at the end.
    channel = ("phone", "chat", "email")[int(key.rpartition(".")[2]) % 3]
    started = write("/interactions", "start", {"channel": channel})["interaction"]
    one = f"/interactions/{started['id']}"
    if channel == "chat":
        write(f"{one}/first-action", "first-action")
    write(f"{one}/link", "link", {"contact": contact})
    write(f"{one}/notes", "note", {"text": f"Anotação {key}"})
    finished = write(f"{one}/finish", "finish")
    with ledger.news:
        ledger.numbers.setdefault(name, []).append(finished["protocol"])
