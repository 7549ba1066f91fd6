"""Why a source is asked: to find somebody, or for one customer who was selected, or for his past."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.model import UniqueKey
from gateway.core.redaction import Redacted


@dataclass(frozen=True, slots=True, repr=False)
class Purpose(Redacted):
    """`key`: of the customer who was selected, None while somebody is looked for. `history`: for his past."""

    key: UniqueKey | None = None
    history: bool = False


FIND = Purpose()
