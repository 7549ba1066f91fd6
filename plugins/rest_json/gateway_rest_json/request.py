"""Which request asks a query, and how it is sent: everything about it is prepared once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urljoin

from pydantic import JsonValue

from gateway.adapter import AdapterContext, Call, Json, Misconfigured, Path, Query, Reply, compile_path, fill, holes
from gateway_rest_json.body import Body, form_body, json_body, with_hole
from gateway_rest_json.detail import Detail
from gateway_rest_json.etags import ConditionalCall, KeptReplies
from gateway_rest_json.json_reading import Document
from gateway_rest_json.links import Links
from gateway_rest_json.paging import Pages
from gateway_rest_json.settings import IN_BODY, RequestSettings
from gateway_rest_json.templates import LIMIT, NEXT, Derived, derived_in, wired

_OWN = frozenset({LIMIT, NEXT})
_ABSOLUTE = re.compile("https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request as a query with certain fields uses it. `uses`: those of the fields that it really sends. `first_body`: of
    the first page, `next_body`: of the following ones. `path`: with holes; `address`: what it is appended to."""

    call: Call
    first_body: Body | None
    next_body: Body | None
    uses: frozenset[str]
    derived: tuple[Derived, ...]
    records: Path | None
    pages: Pages | None
    detail: Detail | None
    links: Links
    path: str
    address: str

    def values(self, query: Query, limit: int) -> dict[str, str]:
        """Hole -> value. One record more than `limit` is asked for, so that a cut list shows. Raises Misconfigured."""
        values = query.values
        for hole in self.derived:
            values[hole.name] = hole.value(values)
        values[LIMIT] = str(limit + 1)
        return values

    async def first(self, values: dict[str, str]) -> Reply:
        given = self.pages.first if self.pages is not None else None
        return await self._send(values, self.first_body, given)

    async def following(self, values: dict[str, str], given: Json) -> Reply:
        """The page that is asked for with `given`, which is no address."""
        return await self._send(values, self.next_body, given)

    async def _send(self, values: dict[str, str], body: Body | None, given: Json) -> Reply:
        if given is not None:
            structured = body is not None and NEXT in body.holes and body.media_type == "application/json"
            values = {**values, NEXT: json.dumps(given) if structured else str(given)}
        return await self.call.send(values, body.fill(values) if body is not None else None)

    def at(self, values: dict[str, str]) -> str:
        """The address that is asked, without its query: what relative references in the reply start from."""
        path = fill(self.path, lambda name: quote(values[name], safe=""))
        # As the wire has it: appended, also where it begins with a slash.
        return path if _ABSOLUTE.match(path) else urljoin(self.address, f"./{path.lstrip('/')}" if path else "")


@dataclass(frozen=True, slots=True)
class Making:
    """What requests are made with. `read`: a reply's document, or None where it says nobody. `kept`: the replies with an
    ETag, where they are kept."""

    context: AdapterContext
    read: Callable[[Reply], Document | None]
    kept: KeptReplies | None

    def call(
        self, method: str, path: str, query: Sequence[tuple[str, str]], headers: Sequence[tuple[str, str]]
    ) -> Call:
        if method == "GET" and self.kept is not None:
            return ConditionalCall(self.context.wire, path, query, headers, self.kept)
        return self.context.wire.prepare(method, path, query=query, headers=headers)


