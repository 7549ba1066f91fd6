"""Many tenants on one worker: so many are kept ready, the least used is closed, and nobody is disturbed by it."""

from __future__ import annotations

import gc
from dataclasses import dataclass, field, replace
from typing import Any
from weakref import WeakValueDictionary

import pytest

from gateway.adapter import AdapterContext, AdapterType, Unreachable
from gateway.core.disclosure import Viewer
from gateway.core.model import Outcome
from gateway.core.tenant import BreakerPolicy, Tenant
from gateway.resilience import BreakerState
from gateway.service.identify import Identifier
from gateway.service.live import LiveTenants
from gateway.service.request import IdentifyRequest
from gateway.upstream import open_wire
from tests.service.scripted import ANA, ANAS_CPF, Heard, House, NoSettings, Script, Step

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Mine(Script):
    """A script that tells its street when it is closed."""

    slug: str = ""
    closed_ones: list[str] = field(default_factory=list)

    async def aclose(self) -> None:
        self.closed_ones.append(self.slug)


@dataclass(slots=True)
class Street:
    """As many tenants as are asked for, each with one source. As the registry, it holds none that nobody uses."""

    most: int
    step: Step = field(default_factory=lambda: [ANA])
    made: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)
    heard: Heard = field(default_factory=Heard)
    compiled: WeakValueDictionary[str, Tenant] = field(default_factory=WeakValueDictionary)
    tenants: LiveTenants = field(init=False)
    _model: Tenant = field(init=False)

    def __post_init__(self) -> None:
        self._model = House({"crm": Script([])}, breaker=BreakerPolicy(failures=1, open_for=60.0)).tenant
        types: dict[str, AdapterType[Any]] = {"scripted": AdapterType("scripted", "answers", NoSettings, self._create)}
        changed = self.heard.breaker_changed
        self.tenants = LiveTenants(self, types, open_wire, breaker_changed=changed, most=self.most)

    def get(self, slug: str) -> Tenant:
        known = self.compiled.get(slug)
        if known is None:
            known = self.compiled[slug] = replace(self._model, slug=slug)
        return known

    async def identify(self, slug: str) -> Outcome:
        request = IdentifyRequest(slug, Viewer("helpdesk", "k1"), {"cpf": ANAS_CPF})
        return (await Identifier(self.tenants, self.heard).identify(request)).outcome

    def _create(self, settings: NoSettings, context: AdapterContext) -> Mine:
        self.made.append(context.source.tenant)
        return Mine([self.step], slug=context.source.tenant, closed_ones=self.closed)


async def test_beyond_the_bound_the_least_used_is_closed_and_made_anew_when_asked_again() -> None:
    street = Street(most=2)
    for slug in ("one", "two", "one", "three"):
        assert await street.identify(slug) is Outcome.FOUND
    assert await street.identify("two") is Outcome.FOUND
    await street.tenants.aclose()
    assert street.made == ["one", "two", "three", "two"]
    assert street.closed[:2] == ["two", "one"]


async def test_a_tenant_with_a_request_under_way_is_kept_however_many_others_are_asked() -> None:
    street = Street(most=2)
    with street.tenants.lease("one") as busy:
        for slug in ("two", "three", "four"):
            await street.identify(slug)
        with street.tenants.lease("one") as again:
            assert again is busy
        assert "one" not in street.closed
    await street.identify("five")
    await street.identify("six")
    await street.tenants.aclose()
    assert street.closed[:4] == ["two", "three", "four", "one"]


async def test_more_at_once_than_the_bound_are_all_served_and_then_closed() -> None:
    street = Street(most=1)
    with street.tenants.lease("one"), street.tenants.lease("two"), street.tenants.lease("three"):
        assert street.closed == []
    await street.identify("four")
    assert len(street.compiled) == 1
    await street.tenants.aclose()
    assert sorted(street.closed) == ["four", "one", "three", "two"]


async def test_an_open_breaker_of_a_tenant_that_is_closed_does_not_stay_open_in_the_metrics() -> None:
    street = Street(most=1, step=Unreachable())
    assert await street.identify("one") is Outcome.UNAVAILABLE
    await street.identify("two")
    told = [(source.tenant, state) for source, state in street.heard.breakers]
    assert told[:2] == [("one", BreakerState.OPEN), ("one", BreakerState.CLOSED)]
    await street.tenants.aclose()


async def test_memory_stays_bounded_however_many_tenants_are_asked() -> None:
    street = Street(most=10)
    for number in range(200):
        await street.identify(f"tenant-{number}")
    gc.collect()
    assert len(street.compiled) == 10
    await street.tenants.aclose()
    assert len(street.closed) == 200
