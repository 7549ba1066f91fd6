"""The hooks that a plugin may implement. All there is; the request path never calls a hook.

A plugin is a module named by an entry point of the group `gateway`; it marks its functions with `hookimpl`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pluggy

from gateway.adapter.contract import AdapterType, Desk

PROJECT = "gateway"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def gateway_adapters() -> Iterable[AdapterType[Any]]:  # type: ignore[empty-body]
    """The adapter types of this plugin. Called once per plugin at start; must do no I/O."""


@hookspec
def gateway_commands(desk: Desk) -> Iterable[Callable[..., None]]:  # type: ignore[empty-body]
    """This plugin's own commands, as functions that Typer takes: `gateway <plugin> <function>`; their docstrings and
    annotations are the help. Called by the command line alone, where one is asked for or listed; must do no I/O."""