class PreparedRequest:
    """One request of the settings, prepared on the wire."""

    def __init__(self, settings: RequestSettings, making: Making) -> None:
        self.fields = settings.fields()
        self._derived = derived_in(settings.templates())
        self._path = wired(settings.path)
        self._query = [(name, wired(template)) for name, template in settings.query.items()]
        self._posts = settings.method == "POST"
        self._records = compile_path(settings.records) if settings.records is not None else None
        self._pages = Pages(settings.pages) if settings.pages is not None else None
        headers = [(name, wired(template)) for name, template in _headers(settings).items()]
        own = _places(settings)
        parameters = [(name, f"{{{hole}}}") for name, hole in own if not name.startswith(IN_BODY)]
        self._call = making.call(settings.method, self._path, [*self._query, *parameters], headers)
        in_body = [(name.removeprefix(IN_BODY), hole) for name, hole in own if name.startswith(IN_BODY)]
        self._form = _form(settings, in_body)
        self._json = _json(settings, in_body)
        self._required = holes(self._path).union(*(holes(text) for _, text in headers))
        context = making.context
        self._links = Links(context.wire, context.address, headers)
        self._address = context.address.partition("?")[0].rstrip("/") + "/" if self._path else context.address
        self._detail: Detail | None = None
        if settings.detail is not None:
            without_body = [(name, text) for name, text in headers if name.lower() != "content-type"]
            self._detail = Detail(
                settings.detail,
                lambda path, query: making.call("GET", path, query, without_body),
                self._links,
                making.read,
            )

    def for_fields(self, fields: frozenset[str]) -> Ask | None:
        """This request with `fields` filled in; None where it cannot be sent so."""
        derived = tuple(hole for hole in self._derived if hole.field in fields)
        known = fields.union((hole.name for hole in derived), {LIMIT})
        parameters = [found for _, template in self._query if (found := holes(template))]
        half_filled = any(names & known and not names <= known for names in parameters)
        if not self._required <= known or half_filled:
            return None
        following = self._body(known | {NEXT})
        first = self._body(known) if self._pages is None or self._pages.first is None else following
        sent = self._required.union(*(names for names in parameters if names <= known), first.holes if first else ())
        origin = {hole.name: hole.field for hole in derived}
        uses = frozenset(origin.get(name, name) for name in sent - _OWN)
        if not uses or (self._posts and first is None):
            return None
        used = tuple(hole for hole in derived if hole.name in sent)
        return Ask(
            self._call, first, following, uses, used, self._records, self._pages, self._detail, self._links, self._path,
            self._address,
        )  # fmt: skip

    def _body(self, known: frozenset[str]) -> Body | None:
        if self._form is not None:
            return form_body(self._form, known)
        return json_body(self._json, known) if self._posts else None


class Requests:
    """The requests of a source, in the order of its settings."""

    def __init__(self, settings: Sequence[RequestSettings], making: Making) -> None:
        self._requests = tuple(PreparedRequest(request, making) for request in settings)
        self._asks: dict[tuple[str, ...], Ask] = {}
        self.fields = frozenset[str]().union(*(request.fields for request in self._requests))

    def for_query(self, query: Query) -> Ask:
        """The request that uses most of the query's keys; among equals the one with the strongest key, then the first.

        A key that it does not use is left to the verification. Found once for each set of fields. Raises Misconfigured.
        """
        fields = tuple([key.field for key in query.keys])
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


def _places(settings: RequestSettings) -> list[tuple[str, str]]:
    """Where the adapter's own values go: parameter -> hole."""
    paging = settings.pages.parameter if settings.pages is not None else None
    return [(place, hole) for place, hole in ((settings.limit_parameter, LIMIT), (paging, NEXT)) if place]


def _form(settings: RequestSettings, own: Sequence[tuple[str, str]]) -> dict[str, str] | None:
    if settings.form is None:
        return None
    form = {name: wired(template) for name, template in settings.form.items()}
    return {**form, **{name: f"{{{hole}}}" for name, hole in own}}


def _json(settings: RequestSettings, own: Sequence[tuple[str, str]]) -> JsonValue:
    body = _wired_body(settings.body)
    for place, hole in own if settings.form is None else ():
        body = with_hole(body, place.split("."), hole)
    return body


def _wired_body(body: JsonValue) -> JsonValue:
    if isinstance(body, str):
        return wired(body)
    if isinstance(body, dict):
        return {name: _wired_body(member) for name, member in body.items()}
    return [_wired_body(item) for item in body] if isinstance(body, list) else body


def _headers(settings: RequestSettings) -> dict[str, str]:
    standard = {"Accept": "application/json"}
    if settings.form is not None:
        standard["Content-Type"] = "application/x-www-form-urlencoded"
    elif settings.method == "POST":
        standard["Content-Type"] = "application/json"
    given = {name.lower() for name in settings.headers}
    return {**{name: text for name, text in standard.items() if name.lower() not in given}, **settings.headers}
