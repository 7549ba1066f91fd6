"""The README shows what the demo prints, what the API answers and what the example tenant's file says."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.asking import curl, not_in
from tests.docs.pages import ROOT, Page, is_excerpt, without_comments
from tests.docs.tenants import gateway_settings, problems, read
from tests.examples.scenes import SCENES

README = Page(ROOT / "README.md")


@dataclass(frozen=True, slots=True)
class Demo:
    """A demo that keeps serving. `printed`: all that it has shown; `address`, `key`: of the line that it tells to try."""

    printed: str
    address: str
    key: str


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    """`./run demo`, until it waits for Ctrl-C."""
    command = [sys.executable, "-m", "tests.examples.demo"]
    process = subprocess.Popen(
        command, cwd=ROOT, text=True, encoding="utf-8", stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    lines: list[str] = []
    try:
        for line in process.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        printed = "".join(lines)
        address = re.search(r"http://127\.0\.0\.1:\d+", printed)
        key = re.search(r"Bearer (gw_[\w-]+)", printed)
        assert address is not None, printed
        assert key is not None, printed
        yield Demo(printed, address[0], key[1])
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_the_demo_prints_what_is_shown(demo: Demo) -> None:
    excerpts = [block.text for block in README.of("text") if "NOT_FOUND" in block.text]
    scenes = [scene for excerpt in excerpts for scene in excerpt.split("\n\n")]
    assert len(scenes) == 4
    for scene in scenes:
        assert is_excerpt(scene, demo.printed) is None, f"The demo does not print: {is_excerpt(scene, demo.printed)}"


def test_the_demo_plays_as_many_scenes_as_it_says() -> None:
    (said,) = re.findall(r"The demo plays (\w+)\s+scenes", README.text)
    assert said == {12: "twelve", 13: "thirteen", 14: "fourteen"}[len(SCENES)]


def test_the_first_call_gets_the_answer_that_is_shown(demo: Demo) -> None:
    (command,) = [block.text for block in README.of("sh") if block.text.startswith("curl")]
    (shown,) = [json.loads(block.text) for block in README.of("json")]
    answer = curl(command, {"KEY": demo.key}, {"http://127.0.0.1:8100": demo.address})
    assert not_in(shown, answer) == []


def test_the_one_box_is_asked_as_it_says(demo: Demo) -> None:
    (question,) = re.findall(r'`(\{"text": .*?\})`', README.text)
    command = f"curl $URL/v1/tenants/uniao/identifications -H 'Authorization: Bearer $KEY' -d '{question}'"
    answer = curl(command, {"KEY": demo.key, "URL": demo.address}, {demo.address: demo.address})
    assert answer["outcome"] == "found"
    assert answer["searched"] == ["nome"]


def test_the_tenant_is_the_example_tenants_file() -> None:
    (shown,) = [block.text for block in README.of("yaml") if block.first_line.startswith("tenant:")]
    file = [
        " ".join(line.split()) for line in without_comments((ROOT / "config/tenants/aurora.yaml").read_text("utf-8"))
    ]
    parts = re.split(r"^ *# \.\.\..*$", shown, flags=re.MULTILINE)
    assert len(parts) == 2
    at = 0
    for part in parts:
        lines = [" ".join(line.split()) for line in without_comments(part)]
        start = file.index(lines[0], at)
        assert file[start : start + len(lines)] == lines
        at = start + len(lines)


def test_the_tenant_is_valid_as_it_is_shown(tmp_path: Path) -> None:
    """Whoever copies it has a tenant."""
    (shown,) = [block.text for block in README.of("yaml") if block.first_line.startswith("tenant:")]
    granting = gateway_settings(tmp_path, "tenants: {aurora: {networks: [127.0.0.0/8]}}")
    assert problems(tmp_path, "aurora", read(shown), granting) == ""


def test_every_command_of_run_that_it_names_is_one() -> None:
    usage = subprocess.run([ROOT / "run", "help"], capture_output=True, text=True, check=True).stdout
    known = set(re.findall(r"^\./run (\w+)", usage, re.MULTILINE))
    assert set(re.findall(r"\./run (\w+)", README.text)) <= known


def test_it_is_read_in_one_sitting() -> None:
    assert len(README.text.splitlines()) <= 200
