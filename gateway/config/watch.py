"""Tells when something in the configuration folder has changed; what changed, the registry and the key ring find out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

from watchfiles import Change, awatch

_WATCHED = frozenset({"tenants", "keys", "secrets", "wsdl"})
_BURST = 400
"""Milliseconds in which changes that follow each other are one: editors and `git checkout` write many files."""


def watch(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    """One item for each burst of changes, until `stop` is set. Waits for the system's notifications."""
    return _bursts(folder.resolve(), stop)


async def _bursts(folder: Path, stop: asyncio.Event) -> AsyncGenerator[None, None]:
    def concerns_us(_: Change, path: str) -> bool:
        below = Path(path).parts[len(folder.parts) :]
        return bool(below) and below[0] in _WATCHED

    async for _ in awatch(folder, watch_filter=concerns_us, stop_event=stop, debounce=_BURST):
        yield
