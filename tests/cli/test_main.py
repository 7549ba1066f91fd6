"""How the command line begins and ends: real processes for what only they can show."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest
import typer

from gateway import __version__
from gateway.cli.main import make_cli
from tests.cli.conftest import Run
from tests.examples.people import NOBODY_CPF
from tests.examples.staging import ROOT

CONSOLE_SCRIPT = [str(Path(sys.executable).with_name("gateway"))]
MODULE = [sys.executable, "-m", "gateway"]


def started(command: list[str], arguments: Sequence[str], encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    return subprocess.run(
        [*command, *arguments], cwd=ROOT, env=environment, capture_output=True, encoding=encoding, check=False
    )


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("command", [MODULE, CONSOLE_SCRIPT], ids=["module", "script"])
@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("identify", "aurora", "-s", f"cpf={NOBODY_CPF}", "--json"), 4),
        (("identify", "aurora", "-s", "cpf=1"), 2),
        (("check", "--config", "nowhere"), 1),
    ],
)
def test_exit_codes_come_out_of_the_process(command: list[str], arguments: tuple[str, ...], status: int) -> None:
    ran = started(command, arguments)
    assert ran.returncode == status
    assert "Traceback" not in ran.stderr


def test_the_version(run: Run) -> None:
    ran = run("--version")
    assert ran.status == 0
    assert re.fullmatch(rf"gateway {re.escape(__version__)} \(Python \d+\.\d+\.\d+\S*\)\n", ran.out)


def test_an_unknown_command(run: Run) -> None:
    ran = run("identfy")
    assert (ran.status, ran.out) == (2, "")
    assert "No such command 'identfy'." in ran.err


def test_no_plugin_takes_a_word_of_the_gateways_own(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str | None] = []
    own = ("serve", "check", "identify", "try", "draft", "plugins", "schema", "audit", "db", "keys", "prospects")

    def none(wanted: str | None, taken: Collection[str]) -> Iterator[tuple[str, typer.Typer]]:
        assert set(own) <= set(taken)
        asked.append(wanted)
        return iter(())

    monkeypatch.setattr("gateway.cli.own_commands.own_commands", none)
    for word in (*own, "soap"):
        make_cli(word)
    assert asked == ["soap"]


def test_without_a_command_it_tells_which_there_are(run: Run) -> None:
    ran = run()
    assert ran.status == 2
    for command in ("serve", "check", "identify", "plugins", "schema", "keys"):
        assert re.search(rf"│ {command} +\w", ran.out + ran.err)


@pytest.mark.parametrize(
    "arguments", [("check",), ("identify", "acme", "-t", "x"), ("serve",), ("keys", "list", "--tenant", "acme")]
)
def test_a_folder_that_there_is_not_is_told_with_how_to_name_another(
    run: Run, arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GATEWAY_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    sentence = "There is no such folder. Name the configuration's with --config, or in GATEWAY_CONFIG."
    ran = run(*arguments)
    assert (ran.status, ran.out, ran.err) == (1, "", f"gateway: config: {sentence}\n")
    monkeypatch.setenv("GATEWAY_CONFIG", "elsewhere")
    assert run(*arguments).err == f"gateway: elsewhere: {sentence}\n"


def test_a_folder_without_tenants_is_no_configuration(run: Run, tmp_path: Path) -> None:
    ran = run("check", "--config", str(tmp_path))
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"gateway: {tmp_path}/tenants: There is no such folder. Name another, or make it.\n"


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_a_terminal_that_lacks_a_letter_shows_the_rest(encoding: str) -> None:
    ran = started(MODULE, ("identify", "cerrado", "-s", "email=ipek@example.org"), encoding)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "\\u0130pek" in ran.stdout
    assert "ipek@example.org" in ran.stdout


def test_plugins_are_listed_with_what_they_do(run: Run) -> None:
    ran = run("plugins")
    assert (ran.status, ran.err) == (0, "")
    for name in ("rest_json", "soap", "xml_get"):
        assert re.search(rf"│ {name} +│ usable │ \w", ran.out)
    listed = json.loads(run("plugins", "--json").out)
    assert [adapter["name"] for adapter in listed["adapters"]] == ["rest_json", "soap", "xml_get"]
    assert listed["broken"] == {}


@pytest.fixture
def broken_plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A distribution whose entry point leads nowhere."""
    installed = tmp_path / "torto-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: torto\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[gateway]\ntorto = torto_que_nao_existe\n")
    monkeypatch.syspath_prepend(str(tmp_path))


@pytest.mark.usefixtures("broken_plugin")
def test_a_plugin_that_cannot_be_used_is_named_with_the_reason(run: Run) -> None:
    reason = "It cannot be imported: ModuleNotFoundError: No module named 'torto_que_nao_existe'."
    ran = run("plugins", "--json")
    assert ran.status == 1
    assert json.loads(ran.out)["broken"] == {"torto": reason}
    table = run("plugins")
    assert table.status == 1
    assert re.search(r"│ torto +│ broken │ It cannot be imported: ", table.out)


@pytest.mark.usefixtures("house", "broken_plugin")
def test_a_broken_plugin_is_told_by_the_check_of_tenants_who_do_not_need_it(run: Run) -> None:
    ran = run("check")
    assert ran.status == 0
    assert ran.out == "4 of 4 tenants are well: aurora, boreal, cerrado, uniao.\n"
    assert "plugin torto: It cannot be imported: ModuleNotFoundError" in ran.err


def test_the_schema_has_the_plugins_settings(run: Run, tmp_path: Path) -> None:
    schema = json.loads(run("schema").out)
    assert {"tenant", "search_fields", "sources", "routes"} <= schema["properties"].keys()
    assert "query_encoding" in json.dumps(schema)
    file = tmp_path / "tenant.schema.json"
    ran = run("schema", "--output", str(file))
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith(f"Wrote {file}. Name it in a tenant's first line: # yaml-language-server: $schema=")
    assert json.loads(file.read_text(encoding="utf-8")) == schema
    assert "listen" in json.loads(run("schema", "--gateway").out)["properties"]
    assert "Name it in gateway.yaml's first line" in run("schema", "--gateway", "--output", str(file)).out
    nowhere = run("schema", "--output", str(tmp_path / "no" / "such.json"))
    assert (nowhere.status, nowhere.out) == (1, "")
    assert nowhere.err.startswith(f"gateway: {tmp_path}/no/such.json: No such file or directory. ")
