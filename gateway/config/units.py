"""Durations and sizes as people write them in YAML: `500ms`, `4s`, `2m`; `64KiB`, `10MiB`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

DURATION, SIZE = "duration", "size"
"""What the schema calls them (`x-type`)."""
_DURATION = r"^[0-9]{1,6}(?:\.[0-9]{1,3})?(?:ms|s|m)$"
_SIZE = r"^[0-9]{1,12}(?:B|KiB|MiB)$"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024 * 1024}
_LONGEST, _LARGEST = 600.0, 1024 * 1024 * 1024


def _split(text: str) -> tuple[str, str]:
    number = text.rstrip("msBKiM")
    return number, text[len(number) :]


def _seconds(value: object) -> float:
    if not isinstance(value, str) or not re.fullmatch(_DURATION, value):
        raise ValueError("Write a duration as a number with its unit: 500ms, 4s or 2m.")
    number, unit = _split(value)
    seconds = float(number) * _SECONDS[unit]
    if not 0.001 <= seconds <= _LONGEST:
        raise ValueError("A duration lies between 1ms and 10m.")
    return seconds


def _bytes(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(_SIZE, value):
        raise ValueError("Write a size as a number with its unit: 512B, 64KiB or 10MiB.")
    number, unit = _split(value)
    size = int(number) * _BYTES[unit]
    if not 1 <= size <= _LARGEST:
        raise ValueError("A size lies between 1B and 1024MiB.")
    return size


def written(sort: str, value: float) -> str:
    """A duration or a size, by what its schema calls it, as it stands in YAML: `4s`, `64KiB`."""
    if sort == DURATION:
        return f"{value:g}s" if value >= 1 else f"{value * 1000:g}ms"
    unit = next(unit for unit in ("MiB", "KiB", "B") if int(value) % _BYTES[unit] == 0)
    return f"{int(value) // _BYTES[unit]}{unit}"


Duration = Annotated[
    float,
    PlainValidator(_seconds),
    WithJsonSchema({"x-type": DURATION, "type": "string", "pattern": _DURATION, "examples": ["500ms", "4s", "2m"]}),
]
"""Seconds, from 1ms to 10m."""
Size = Annotated[
    int,
    PlainValidator(_bytes),
    WithJsonSchema({"x-type": SIZE, "type": "string", "pattern": _SIZE, "examples": ["64KiB", "10MiB"]}),
]
"""Bytes, from 1B to 1024MiB."""
