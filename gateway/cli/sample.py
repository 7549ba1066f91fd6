"""A recorded reply as commands take it from files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from gateway.adapter import Reply

MOST_BYTES = 64 * 1024 * 1024
"""Largest sample that is read."""

SampleFile: TypeAlias = Annotated[
    Path,
    typer.Option("--sample", exists=True, dir_okay=False, help="The recorded reply's body, byte for byte as it came."),
]
ContentType: TypeAlias = Annotated[
    str, typer.Option("--content-type", help="The recorded reply's Content-Type header, for its charset.")
]
Status: TypeAlias = Annotated[int, typer.Option("--status", min=100, max=599, help="The recorded reply's status.")]


def recorded(file: Path, content_type: str = "", status: int = 200) -> Reply:
    """The reply. Raises BadParameter for a file that no reply could be."""
    if file.stat().st_size > MOST_BYTES:
        raise typer.BadParameter(
            f"{file} is larger than {MOST_BYTES >> 20} MiB; keep a part of the reply that is whole"
        )
    return Reply(status, {"content-type": content_type} if content_type else {}, file.read_bytes())


def pairs_of(texts: Sequence[str], what: str) -> dict[str, str]:
    """`NAME=VALUE` texts, split at the last `=` where the name may hold some. Raises BadParameter naming `what`."""
    pairs: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals or not value or name in pairs:
            raise typer.BadParameter(f"{what}, each once")
        pairs[name] = value
    return pairs
