"""The command line in this process, on a configuration of its own above the example systems."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.cli import main
from tests.whole.running import House, Systems, build, example_systems


@dataclass(frozen=True, slots=True)
class Ran:
    """How a command ended, and what it wrote."""

    status: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture(scope="session")
def systems() -> Iterator[Systems]:
    with example_systems() as all_three:
        yield all_three


@pytest.fixture
def house(systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    """The example tenants; the environment has what they need, `GATEWAY_CONFIG` included."""
    house = build(tmp_path, systems)
    for name, value in {**house.environment, "GATEWAY_CONFIG": str(house.config), "COLUMNS": "120"}.items():
        monkeypatch.setenv(name, value)
    return house


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `gateway` with these arguments, as the console script does."""

    def run(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["gateway", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            sys.exit(main())
        written = capsys.readouterr()
        code = ended.value.code
        assert isinstance(code, int)
        return Ran(int(code), written.out, written.err)

    return run
