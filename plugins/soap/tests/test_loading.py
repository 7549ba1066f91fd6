"""The WSDL is loaded once, by the first lookup, whoever waits and whoever gives up."""

from __future__ import annotations

import asyncio
import threading

import pytest
from gateway_soap import loading

from gateway.adapter import ServerError
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.source import Peer, running_source, written
from plugins.soap.tests.sources import ANSWER, TEXT, adapter_at, names, query, settings, showing, targets

pytestmark = pytest.mark.anyio


async def test_lookups_that_wait_for_the_first_load_share_it() -> None:
    async with running_source(showing({"/?wsdl": TEXT})) as source:
        async with adapter_at(source.url + "/", settings(wsdl={"path": "?wsdl"})) as adapter:
            await asyncio.gather(*(adapter.lookup(query(codigo="7"), limit=5) for _ in range(20)))
        assert [target for target in targets(source) if target.startswith("GET")] == ["GET /?wsdl"]


async def test_lookups_that_wait_for_a_load_that_fails_share_its_failure() -> None:
    async with running_source(showing({"/?wsdl": SourceResponse(b"", 503)})) as source:
        async with adapter_at(source.url + "/", settings(wsdl={"path": "?wsdl"})) as adapter:
            lookups = (adapter.lookup(query(codigo="7"), limit=5) for _ in range(20))
            answers = await asyncio.gather(*lookups, return_exceptions=True)
            assert {type(answer) for answer in answers} == {ServerError}
            assert len({id(answer) for answer in answers}) == 20
        assert targets(source) == ["GET /?wsdl"]


async def test_a_lookup_that_gives_up_does_not_stop_those_who_wait() -> None:
    arrived, release = asyncio.Event(), asyncio.Event()

    async def behave(request: SourceRequest, peer: Peer) -> None:
        if request.method == "GET":
            arrived.set()
            await release.wait()
        await peer.send(written(SourceResponse((TEXT if request.method == "GET" else ANSWER).encode())))

    async with (
        running_source(behave) as source,
        adapter_at(source.url + "/", settings(wsdl={"path": "?wsdl"})) as adapter,
    ):
        first = asyncio.create_task(adapter.lookup(query(codigo="7"), limit=5))
        await arrived.wait()
        second = asyncio.create_task(adapter.lookup(query(codigo="7"), limit=5))
        await asyncio.sleep(0)
        first.cancel()
        release.set()
        assert names((await second).records) == ["Ana"]
        with pytest.raises(asyncio.CancelledError):
            await first


async def test_work_on_a_wsdl_outlives_the_lookup_that_began_it(monkeypatch: pytest.MonkeyPatch) -> None:
    started, release, compiled = threading.Event(), threading.Event(), 0
    compile_ = loading._compile

    def slowly(*given: object) -> object:
        nonlocal compiled
        compiled += 1
        started.set()
        release.wait(10)
        return compile_(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(loading, "_compile", slowly)
    async with running_source(showing({})) as source, adapter_at(source.url) as adapter:
        for _ in range(3):
            impatient = asyncio.create_task(adapter.lookup(query(codigo="7"), limit=5))
            await asyncio.to_thread(started.wait, 10)
            await asyncio.sleep(0)
            impatient.cancel()
            with pytest.raises(asyncio.CancelledError):
                await impatient
        release.set()
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
        assert compiled == 1
