"""The endpoints about prospects: what was asked -> the use case -> what it gave."""

from __future__ import annotations

from collections.abc import Mapping as Map
from datetime import date
from typing import Protocol

from msgspec import UNSET, UnsetType
from starlette.types import ASGIApp

from gateway.api import prospect_bodies as bodies
from gateway.api import prospect_operations as operations
from gateway.api.endpoints import Asked, Endpoint, Given, Nothing
from gateway.api.presenting import unique_key_body
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
        form = None if body.form is UNSET else body.form
        saved = await desk.save(asked.command, body.ref, _text(body.name), form, _text(body.interaction))
        return Given(_body(saved.made, asked.viewer), saved.again)

    async def classify(asked: Asked[bodies.ProspectFormRequest]) -> Given:
        body = asked.body
        made = await desk.classify(asked.command, asked.path["contact"], _text(body.name), body.form)
        return Given(_body(made.made, asked.viewer), made.again)

    async def load(asked: Asked[bodies.LoadRequest]) -> Given:
        wanted = _text(asked.body.date)
        await jobs.start(asked.command, None if wanted is None else _date(wanted, "The member 'date'"))
        return Given(bodies.LoadStarted(started=True))

    async def listed(asked: Asked[Nothing]) -> Given:
        query = asked.query
        limit = min(int(query.get("limit", _USUAL)) or 1, bodies.MOST_PROSPECTS)
        page = await desk.page(
            asked.command.tenant, _day(query.get("day")), _state(query.get("state")), query.get("after"), limit
        )
        shown = tuple(_body(one, asked.viewer) for one in page.prospects)
        return Given(bodies.ProspectList(shown, UNSET if page.next is None else page.next))

    return {
        operations.STORE.name: Endpoint(operations.STORE, bodies.ProspectRequest, store),
        operations.CLASSIFY.name: Endpoint(operations.CLASSIFY, bodies.ProspectFormRequest, classify),
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


def _text(text: str | UnsetType) -> str | None:
    return None if isinstance(text, UnsetType) else text


def _day(text: str | None) -> str | None:
    return None if text is None else _date(text, "The parameter 'day'").isoformat()


def _date(text: str, what: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise MalformedRequest(f"{what} is a date: 2026-11-22.") from None


def _state(text: str | None) -> ProspectState | None:
    if text is None:
        return None
    try:
        return ProspectState(text)
    except ValueError:
        raise MalformedRequest(f"The parameter 'state' is one of {', '.join(ProspectState)}.") from None
