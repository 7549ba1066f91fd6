"""What is open to everybody, and what needs the permission `operations` or an address of its own."""

from __future__ import annotations

import pytest

from gateway.api.routes import at_the_edge, loopback_routes
from gateway.core.errors import ConfigurationError, Located
from tests.api.composed import HELPDESK, OPERATIONS, Composed, Ready, call

pytestmark = pytest.mark.anyio
BROKEN = {
    slug: ConfigurationError([Located(f"tenants/{slug}.yaml", 3, 5, "Unknown key 'fieldz'. Did you mean 'fields'?")])
    for slug in ("acme", "other")
}


async def test_health_and_bare_readiness_are_open() -> None:
    gateway = Composed(readiness=Ready(problems=BROKEN))
    assert (await gateway.get("/healthz", None)).json == {"status": "ok"}
    answered = await gateway.get("/readyz", None)
    assert (answered.status, answered.json) == (200, {"ready": True})


async def test_a_gateway_that_is_not_ready_is_a_503() -> None:
    answered = await Composed(readiness=Ready(ready=False)).get("/readyz", None)
    assert (answered.status, answered.json) == (503, {"ready": False})


async def test_the_detail_of_readiness_is_for_operations_and_of_the_keys_own_tenant() -> None:
    gateway = Composed(readiness=Ready(problems=BROKEN))
    answered = await gateway.get("/readyz", OPERATIONS)
    assert answered.json == {
        "ready": True,
        "tenants": [
            {"tenant": "acme", "problems": ["tenants/acme.yaml:3:5: Unknown key 'fieldz'. Did you mean 'fields'?"]}
        ],
    }
    assert (await gateway.get("/readyz", HELPDESK)).status == 403
    assert (await gateway.get("/readyz", "unknown-key")).status == 401


async def test_a_database_that_is_away_is_told_and_makes_nobody_unready() -> None:
    gateway = Composed(readiness=Ready(trouble="storage_unavailable"))
    answered = await gateway.get("/readyz", OPERATIONS)
    assert (answered.status, answered.json) == (200, {"ready": True, "tenants": [], "storage": "storage_unavailable"})
    assert (await gateway.get("/readyz", None)).json == {"ready": True}


async def test_metrics_are_for_operations_and_of_the_keys_own_tenant() -> None:
    gateway = Composed()
    gateway.metrics.identified("acme", "found", 0.02)
    gateway.metrics.identified("other", "found", 0.02)
    answered = await gateway.get("/metrics", OPERATIONS)
    assert answered.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert b'gateway_identifications_total{outcome="found",tenant="acme"} 1.0' in answered.body
    assert b"other" not in answered.body
    assert (await gateway.get("/metrics", None)).status == 401
    assert (await gateway.get("/metrics", HELPDESK)).json["code"] == "forbidden"


async def test_an_address_of_its_own_shows_every_tenant_without_a_key() -> None:
    gateway = Composed(readiness=Ready(problems=BROKEN))
    gateway.metrics.identified("other", "found", 0.02)
    app = at_the_edge(loopback_routes(gateway.readiness, gateway.metrics), gateway.parts.observer)
    assert [entry["tenant"] for entry in (await call(app, "GET", "/readyz")).json["tenants"]] == ["acme", "other"]
    assert b'tenant="other"' in (await call(app, "GET", "/metrics")).body
    assert (await call(app, "POST", "/v1/tenants/acme/identifications")).status == 404
