"""What is past its days is let go of, tenant by tenant, as each one's file says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol, TypeVar

from gateway.core.errors import TenantBroken, UnknownTenant
from gateway.core.tenant import Retention, Tenant

Count = TypeVar("Count")
Given = TypeVar("Given", covariant=True)


class Retains(Protocol[Given]):
    """Where things are kept. Raises StorageUnavailable."""

    async def tenants(self) -> tuple[str, ...]: ...

    async def forget_repeats(self, now: datetime) -> None: ...

    async def forget_codes(self, now: datetime) -> None: ...

    async def let_go(self, tenant: str, retention: Retention, now: datetime) -> Given: ...


async def retain(tenant_of: Callable[[str], Tenant], store: Retains[Count], now: datetime) -> dict[str, Count]:
    """Slug -> what was let go of. A tenant whose file is gone or wrong keeps everything: it says nothing of its days."""
    await store.forget_repeats(now)
    await store.forget_codes(now)
    gone: dict[str, Count] = {}
    for slug in await store.tenants():
        try:
            retention = tenant_of(slug).retention
        except (UnknownTenant, TenantBroken):
            continue
        if retention != Retention():
            gone[slug] = await store.let_go(slug, retention, now)
    return gone
