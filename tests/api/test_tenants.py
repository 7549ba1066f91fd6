"""What a helpdesk learns of a tenant before it asks."""

from __future__ import annotations

import pytest

from gateway.core.errors import TenantBroken
from gateway.core.tenant import SearchField
from gateway.resilience import BreakerState
from gateway.service.sources import SourceState
from tests.api.composed import Composed, Prepared

pytestmark = pytest.mark.anyio


async def test_search_fields_come_with_their_labels_and_the_sources_that_take_them() -> None:
    fields = (
        (SearchField("cpf", "cpf", "CPF", "documents.cpf"), ("erp", "crm")),
        (SearchField("apelido", "code", "Apelido", None, "the source does not give it back"), ("crm",)),
    )
    answered = await Composed(Prepared(fields=fields)).get("/v1/tenants/acme/search-fields")
    assert answered.json == {
        "search_fields": [
            {"name": "cpf", "kind": "cpf", "label": "CPF", "sources": ["erp", "crm"]},
            {
                "name": "apelido",
                "kind": "code",
                "label": "Apelido",
                "sources": ["crm"],
                "unverified": "the source does not give it back",
            },
        ]
    }


async def test_sources_show_what_this_process_saw_of_them() -> None:
    states = (
        SourceState("erp", "soap", ("cpf",), 1, 20, 2, "failed", "unreachable", 0.5, BreakerState.OPEN),
        SourceState("crm", "xml_get", ("cpf", "nome"), 0, 0, 0, None, None, None),
    )
    answered = await Composed(states=states).get("/v1/tenants/acme/sources")
    assert answered.json == {
        "sources": [
            {
                "source": "erp",
                "adapter": "soap",
                "fields": ["cpf"],
                "in_flight": 1,
                "asked": 20,
                "failed": 2,
                "breaker": "open",
                "last": {"outcome": "failed", "code": "unreachable", "elapsed_ms": 500.0},
            },
            {"source": "crm", "adapter": "xml_get", "fields": ["cpf", "nome"], "in_flight": 0, "asked": 0, "failed": 0},
        ]
    }


async def test_a_tenant_whose_file_is_broken_says_so() -> None:
    answered = await Composed(Prepared(TenantBroken())).get("/v1/tenants/acme/search-fields")
    assert (answered.status, answered.json["code"]) == (503, "tenant_broken")
    assert "gateway check" in answered.json["detail"]
