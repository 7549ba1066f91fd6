"""GET customers/{ref}/summary and timeline: what was asked, to the use case, to the body of the answer."""

from __future__ import annotations

import msgspec
from msgspec import UNSET
from starlette.types import ASGIApp

from gateway.api import summary_bodies as bodies
from gateway.api.customer_operations import CUSTOMER_OPERATIONS, MOST_ENTRIES
from gateway.api.customers import details_body
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.interaction_bodies import Context
from gateway.api.interaction_presenting import case_body, interaction_body, link_body, note_body
from gateway.api.limits import InFlight, Places
from gateway.api.parameters import page_limit
from gateway.api.presenting import given
from gateway.core.errors import MalformedRequest
from gateway.core.event import Event
from gateway.core.timeline import Entry, EntryType, Recorded, TimelineFilter, TimelinePage
from gateway.service.summary import LISTED, Missing, Summaries, Summary, SummaryRequest, TimelineRequest

_OPERATIONS = {operation.name: operation for operation in CUSTOMER_OPERATIONS}
_NOTHING = Recorded(None, None, (), (), TimelinePage())


def endpoints(summaries: Summaries, places: Places) -> dict[str, ASGIApp]:
    """Operation -> its endpoint. A summary may ask sources, so it counts as an identification does (`places`)."""

    async def summary(asked: Asked[Nothing]) -> Given:
        command, query = asked.command, asked.query
        request = SummaryRequest(
            command.tenant,
            command.viewer,
            asked.path["ref"],
            command.request_id,
            query.get("interaction"),
            query.get("wait") == "true",
            query.get("refresh") == "true",
            command.actor,
        )
        return Given(summary_body(await summaries.summary(request), command.request_id))

    async def timeline(asked: Asked[Nothing]) -> Given:
        command, query = asked.command, asked.query
        request = TimelineRequest(
            command.tenant,
            command.viewer,
            asked.path["ref"],
            command.request_id,
            TimelineFilter(_types(query.get("type")), query.get("record")),
            query.get("cursor"),
            page_limit(query, usual=LISTED, most=MOST_ENTRIES),
            command.actor,
        )
        return Given(_timeline(await summaries.timeline(request), ()))

    return {
        "customer_summary": InFlight(Endpoint(_OPERATIONS["customer_summary"], Nothing, summary), places),
        "customer_timeline": Endpoint(_OPERATIONS["customer_timeline"], Nothing, timeline),
    }


def _types(given: str | None) -> frozenset[EntryType] | None:
    if given is None:
        return None
    try:
        return frozenset(map(EntryType, given.split(",")))
    except ValueError:
        known = ", ".join(EntryType)
        raise MalformedRequest(f"The parameter 'type' names types of entries, with commas between: {known}.") from None


# ---------------------------------------------------------------------------------------------- presenting


def summary_body(summary: Summary, request_id: str) -> bodies.CustomerSummary:
    details, recorded = details_body(summary.details, request_id), summary.recorded or _NOTHING
    current = recorded.current
    return bodies.CustomerSummary(
        request_id=request_id,
        outcome=details.outcome,
        complete=details.complete,
        customer=details.customer,
        candidates=details.candidates,
        contact=details.contact,
        sources=details.sources,
        interaction=UNSET
        if current is None
        else bodies.CurrentInteraction(interaction_body(current), msgspec.convert(current.context, Context)),
        recent=tuple(map(interaction_body, recorded.recent)),
        cases=tuple(map(_entry, recorded.cases)),
        timeline=_timeline(recorded.timeline, summary.history),
        missing=tuple(map(_missing, summary.missing)),
    )


def _timeline(page: TimelinePage, events: tuple[Event, ...]) -> bodies.Timeline:
    entries = [*map(_entry, page.entries), *map(_told, events)]
    if events:
        entries.sort(key=lambda entry: entry.at, reverse=True)
    return bodies.Timeline(tuple(entries), given(page.next))


def _entry(entry: Entry) -> bodies.TimelineEntry:
    return bodies.TimelineEntry(
        type=entry.type.value,
        at=entry.at,
        id=entry.id,
        interaction=entry.interaction,
        channel=given(entry.channel),
        protocol=UNSET if entry.protocol is None else str(entry.protocol),
        link=UNSET if entry.link is None else link_body(entry.link),
        note=UNSET if entry.note is None else note_body(entry.note),
        case=UNSET if entry.case is None else case_body(entry.case),
        actor=given(entry.actor),
    )


def _told(event: Event) -> bodies.TimelineEntry:
    told = bodies.HistoryEvent(
        source=event.source,
        type=given(event.type),
        title=given(event.title),
        text=given(event.text),
        record=given(event.record),
    )
    return bodies.TimelineEntry(type="history", at=event.at, event=told)


def _missing(missing: Missing) -> bodies.MissingPart:
    return bodies.MissingPart(part=missing.part, code=missing.code, detail=missing.detail, source=given(missing.source))
