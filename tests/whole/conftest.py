"""Example systems and one gateway for all tests that change nothing: each start costs a second."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.whole.bad_sources import CASES, HURRIED, add_tenants
from tests.whole.running import Running, Systems, build, example_systems, serving


@pytest.fixture(scope="session")
def systems() -> Iterator[Systems]:
    with example_systems() as all_three:
        yield all_three


@pytest.fixture(scope="session")
def gateway(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The example tenants, and one more for each way in which a source can go wrong."""
    house = build(tmp_path_factory.mktemp("whole"), systems, granted=[HURRIED, *(case.tenant for case in CASES)])
    add_tenants(house)
    house.key("aurora", "operations")
    for file in (house.config / "tenants").glob("*.yaml"):
        house.key(file.stem)
    with serving(house) as running:
        # What the first question to a SOAP service costs is not for a test of time-outs to pay.
        running.identify("uniao", cpf="12345678909")
        yield running
