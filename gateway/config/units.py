"""Durations and sizes as people write them in YAML: `500ms`, `4s`, `2m`; `64KiB`, `10MiB`."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import PlainValidator, WithJsonSchema

DURATION, LIFETIME, SIZE = "duration", "time up to 24h", "size"
"""What the schema calls them (`x-type`)."""
_DURATION = r"^[0-9]{1,6}(?:\.[0-9]{1,3})?(?:ms|s|m)$"
_LIFETIME = r"^[0-9]{1,6}(?:s|m|h)$"
_NEVER = "never"
_SIZE = r"^[0-9]{1,12}(?:B|KiB|MiB)$"
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"B": 1, "KiB": 1024, "MiB": 1024 * 1024}
_LONGEST, _LONGEST_LIFE, _LARGEST = 600.0, 86400.0, 1024 * 1024 * 1024


def _split(text: str) -> tuple[str, str]:
    number = text.rstrip("mshBKiM")
    return number, text[len(number) :]


def _seconds(value: object) -> float:
    if not isinstance(value, str) or not re.fullmatch(_DURATION, value):
        raise ValueError("Write a duration as a number with its unit: 500ms, 4s or 2m.")
    number, unit = _split(value)
    seconds = float(number) * _SECONDS[unit]
    if not 0.001 <= seconds <= _LONGEST:
        raise ValueError("A duration lies between 1ms and 10m.")
    return seconds


def _lifetime(value: object) -> float:
    if not isinstance(value, str) or not re.fullmatch(_LIFETIME, value):
        raise ValueError("Write how long as a whole number with its unit: 90s, 30m or 8h.")
    number, unit = _split(value)
    seconds = float(number) * _SECONDS[unit]
    if not 1.0 <= seconds <= _LONGEST_LIFE:
        raise ValueError("This lies between 1s and 24h.")
    return seconds


def _lifetime_or_never(value: object) -> float:
    return 0.0 if value == _NEVER else _lifetime(value)


def _bytes(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(_SIZE, value):
        raise ValueError("Write a size as a number with its unit: 512B, 64KiB or 10MiB.")
    number, unit = _split(value)
    size = int(number) * _BYTES[unit]
    if not 1 <= size <= _LARGEST:
        raise ValueError("A size lies between 1B and 1024MiB.")
    return size


def written(sort: str, value: float) -> str:
    """A duration, a lifetime or a size, by what its schema calls it, as it stands in YAML: `4s`, `64KiB`."""
    if sort == DURATION:
        return f"{value:g}s" if value >= 1 else f"{value * 1000:g}ms"
    if sort == LIFETIME:
        unit = next(unit for unit in ("h", "m", "s") if value % _SECONDS[unit] == 0)
        return f"{value / _SECONDS[unit]:g}{unit}"
    unit = next(unit for unit in ("MiB", "KiB", "B") if int(value) % _BYTES[unit] == 0)
    return f"{int(value) // _BYTES[unit]}{unit}"


Duration = Annotated[
    float,
    PlainValidator(_seconds),
    WithJsonSchema({"x-type": DURATION, "type": "string", "pattern": _DURATION, "examples": ["500ms", "4s", "2m"]}),
]
"""Seconds, from 1ms to 10m."""
Lifetime = Annotated[
    float,
    PlainValidator(_lifetime),
    WithJsonSchema({"x-type": LIFETIME, "type": "string", "pattern": _LIFETIME, "examples": ["30m", "8h"]}),
]
"""Seconds, from 1s to 24h: how long something lives that others made."""
LifetimeOrNever = Annotated[
    float,
    PlainValidator(_lifetime_or_never),
    WithJsonSchema(
        {
            "x-type": "time up to 24h, or `never`",
            "type": "string",
            "pattern": f"^{_NEVER}$|{_LIFETIME}",
            "examples": ["4h", _NEVER],
        }
    ),
]
"""As `Lifetime`; `never` is 0."""
Size = Annotated[
    int,
    PlainValidator(_bytes),
    WithJsonSchema({"x-type": SIZE, "type": "string", "pattern": _SIZE, "examples": ["64KiB", "10MiB"]}),
]
"""Bytes, from 1B to 1024MiB."""
