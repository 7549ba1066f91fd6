"""The integrator's guide, followed to the letter: its first section is done, its YAML loaded, its tables compared."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from gateway.config.mapping_file import MappingFile
from gateway.config.schema import json_schema, settings_schema
from gateway.core import errors
from gateway.core.errors import SourceError
from gateway.core.interaction import LinkAssurance
from gateway.core.kinds import KIND_NAMES, kind_named
from gateway.core.mapping import compile_mapping
from gateway.core.model import Identification, Match, Outcome
from gateway.core.showing import FIELDS, USUAL
from gateway.core.tenant import UniqueKeySpec
from gateway.plugins import discover
from tests.docs.asking import curl, not_in
from tests.docs.pages import DOCS, ROOT, Block, Page, code, is_excerpt, rows
from tests.docs.tenants import gateway_settings, keys_of, problems, put_together, read, written
from tests.examples.staging import ServerProcess

GUIDE = Page(DOCS / "integrator.md")
WALK = "## 1. From an empty folder to a traced answer"
STEPS = tuple(block for block in GUIDE.blocks if block.text in GUIDE.section(WALK))
PARTS = tuple(block for block in GUIDE.of("yaml") if block not in STEPS)
GATEWAY_FILE, TENANT_FILE = "# config/gateway.yaml", "# config/tenants/acme.yaml"
TENANT = next(block.text for block in STEPS if block.first_line == TENANT_FILE)
GRANTS = [block.text for block in PARTS if block.first_line == GATEWAY_FILE][-1]


# ---------------------------------------------------------------------------------------------- the first section


@dataclass(slots=True)
class Walk:
    """Somebody who does what the first section says, in a folder of his own. `said`: what the last command printed."""

    folder: Path
    ports: dict[str, str]
    environment: dict[str, str]
    said: str = ""
    done: list[str] = field(default_factory=list)
    serving: ServerProcess | None = None

    def do(self, block: Block) -> None:
        match block.language:
            case "yaml":
                self._write(self._moved(block.text))
            case "sh" if block.text.startswith("curl"):
                answer = curl(block.text, {"KEY": self._key()}, {"http://127.0.0.1:8200": self._address()})
                self.said = json.dumps(answer)
            case "sh" if block.text == "gateway serve\n":
                self._serve()
            case "sh":
                self._run(block.text)
            case "text":
                assert is_excerpt(block.text, self.said) is None, f"line {block.line}: {self.said}"
            case "json":
                assert not_in(json.loads(block.text), json.loads(self.said)) == []
        self.done.append(block.language)

    def _moved(self, text: str) -> str:
        for there, here in self.ports.items():
            text = text.replace(there, here)
        return text

    def _write(self, text: str) -> None:
        """A whole file under its name; a part into the tenant's file."""
        name = re.match(r"# (config/\S+)\n", text)
        if name is not None:
            (self.folder / name[1]).write_text(text, "utf-8")
            return
        file = self.folder / "config/tenants/acme.yaml"
        file.write_text(written(put_together(read(file.read_text("utf-8")), read(text))), "utf-8")

    def _run(self, text: str) -> None:
        for line in text.splitlines():
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").partition("=")
                self.environment[name] = value
        ran = subprocess.run(
            ["bash", "-c", text], cwd=self.folder, env=self._everything(), capture_output=True, text=True, check=False
        )
        # Where both were written to one terminal, complaints came first.
        self.said = ran.stderr + ran.stdout

    def _serve(self) -> None:
        arguments = ("gateway", "serve", "--config", str(self.folder / "config"))
        self.serving = ServerProcess(arguments, self._everything())
        self.ports["8200"] = str(self.serving.start(subprocess.DEVNULL))

    def _key(self) -> str:
        key = re.search(r"gw_[\w-]+", self.said)
        if key is not None:
            self.environment["KEY"] = key[0]
        return self.environment["KEY"]

    def _address(self) -> str:
        return f"http://127.0.0.1:{self.ports['8200']}"

    def _everything(self) -> dict[str, str]:
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "/usr/bin:/bin")))
        return {**os.environ, **self.environment, "PATH": path, "COLUMNS": "120", "PYTHONUTF8": "1"}


