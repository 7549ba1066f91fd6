"""Metrics count outcomes, and their labels are never anybody's data."""

from __future__ import annotations

from prometheus_client.parser import text_string_to_metric_families

from gateway.observe.metrics import Metrics


def samples(metrics: Metrics, tenant: str | None = None) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    text = metrics.exposition(tenant).decode()
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_identifications_and_lookups_are_counted_by_outcome_and_timed() -> None:
    metrics = Metrics()
    metrics.identified("acme", "found", 0.02)
    metrics.identified("acme", "found", 0.2)
    metrics.identified("acme", "unavailable", 4.0)
    metrics.looked_up("acme", "erp", "timed_out", 2.0)
    counted = samples(metrics)
    assert counted["gateway_identifications_total", (("outcome", "found"), ("tenant", "acme"))] == 2
    assert counted["gateway_identifications_total", (("outcome", "unavailable"), ("tenant", "acme"))] == 1
    assert counted["gateway_identification_seconds_count", (("tenant", "acme"),)] == 3
    assert counted["gateway_identification_seconds_bucket", (("le", "0.025"), ("tenant", "acme"))] == 1
    assert counted["gateway_lookups_total", (("outcome", "timed_out"), ("source", "erp"), ("tenant", "acme"))] == 1
    assert counted["gateway_lookup_seconds_sum", (("source", "erp"), ("tenant", "acme"))] == 2.0


def test_the_state_of_the_configuration_is_counted() -> None:
    metrics = Metrics()
    metrics.tenants_broken(2)
    metrics.reloaded("taken")
    metrics.reloaded("broken")
    metrics.refused("invalid_key")
    counted = samples(metrics)
    assert counted["gateway_tenants_broken", ()] == 2
    assert counted["gateway_config_reloads_total", (("result", "broken"),)] == 1
    assert counted["gateway_refusals_total", (("code", "invalid_key"),)] == 1


def test_a_tenant_sees_its_own_lines_and_not_that_there_are_others() -> None:
    metrics = Metrics()
    metrics.identified("acme", "found", 0.02)
    metrics.identified("other", "found", 0.02)
    metrics.tenants_broken(1)
    assert {dict(labels).get("tenant") for _, labels in samples(metrics, "acme")} == {"acme"}


def test_two_gateways_in_one_process_count_apart() -> None:
    first, second = Metrics(), Metrics()
    first.identified("acme", "found", 0.02)
    assert not any(name.startswith("gateway_identifications") for name, _ in samples(second))
    assert not any(name.endswith("_created") for name, _ in samples(first))


def test_of_several_workers_each_line_names_its_own() -> None:
    metrics = Metrics()
    metrics.worker = 2
    metrics.identified("acme", "found", 0.02)
    assert all(("worker", "2") in labels for _, labels in samples(metrics))
    assert ("gateway_identifications_total", (("outcome", "found"), ("tenant", "acme"), ("worker", "2"))) in samples(
        metrics, "acme"
    )
