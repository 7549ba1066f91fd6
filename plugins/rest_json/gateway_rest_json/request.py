"""Which request asks a query, and how it is sent: everything about it is prepared once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapter import Call, Misconfigured, Path, Query, Reply, Wire, compile_path, holes
from gateway_rest_json.body import Body, form_body, json_body
from gateway_rest_json.settings import RequestSettings

_LIMIT = "--limit--"
"""Name of the hole for the limit. No search field can have it."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a query with certain fields uses it. `uses`: those of the fields that it really sends."""

    call: Call
    body: Body | None
    uses: frozenset[str]
    records: Path | None

    async def send(self, query: Query, limit: int) -> Reply:
        """One record more than `limit` is asked for, so that a cut list shows."""
        values = query.values
        body = self.body.fill(values) if self.body is not None else None
        return await self.call.send({**values, _LIMIT: str(limit + 1)}, body)


class PreparedRequest:
    """One request of the settings, prepared on the wire."""

    def __init__(self, settings: RequestSettings, wire: Wire) -> None:
        self._settings = settings
        self._call = wire.prepare(
            settings.method, settings.path, query=tuple(_query(settings)), headers=tuple(_headers(settings).items())
        )
        self._records = compile_path(settings.records) if settings.records is not None else None
        self._required = holes(settings.path).union(*map(holes, settings.headers.values()))
        self.fields = settings.fields()

    def for_fields(self, known: frozenset[str]) -> Ask | None:
        """This request with the fields `known` filled in; None where it cannot be sent so."""
        parameters = [found for template in self._settings.query.values() if (found := holes(template))]
        half_filled = any(names & known and not names <= known for names in parameters)
        if not self._required <= known or half_filled:
            return None
        body = self._body(known)
        sent = self._required.union(*(names for names in parameters if names <= known), body.holes if body else ())
        return Ask(self._call, body, sent, self._records) if sent and (body or not self._posts) else None

    @property
    def _posts(self) -> bool:
        return self._settings.method == "POST"

    def _body(self, known: frozenset[str]) -> Body | None:
        if self._settings.form is not None:
            return form_body(self._settings.form, known)
        return json_body(self._settings.body, known) if self._posts else None


class Requests:
    """The requests of a source, in the order of its settings."""

    def __init__(self, settings: Sequence[RequestSettings], wire: Wire) -> None:
        self._requests = tuple(PreparedRequest(request, wire) for request in settings)
        self._asks: dict[tuple[str, ...], Ask] = {}
        self.fields = frozenset[str]().union(*(request.fields for request in self._requests))

    def for_query(self, query: Query) -> Ask:
        """The request that uses most of the query's keys; among equals the one with the strongest key, then the first.

        A key that it does not use is left to the verification. Found once for each set of fields. Raises Misconfigured.
        """
        fields = tuple(key.field for key in query.keys)
        ask = self._asks.get(fields)
        if ask is None:
            ask = self._asks[fields] = self._best(fields)
        return ask

    def _best(self, fields: tuple[str, ...]) -> Ask:
        known = frozenset(fields)
        fitting = [ask for request in self._requests if (ask := request.for_fields(known)) is not None]
        if not fitting:
            raise Misconfigured(
                f"None of the source's requests can be sent with {', '.join(fields)} alone. "
                "Add one under settings.requests that needs nothing else."
            )
        return max(fitting, key=lambda ask: (len(ask.uses), [field in ask.uses for field in fields]))


def _query(settings: RequestSettings) -> list[tuple[str, str]]:
    limit = [(settings.limit_parameter, f"{{{_LIMIT}}}")] if settings.limit_parameter else []
    return [*settings.query.items(), *limit]


def _headers(settings: RequestSettings) -> dict[str, str]:
    standard = {"Accept": "application/json"}
    if settings.form is not None:
        standard["Content-Type"] = "application/x-www-form-urlencoded"
    elif settings.method == "POST":
        standard["Content-Type"] = "application/json"
    given = {name.lower() for name in settings.headers}
    return {**{name: text for name, text in standard.items() if name.lower() not in given}, **settings.headers}
