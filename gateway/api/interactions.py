"""The endpoints of interactions: what was asked, to the use case, to the body of the answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from msgspec import UNSET
from starlette.types import ASGIApp

from gateway.api import interaction_bodies as bodies
from gateway.api.answers import encode
from gateway.api.body import Body
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.interaction_operations import INTERACTION_OPERATIONS, MOST_LISTED
from gateway.api.interaction_presenting import (
    case_body,
    finished_body,
    history_body,
    interaction_body,
    note_body,
    page_body,
    started_body,
)
from gateway.api.limits import InFlight, Places
from gateway.api.parameters import or_none, page_limit
from gateway.core.command import Effect
from gateway.core.errors import MalformedRequest
from gateway.core.interaction import CaseDraft, Interaction
from gateway.service.interactions import InteractionDesk, StartRequest

Taken = TypeVar("Taken", bound=Body)
_OPERATIONS = {operation.name: operation for operation in INTERACTION_OPERATIONS}
_USUAL = 20


def endpoints(desk: InteractionDesk, places: Places) -> dict[str, ASGIApp]:
    """Operation -> its endpoint. A start may ask sources, so it counts as an identification does (`places`)."""
    handlers = _Handlers(desk)

    def endpoint(name: str, takes: type[Taken], handle: Callable[[Asked[Taken]], Awaitable[Given]]) -> ASGIApp:
        return Endpoint(_OPERATIONS[name], takes, handle)

    return {
        "start_interaction": InFlight(endpoint("start_interaction", bodies.StartInteraction, handlers.start), places),
        "interactions": endpoint("interactions", Nothing, handlers.page),
        "interaction": endpoint("interaction", Nothing, handlers.history),
        "first_action": endpoint("first_action", Nothing, handlers.first_action),
        "link_interaction": endpoint("link_interaction", bodies.LinkInteraction, handlers.link),
        "reidentify_interaction": endpoint("reidentify_interaction", bodies.LinkInteraction, handlers.reidentify),
        "unlink_interaction": endpoint("unlink_interaction", Nothing, handlers.unlink),
        "add_note": endpoint("add_note", bodies.AddNote, handlers.add_note),
        "add_case": endpoint("add_case", bodies.AddCase, handlers.add_case),
        "finish_interaction": endpoint("finish_interaction", Nothing, handlers.finish),
    }


class _Handlers:
    """One method an operation."""

    def __init__(self, desk: InteractionDesk) -> None:
        self._desk = desk

    async def start(self, asked: Asked[bodies.StartInteraction]) -> Given:
        body = asked.body
        if body.search is not UNSET and body.text is not UNSET:
            raise MalformedRequest("Give at most one of 'search' (search field -> value) and 'text' (one box).")
        user, context = or_none(body.channel_user), or_none(body.context)
        request = StartRequest(
            channel=body.channel,
            by_hand=body.by_hand,
            anonymous=body.anonymous,
            channel_user=None if user is None else (user.kind, user.value),
            context={} if context is None else msgspec.to_builtins(context),
            context_bytes=0 if context is None else len(encode(context)),
            search=or_none(body.search),
            text=or_none(body.text),
            explain=body.explain,
        )
        effect = await self._desk.start(asked.command, request)
        return Given(started_body(effect.made, explain=body.explain), effect.again)

    async def page(self, asked: Asked[Nothing]) -> Given:
        query = asked.query
        if "protocol" in query:
            if len(query) > 1:
                raise MalformedRequest("A protocol number is one interaction's. Leave the other parameters out.")
            return Given(page_body(await self._desk.by_protocol(asked.command, query["protocol"])))
        limit = page_limit(query, usual=_USUAL, most=MOST_LISTED)
        page = await self._desk.page(asked.command, query.get("contact"), query.get("cursor"), limit)
        return Given(page_body(page))

    async def history(self, asked: Asked[Nothing]) -> Given:
        return Given(history_body(await self._desk.history(asked.command, asked.path["interaction"])))

    async def first_action(self, asked: Asked[Nothing]) -> Given:
        return _changed(await self._desk.first_action(asked.command, asked.path["interaction"]))

    async def link(self, asked: Asked[bodies.LinkInteraction]) -> Given:
        ref, contact = _whom(asked.body)
        return _changed(await self._desk.link(asked.command, asked.path["interaction"], ref=ref, contact=contact))

    async def reidentify(self, asked: Asked[bodies.LinkInteraction]) -> Given:
        ref, contact = _whom(asked.body)
        interaction = asked.path["interaction"]
        return _changed(await self._desk.reidentify(asked.command, interaction, ref=ref, contact=contact))

    async def unlink(self, asked: Asked[Nothing]) -> Given:
        return _changed(await self._desk.unlink(asked.command, asked.path["interaction"]))

    async def add_note(self, asked: Asked[bodies.AddNote]) -> Given:
        effect = await self._desk.add_note(asked.command, asked.path["interaction"], asked.body.text)
        return Given(note_body(effect.made), effect.again)

    async def add_case(self, asked: Asked[bodies.AddCase]) -> Given:
        case = CaseDraft(asked.body.case, asked.body.identified, or_none(asked.body.title))
        effect = await self._desk.add_case(asked.command, asked.path["interaction"], case)
        return Given(case_body(effect.made), effect.again)

    async def finish(self, asked: Asked[Nothing]) -> Given:
        effect = await self._desk.finish(asked.command, asked.path["interaction"])
        return Given(finished_body(effect.made), effect.again)


def _changed(effect: Effect[Interaction]) -> Given:
    return Given(interaction_body(effect.made), effect.again)


def _whom(body: bodies.LinkInteraction) -> tuple[str | None, str | None]:
    if (body.ref is UNSET) is (body.contact is UNSET):
        raise MalformedRequest("Give exactly one of 'ref' (of a match) and 'contact' (the id of a contact).")
    return or_none(body.ref), or_none(body.contact)
