"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from gateway.core.errors import ConfigurationError, Located


def _folder(path: Path) -> Path:
    if not path.is_dir():
        sentence = "There is no such folder. Name the configuration's with --config, or in GATEWAY_CONFIG."
        raise ConfigurationError([Located(str(path), 0, 0, sentence)])
    return path


Config: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="GATEWAY_CONFIG",
        callback=_folder,
        help="The configuration folder (gateway.yaml, tenants/, keys/).",
    ),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="As JSON, for programs.")]

DEFAULT_CONFIG = Path("config")
