"""Bytes to a source: the contract's `Wire`, with guard, caps, credentials and TLS on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapter.contract import AdapterContext
from gateway.upstream.guard import Resolver
from gateway.upstream.wire import SourceWire, open_wire

if TYPE_CHECKING:
    import httpx2

__all__ = ["Resolver", "SourceWire", "httpx_client", "open_wire"]


def httpx_client(context: AdapterContext) -> httpx2.AsyncClient:
    """httpx2's API over the context's wire, `base_url` being the source's address; for adapters that need more of HTTP than
    a template can say. The adapter closes it in its `aclose`.

    Its calls raise SourceErrors, as the wire's do. A request to another origin is refused. Twice as slow as the wire itself.
    """
    # httpx2 costs 50 ms to import, and no bundled adapter needs it.
    from gateway.upstream.client import client_over

    return client_over(context.wire)
