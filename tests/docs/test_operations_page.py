"""The page of operations names what there is: settings, metrics, log lines, roles."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

from gateway.cli.serve import serve
from gateway.config.contact_base_file import ContactBaseSettings
from gateway.config.gateway_file import GatewaySettings, Grant
from gateway.config.schema import gateway_schema
from gateway.core.disclosure import ROLES, Viewer
from gateway.core.model import Outcome
from gateway.core.tenant import Proxy
from gateway.observe.logs import LogFormat, open_log
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.service.refs import LIFETIME
from gateway.service.request import IdentifyRequest
from tests.api.answers import FOUND
from tests.docs.pages import DOCS, ROOT, Page, code, rows
from tests.docs.tenants import DATABASE, PASSWORD, gateway_settings, keys_of

PAGE = Page(DOCS / "operations.md")


def test_the_gateways_file_is_shown_with_its_defaults(tmp_path: Path) -> None:
    (block,) = PAGE.of("yaml")
    settings = gateway_settings(tmp_path, block.text)
    assert settings.operations == ("127.0.0.1", 9100)
    assert settings.grants.keys() == {"acme"}
    usual = settings.others.proxies.usual
    assert usual is not None
    assert usual.auth is not None
    assert replace(usual, auth=None) == Proxy("dmz", "http://proxy.corp.example:3128")
    assert (usual.auth.user, usual.auth.password.reveal()) == ("gw", PASSWORD)
    kept = settings.contact_base
    assert kept is not None
    assert kept.database is not None
    assert kept.keys is not None
    assert (kept.database.reveal(), len(kept.keys.reveal())) == (DATABASE, 44)
    settings = replace(settings, contact_base=ContactBaseSettings())
    assert replace(settings, operations=None, grants={}, others=Grant()) == GatewaySettings()


def test_every_key_of_the_gateways_file_is_shown() -> None:
    (block,) = PAGE.of("yaml")
    assert [key for key in keys_of(gateway_schema()) if not re.search(rf"\b{key}:", block.text)] == []


def test_the_table_of_metrics_is_what_is_exposed() -> None:
    metrics = Metrics()
    metrics.identified("acme", Outcome.FOUND, 0.1)
    metrics.looked_up("acme", "erp", "found", 0.1)
    metrics.remembered("acme", "erp", "cached")
    metrics.code_shown("acme", "invalid", "used")
    metrics.codes_guessed("acme")
    metrics.breaker_open("acme", "erp", True)
    metrics.refused("invalid_key")
    metrics.reloaded("taken")
    metrics.storage_worked("write", 0.1)
    metrics.storage_failed("write", "storage_unavailable")
    metrics.audit_lost(1)
    metrics.filled("acme", "filled")
    exposed = metrics.exposition(None).decode()
    shown = {code(row[0])[0]: set(code(row[1])) for row in rows(PAGE.text, "metric | labels | ")}
    assert shown.keys() == set(re.findall(r"^# TYPE (gateway_\w+)", exposed, re.MULTILINE))
    for name, labels in shown.items():
        sample = re.search(rf"^{name}(?:_count)?(?:{{(.*?)}})? ", exposed, re.MULTILINE)
        assert sample is not None
        assert set(re.findall(r"(\w+)=", sample[1] or "")) == labels
    for name in re.findall(r"`(process_\w+)`", PAGE.text):
        assert f"\n{name} " in exposed


def test_the_alarms_ask_for_metrics_and_outcomes_that_there_are() -> None:
    (alarms,) = [block.text for block in PAGE.of("text") if "gateway_tenants_broken" in block.text]
    shown = {code(row[0])[0] for row in rows(PAGE.text, "metric | labels | ")}
    assert set(re.findall(r"gateway_\w+", alarms)) <= shown


def test_the_table_of_events_is_what_the_code_writes() -> None:
    files = [path.read_text("utf-8") for path in (ROOT / "gateway").rglob("*.py")]
    written = re.findall(r"\b_?log\.(info|warning|error)\(\s*\"(\w+)\"", "\n".join(files))
    shown = [(code(event)[0], level) for event, level, _ in rows(PAGE.text, "event | level | ")]
    assert sorted(shown) == sorted({(event, level) for level, event in written})


def test_the_line_of_an_identification_has_the_members_that_are_shown() -> None:
    stream = io.BytesIO()
    viewer = Viewer(role="helpdesk", key_id="29e60f601482")
    request = IdentifyRequest("acme", viewer, {"cpf": "529.982.247-25"}, request_id="ticket-4711")
    Watch(open_log(stream, LogFormat.JSON), Metrics()).identified(request, FOUND, 0.1)
    line = json.loads(stream.getvalue())
    (shown,) = [json.loads(block.text) for block in PAGE.of("json")]
    assert list(shown) == list(line)
    assert all(source.keys() <= {"source", "outcome", "code", "elapsed_ms"} for source in line["sources"])


def test_the_table_of_roles_is_the_codes() -> None:
    shown = {code(row[0])[0]: set(code(row[1])) for row in rows(PAGE.text, "role | may | for")}
    assert shown == {role: set(permissions) for role, permissions in ROLES.items()}


def test_the_numbers_are_the_codes() -> None:
    grace = serve.__globals__["_GRACE"]
    assert f"have {grace} seconds to finish" in PAGE.text
    assert f"for {LIFETIME // 60} minutes" in PAGE.text
