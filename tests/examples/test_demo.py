"""`./run demo` as whoever starts it sees it: what it prints, how it ends, and what it leaves behind."""

from __future__ import annotations

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from socket import create_server
from typing import Any

import httpx2
import pytest

from tests.examples.demo import SYSTEMS
from tests.examples.scenes import SCENES
from tests.examples.staging import ENDINGS, GATEWAY_PORT, ROOT

DEMO = [sys.executable, "-m", "tests.examples.demo"]
PATIENCE = 30.0


def ran(command: list[str]) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def played() -> list[dict[str, Any]]:
    """The scenes of one whole run, whose ports somebody else has."""
    with ExitStack() as stack:
        for port in (GATEWAY_PORT, *(port for _, port in SYSTEMS.values())):
            with suppress(OSError):  # somebody has it indeed
                stack.enter_context(create_server(("127.0.0.1", port)))
        ended = ran([*DEMO, "--once", "--json"])
    assert (ended.returncode, ended.stderr) == (0, "")
    return list(json.loads(ended.stdout)["scenes"])


def test_every_scene_ends_as_expected(played: list[dict[str, Any]]) -> None:
    assert [scene["scene"] for scene in played] == [scene.title for scene in SCENES]
    assert all(scene["as_expected"] for scene in played)
    assert {scene["answer"]["outcome"] for scene in played} == {"found", "several", "not_found", "unavailable"}


def test_each_protocol_finds_somebody_on_its_own(played: list[dict[str, Any]]) -> None:
    found = {scene["tenant"] for scene in played if scene["answer"]["outcome"] == "found"}
    assert {"aurora", "boreal", "cerrado"} <= found


def test_one_customer_is_merged_from_all_three_with_provenance(played: list[dict[str, Any]]) -> None:
    [merged] = [scene for scene in played if "merged" in scene["scene"]]
    [match] = merged["answer"]["matches"]
    customer = match["customer"]
    assert customer["sources"] == ["pagina", "servico", "api"]
    assert {source for sources in customer["provenance"].values() for source in sources} == set(customer["sources"])
    assert "name" in [conflict["path"] for conflict in customer["conflicts"]]


def test_what_a_person_reads_names_outcome_customer_and_source() -> None:
    ended = ran([*DEMO, "--once"])
    assert (ended.returncode, ended.stderr) == (0, "")
    blocks = [block.strip().splitlines() for block in ended.stdout.split("\n\n") if block.strip()]
    assert [block[0].rstrip(" ─") for block in blocks] == [scene.title for scene in SCENES]
    assert blocks[0][1:] == [
        "aurora: cpf = 123.456.789-09",
        "FOUND",
        "  Carlos Eduardo Nogueira",
        "    12345678909 · carlos@example.com · +5511987654321",
        "  · pagina: found",
        "  · contact_base: not_found",
    ]
    unavailable = blocks[[scene.outcome for scene in SCENES].index("unavailable")]
    assert unavailable[1:3] == ["boreal: cpf = 390.533.447-05   (soap is stopped)", "UNAVAILABLE  incomplete"]
    assert unavailable[3].startswith("  · servico: failed (unreachable) — No connection to the source")


def test_a_scene_that_ends_otherwise_is_marked_and_gives_status_1() -> None:
    program = """
import sys
from dataclasses import replace
from tests.examples.demo import main
from tests.examples.scenes import SCENES
sys.exit(main(["--once"], [replace(SCENES[0], outcome="not_found"), SCENES[1]]))
"""
    ended = ran([sys.executable, "-c", program])
    assert ended.returncode == 1
    assert "FOUND  — expected not_found\n" in ended.stdout
    assert "Ayşe Ünlü" in ended.stdout


# ---------------------------------------------------------------------------------------------- its end


@contextmanager
def no_ending_ignored() -> Iterator[None]:
    """The demo inherits what its starter ignores, and means it: under nohup it would end by none of its signals."""
    ignored = [ending for ending in ENDINGS if signal.getsignal(ending) is signal.SIG_IGN]
    for ending in ignored:
        signal.signal(ending, signal.SIG_DFL)
    try:
        yield
    finally:
        for ending in ignored:
            signal.signal(ending, signal.SIG_IGN)


@contextmanager
def serving(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A demo that keeps serving, with `folder` for what it keeps meanwhile."""
    environment = {**os.environ, "TMPDIR": str(folder), "PYTHONUTF8": "1"}
    with (
        no_ending_ignored(),
        subprocess.Popen(
            [*DEMO, "--json"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as demo,
    ):
        try:
            yield demo
        finally:
            demo.kill()


def children(demo: subprocess.Popen[str]) -> list[int]:
    listed = Path(f"/proc/{demo.pid}/task/{demo.pid}/children")
    if not listed.exists():
        pytest.skip("only Linux's /proc tells a process's children")
    return [int(number) for number in listed.read_text().split()]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["Ctrl-C", "SIGTERM", "SIGHUP"])
def test_while_it_serves_its_curl_line_works_and_at_its_end_nothing_is_left(
    tmp_path: Path, ending: signal.Signals
) -> None:
    with serving(tmp_path) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        text = ""
        while "ends it." not in text:
            line = demo.stderr.readline()
            assert line, text
            text += line
        started = children(demo)
        assert len(started) == 4
        if ending is signal.SIGINT:
            assert as_printed(text).json()["matches"][0]["customer"]["sources"] == ["pagina", "servico", "api"]
        demo.send_signal(ending)
        assert demo.wait(PATIENCE) == 128 + ending
        assert json.loads(demo.stdout.read())["scenes"]
        assert demo.stderr.read() == ""
    assert [process for process in started if alive(process)] == []
    assert list(tmp_path.iterdir()) == []


def test_an_end_in_the_middle_of_its_start_leaves_nothing_either(tmp_path: Path) -> None:
    with serving(tmp_path) as demo:
        deadline = time.monotonic() + PATIENCE
        while not (started := children(demo)):
            assert time.monotonic() < deadline
        demo.terminate()
        assert demo.wait(PATIENCE) == 128 + signal.SIGTERM
    assert [process for process in started if alive(process)] == []
    assert list(tmp_path.iterdir()) == []


def as_printed(text: str) -> httpx2.Response:
    """What the printed curl line asks."""
    command = re.search(r"^  (curl .*?)\n\n", text, re.MULTILINE | re.DOTALL)
    assert command is not None
    words = shlex.split(command[1].replace("\\\n", " "))
    assert words[:2] == ["curl", "-s"]
    name, _, value = words[words.index("-H") + 1].partition(": ")
    return httpx2.post(words[2], content=words[words.index("-d") + 1], headers={name: value})
