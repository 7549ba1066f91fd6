"""What a tenant wants of its prospects: the form by which they are registered, and where they go at the end of the day."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import time
from enum import StrEnum
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of the tenant's form. `kind`: as of a search field, by which it is checked and the prospect found; None for
    any text."""

    name: str
    label: str
    kind: str | None = None
    required: bool = False


class FileFormat(StrEnum):
    """How a file of prospects is written."""

    CSV = "csv"
    XML = "xml"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class LoadFile:
    """The day's prospects go into a file. `folder`: below the tenant's own; `encoding`: as Python calls it; `separator`:
    between the values of a CSV line."""

    format: FileFormat
    folder: str = ""
    encoding: str = "utf-8"
    separator: str = ","


@dataclass(frozen=True, slots=True)
class LoadSource:
    """They are sent to one of the tenant's sources. `settle`: seconds that its index may need until somebody who was saved
    is found; so long after a sending of unknown outcome nobody is sent again."""

    source: str
    settle: float = 60.0


Load: TypeAlias = LoadFile | LoadSource


@dataclass(frozen=True, slots=True)
class ProspectSettings:
    """`form`: its fields by name. `load`: None where nothing is loaded. `load_at`: when `serve` does it by itself, on the
    tenant's clock."""

    form: Map[str, FormField] = field(default_factory=dict)
    load: Load | None = None
    load_at: time | None = None


NO_PROSPECTS = ProspectSettings()
"""No form, and nothing is loaded."""
