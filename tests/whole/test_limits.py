"""How much one caller may ask: set in gateway.yaml, refused with the time to wait."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.whole.held import LENTA, holding, wait_until_asked
from tests.whole.running import PATIENCE, Running, Systems, bearer, build, serving

LIMITS = {"body": "1KiB", "rate": {"per_second": 0.01, "burst": 3}}


@pytest.fixture(scope="module")
def gateway(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Three requests of a key at once, then one in a hundred seconds."""
    house = build(tmp_path_factory.mktemp("limits"), systems, gateway={"limits": LIMITS})
    for tenant, role in (("aurora", "helpdesk"), ("aurora", "operator"), ("boreal", "helpdesk")):
        house.key(tenant, role)
    with serving(house) as running:
        yield running


def test_a_key_that_asks_too_fast_is_told_how_long_to_wait(gateway: Running) -> None:
    for _ in range(3):
        assert gateway.identify("aurora", cpf="12345678909").status_code == 200
    refused = gateway.identify("aurora", cpf="12345678909")
    problem = refused.json()
    assert (refused.status_code, problem["code"]) == (429, "too_many_requests")
    assert problem["detail"] == "This API key asks faster than it may. Wait as long as Retry-After says."
    assert 90 < int(refused.headers["retry-after"]) <= 100
    # The limit is the key's, not the tenant's or the address's.
    assert gateway.identify("aurora", gateway.house.key("aurora", "operator"), cpf="12345678909").status_code == 200


def test_a_tenants_slow_source_takes_no_room_from_others(tmp_path: Path) -> None:
    with holding(tmp_path) as (gateway, systems), ThreadPoolExecutor() as pool:
        under_way = pool.submit(gateway.identify, LENTA, email="joao@example.com")
        wait_until_asked(gateway)
        refused = gateway.identify(LENTA, email="joao@example.com")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_in_flight")
        assert refused.headers["retry-after"] == "1"
        assert gateway.identify("boreal", email="joao@example.com").json()["outcome"] == "found"
        systems.release()
        assert under_way.result(PATIENCE).json()["outcome"] == "found"
        assert gateway.identify(LENTA, email="joao@example.com").json()["outcome"] == "found"


def test_the_largest_body_is_as_gateway_yaml_says(gateway: Running) -> None:
    refused = gateway.http.post(
        "/v1/tenants/boreal/identifications",
        content=b'{"text": "x"}'.ljust(1025),
        headers=bearer(gateway.house.key("boreal")),
    )
    assert (refused.status_code, refused.json()["detail"]) == (
        413,
        "The body is over 1024 bytes. Send only the members that this address takes.",
    )
