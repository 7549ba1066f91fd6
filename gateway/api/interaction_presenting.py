"""Interactions of the core into the API's bodies."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from gateway.api import interaction_bodies as bodies
from gateway.api.explaining import judged_rule
from gateway.api.facts_presenting import actions_body, facts_body
from gateway.api.presenting import given, unique_key_body
from gateway.core.interaction import (
    CaseReference,
    Interaction,
    InteractionHistory,
    InteractionPage,
    Link,
    Note,
)
from gateway.core.model import Identifier
from gateway.core.reception import Reception
from gateway.service.interactions import Finished


def interaction_body(interaction: Interaction) -> bodies.Interaction:
    user, key, link = interaction.channel_user, interaction.unique_key, interaction.link
    return bodies.Interaction(
        id=interaction.id,
        channel=interaction.channel,
        started_by=interaction.started_by,
        started_at=interaction.started_at,
        anonymous=interaction.anonymous,
        open=interaction.open,
        channel_user=UNSET if user is None else _user(user),
        first_action_at=given(interaction.first_action_at),
        finished_at=given(interaction.finished_at),
        protocol=UNSET if interaction.protocol is None else str(interaction.protocol),
        link=UNSET if link is None else link_body(link),
        unique_key=UNSET if key is None else unique_key_body(key),
        actor=given(interaction.actor),
    )


def started_body(started: Reception, *, explain: bool = False) -> bodies.StartedInteraction:
    assert started.interaction is not None
    return bodies.StartedInteraction(
        interaction_body(started.interaction),
        facts_body(started.facts),
        actions_body(started.actions),
        given(started.refused),
        tuple(map(judged_rule, started.rules)) if explain else UNSET,
    )


def finished_body(finished: Finished) -> bodies.FinishedInteraction:
    interaction = finished.interaction
    return bodies.FinishedInteraction(interaction_body(interaction), str(interaction.protocol), given(finished.survey))


def history_body(history: InteractionHistory) -> bodies.InteractionHistory:
    return bodies.InteractionHistory(
        interaction_body(history.interaction),
        msgspec.convert(history.interaction.context, bodies.Context),
        tuple(map(link_body, history.links)),
        tuple(map(note_body, history.notes)),
        tuple(map(case_body, history.cases)),
    )


def page_body(page: InteractionPage) -> bodies.InteractionPage:
    return bodies.InteractionPage(tuple(map(interaction_body, page.interactions)), given(page.next))


def note_body(note: Note) -> bodies.Note:
    return bodies.Note(note.id, note.text, note.at, given(note.actor))


def case_body(case: CaseReference) -> bodies.Case:
    return bodies.Case(
        id=case.id,
        case=case.case,
        identified=case.identified,
        at=case.at,
        title=given(case.title),
        actor=given(case.actor),
    )


def _user(user: Identifier) -> bodies.ChannelUser:
    return bodies.ChannelUser(user.value, user.kind)  # type: ignore[arg-type]  # as it was taken


def link_body(link: Link) -> bodies.Link:
    return bodies.Link(
        id=link.id,
        contact=link.contact,
        how=link.how,
        assurance=link.assurance,
        at=link.at,
        actor=given(link.actor),
        ended_at=given(link.ended_at),
        ended_by=given(link.ended_by),
    )
