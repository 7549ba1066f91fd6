"""Facts and what the rules want done, in the JSON API: members of every answer that says who somebody is."""

from __future__ import annotations

from datetime import datetime

from msgspec import UNSET, UnsetType

from gateway.api.body import Body
from gateway.core.facts import CodeState
from gateway.core.interaction import LinkAssurance
from gateway.core.model import Outcome
from gateway.core.rules import AskFor


class CustomerFacts(Body, frozen=True, kw_only=True):
    """`identified`: who writes is tied to one customer now, as surely as the tenant wants it; left out where that could not
    be found out. `created_at`: since when he is a customer. `attributes`: those that the tenant allows."""

    identified: bool | UnsetType = UNSET
    created_at: datetime | UnsetType = UNSET
    type: str | UnsetType = UNSET
    attributes: dict[str, str]


class CodeFacts(Body, frozen=True):
    """`state`: what came of an identification code in this call; `not_sent` where none came."""

    state: CodeState


class Facts(Body, frozen=True, kw_only=True):
    """What is known, for rules. What is not known is left out: it is neither true nor false. `assurance`: how sure it is
    that who writes is this customer; `outcome`, `complete`: of the identification."""

    customer: CustomerFacts
    code: CodeFacts
    outcome: Outcome | UnsetType = UNSET
    complete: bool | UnsetType = UNSET
    assurance: LinkAssurance | UnsetType = UNSET
    channel: str | UnsetType = UNSET


class Actions(Body, frozen=True, kw_only=True):
    """What the tenant's rules want done, by the helpdesk. `set`: its fields and what to set them to. `queue`: whose turn it
    is. `ask_for`: what to ask who writes for."""

    set: dict[str, str]
    tags: tuple[str, ...]
    queue: str | UnsetType = UNSET
    ask_for: tuple[AskFor, ...]
