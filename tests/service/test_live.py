"""Tenants in use: made once, replaced when their file changes, closed when the last request on them ends."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapter import Query, RawRecord, Unreachable
from gateway.core.model import Outcome, SourceOutcome
from gateway.service.live import Last
from gateway.service.sources import check_sources, source_states
from tests.service.scripted import ANA, ANAS_CPF, House, Script, never

pytestmark = pytest.mark.anyio


async def test_a_tenant_is_made_once_and_kept() -> None:
    house = House({"crm": Script([[ANA]])})
    with house.tenants.lease("acme") as first, house.tenants.lease("acme") as second:
        assert first is second
        assert first.users == 2


async def test_a_changed_tenant_is_taken_up_and_the_old_one_closed_after_its_last_request() -> None:
    started, release = asyncio.Event(), asyncio.Event()

    async def held(query: Query) -> list[RawRecord]:
        started.set()
        await release.wait()
        return [ANA]

    house = House({"crm": Script([held, [ANA]])})
    script = house.scripts["crm"]
    under_way = asyncio.create_task(house.identify(cpf=ANAS_CPF))
    await started.wait()
    house.tenant = house.make_tenant()
    assert (await house.identify(cpf=ANAS_CPF)).outcome is Outcome.FOUND
    assert script.closed == 0
    release.set()
    assert (await under_way).outcome is Outcome.FOUND
    await house.tenants.aclose()
    assert script.closed == 2


async def test_a_forgotten_tenant_is_closed_at_once_where_nobody_uses_it() -> None:
    house = House({"crm": Script([[ANA]])})
    await house.identify(cpf=ANAS_CPF)
    house.tenants.forget(frozenset({"acme", "unknown"}))
    await house.tenants.aclose()
    assert house.scripts["crm"].closed == 1


async def test_states_count_lookups_and_hold_no_customer() -> None:
    house = House({"crm": Script([[ANA], Unreachable()])})
    await house.identify(cpf=ANAS_CPF)
    await house.identify(cpf=ANAS_CPF)
    [state] = source_states(house.tenants, "acme")
    assert (state.asked, state.failed, state.in_flight) == (2, 1, 0)
    assert (state.last_outcome, state.last_code) == ("failed", "unreachable")
    with house.tenants.lease("acme") as live:
        last = live.sources["crm"].last
        assert last is not None
        assert last == Last(SourceOutcome.FAILED, "unreachable", last.elapsed)  # which has no place for a customer


async def test_the_check_of_every_source_tells_who_is_well() -> None:
    house = House({"well": Script([[]]), "down": Script([Unreachable()]), "broken": Script([ValueError("secret")])})
    health = {one.source: one for one in await check_sources(house.tenants, "acme")}
    assert health["well"].code is None
    assert health["down"].code == "unreachable"
    assert "Check its address" in (health["down"].detail or "")
    assert health["broken"].code == "adapter_fault"
    assert "secret" not in (health["broken"].detail or "")


async def test_a_check_that_never_ends_is_timed_out() -> None:
    house = House({"slow": Script([[]])}, timeout=0.02)

    class Hanging(Script):
        async def check(self) -> None:
            await never(Query(()))

    house.scripts = {"slow": Hanging([[]])}
    [health] = await check_sources(house.tenants, "acme")
    assert health.code == "timed_out"
