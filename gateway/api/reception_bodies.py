"""The one body with which calls over a channel are answered."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from gateway.api.bodies import Identification
from gateway.api.body import Body
from gateway.api.facts_bodies import Actions, Facts
from gateway.api.interaction_bodies import Interaction
from gateway.api.trace_bodies import JudgedRule
from gateway.core.facts import CodeState
from gateway.core.interaction import NoLink
from gateway.core.issued_code import CodeTrouble
from gateway.core.model import Outcome


class CodeResult(Body, frozen=True):
    """`state`: `not_sent` (there is none in the message), `invalid` or `valid`. `reason`: why it is not good, for keys that
    may read customers alone. `purpose`: the issuer's word for what a good one is for. `for_writer`: what who wrote may be
    told, in the tenant's language; the same for every code that is not good."""

    state: CodeState
    for_writer: str
    reason: CodeTrouble | UnsetType = UNSET
    purpose: str | UnsetType = UNSET


class Reception(Body, frozen=True, kw_only=True):
    """Who it is, what was linked, and what is known. `outcome`, `identification`: where somebody was looked for.
    `interaction`: the open one of who writes, if there is one; `not_linked`: why it was not linked by itself. `left_out`:
    what was told and could not be searched by (`cpf: …`), never the value. `registered`: the channel registered who writes,
    whom nobody knew. `code`: where one was looked for. `rules`: only with `explain`."""

    request_id: str
    outcome: Outcome | UnsetType = UNSET
    identification: Identification | UnsetType = UNSET
    interaction: Interaction | UnsetType = UNSET
    not_linked: NoLink | UnsetType = UNSET
    left_out: tuple[str, ...]
    registered: bool
    code: CodeResult | UnsetType = UNSET
    facts: Facts
    actions: Actions
    rules: tuple[JudgedRule, ...] | UnsetType = UNSET
