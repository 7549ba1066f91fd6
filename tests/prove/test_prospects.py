"""`kill -9` of a load of prospects at each of its steps: nobody is lost, nobody comes twice; on both databases."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.assembly import open_storage
from gateway.config.gateway_file import load_gateway
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.model import Identifier, ProspectOption, UniqueKey
from gateway.core.prospect import ProspectDraft
from tests.examples.staging import ROOT
from tests.storage.conftest import address, empty_database, postgresql_server  # noqa: F401

PEOPLE = 40
DAY = "2026-11-22"
STEPS = (
    "open after 1", "begin after 1", "write before 1", "write after 2", "sync before 1", "sync after 1", "written before 1",
    "written after 1", "publish before 1", "publish after 1", "published before 1", "published after 1", "end before 1",
)  # fmt: skip
SENDINGS = (
    "open after 1", "take before 1", "take after 1", "save_person before 7", "save_person after 7", "settle before 20",
    "settle after 33", "finished before 1", "finished after 1",
)  # fmt: skip
_WHOLE = bool(os.environ.get("GATEWAY_PROOF"))
TENANT = """
tenant: acme
name: Acme
country: BR
search_fields:
  email: {{kind: email, label: E-mail}}
unique_key: {{name: email, kind: email}}
sources:
  api:
    adapter: rest_json
    upstream: {{url: "{url}"}}
    resilience: {{breaker: "off"}}
    settings: {{query: {{email: "{{email}}"}}, save: {{body: {{email: "{{email}}", nome: "{{person.name}}"}}}}}}
    mapping: {{unique_key: email, emails: email, name: nome}}
routes: {{default: {{sources: [api]}}}}
prospects: {{load: {load}}}
"""


class Base(BaseHTTPRequestHandler):
    """The company's base: saves whom it is sent, every time anew, and finds him by his e-mail."""

    protocol_version = "HTTP/1.1"
    saved: list[str]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.saved.append(body["email"])
        self._answer(201, {"ok": True})

    def do_GET(self) -> None:
        wanted = parse_qs(urlsplit(self.path).query)["email"][0]
        self._answer(200, [{"email": wanted, "nome": "X"}] if wanted in self.saved else [])

    def _answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        """Nothing."""


@dataclass(slots=True)
class Place:
    """A gateway over a base that tells whom it was sent."""

    folder: Path
    database: str
    saved: list[str] = field(default_factory=list)
    url: str = ""

    def configure(self, load: str) -> None:
        (self.folder / "config" / "tenants").mkdir(parents=True)
        settings = {
            "data": str(self.folder / "data"),
            "contact_base": {"database": self.database},
            "tenants": {"acme": {"networks": ["127.0.0.0/8"]}},
        }
        (self.folder / "config" / "gateway.yaml").write_text(json.dumps(settings), "utf-8")
        tenant = TENANT.format(url=self.url, load=load)
        (self.folder / "config" / "tenants" / "acme.yaml").write_text(tenant, "utf-8")

    def store(self) -> set[str]:
        """The e-mails of the day's prospects."""
        storage = open_storage(load_gateway(self.folder / "config" / "gateway.yaml"), prepare=True)
        assert storage is not None
        emails = [f"p{number}@example.com" for number in range(PEOPLE)]

        async def all_of_them() -> None:
            start = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
            for number, email in enumerate(emails):
                key, known = UniqueKey("email", "email", email), (Identifier("email", email),)
                draft = ProspectDraft(ProspectOption.KEYED, DAY, key, f"Ana {number}", known)
                command = Command("acme", Viewer("helpdesk", "k1"))
                await storage.prospects.store(command, draft, None, start + timedelta(milliseconds=2 * number))
            await storage.aclose()

        asyncio.run(all_of_them())
        return set(emails)

    def load(self, step: str = "never before 0") -> int:
        """Its exit status."""
        load = ("prospects", "load", "--tenant", "acme", "--date", DAY, "--config", str(self.folder / "config"))
        command = [sys.executable, "-m", "tests.prove.dying_load", *step.split(), "--", *load]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
        assert "Traceback" not in ran.stderr, ran.stderr
        return ran.returncode

    def in_files(self) -> list[str]:
        files = (self.folder / "data" / "prospects").rglob("prospects-*.csv")
        texts = [file.read_text("utf-8") for file in files if not file.name.startswith(".")]
        return [row["unique_key"] for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]


@pytest.fixture
def place(address: str, tmp_path: Path) -> Iterator[Place]:  # noqa: F811
    made = Place(tmp_path, address)
    handler = type("Bound", (Base,), {"saved": made.saved})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    made.url = f"http://127.0.0.1:{server.server_port}/people"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("step", STEPS if _WHOLE else STEPS[1::5])
def test_a_file_that_was_killed_at_any_step_has_everybody_once(place: Place, step: str) -> None:
    place.configure("{to: csv}")
    everybody = place.store()
    assert place.load(step) == -signal.SIGKILL
    assert place.load() == 0
    assert Counter(place.in_files()) == Counter(dict.fromkeys(everybody, 1))


@pytest.mark.parametrize("step", SENDINGS if _WHOLE else SENDINGS[2::5])
def test_sendings_that_were_killed_at_any_step_reach_everybody_once(place: Place, step: str) -> None:
    place.configure("{source: api, settle: 1ms}")
    everybody = place.store()
    assert place.load(step) == -signal.SIGKILL
    assert place.load() == 0
    assert Counter(place.saved) == Counter(dict.fromkeys(everybody, 1))
