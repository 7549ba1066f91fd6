"""`gateway plugins` and `gateway schema`: what is installed, and what a tenant's file may say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.exits import Exit
from gateway.cli.options import AsJson
from gateway.plugins import discover


def plugins(as_json: AsJson = False) -> None:
    """List the installed adapter types, and the plugins that cannot be used. Ends with 1 if there is one of these."""
    found = discover()
    if as_json:
        types = [{"name": name, "summary": kind.summary} for name, kind in sorted(found.types.items())]
        typer.echo(json.dumps({"adapters": types, "broken": dict(found.broken)}, ensure_ascii=False, indent=2))
    else:
        table = Table("adapter", "", "summary")
        for name, kind in sorted(found.types.items()):
            table.add_row(name, Text("usable", style="green"), Text(kind.summary))
        for name, why in sorted(found.broken.items()):
            table.add_row(name, Text("broken", style="red"), Text(why))
        Console().print(table)
    raise typer.Exit(Exit.PROBLEM if found.broken else Exit.OK)


def schema(
    output: Annotated[Path | None, typer.Option("--output", "-o", dir_okay=False, help="Write to this file.")] = None,
    own: Annotated[bool, typer.Option("--gateway", help="Of gateway.yaml, instead of a tenant's file.")] = False,
) -> None:
    """Write the JSON Schema of a tenant's file, the installed plugins' settings included, for editors to complete by."""
    from gateway.config.schema import gateway_schema, json_schema

    text = json.dumps(gateway_schema() if own else json_schema(discover().types), ensure_ascii=False, indent=2)
    if output is None:
        typer.echo(text)
    else:
        output.write_text(text + "\n", encoding="utf-8")
        whose = "gateway.yaml's" if own else "a tenant's"
        typer.echo(f"Wrote {output}. Name it in {whose} first line: # yaml-language-server: $schema=<path to it>")
