"""What whoever runs the gateway sees: counts and states, of his own tenant by key, of all at the operations' address."""

from __future__ import annotations

import re

import pytest

from tests.whole.running import Running, bearer


def counted(metrics: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", metrics, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_identifications_and_lookups_are_counted_by_outcome(gateway: Running) -> None:
    samples = (
        'gateway_identifications_total{outcome="found",tenant="uniao"}',
        'gateway_lookups_total{outcome="found",source="servico",tenant="uniao"}',
        'gateway_lookup_seconds_count{source="servico",tenant="uniao"}',
        'gateway_refusals_total{code="invalid_key"}',
    )
    before = [counted(gateway.metrics(), sample) for sample in samples]
    assert gateway.identify("uniao", cpf="12345678909").json()["outcome"] == "found"
    assert gateway.identify("uniao", cpf="12345678900").status_code == 422
    assert [counted(gateway.metrics(), sample) for sample in samples] == [value + 1 for value in before]


def test_a_tenants_key_sees_its_own_tenant_alone(gateway: Running) -> None:
    gateway.identify("aurora", cpf="12345678909")
    gateway.identify("boreal", cpf="12345678909")
    own = gateway.get("/metrics", gateway.house.key("aurora", "operations")).text
    assert 'tenant="aurora"' in own
    assert 'tenant="boreal"' not in own
    everyones = gateway.metrics()
    assert 'tenant="aurora"' in everyones
    assert 'tenant="boreal"' in everyones
    assert "gateway_tenants_broken 0.0\n" in everyones
    assert "process_resident_memory_bytes " in everyones


@pytest.mark.parametrize("path", ["/metrics", "/readyz"])
def test_at_the_public_address_a_helpdesks_key_does_not_do(gateway: Running, path: str) -> None:
    refused = gateway.get(path, gateway.house.key("aurora"))
    assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


def test_at_the_operations_address_there_is_nothing_else(gateway: Running) -> None:
    assert gateway.http.get(f"{gateway.operations}/healthz").json() == {"status": "ok"}
    assert gateway.http.get(f"{gateway.operations}/readyz").json() == {"ready": True, "tenants": []}
    path = f"{gateway.operations}/v1/tenants/aurora/search-fields"
    reply = gateway.http.get(path, headers=bearer(gateway.house.key("aurora")))
    assert (reply.status_code, reply.json()["code"]) == (404, "unknown_path")
    # Whatever a header says of where it came.
    spoofed = gateway.http.get("/metrics", headers={"Host": gateway.operations.removeprefix("http://")})
    assert spoofed.status_code == 401


def test_the_state_of_sources_is_what_their_lookups_were(gateway: Running) -> None:
    tenant, key = "pagina-login", gateway.house.key("pagina-login")
    gateway.identify(tenant, email="joao@example.com")
    page, service, api = gateway.get(f"/v1/tenants/{tenant}/sources", key).json()["sources"]
    assert (page["source"], page["adapter"], page["in_flight"]) == ("pagina", "xml_get", 0)
    assert page["failed"] == page["asked"] > 0
    assert (page["last"]["outcome"], page["last"]["code"]) == ("failed", "html_page")
    assert (service["adapter"], api["adapter"]) == ("soap", "rest_json")


def test_the_description_is_served_without_a_key(gateway: Running) -> None:
    assert gateway.get("/openapi.json").json()["openapi"].startswith("3.1")
    page = gateway.get("/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "http" not in re.findall(r'(?:src|href)="(\w+)', page.text)
