"""Plugins' own commands, mounted as `gateway <plugin> <command>`."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import typer

from gateway.cli.desk import CommandDesk
from gateway.core.errors import ConfigurationError
from gateway.plugins import commands_of, plugin_names


def own_commands(wanted: str | None, taken: Collection[str]) -> Iterator[tuple[str, typer.Typer]]:
    """The groups of the plugins that have commands: of `wanted` alone, or of all with None. Names in `taken` are the
    gateway's. Raises ConfigurationError where the wanted plugin cannot be used; of all, such ones are left out."""
    for name in plugin_names():
        if name in taken or wanted not in (None, name):
            continue
        try:
            commands = commands_of(name, CommandDesk())
        except ConfigurationError:
            if wanted is not None:
                raise
            # `gateway plugins` says what is wrong with it.
            continue
        if commands:
            group = typer.Typer(name=name, help=f"Commands of the plugin {name}.", no_args_is_help=True)
            for command in commands:
                group.command()(command)
            # With a callback it stays a group, though it may have one command only.
            group.callback()(_nothing)
            yield name, group


def _nothing() -> None:
    """Nothing goes before the commands."""
