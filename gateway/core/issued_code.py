"""What is known of a code that was given out: for whom, how long, over which channel, and why one is refused."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.core.code import CodesSent, IdentificationCode
from gateway.core.interaction import Interaction
from gateway.core.keeping import ContactDraft
from gateway.core.model import Contact, Identifier
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
    holder: CodeHolder


@dataclass(frozen=True, slots=True, repr=False)
class CodesShown(Redacted):
    """What somebody sent. `user`: who he is in the channel. `interaction`: the id of the one that he is in, None for the
    open one that he has, if it is one."""

    user: Identifier
    channel: str
    sent: CodesSent
    interaction: str | None = None


@dataclass(frozen=True, slots=True)
class CodeRefusal:
    """`counts`: it is one more wrong code of this user of the channel."""

    trouble: CodeTrouble
    counts: bool = True


@dataclass(frozen=True, slots=True, repr=False)
class Proof(Redacted):
    """Who showed a good code. `interaction`: which that linked, None where there was none."""

    contact: Contact
    interaction: Interaction | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Looked(Redacted):
    """`found`: None where no code was sent; a Proof where this very request was done before. `interaction`: the open one, as
    it is now; `contact`: whom it is linked to."""

    found: LiveCode | CodeRefusal | Proof | None
    interaction: Interaction | None = None
    contact: Contact | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Attempt(Redacted):
    """What came of a code. `alarm`: with it, so many wrong ones came to this tenant that somebody is to be told."""

    made: Proof | CodeRefusal
    alarm: bool = False
