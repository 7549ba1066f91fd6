"""A tenant's rules: what is to be done with whom, said as data that the helpdesk acts on; nothing is done here."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.core.interaction import LinkAssurance
from gateway.core.redaction import Redacted


class AskFor(StrEnum):
    """What who writes may be asked for."""

    CODE = "code"


@dataclass(frozen=True, slots=True)
class Actions:
    """What the rules want done. `values`: field of the helpdesk -> what to set it to; `tags` and `ask_for` in the order of
    the rules, each once; `queue`: whose turn it is, None where no rule says."""

    values: Map[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    queue: str | None = None
    ask_for: tuple[AskFor, ...] = ()


NO_ACTIONS = Actions()


@dataclass(frozen=True, slots=True, repr=False)
class CreatedAt(Redacted):
    """Where a customer's own system says since when he is one. `attribute`: its name; `read`: text -> aware moment, or None
    for what is no moment."""

    attribute: str
    read: Callable[[str], datetime | None]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """`identified_from`: the least assurance with which a customer counts as identified, never `claimed`. `attributes`:
    those of a customer that are facts. `created_at`: None for the contact base's own."""

    identified_from: LinkAssurance = LinkAssurance.CHANNEL
    attributes: tuple[str, ...] = ()
    created_at: CreatedAt | None = None


NO_RULES = RuleSet()
