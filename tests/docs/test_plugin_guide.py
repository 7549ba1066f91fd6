"""The plugin author's guide: what it shows is the example's files, and the example works as it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

import gateway.adapter
from gateway.adapter import HistoryTeller, Nobody, Query, SearchKey
from gateway.core.errors import SourceError
from gateway.testing import SourceResponse
from gateway.testing.source import answering
from tests.upstream.opened import opened

DOCS = Path(__file__).parents[2] / "docs"
GUIDE = (DOCS / "plugin-authors.md").read_text("utf-8")
EXAMPLE = DOCS / "examples" / "csv_lines"
SHOWN = dict(re.findall(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```", GUIDE, re.DOTALL))

TENANT = """
tenant: acme
name: Acme Seguros
locale: pt-BR
country: BR
time_zone: America/Sao_Paulo
search_fields:
  cpf:  {kind: cpf, label: CPF}
  nome: {kind: name, label: Nome}
unique_key: {name: email, kind: email, of: person}
routes:
  default: {sources: [erp], strategy: first}
"""
CHECK = """
import sys
from pathlib import Path
from gateway.config.gateway_file import GatewaySettings
from gateway.config.registry import TenantRegistry
from gateway.plugins import discover
found = discover()
environ = {"ACME_ERP_TOKEN": "token"}
print(TenantRegistry(Path(sys.argv[1]), found.types, found.broken, GatewaySettings(), environ=environ).problems)
"""


def example_files() -> set[str]:
    """What belongs to the distribution, without what tools leave behind."""
    names = {path.relative_to(EXAMPLE) for path in EXAMPLE.rglob("*") if path.is_file() and path.name != "py.typed"}
    return {
        name.as_posix() for name in names if not re.search(r"(^|/)(\.|__pycache__|[^/]*\.egg-info)", name.as_posix())
    }


def run(*command: str, packages: Path) -> subprocess.CompletedProcess[str]:
    """In a Python of its own that finds the example as an installed distribution."""
    environment = {**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{EXAMPLE}", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, *command], cwd=EXAMPLE, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The metadata that an installer writes."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text("utf-8"))["project"]
    metadata = tmp_path / "gateway_csv_lines-0.1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = "".join(f"{name} = {module}\n" for name, module in project["entry-points"]["gateway"].items())
    (metadata / "entry_points.txt").write_text(f"[gateway]\n{points}")
    return tmp_path


@pytest.mark.parametrize("name", sorted(example_files()))
def test_the_guide_shows_the_files_as_they_are(name: str) -> None:
    assert SHOWN.get(name) == (EXAMPLE / name).read_text("utf-8")


def test_the_guide_shows_no_file_that_is_not_there() -> None:
    assert SHOWN.keys() == example_files()


def test_the_example_passes_the_contract_suite(tmp_path: Path) -> None:
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", packages=tmp_path)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed is not None
    assert int(passed[1]) > 45, "the guide says about fifty tests"


def test_the_example_is_found_and_a_tenant_can_use_it(installed: Path, tmp_path: Path) -> None:
    tenants = tmp_path / "config" / "tenants"
    tenants.mkdir(parents=True)
    source = re.findall(r"<!-- yaml: source -->\n```yaml\n(.*?)```", GUIDE, re.DOTALL)[0]
    (tenants / "acme.yaml").write_text(TENANT + source, "utf-8")
    ran = run("-c", CHECK, str(tenants.parent), packages=installed)
    assert (ran.returncode, ran.stdout.strip()) == (0, "{}"), ran.stdout + ran.stderr


@pytest.mark.anyio
@pytest.mark.parametrize("count", [0, 5, 500_000])
async def test_the_guides_reader_of_large_replies_reads_the_first_lines(count: int) -> None:
    [example] = re.findall(r"<!-- large replies -->\n```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    body = b"".join(b"line %d\n" % number for number in range(count))
    async with opened(answering(SourceResponse(body))) as here:
        read = names["first_lines"](here.wire.prepare("GET"), {}, Nobody(empty_body=True), 20)
        assert await read == [b"line %d" % number for number in range(min(count, 20))]


@pytest.mark.anyio
async def test_the_guides_teller_of_the_past_tells_it() -> None:
    [example] = re.findall(r"<!-- history -->\n```python\n(.*?)```", GUIDE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(example, names)
    async with opened(answering(SourceResponse(b"2026-11-22;Renewal\n2026-11-01;Visit\n"))) as here:
        teller = names["Visits"](here.wire.prepare("GET"), Nobody(empty_body=True))
        assert isinstance(teller, HistoryTeller)
        told = await teller.history(Query((SearchKey("email", "email", "ana@example.com"),)), limit=1)
    assert (told.records, told.truncated) == ([{"when": "2026-11-22", "why": "Renewal"}], True)


def test_every_error_of_the_guide_can_be_raised_by_an_author() -> None:
    table = GUIDE.partition("## 5.")[2].partition("## 6.")[0]
    rows = [row.split("|")[2:4] for row in table.splitlines() if row.startswith("| ") and "`" in row]
    theirs = {name for names, who in rows if who.strip() == "you" for name in re.findall(r"`(\w+)`", names)}
    for name in theirs:
        assert issubclass(getattr(gateway.adapter, name), SourceError)


def test_every_name_that_the_guide_tells_to_import_is_offered() -> None:
    for name in (
        "has_answer",
        "compile_path",
        "fold_name",
        "holes",
        "FieldName",
        "FieldTemplate",
        "TenantFile",
        "TenantSecret",
    ):
        assert f"`{name}" in GUIDE
        assert name in gateway.adapter.__all__
