"""What came of a call over a channel, as its caller is answered: disclosed, with facts and what the rules want done."""

from __future__ import annotations

from gateway.core.disclosure import Viewer, disclose, disclose_facts, disclose_one
from gateway.core.meeting import Meeting, facts_of
from gateway.core.reception import Reception
from gateway.core.tenant import Tenant


def receive(tenant: Tenant, viewer: Viewer, met: Meeting) -> Reception:
    """The one answer of redeem, channel-events and start_interaction. The rules see every fact, the viewer what he may."""
    facts = facts_of(met, tenant.rules)
    return Reception(
        facts=disclose_facts(facts, viewer),
        identification=None if met.identification is None else disclose(met.identification, viewer),
        interaction=None if met.interaction is None else disclose_one(met.interaction, viewer),
        refused=met.refused,
    )
