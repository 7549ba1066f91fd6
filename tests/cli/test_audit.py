"""`gateway audit` finds by a value that it never shows."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.assembly import open_storage
from gateway.cli.main import make_cli
from gateway.config.gateway_file import load_gateway
from gateway.core.audit import Action, AuditEntry, Subject

CPF, OTHER = "52998224725", "12345678909"
NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
TENANT = """\
tenant: acme
name: Acme
locale: pt-BR
country: BR
time_zone: America/Sao_Paulo
search_fields:
  doc: {kind: cpf_cnpj, label: CPF}
  fone: {kind: phone, label: Telefone, unverified: it is only a test}
unique_key: {name: doc, kind: cpf_cnpj, of: person}
sources:
  crm:
    adapter: rest_json
    upstream: {url: https://crm.acme.example/}
    settings: {query: {doc: "{doc}", fone: "{fone}"}}
    mapping: {unique_key: doc, documents: {cpf: doc}}
routes: {default: {sources: [crm]}}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration with three lines in its audit."""
    config = tmp_path / "config"
    (config / "tenants").mkdir(parents=True)
    (config / "tenants" / "acme.yaml").write_text(TENANT, encoding="utf-8")
    (config / "gateway.yaml").write_text(f"data: {tmp_path / 'data'}\n", encoding="utf-8")
    return config


def fill(config: Path) -> None:
    storage = open_storage(load_gateway(config / "gateway.yaml"), prepare=True)
    assert storage is not None

    async def write() -> None:
        for minutes, kind, value in ((0, "cpf", CPF), (1, "cpf", OTHER), (2, "phone", "+5511987654321")):
            at = NOW + timedelta(minutes=minutes)
            subjects = (Subject(kind, value),)
            storage.audit.record(
                AuditEntry("acme", at, Action.IDENTIFY, "k1", "found", subjects, "op-7", f"r{minutes}")
            )
        await storage.aclose()

    asyncio.run(write())


def run(config: Path, *options: str, typed: str | None = None) -> tuple[int, str, str]:
    command = ["audit", "--tenant", "acme", "--config", str(config), *options]
    result = CliRunner().invoke(make_cli(), command, input=typed)
    return result.exit_code, result.stdout, result.stderr


def found(config: Path, *options: str, typed: str | None = None) -> list[str]:
    status, said, complaint = run(config, "--json", *options, typed=typed)
    assert status == 0, complaint
    assert CPF not in said
    return [line["request_id"] for line in json.loads(said)]


def test_lines_are_found_by_moment_action_and_a_value_from_standard_input(config: Path) -> None:
    fill(config)
    assert found(config) == ["r2", "r1", "r0"]
    assert found(config, "--limit", "1") == ["r2"]
    assert found(config, "--since", "2026-11-22T09:01", "--until", "2026-11-22T12:02:00Z") == ["r1"]
    assert found(config, "--action", "details") == []
    assert found(config, "--subject", "doc", typed="529.982.247-25\n") == ["r0"]
    assert found(config, "--subject", f"doc={OTHER}") == ["r1"]
    assert found(config, "--subject", "fone=(11) 8765-4321") == ["r2"]
    assert found(config, "--contact", "c1") == []
    status, table, _ = run(config)
    assert status == 0
    assert "op-7" in table
    assert "2026-11-22" in table
    assert any(
        all(part in line for part in ("2026-11-22", "identify", "k1", "op-7", "cpf", "found", "r1"))
        for line in table.splitlines()
    ), table


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--subject", "doc=123"), "is not a valid cpf_cnpj"),
        (("--subject", "cpf=1"), "doc, fone"),
        (("--action", "spy"), "there is no such action"),
        (("--since", "yesterday"), "write 2026-11-22"),
        (("--subject", "doc=1", "--contact", "c1"), "not both"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_in_words_that_help(
    config: Path, options: tuple[str, ...], said: str
) -> None:
    fill(config)
    status, _, complaint = run(config, *options)
    assert status == 2
    assert said in " ".join(complaint.replace("│", " ").split())


def test_a_tenant_that_there_is_not_is_told_with_those_there_are(config: Path) -> None:
    fill(config)
    ran = CliRunner().invoke(make_cli(), ["audit", "--tenant", "nobody", "--config", str(config)])
    assert (ran.exit_code, ran.stderr) == (2, "gateway: there is no tenant 'nobody'. Known: acme.\n")


def test_where_nothing_is_kept_there_is_nothing_to_show(config: Path) -> None:
    status, _, complaint = run(config)
    assert status == 1
    assert "Nothing is kept" in complaint
