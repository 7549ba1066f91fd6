"""What runs beside the requests, where it goes wrong in ways that a test cannot bring about in earnest."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import os
from collections.abc import AsyncGenerator, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from gateway import upkeep as upkeep_module
from gateway.assembly import assemble
from gateway.observe.logs import LogFormat, open_log
from gateway.observe.metrics import Metrics
from gateway.observe.watch import Watch
from gateway.upkeep import Upkeep
from tests.whole.running import Systems, build

pytestmark = pytest.mark.anyio


@pytest.fixture
def thawed() -> Iterator[None]:
    """What the server freezes for good is let go again."""
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("thawed")
async def test_without_watches_the_gateway_serves_on_and_says_what_still_works(
    systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def too_few(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
        asyncio.get_running_loop().call_soon(ended.set)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        yield

    monkeypatch.setattr(upkeep_module, "watch", too_few)
    for name, value in systems.secrets.items():
        monkeypatch.setenv(name, value)
    written = BytesIO()
    log, metrics = open_log(written, LogFormat.JSON), Metrics()
    gateway = assemble(build(tmp_path, systems).config, Watch(log, metrics))
    upkeep = Upkeep(gateway, metrics, log)
    async with upkeep.running():
        await ended.wait()
        gateway.folder.joinpath("tenants", "aurora.yaml").unlink()
        upkeep.take_up()
    events = {entry["event"]: entry for entry in map(json.loads, written.getvalue().splitlines())}
    assert events["watching_ended"]["remedy"] == "SIGHUP still re-reads the configuration."
    assert events["watching_ended"]["error"][0].startswith("OSError at ")
    assert events["configuration_taken"]["removed"] == ["aurora"]


class Defective:
    """A load that breaks, in words that hold somebody's data."""

    def __init__(self) -> None:
        self.asked, self.closed = asyncio.Event(), False

    async def tick(self) -> None:
        asyncio.get_running_loop().call_soon(self.asked.set)
        raise KeyError("ana@example.com")

    async def aclose(self) -> None:
        self.closed = True


@pytest.mark.usefixtures("thawed")
async def test_a_defect_beside_the_requests_ends_no_request_and_is_told(
    systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in systems.secrets.items():
        monkeypatch.setenv(name, value)
    written, jobs = BytesIO(), Defective()
    log, metrics = open_log(written, LogFormat.JSON), Metrics()
    gateway = assemble(build(tmp_path, systems).config, Watch(log, metrics))
    async with Upkeep(gateway, metrics, log, {"loading": jobs}, look=0.001).running():
        await jobs.asked.wait()
    events = {entry["event"]: entry for entry in map(json.loads, written.getvalue().splitlines())}
    assert (events["upkeep_ended"]["what"], events["upkeep_ended"]["level"]) == ("loading", "error")
    assert events["upkeep_ended"]["error"][0].startswith("KeyError at ")
    assert jobs.closed
    assert b"ana@example.com" not in written.getvalue()


@pytest.mark.usefixtures("thawed")
async def test_what_is_doubtful_is_told_once_and_again_only_where_it_changed(
    systems: Systems, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in systems.secrets.items():
        monkeypatch.setenv(name, value)
    written = BytesIO()
    log, metrics = open_log(written, LogFormat.JSON), Metrics()
    house = build(tmp_path, systems)
    house.change("aurora", ("tel: fone, email: email,", "tel: fone,"))
    gateway = assemble(house.config, Watch(log, metrics))

    def told() -> list[tuple[str | None, str]]:
        lines = [json.loads(line) for line in written.getvalue().splitlines()]
        return [
            (one.get("tenant"), one["doubt"].partition(":")[0])
            for one in lines
            if one["event"] == "configuration_doubtful"
        ]

    upkeep = Upkeep(gateway, metrics, log)
    async with upkeep.running():
        while upkeep._looking:
            await asyncio.wait(upkeep._looking)
        assert told() == [("aurora", "sources")]
        house.change("aurora", ("name: Aurora Seguros", "name: Aurora"))
        upkeep.take_up()
        while upkeep._looking:
            await asyncio.wait(upkeep._looking)
        assert told() == [("aurora", "sources")]
        upkeep.take_up()
    assert told() == [("aurora", "sources")]
