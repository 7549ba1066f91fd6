"""Why a source is asked: to find somebody, or for one customer who was selected."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.model import UniqueKey
from gateway.core.redaction import Redacted


@dataclass(frozen=True, slots=True, repr=False)
class Purpose(Redacted):
    """`key`: of the customer who was selected, None while somebody is looked for."""

    key: UniqueKey | None = None


FIND = Purpose()
