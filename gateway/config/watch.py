"""Tells when something in the configuration folder has changed; what changed, the registry and the key ring find out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from watchfiles import awatch

_WATCHED = frozenset({"tenants", "keys", "secrets", "wsdl"})
_BURST = 400
"""Milliseconds in which changes that follow each other are one: editors and `git checkout` write many files."""


def watch(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """One item for each burst of changes, until `stop` is set. Waits for the system's notifications."""
    return _bursts(folder.resolve(), stop)


def concerns(folder: Path, changed: Path) -> bool:
    """Is `changed`, a path below `folder`, of what is taken up while the gateway runs? gateway.yaml is not."""
    below = changed.parts[len(folder.parts) :]
    return bool(below) and below[0] in _WATCHED


async def _bursts(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    ours = awatch(folder, watch_filter=lambda _, path: concerns(folder, Path(path)), stop_event=stop, debounce=_BURST)
    async for _ in ours:
        yield
