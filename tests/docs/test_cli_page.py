"""The page of the command line names every command, option and exit code, and its examples do what it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand, TyperGroup, TyperOption

from gateway.cli.exits import Exit
from gateway.cli.main import make_cli
from gateway.core.disclosure import ROLES
from tests.docs.pages import DOCS, Block, Page, code, is_excerpt, rows
from tests.examples.demo import SYSTEMS
from tests.examples.people import XML, known_to
from tests.examples.staging import ServerProcess, configuration, fresh_secrets
from tests.examples.xml_page import customers, page

PAGE = Page(DOCS / "cli.md")
EXAMPLES = [block for block in PAGE.of("sh") if not block.text.startswith("gateway serve")]


def commands() -> Iterator[tuple[str, TyperCommand]]:
    """(`keys create`, the command) for all that do something themselves."""
    yield from _inside("", typer.main.get_command(make_cli()))


def _inside(name: str, command: object) -> Iterator[tuple[str, TyperCommand]]:
    if isinstance(command, TyperGroup):
        for inner, one in command.commands.items():
            yield from _inside(f"{name} {inner}".strip(), one)
    elif isinstance(command, TyperCommand):
        yield name, command


def section(command: str) -> str:
    return PAGE.section(f"{'###' if ' ' in command else '##'} {command}")


@pytest.mark.parametrize(
    ("name", "command"), list(commands()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_option_of_every_command_is_explained_and_no_other(name: str, command: TyperCommand) -> None:
    explained = {option for row in rows(section(name), "option | meaning") for option in code(row[0])}
    options = {spelling for one in command.params if isinstance(one, TyperOption) for spelling in one.opts}
    assert explained == options - {"--help"}


def test_every_command_is_in_the_table() -> None:
    listed = {code(row[0])[0] for row in rows(PAGE.text.partition("## Exit codes")[0], "command | ")}
    assert listed == {name.partition(" ")[0] for name, _ in commands()}


def test_every_exit_code_is_in_the_table() -> None:
    assert [int(row[0]) for row in rows(PAGE.section("## Exit codes"), "code | ")] == [code.value for code in Exit]


def test_every_role_is_named() -> None:
    (row,) = [row for row in rows(section("keys create"), "option | meaning") if row[0] == "`--role`"]
    assert code(row[1]) == list(ROLES)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The example configuration with its sources running."""
    folder = tmp_path_factory.mktemp("cli")
    secrets = fresh_secrets()
    with ExitStack() as stack:
        ports: dict[int, int] = {}
        for module, port in SYSTEMS.values():
            server = ServerProcess((module, "--port", "0"), secrets)
            ports[port] = server.start()
            stack.callback(server.stop)
        config = configuration(folder, ports)
        path = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "/usr/bin:/bin")))
        yield {
            **os.environ,
            **secrets,
            "GATEWAY_CONFIG": str(config),
            "COLUMNS": "120",
            "PYTHONUTF8": "1",
            "PATH": path,
        }


def following(block: Block) -> str | None:
    """The output that the page shows right after the command."""
    blocks = PAGE.blocks
    place = blocks.index(block) + 1
    return blocks[place].text if place < len(blocks) and blocks[place].language == "text" else None


def _place(block: Block, environment: dict[str, str]) -> Path | None:
    """`<!-- in config/wsdl/boreal -->`: where the example is run; None for anywhere."""
    named = re.fullmatch(r"in config/(\S+)", block.mark)
    return Path(environment["GATEWAY_CONFIG"]) / named[1] if named else None


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda block: f"line-{block.line}")
def test_every_example_does_what_it_shows(block: Block, environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "config").symlink_to(environment["GATEWAY_CONFIG"])
    (tmp_path / "reply.xml").write_bytes(page(customers(known_to(XML))))
    place = _place(block, environment) or tmp_path
    ran = subprocess.run(
        shlex.split(block.text), cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    wanted = re.fullmatch(r"exit (\d)", block.mark)
    assert ran.returncode == (int(wanted[1]) if wanted else 0), ran.stderr
    shown = following(block)
    if shown is not None:
        assert is_excerpt(shown, ran.stderr + ran.stdout) is None, ran.stderr + ran.stdout


def test_serve_says_when_it_is_ready_and_ends_well(environment: dict[str, str]) -> None:
    (block,) = [block for block in PAGE.of("sh") if block.text.startswith("gateway serve")]
    shown = following(block)
    assert shown is not None
    assert re.fullmatch(r"ready \d+\n", shown)
    server = ServerProcess(tuple(shlex.split(block.text)), environment)
    assert server.start(subprocess.DEVNULL) > 0
    assert server.stop() == Exit.OK
