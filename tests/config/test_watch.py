"""The configuration folder is watched by the system's notifications."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from anyio import fail_after

from gateway.config.watch import concerns, watch
from tests.config.acme import ACME, Folder

pytestmark = pytest.mark.anyio


async def next_burst(bursts: AsyncGenerator[None, None], folder: Folder) -> None:
    """The next burst; a file is written again until the watch, which starts in a thread, has seen it."""
    waiting = asyncio.ensure_future(anext(bursts))
    with fail_after(20):
        while not waiting.done():
            folder.write(ACME)
            await asyncio.wait({waiting}, timeout=0.1)
    waiting.result()


async def test_a_changed_tenant_is_told_of_and_the_stop_ends_it(folder: Folder) -> None:
    stop = asyncio.Event()
    bursts = watch(folder.path, stop)
    await next_burst(bursts, folder)
    stop.set()
    with fail_after(20):
        async for _ in bursts:
            continue


@pytest.mark.parametrize(
    ("changed", "ours"),
    [
        ("tenants/acme.yaml", True),
        ("secrets/acme/..data", True),
        ("keys/acme.yaml", True),
        ("wsdl/acme/a.xsd", True),
        ("data/gateway.db", False),
        ("gateway.yaml", False),
        ("", False),
    ],
)
async def test_only_what_is_taken_up_is_told_of(changed: str, ours: bool) -> None:
    assert concerns(Path("/etc/gateway"), Path("/etc/gateway") / changed) is ours
