"""What one call over a channel amounts to: who it is, what was linked, and what is known for rules."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.facts import CodeState, Facts
from gateway.core.interaction import Interaction, NoLink
from gateway.core.issued_code import CodeTrouble
from gateway.core.model import Identification
from gateway.core.redaction import Redacted
from gateway.core.rules import NO_ACTIONS, Actions
from gateway.core.steps import Ruled


@dataclass(frozen=True, slots=True, repr=False)
class CodeAnswer(Redacted):
    """What came of the code in a message. `for_writer`: what who wrote may be told, in the tenant's language. `reason`: why
    it is not good, for who may read customers alone. `purpose`: the issuer's word for what a good one is for."""

    state: CodeState
    for_writer: str
    reason: CodeTrouble | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Reception(Redacted):
    """As its viewer may see it. `identification`: None where nobody was looked for. `interaction`: the open one of who
    writes, None where there is none. `refused`: why it was not linked by itself, where it might have been. `actions`: what
    the tenant's rules want done; `rules`: why, where that was asked. `left_out`: what was told and could not be searched by,
    with the check that failed, without the value. `registered`: the channel registered who writes, whom nobody knew.
    `code`: where one was looked for."""

    facts: Facts
    identification: Identification | None = None
    interaction: Interaction | None = None
    refused: NoLink | None = None
    actions: Actions = NO_ACTIONS
    rules: tuple[Ruled, ...] = ()
    left_out: tuple[str, ...] = ()
    registered: bool = False
    code: CodeAnswer | None = None