@pytest.fixture
def walk(tmp_path: Path) -> Iterator[Walk]:
    page = ServerProcess(("tests.examples.xml_page", "--port", "0"), {"XML_PAGE_PASSWORD": "try-me"})
    walk = Walk(tmp_path, {"8101": str(page.start()), "port: 8200": "port: 0"}, {})
    try:
        yield walk
    finally:
        page.stop()
        if walk.serving is not None:
            walk.serving.stop()


def test_whoever_follows_the_first_section_gets_what_it_shows(walk: Walk) -> None:
    for block in STEPS:
        if block.mark != "by hand":
            walk.do(block)
    assert walk.done.count("text") >= 5
    assert walk.done[-1] == "json"


# ---------------------------------------------------------------------------------------------- its YAML


@pytest.mark.parametrize("block", PARTS, ids=lambda block: f"line-{block.line}")
def test_every_part_is_valid_in_the_guides_tenant(block: Block, tmp_path: Path) -> None:
    if block.first_line == GATEWAY_FILE:
        assert gateway_settings(tmp_path, block.text).grants.keys() == {"acme"}
        return
    granting = gateway_settings(tmp_path, f"{GRANTS}    # and this machine\n".replace("[10.", "[127.0.0.0/8, 10."))
    assert problems(tmp_path, "acme", put_together(read(TENANT), read(block.text)), granting) == ""


def test_all_parts_fit_together(tmp_path: Path) -> None:
    """So that nobody who puts two of them into one file is surprised."""
    granting = gateway_settings(tmp_path, GRANTS.replace("[10.", "[127.0.0.0/8, 10."))
    tenant = read(TENANT)
    for block in PARTS:
        alternatives = "auth:" in block.text and len(block.text.splitlines()) == 2
        if block.first_line != GATEWAY_FILE and not alternatives:
            tenant = put_together(tenant, read(block.text))
            assert problems(tmp_path, "acme", tenant, granting) == "", f"from line {block.line} on"


