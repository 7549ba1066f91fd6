"""The plugin `rest_json`: customers from REST APIs that speak JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.adapter import AdapterType, hookimpl
from gateway_rest_json.adapter import REST_JSON

__all__ = ["REST_JSON", "gateway_adapters"]


@hookimpl
def gateway_adapters() -> Iterable[AdapterType[Any]]:
    return (REST_JSON,)
