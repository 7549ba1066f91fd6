"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

Config: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="GATEWAY_CONFIG",
        file_okay=False,
        exists=True,
        help="The configuration folder (gateway.yaml, tenants/, keys/).",
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]

DEFAULT_CONFIG = Path("config")