def test_every_key_of_the_tenants_file_is_shown() -> None:
    shown = " ".join(block.text for block in GUIDE.of("yaml")) + " ".join(code(GUIDE.prose))
    schema = json_schema(discover().types)
    keys = set(keys_of(schema))
    assert len(keys) > 80
    unshown = sorted(key for key in keys if not re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", shown))
    assert unshown == [], "docs/integrator.md shows every key, in an example or in the text"


def test_every_adapter_that_comes_with_the_gateway_is_shown_whole() -> None:
    section = GUIDE.section("## 6. Settings: the three adapters")
    for name, offered in discover().types.items():
        assert f"adapter: {name}" in section
        shown = " ".join(block.text for block in GUIDE.of("yaml") if f"adapter: {name}" in block.text) + section
        properties: Any = settings_schema(offered)["properties"]
        assert [key for key in properties if not re.search(rf"\b{key}\b", shown)] == []


# ---------------------------------------------------------------------------------------------- kinds and forms

ASKED = {
    "cpf": "012.345.678-90",
    "cnpj": "12.ABC.345/01DE-35",
    "cpf_cnpj": "01234567890",
    "email": "Ana@example.com",
    "phone": "(11) 98765-4321",
    "name": "João da  Silva",
    "code": " Ab-0042",
    "channel_user": "whatsapp:5511987654321",
    "tr.tckimlik": "10000000146",
}


def test_the_table_of_kinds_is_the_codes() -> None:
    table = rows(GUIDE.text, "kind | takes | compared with | normalised")
    assert [code(row[0])[0] for row in table] == [*KIND_NAMES, "tr.tckimlik"]
    for kinds, _, compared, normalised in table:
        kind = kind_named(code(kinds)[0])
        assert code(compared) == ([kind.matches] if kind.matches else [])
        assert code(normalised) == [kind.normalise(ASKED[kind.name], "BR").value]


def test_the_table_of_forms_is_the_codes() -> None:
    shown: dict[str, set[str]] = {name: set() for name in KIND_NAMES}
    kinds: list[str] = []
    for named, forms, result in rows(GUIDE.text, "kind | `as:` | the source is asked for"):
        kinds = code(named) or kinds
        for kind in map(kind_named, kinds):
            value = kind.normalise(ASKED[kind.name], "BR").value
            if kind.name == "code" and "number" in forms:
                value = code(result)[1]
            for form in code(forms):
                shown[kind.name].add(form)
                written_as = kind.forms[form](value, "BR")
                assert written_as == code(result)[0] or (kind.name, form) in ANOTHER_EXAMPLE
    assert shown == {name: set(kind_named(name).forms) for name in KIND_NAMES}


ANOTHER_EXAMPLE = {
    (kind, form) for kind in ("cnpj", "cpf_cnpj") for form in ("plain", "digits", "masked", "number", "upper", "lower")
} - {("cnpj", "upper"), ("cnpj", "lower")}
"""Forms of several kinds in one row, whose example is of the first."""


# ---------------------------------------------------------------------------------------------- mapping


@pytest.mark.parametrize(
    ("mapping", "record", "gives"),
    [tuple(cell[1:-1] for cell in row) for row in rows(GUIDE.section("## 8. Mapping"), "mapping | record | gives")],
)
def test_every_mapping_gives_what_it_says(mapping: str, record: str, gives: str) -> None:
    file = MappingFile.model_validate({"unique_key": "chave", **read(mapping)})
    compiled = compile_mapping(
        file.spec(), unique_key=UniqueKeySpec("chave", "code", "person"), country="BR", display_all=False
    )
    customer = compiled.map({"chave": "1", **json.loads(record)}, "crm").customer
    assert _as_the_api_says(customer) == {"sources": ["crm"], **json.loads(gives)}


def _as_the_api_says(customer: Any) -> dict[str, Any]:
    from gateway.api.answers import encode
    from gateway.api.presenting import identification_body

    matched = Identification(Outcome.FOUND, True, False, (Match(customer),), (), ())
    body = identification_body(matched, tenant="acme", request_id="", sealer=None, explain=False)
    values = json.loads(encode(body))["matches"][0]["customer"]
    return {name: value for name, value in values.items() if value and name != "unique_key"}


# ---------------------------------------------------------------------------------------------- troubleshooting


def test_every_code_of_a_source_has_its_remedy() -> None:
    codes = {
        error.code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, SourceError)
    }
    table = rows(GUIDE.text, "code | what to change")
    assert {code(row[0])[0] for row in table} == codes
    assert all(len(row[1]) > 20 for row in table)


@pytest.mark.parametrize("message", [code(row[0])[0] for row in rows(GUIDE.text, "message | ")])
def test_every_message_that_it_explains_is_one_that_the_gateway_gives(message: str) -> None:
    """Its constant parts stand in the code, but for what is named in quotes, and places."""
    sources = "\n".join(path.read_text("utf-8") for path in (ROOT / "gateway").rglob("*.py"))
    flat = re.sub(r"\{\{|\}\}", "", re.sub(r'"\s*\n\s*f?"', "", sources)).lower()
    constant = re.split(r"'[^']*'|\(\"[^\"]*\"\)|\d+:\d+|\bA code\b|ACME_CRM_PASSWORD|documents\.cpf|\.$|\?", message)
    parts = [part.strip(" .") for part in constant if len(part.strip(" .")) > 3]
    assert parts
    assert [part for part in parts if part.lower() not in flat] == []


def test_the_table_of_what_bots_are_shown_is_the_usual_one() -> None:
    table = rows(GUIDE.section("### What bots are shown"), " | `claimed`, `matched` | `channel` | `code`")
    told = {code(row[0])[0]: [code(cell)[0] for cell in row[1:]] for row in table}
    levels = (LinkAssurance.CLAIMED, LinkAssurance.CHANNEL, LinkAssurance.CODE)
    assert told.pop("attributes") == [USUAL.at(level).of("attributes.x") for level in levels]
    assert told == {field: [USUAL.at(level).of(field) for level in levels] for field in FIELDS}
    assert USUAL.at(LinkAssurance.MATCHED) == USUAL.at(LinkAssurance.CLAIMED)
