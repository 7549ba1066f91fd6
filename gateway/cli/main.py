"""The commands, their options, and how the command line begins and ends."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import Annotated

import typer

from gateway import __version__
from gateway.cli.exits import Exit
from gateway.cli.serve import serve
from gateway.core.errors import GatewayError


def make_cli(asked: str | None = None) -> typer.Typer:
    """All commands, those of plugins too; with `asked`, the first word of the command line, only those that it may mean. A
    function and not a module's variable, so that importing does nothing."""
    # Here, because a server would keep in memory for ever what they print with.
    from gateway.cli.audit import audit
    from gateway.cli.check import check
    from gateway.cli.database import make_db
    from gateway.cli.draft import draft
    from gateway.cli.identify import identify
    from gateway.cli.keys import make_keys
    from gateway.cli.listing import plugins, schema
    from gateway.cli.own_commands import own_commands
    from gateway.cli.prospects import make_prospects
    from gateway.cli.try_sample import try_sample

    cli = make_server()
    commands: tuple[tuple[str, Callable[..., None]], ...] = (
        ("check", check),
        ("identify", identify),
        ("try", try_sample),
        ("draft", draft),
        ("plugins", plugins),
        ("schema", schema),
        ("audit", audit),
    )
    for name, command in commands:
        cli.command(name)(command)
    cli.add_typer(make_db(), name="db", help="The gateway's own database: its tables, its keys, its days.")
    cli.add_typer(make_keys(), name="keys", help="API keys: create, list, revoke.")
    cli.add_typer(
        make_prospects(), name="prospects", help="People whom nobody knew: load them into the company's base."
    )
    names = [*(one.name for one in cli.registered_commands), *(one.name for one in cli.registered_groups)]
    taken = frozenset(filter(None, names))
    if asked not in taken:
        wanted = None if asked is None or asked.startswith("-") else asked
        for name, group in own_commands(wanted, taken):
            cli.add_typer(group, name=name)
    return cli


def make_server() -> typer.Typer:
    """The command line with `serve` alone."""
    cli = typer.Typer(
        name="gateway",
        help="Customer identification gateway: one API in front of every place where a company keeps its customers.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    cli.command("serve")(serve)
    cli.callback()(_options)
    return cli


def main() -> int:
    """The console script. An error that the gateway raises on purpose is one readable text and a status, no traceback; so
    is a file that cannot be read or written."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # A letter that the terminal cannot show is no reason to show nothing.
            stream.reconfigure(errors="backslashreplace")
    try:
        cli = make_server() if sys.argv[1:2] == ["serve"] else make_cli(next(iter(sys.argv[1:]), None))
        cli(standalone_mode=True)
    except GatewayError as error:
        typer.echo(f"gateway: {error}", err=True)
    except OSError as error:
        if error.filename is None:
            raise
        typer.echo(f"gateway: {error.filename}: {error.strerror}. Check the path, its owner and its mode.", err=True)
    return Exit.PROBLEM


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gateway {__version__} (Python {sys.version.split()[0]})")
        raise typer.Exit


def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Customer identification gateway."""
