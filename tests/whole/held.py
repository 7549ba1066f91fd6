"""A gateway with a tenant `lenta`, whose source holds every request until it is let go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.examples.staging import XML_PORT
from tests.whole.running import Running, Systems, bearer, build, example_systems, serving

LENTA = "lenta"
LIMITS = {"in_flight": 1, "rate": {"per_second": 100_000, "burst": 100_000}}


@contextmanager
def holding(folder: Path, *, workers: int = 1) -> Iterator[tuple[Running, Systems]]:
    """Its systems are its own, since they cannot hold again once they let go. One request of a tenant at once."""
    with example_systems() as systems:
        house = build(folder, systems, granted=[LENTA], gateway={"limits": LIMITS})
        page = systems.ports[XML_PORT]
        house.add(
            LENTA,
            "aurora",
            (f":{page}/clientes", f":{page}/slow"),
            ("budget: 4s", "budget: 1m"),
            ("{timeout: 2s, retries: 1, concurrency: 16}", "{timeout: 1m}"),
        )
        for tenant, role in ((LENTA, "helpdesk"), (LENTA, "operator"), ("boreal", "helpdesk")):
            house.key(tenant, role)
        try:
            with serving(house, workers=workers) as running:
                yield running, systems
        finally:
            systems.release()


def wait_until_asked(gateway: Running) -> None:
    """Until the source is holding a request. Over a connection of its own each time: of several workers one alone knows."""
    address = f"http://127.0.0.1:{gateway.port}/v1/tenants/{LENTA}/sources"
    headers = bearer(gateway.house.key(LENTA, "operator"))
    while httpx2.get(address, headers=headers).json()["sources"][0]["in_flight"] == 0:
        pass
