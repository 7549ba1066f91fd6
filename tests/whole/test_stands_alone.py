"""The tree stands alone: nothing of the machine it was written on, nobody known by name, and the rules of the house."""

from __future__ import annotations

import ast
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.examples.staging import ROOT

# The brackets keep this file from finding itself.
OF_A_MACHINE = re.compile(rb"(?<![\w.~>$}-])/(?:[w]ork|[r]oot|[h]ome|[f]arm|[U]sers|[m]nt|[b]uilds)/\w")
OF_A_REGISTRY = re.compile(
    rb"[p]ypi\.|[p]ythonhosted|[a]rtifactory|[d]evpi\b|[n]exus\.|[i]ndex[-_]url|/[s]imple/|[r]egistry\.npm"
)
BROAD = {
    "gateway/api/edge.py": 1,  # the last handler of the application
    "gateway/plugins.py": 3,  # strangers' code: its import, its hook, the making of its adapter
    "gateway/testing/failing.py": 1,  # the suite judges what an adapter raises,
    "gateway/testing/source.py": 1,  # and shows what its author's own test server raised
}
"""Where anything at all may be caught, and how often."""


def tracked(*patterns: str) -> list[Path]:
    """The files that git knows, or, where this is no checkout, all that are no artefacts."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z", *patterns], cwd=ROOT, check=True, capture_output=True, text=True
        )
        return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]
    found = (path for pattern in patterns or ("*",) for path in ROOT.rglob(pattern))
    artefacts = re.compile(r"/(?:\.venv[^/]*|__pycache__|\.\w+_cache|data)/|\.pyc$")
    return [path for path in found if path.is_file() and not artefacts.search(str(path))]


def hits(pattern: re.Pattern[bytes], files: list[Path]) -> list[str]:
    """`file:line` of each."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_bytes().splitlines(), 1)
        if pattern.search(line)
    ]


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_bytes(), str(path))


def test_no_file_names_a_place_on_the_machine_that_it_was_written_on() -> None:
    assert hits(OF_A_MACHINE, tracked()) == []


def test_no_file_names_a_registry_of_packages() -> None:
    assert hits(OF_A_REGISTRY, tracked()) == []


def test_the_locks_name_no_address() -> None:
    locks = tracked("*.lock")
    assert {path.name for path in locks} >= {"requirements.lock", "requirements-dev.lock"}
    assert hits(re.compile(rb"://"), locks) == []


def test_no_line_of_the_gateway_knows_a_plugin_or_a_tenant_by_name() -> None:
    # A protocol may be spoken of in capitals; a plugin's name is a word of the configuration.
    plugins = sorted(entry_points(group="gateway").names)
    tenants = sorted(path.stem for path in (ROOT / "config" / "tenants").glob("*.yaml"))
    assert plugins == ["rest_json", "soap", "xml_get"]
    assert len(tenants) >= 4
    names = re.compile(rb"\b(?:%s|(?i:%s))\b" % ("|".join(plugins).encode(), "|".join(tenants).encode()))
    assert hits(names, tracked("gateway/*")) == []


def test_only_the_two_edges_and_the_judge_of_plugins_catch_everything() -> None:
    found: Counter[str] = Counter()
    for name, module in modules("gateway", "plugins"):
        for node in ast.walk(module):
            if isinstance(node, ast.ExceptHandler) and _catches_everything(node):
                found[name] += 1
    assert dict(found) == BROAD


def _catches_everything(handler: ast.ExceptHandler) -> bool:
    caught = (
        {node.id for node in ast.walk(handler.type) if isinstance(node, ast.Name)} if handler.type else {"Exception"}
    )
    # Whoever only tidies up passes on what he caught.
    passes_on = isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None
    return not caught.isdisjoint({"Exception", "BaseException"}) and not passes_on


def test_no_handler_makes_an_empty_list_of_a_failure() -> None:
    found = [
        f"{name}:{returned.lineno}"
        for name, module in modules("gateway", "plugins")
        for handler in ast.walk(module)
        if isinstance(handler, ast.ExceptHandler)
        for returned in ast.walk(handler)
        if isinstance(returned, ast.Return) and isinstance(returned.value, ast.List) and not returned.value.elts
    ]
    assert found == []


@pytest.mark.parametrize("folder", ["tests", "plugins"])
def test_no_test_waits_for_a_time(folder: str) -> None:
    """A sleep of nothing gives others their turn; one within a loop looks for what it waits for; one in a function within a
    function is the slowness of a source."""
    found: list[str] = []
    for name, module in modules(folder):
        if name.startswith(("tests/bench/", "tests/prove/")):
            continue
        functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        nested = [
            inner for outer in functions for inner in ast.walk(outer) if inner in functions and inner is not outer
        ]
        loops = [node for node in ast.walk(module) if isinstance(node, ast.While)]
        allowed = {id(node) for outer in (*loops, *nested) for node in ast.walk(outer)}
        found += [
            f"{name}:{node.lineno}"
            for node in ast.walk(module)
            if isinstance(node, ast.Await | ast.Expr) and id(node) not in allowed and _sleeps(node.value)
        ]
    assert found == []


def _sleeps(value: ast.expr) -> bool:
    if not (isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "sleep"):
        return False
    return not (isinstance(value.args[0], ast.Constant) and value.args[0].value == 0)
