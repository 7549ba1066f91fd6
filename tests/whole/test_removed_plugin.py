"""A plugin that was uninstalled: its tenants say so, all others work."""

from __future__ import annotations

import os
import subprocess
import venv
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from sysconfig import get_path

import pytest

from tests.examples.people import NOBODY_CPF
from tests.examples.staging import ROOT
from tests.whole.running import House, Running, Systems, build, serving

REMOVED = "gateway-soap"
REASON = "The plugin 'soap' is not installed. Install it beside the gateway. Installed: rest_json, xml_get."


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has everything of this one, but what the distribution's RECORD names."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True, with_pip=False)
    removed = {Path(str(file)).parts[0] for file in distribution(REMOVED).files or ()}
    assert any(name.endswith(".dist-info") for name in removed)
    packages = folder / Path(get_path("purelib")).relative_to(Path(get_path("data")))
    for entry in Path(get_path("purelib")).iterdir():
        if entry.name not in removed:
            (packages / entry.name).symlink_to(entry)
    return folder / "bin" / "python"


@pytest.fixture(scope="module")
def house(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> House:
    house = build(tmp_path_factory.mktemp("removed"), systems)
    for tenant in ("aurora", "boreal", "cerrado", "uniao"):
        house.key(tenant)
    return house


@pytest.fixture(scope="module")
def gateway(house: House, python: Path) -> Iterator[Running]:
    with serving(house, python=str(python)) as running:
        yield running


@pytest.mark.parametrize("tenant", ["aurora", "cerrado"])
def test_tenants_that_do_not_need_it_work(gateway: Running, tenant: str) -> None:
    assert gateway.identify(tenant, cpf="01234567890").json()["outcome"] == "found"
    assert gateway.identify(tenant, cpf=NOBODY_CPF).json()["outcome"] == "not_found"


@pytest.mark.parametrize("tenant", ["boreal", "uniao"])
def test_tenants_that_need_it_answer_that_their_configuration_is_broken(gateway: Running, tenant: str) -> None:
    reply = gateway.identify(tenant, cpf="01234567890")
    assert (reply.status_code, reply.json()["code"]) == (503, "tenant_broken")
    line = gateway.log.wait_for("configuration_broken", where=lambda entry: entry["tenant"] == tenant)
    [problem] = line["problems"]
    assert REASON in problem
    assert "gateway_tenants_broken 2.0\n" in gateway.metrics()
    readiness = gateway.http.get(f"{gateway.operations}/readyz").json()
    assert [broken["tenant"] for broken in readiness["tenants"]] == ["boreal", "uniao"]


def test_the_check_says_which_is_missing_and_where_it_is_asked_for(house: House, python: Path) -> None:
    ran = subprocess.run(
        [python, "-m", "gateway", "check", "--config", house.config],
        cwd=ROOT,
        env={**os.environ, **house.environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 1
    place = f"{house.file('boreal')}:20:14: "
    assert place + REASON in ran.stderr
    assert "2 of 4 tenants are well: aurora, cerrado." in ran.stdout
