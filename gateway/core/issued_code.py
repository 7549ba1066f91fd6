"""What is known of a code that was given out: for whom, how long, over which channel, and why one is refused."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.code import IdentificationCode
from gateway.core.keeping import ContactDraft
from gateway.core.redaction import Redacted


class CodeTrouble(StrEnum):
    """Why a code is refused; for the helpdesk alone.

    `mistyped`: it cannot be a code. `unknown`: nobody was given it, or another tenant gave it. `used`, `expired`: it was
    good once; `expired` also where newer ones took its place. `other_channel`: it was given for another channel.
    `throttled`: this user of the channel sent too many wrong ones, so that none is looked at for a while.
    """

    MISTYPED = "mistyped"
    UNKNOWN = "unknown"
    USED = "used"
    EXPIRED = "expired"
    OTHER_CHANNEL = "other_channel"
    THROTTLED = "throttled"


@dataclass(frozen=True, slots=True, repr=False)
class CodeHolder(Redacted):
    """Whom the company vouches for. `search`: search field -> canonical value, by which the sources are asked for him;
    `draft`: what is stored of him when he shows the code. `purpose`: the company's own word for what it is for."""

    search: Map[str, str]
    draft: ContactDraft
    purpose: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class CodeIssue(Redacted):
    """A code that is to be given out. `same`: kind and value by which the holder's other codes are told, the best that is
    known of him. `channel`: the only one where it is good, None for any."""

    code: IdentificationCode
    holder: CodeHolder
    same: tuple[str, str]
    expires_at: datetime
    channel: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class LiveCode(Redacted):
    """One that was given out and is good now."""

    id: str
    holder: CodeHolder = field(repr=False)
