"""The API with the key ring that it runs with."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway.api.routes import api_routes, at_the_edge
from gateway.config.keys import KeyRing
from tests.api.composed import Composed, call

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)


async def test_a_key_opens_from_its_making_until_it_expires_or_is_revoked(tmp_path: Path) -> None:
    now = NOON
    ring = KeyRing(tmp_path, lambda: now)
    key, shown = ring.create("acme", "helpdesk", "the helpdesk", NOON + timedelta(days=1))
    forever, shown_forever = ring.create("acme", "helpdesk", "another", None)
    gateway = Composed()
    app = at_the_edge(api_routes(replace(gateway.parts, keys=ring)), gateway.parts.observer)

    async def status(presented: str) -> int:
        target = "/v1/tenants/acme/search-fields"
        return (await call(app, "GET", target, headers=[("Authorization", f"Bearer {presented}")])).status

    assert await status(shown) == 200
    assert await status(shown[:-1] + ("A" if shown[-1] != "A" else "B")) == 401
    assert await status(shown.replace(key.id, forever.id)) == 401
    now = NOON + timedelta(days=1)
    assert await status(shown) == 401
    assert await status(shown_forever) == 200
    assert ring.revoke("acme", forever.id)
    assert await status(shown_forever) == 401
