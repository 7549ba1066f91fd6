"""A tenant's identification codes, `codes:` of its file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.config.file_model import FileModel
from gateway.config.units import Duration
from gateway.core.code_settings import LONGEST_VALID, SHORTEST_VALID, USUAL_CODES, CodeSettings


def _life(seconds: float) -> float:
    if not SHORTEST_VALID <= seconds <= LONGEST_VALID or seconds != int(seconds):
        raise ValueError(f"A code is good for {SHORTEST_VALID}s to {LONGEST_VALID // 60}m, in whole seconds.")
    return seconds


class CodesFile(FileModel):
    """Codes by which a customer who is logged in proves in a chat who he is."""

    valid_for: Annotated[Duration, AfterValidator(_life)] = Field(
        default=float(LONGEST_VALID), description="How long a code is good: 30s to 5m. A request may ask for less."
    )


def codes(file: CodesFile) -> CodeSettings:
    # Ten thousand tenants that say nothing have one object between them.
    return USUAL_CODES if file == CodesFile() else CodeSettings(int(file.valid_for))
