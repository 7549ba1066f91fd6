"""What came of a call over a channel, as its caller is answered: disclosed, with facts and what the rules want done."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from gateway.core.disclosure import Permission, Viewer, disclose, disclose_facts, disclose_one
from gateway.core.meeting import Meeting, facts_of
from gateway.core.reception import Reception
from gateway.core.rules import explained
from gateway.core.tenant import Tenant


def receive(tenant: Tenant, viewer: Viewer, met: Meeting, *, explain: bool = False) -> Reception:
    """The one answer of redeem, channel-events, start_interaction and identify. The rules see every fact, the viewer what he
    may. `explain`: he is told, too, why each rule applied or not."""
    facts, shown = facts_of(met, tenant.rules), tenant.shown
    found, interaction = met.identification, met.interaction
    told = explain and viewer.may(Permission.CUSTOMERS_READ)
    return Reception(
        facts=disclose_facts(facts, viewer, shown),
        identification=None if found is None else disclose(found, viewer, shown, met.tied()),
        interaction=None if interaction is None else disclose_one(interaction, viewer, shown),
        refused=met.refused,
        actions=tenant.rules.actions(facts),
        rules=tuple(explained(tenant.rules, facts, ZoneInfo(tenant.time_zone))) if told else (),
        left_out=met.left_out,
        registered=met.registered,
    )
