"""What a tenant says of its identification codes."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_VALID, SHORTEST_VALID = 300, 30
"""Seconds that a code may be good for."""


@dataclass(frozen=True, slots=True)
class CodeSettings:
    """`valid_for`: seconds that a code is good, where nobody asks for less."""

    valid_for: int = LONGEST_VALID


USUAL_CODES = CodeSettings()
