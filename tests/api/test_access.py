"""Who is let in: the key first, then whose tenant it is, then what its role may."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import pytest

from gateway.core.errors import UnknownTenant
from tests.api.composed import HELPDESK, OPERATIONS, OTHER, Composed, call

pytestmark = pytest.mark.anyio
SEARCH = {"search": {"cpf": "52998224725"}}


@pytest.mark.parametrize("key", [None, "unknown-key"])
async def test_without_a_good_key_nobody_is_let_in_and_the_tenant_is_not_looked_at(key: str | None) -> None:
    gateway = Composed()
    for tenant in ("acme", "no-such"):
        refused = await gateway.identify(SEARCH, key, tenant=tenant)
        assert (refused.status, refused.json["code"]) == (401, "unauthenticated")
        assert refused.headers["www-authenticate"] == 'Bearer realm="gateway"'
        assert "gateway keys create" in refused.json["detail"]
    assert gateway.identifier.asked == []


@pytest.mark.parametrize("header", ["Basic aGVscGRlc2sta2V5", "Bearer", "Bearer ", HELPDESK, "Bearer ã"])
async def test_a_header_of_another_scheme_or_form_is_no_key(header: str) -> None:
    gateway = Composed()
    refused = await gateway.identify(SEARCH, None, headers=[("Authorization", header)])
    assert refused.status == 401


async def test_the_scheme_is_compared_without_case() -> None:
    gateway = Composed()
    answered = await gateway.identify(SEARCH, None, headers=[("Authorization", f"bearer {HELPDESK}")])
    assert answered.status == 200


async def test_a_good_key_and_another_tenant_look_like_an_unknown_tenant_to_the_byte() -> None:
    gateway = Composed()
    same_id = [("X-Request-Id", "r-1")]
    others = await gateway.identify(SEARCH, HELPDESK, tenant="other", headers=same_id)
    nobodys = await gateway.identify(SEARCH, HELPDESK, tenant="no-such", headers=same_id)
    gateway.identifier.answer = UnknownTenant()
    own_but_gone = await gateway.identify(SEARCH, HELPDESK, headers=same_id)
    assert others == nobodys == own_but_gone
    assert (others.status, others.json["code"]) == (404, "unknown_tenant")
    for target in ("search-fields", "sources"):
        assert (await gateway.get(f"/v1/tenants/other/{target}")).json["code"] == "unknown_tenant"


async def test_a_role_without_the_permission_is_told_which_one_it_lacks() -> None:
    gateway = Composed()
    refused = await gateway.identify(SEARCH, OPERATIONS)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert "'identify'" in refused.json["detail"]


async def test_a_key_that_asks_too_fast_waits_and_is_then_let_through() -> None:
    gateway = Composed(burst=2)
    assert [(await gateway.identify(SEARCH)).status for _ in range(3)] == [200, 200, 429]
    gateway.clock.now += 0.25
    refused = await gateway.identify(SEARCH)
    assert (refused.json["code"], refused.headers["retry-after"]) == ("too_many_requests", "1")
    assert (await gateway.identify(SEARCH, OTHER, tenant="other")).status == 200, "another key has its own bucket"
    gateway.clock.now += 0.75
    assert (await gateway.identify(SEARCH)).status == 200


async def test_a_bucket_never_holds_more_than_its_burst() -> None:
    gateway = Composed(burst=2)
    await gateway.identify(SEARCH)
    gateway.clock.now += 3600
    assert [(await gateway.identify(SEARCH)).status for _ in range(3)] == [200, 200, 429]


async def test_one_tenants_requests_under_way_leave_the_others_room() -> None:
    gateway = Composed(most_in_flight=1)
    entered, leave = anyio.Event(), anyio.Event()

    async def wait() -> None:
        entered.set()
        await leave.wait()

    gateway.identifier.before = wait
    async with anyio.create_task_group() as group:
        group.start_soon(gateway.identify, SEARCH)
        await entered.wait()
        gateway.identifier.before = None
        refused = await gateway.identify(SEARCH)
        other = await gateway.identify(SEARCH, OTHER, tenant="other")
        leave.set()
    assert (refused.status, refused.json["code"], refused.headers["retry-after"]) == (429, "too_many_in_flight", "1")
    assert other.status == 200
    assert (await gateway.identify(SEARCH)).status == 200


async def test_a_place_comes_free_when_the_request_fails() -> None:
    gateway = Composed(most_in_flight=1)
    gateway.identifier.answer = RuntimeError("a defect")
    assert [(await gateway.identify(SEARCH)).status for _ in range(2)] == [500, 500]


async def test_a_body_over_the_cap_is_refused_by_its_declared_length() -> None:
    gateway = Composed()
    refused = await gateway.identify(b" " * (64 * 1024 + 1))
    assert (refused.status, refused.json["code"]) == (413, "body_too_large")
    assert (await gateway.identify(b'{"text": "x"}' + b" " * (64 * 1024 - 13))).status == 200


async def test_a_body_over_the_cap_is_refused_when_it_comes_in_chunks() -> None:
    gateway = Composed()
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        while True:
            taken += 1
            yield b" " * 1024

    refused = await call(
        gateway.app,
        "POST",
        "/v1/tenants/acme/identifications",
        endless(),
        [("Authorization", f"Bearer {HELPDESK}"), ("Transfer-Encoding", "chunked")],
    )
    assert (refused.status, refused.json["code"], taken) == (413, "body_too_large", 65)
