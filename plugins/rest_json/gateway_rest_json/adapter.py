"""The adapter: asks, reads, and returns the source's objects as they are."""

from __future__ import annotations

from gateway.adapter import AdapterContext, AdapterType, Found, Misconfigured, Nobody, Person, Query, Saved, has_answer
from gateway_rest_json.draft import RestJsonDrafter
from gateway_rest_json.etags import KeptReplies
from gateway_rest_json.listing import Reading, look_up
from gateway_rest_json.reported import ReportedErrors
from gateway_rest_json.request import Making, Requests
from gateway_rest_json.saving import Saving
from gateway_rest_json.settings import RestJsonSettings

_NOT_HERE = (400, 404, 405, 422)
"""What a source that is well may answer at its bare address, where nothing is asked."""


class RestJsonAdapter:
    """Speaks JSON over HTTP with one source."""

    def __init__(self, settings: RestJsonSettings, context: AdapterContext) -> None:
        self._reading = Reading(context.nobody, ReportedErrors(settings.errors))
        self._kept = KeptReplies() if settings.etag else None
        making = Making(context, self._reading.document, self._kept)
        self._requests = Requests(settings.asked(), making)
        self._told = Requests(settings.told(), making)
        self._saving = Saving(settings.save, settings.errors, context) if settings.save is not None else None
        self._check_path = settings.check_path
        self._check = context.wire.prepare("GET", settings.check_path or "", headers=[("Accept", "application/json")])

    @property
    def fields(self) -> frozenset[str]:
        return self._requests.fields

    async def lookup(self, query: Query, *, limit: int) -> Found:
        ask = self._requests.for_query(query)
        return await look_up(ask, self._reading, ask.values(query, limit), limit)

    async def save(self, person: Person, *, key: str) -> Saved:
        """Raises Misconfigured where the settings have no `save`."""
        if self._saving is None:
            raise Misconfigured("This source saves nobody: its settings have no save:.")
        return await self._saving.save(person, key)

    async def check(self) -> None:
        """Asks `check_path`, which has to answer 2xx and no page; without it the bare address, where "not here" will do."""
        reply = await self._check.send({})
        if self._check_path is None and (200 <= reply.status < 300 or reply.status in _NOT_HERE):
            return
        has_answer(reply, Nobody(empty_body=True))

    async def aclose(self) -> None:
        if self._kept is not None:
            self._kept.forget()


class RestJsonTeller(RestJsonAdapter):
    """One that can ask for a customer's past, too."""

    async def history(self, query: Query, *, limit: int) -> Found:
        ask = self._told.for_query(query)
        return await look_up(ask, self._reading, ask.values(query, limit), limit)


def _create(settings: RestJsonSettings, context: AdapterContext) -> RestJsonAdapter:
    return (RestJsonAdapter if settings.history is None else RestJsonTeller)(settings, context)


REST_JSON = AdapterType(
    name="rest_json",
    summary="REST with JSON: GET or POST with templates, records by JMESPath",
    settings=RestJsonSettings,
    create=_create,
    drafter=RestJsonDrafter(),
    saves=lambda settings: settings.save is not None,
)
