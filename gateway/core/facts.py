"""What is known of who writes, as the tenant's rules and the helpdesk's own see it: facts, each of a closed set."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.interaction import LinkAssurance
from gateway.core.model import Outcome
from gateway.core.redaction import Redacted


class CodeState(StrEnum):
    """What came of an identification code in this call. `not_sent`: no code came, asked for or not."""

    NOT_SENT = "not_sent"
    INVALID = "invalid"
    VALID = "valid"


@dataclass(frozen=True, slots=True, repr=False)
class Facts(Redacted):
    """None is *not known*, which is neither true nor false.

    `outcome`, `complete`: of the identification, None where nobody was looked for. `identified`: who writes is tied to one
    customer now, as surely as the tenant wants it; None where it could not be found out. `assurance`: how surely he is tied,
    `claimed` where he is only found; None where he is nobody. `created_at`: since when the customer is known, aware, in UTC.
    `attributes`: name -> value, of those that the tenant allows.
    """

    outcome: Outcome | None = None
    complete: bool | None = None
    channel: str | None = None
    identified: bool | None = None
    assurance: LinkAssurance | None = None
    code: CodeState = CodeState.NOT_SENT
    customer_type: str | None = None
    created_at: datetime | None = None
    attributes: Map[str, str] = field(default_factory=dict)
