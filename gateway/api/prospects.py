"""The endpoints about prospects: what was asked -> the use case -> what it gave."""

from __future__ import annotations

from collections.abc import Mapping as Map
from datetime import date
from typing import Protocol

from msgspec import UNSET
from starlette.types import ASGIApp

from gateway.api import prospect_bodies as bodies
from gateway.api import prospect_operations as operations
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.parameters import day, or_none, page_limit
from gateway.api.presenting import given, unique_key_body
from gateway.core.command import Command, Effect
from gateway.core.disclosure import Permission, Viewer
from gateway.core.errors import MalformedRequest
from gateway.core.prospect import Prospect, ProspectPage, ProspectState

_USUAL = 50


class Desk(Protocol):
    """The use cases: see `service.prospects`."""

    async def save(
        self,
        command: Command,
        ref: str,
        name: str | None = None,
        form: Map[str, str] | None = None,
        interaction: str | None = None,
    ) -> Effect[Prospect]: ...
    async def classify(
        self, command: Command, contact: str, name: str | None, form: Map[str, str]
    ) -> Effect[Prospect]: ...
    async def settle(
        self, command: Command, contact: str, state: ProspectState, reason: str | None = None
    ) -> Effect[Prospect]: ...
    async def page(
        self, tenant: str, day: str | None, state: ProspectState | None, after: str | None, limit: int
    ) -> ProspectPage: ...


class Jobs(Protocol):
    """Begins loads: see `service.prospect_jobs`."""

    async def start(self, command: Command, day: date | None) -> None: ...


def endpoints(desk: Desk, jobs: Jobs) -> dict[str, ASGIApp]:
    """Operation -> its endpoint."""

    async def store(asked: Asked[bodies.ProspectRequest]) -> Given:
        body = asked.body
        name, form, interaction = or_none(body.name), or_none(body.form), or_none(body.interaction)
        saved = await desk.save(asked.command, body.ref, name, form, interaction)
        return Given(_body(saved.made, asked.viewer), saved.again)

    async def classify(asked: Asked[bodies.ProspectFormRequest]) -> Given:
        body = asked.body
        made = await desk.classify(asked.command, asked.path["contact"], or_none(body.name), body.form)
        return Given(_body(made.made, asked.viewer), made.again)

    async def settle(asked: Asked[bodies.SettleRequest]) -> Given:
        body, state = asked.body, ProspectState(asked.body.state)
        made = await desk.settle(asked.command, asked.path["contact"], state, or_none(body.reason))
        return Given(_body(made.made, asked.viewer), made.again)

    async def load(asked: Asked[bodies.LoadRequest]) -> Given:
        await jobs.start(asked.command, day(or_none(asked.body.date), "The member 'date'"))
        return Given(bodies.LoadStarted(started=True))

    async def listed(asked: Asked[Nothing]) -> Given:
        query = asked.query
        limit = page_limit(query, usual=_USUAL, most=bodies.MOST_PROSPECTS)
        wanted = day(query.get("day"), "The parameter 'day'")
        stored = None if wanted is None else wanted.isoformat()
        page = await desk.page(asked.command.tenant, stored, _state(query.get("state")), query.get("cursor"), limit)
        shown = tuple(_body(one, asked.viewer) for one in page.prospects)
        return Given(bodies.ProspectList(shown, given(page.next)))

    return {
        operations.STORE.name: Endpoint(operations.STORE, bodies.ProspectRequest, store),
        operations.CLASSIFY.name: Endpoint(operations.CLASSIFY, bodies.ProspectFormRequest, classify),
        operations.SETTLE.name: Endpoint(operations.SETTLE, bodies.SettleRequest, settle),
        operations.LOAD.name: Endpoint(operations.LOAD, bodies.LoadRequest, load),
        operations.LIST.name: Endpoint(operations.LIST, Nothing, listed),
    }


def _body(prospect: Prospect, viewer: Viewer) -> bodies.Prospect:
    contact = prospect.contact
    clear = viewer.may(Permission.CUSTOMERS_READ)
    return bodies.Prospect(
        contact=contact.id,
        option=prospect.option,
        day=prospect.day,
        state=prospect.state,
        reason=prospect.reason or UNSET,
        customer_type=contact.customer_type or UNSET,
        name=(contact.name or UNSET) if clear else UNSET,
        unique_key=unique_key_body(contact.unique_key) if clear and contact.unique_key is not None else UNSET,
        form=dict(contact.form) if clear and contact.form else UNSET,
    )


def _state(text: str | None) -> ProspectState | None:
    if text is None:
        return None
    try:
        return ProspectState(text)
    except ValueError:
        raise MalformedRequest(f"The parameter 'state' is one of {', '.join(ProspectState)}.") from None
