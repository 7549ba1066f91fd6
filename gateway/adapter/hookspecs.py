"""The hooks that a plugin may implement. All there is; the request path never calls a hook.

A plugin is a module named by an entry point of the group `gateway`; it marks its functions with `hookimpl`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pluggy

from gateway.adapter.contract import AdapterType

PROJECT = "gateway"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def gateway_adapters() -> Iterable[AdapterType[Any]]:  # type: ignore[empty-body]
    """The adapter types of this plugin. Called once per plugin at start; must do no I/O."""
