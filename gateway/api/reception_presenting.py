"""What came of a call over a channel, into the API's bodies."""

from __future__ import annotations

from msgspec import UNSET

from gateway.api.explaining import judged_rule
from gateway.api.facts_presenting import actions_body, facts_body
from gateway.api.interaction_presenting import interaction_body
from gateway.api.presenting import given, identification_body
from gateway.api.reception_bodies import CodeResult
from gateway.api.reception_bodies import Reception as ReceptionBody
from gateway.core.reception import CodeAnswer, Reception
from gateway.service.refs import Sealer


def reception_body(
    reception: Reception, *, tenant: str, request_id: str, sealer: Sealer | None, explain: bool = False
) -> ReceptionBody:
    """`sealer`: None where the viewer sees no values, as of an identification."""
    found, interaction = reception.identification, reception.interaction
    return ReceptionBody(
        request_id=request_id,
        outcome=UNSET if found is None else found.outcome,
        identification=UNSET
        if found is None
        else identification_body(found, tenant=tenant, request_id=request_id, sealer=sealer, explain=explain),
        interaction=UNSET if interaction is None else interaction_body(interaction),
        not_linked=given(reception.refused),
        left_out=reception.left_out,
        registered=reception.registered,
        code=UNSET if reception.code is None else _code(reception.code),
        facts=facts_body(reception.facts),
        actions=actions_body(reception.actions),
        rules=tuple(map(judged_rule, reception.rules)) if explain else UNSET,
    )


def _code(answer: CodeAnswer) -> CodeResult:
    return CodeResult(answer.state, answer.for_writer, given(answer.reason), given(answer.purpose))
