"""Facts and actions of the core into the API's bodies."""

from __future__ import annotations

from gateway.api import facts_bodies as bodies
from gateway.api.presenting import given
from gateway.core.facts import Facts
from gateway.core.rules import Actions


def facts_body(facts: Facts) -> bodies.Facts:
    return bodies.Facts(
        customer=bodies.CustomerFacts(
            identified=given(facts.identified),
            created_at=given(facts.created_at),
            type=given(facts.customer_type),
            attributes=dict(facts.attributes),
        ),
        code=bodies.CodeFacts(facts.code),
        outcome=given(facts.outcome),
        complete=given(facts.complete),
        assurance=given(facts.assurance),
        channel=given(facts.channel),
    )


def actions_body(actions: Actions) -> bodies.Actions:
    return bodies.Actions(
        set=dict(actions.values), tags=actions.tags, queue=given(actions.queue), ask_for=actions.ask_for
    )
