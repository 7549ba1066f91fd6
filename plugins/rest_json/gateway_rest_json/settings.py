"""What a tenant writes under `settings:` of a rest_json source."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, model_validator

from gateway.adapter import SEARCH_FIELDS, AdapterSettings, ErrorSign, PathOfReply
from gateway_rest_json.detail import DetailSettings
from gateway_rest_json.paging import PagesSettings
from gateway_rest_json.saving import SaveSettings
from gateway_rest_json.templates import (
    BODY_HOLE,
    Template,
    check_query_language,
    check_text,
    fields_in,
    texts_of,
)

IN_BODY = "body."
"""Begins the place of a parameter that goes into the body: `body.paging.after`."""


def _check_path(path: str) -> str:
    if "?" in path or "#" in path:
        raise ValueError("what follows '?' goes under query:, one line a parameter; a '#' is never sent")
    return path


def _check_query(query: dict[str, str]) -> dict[str, str]:
    for name, template in query.items():
        check_query_language(name, template)
    return query


def _check_body(body: JsonValue, info: ValidationInfo) -> JsonValue:
    for text in texts_of(body):
        check_text(text, info)
    _refuse_misread(body, frozenset((info.context or {}).get(SEARCH_FIELDS) or ()))
    _refuse_interpolation(body)
    return body


def _refuse_misread(body: JsonValue, known: frozenset[str]) -> None:
    """Refuse what was meant as a hole and is none: in a member's name, or read by YAML as a mapping (`{cpf}`)."""
    if isinstance(body, dict):
        for name, value in body.items():
            if BODY_HOLE.search(name):
                raise ValueError(f"a hole cannot stand in the name of a member ('{name}'): put it into a value")
            if value is None and len(body) == 1 and name.partition("|")[0] in known:
                raise ValueError(f'write the hole in quotes ("{{{name}}}"): without them YAML reads it as a mapping')
            _refuse_misread(value, known)
    elif isinstance(body, list):
        for value in body:
            _refuse_misread(value, known)


def _refuse_interpolation(body: JsonValue) -> None:
    """A value in GraphQL's text could change the question; `variables` are made for that."""
    query = body.get("query") if isinstance(body, dict) else None
    if isinstance(query, str) and BODY_HOLE.search(query) and "{" in BODY_HOLE.sub("", query):
        raise ValueError(
            "a value does not stand in the text of a GraphQL query, which it could change: declare a variable there "
            '(query($cpf: String!) …) and write variables: {cpf: "{cpf}"}'
        )


class RequestSettings(AdapterSettings):
    """One request, with `{search_field}` holes. A query parameter, form value or part of the body of which not every hole
    is filled in is left out; holes of the path and of headers must be filled in for the request to be used at all."""

    method: Literal["GET", "POST"] = "GET"
    path: Annotated[Template, AfterValidator(_check_path)] = Field(default="", description="Appended to upstream.url.")
    query: Annotated[dict[str, Template], AfterValidator(_check_query)] = Field(
        default_factory=dict, description="Query parameter -> template."
    )
    headers: dict[str, Template] = Field(default_factory=dict, description="Header -> template.")
    body: Annotated[JsonValue, AfterValidator(_check_body)] = Field(
        default=None, description="JSON to post; holes stand in its texts."
    )
    form: dict[str, Template] | None = Field(default=None, description="Form to post: name -> template.")
    records: PathOfReply | None = Field(
        default=None,
        description="Path of the customers in the reply: dotted names (`data.items`) or JMESPath; `@` is the whole.",
    )
    limit_parameter: str | None = Field(
        default=None,
        description="Parameter that tells the source how many records to give at most: of the query, or `body.<name>`.",
    )
    pages: PagesSettings | None = Field(default=None, description="How the next page of a list is asked for.")
    detail: DetailSettings | None = Field(
        default=None, description="Where the rest of each listed customer is, if the list does not say everything."
    )

    @model_validator(mode="after")
    def _body_fits_method(self) -> RequestSettings:
        given = [name for name in ("body", "form") if getattr(self, name) is not None]
        if self.method == "GET" and given:
            raise ValueError(f"a GET has no {given[0]}: write method: POST, or move the values under query:")
        if self.method == "POST" and len(given) != 1:
            raise ValueError("a POST needs a body: (JSON) or a form:, and not both")
        for place in (self.limit_parameter, self.pages.parameter if self.pages is not None else None):
            self._check_place(place)
        return self

    def _check_place(self, place: str | None) -> None:
        if place is None or not place.startswith(IN_BODY):
            return
        if self.method == "GET":
            raise ValueError(f"a GET has no body: write {place.removeprefix(IN_BODY)}, a parameter of the query")
        inner: JsonValue = self.body
        *on_the_way, last = place.removeprefix(IN_BODY).split(".")
        for name in on_the_way if self.form is None else ():
            if not isinstance(inner, dict):
                break
            inner = inner.get(name, {})
        if self.form is None and (not isinstance(inner, dict) or last in inner):
            raise ValueError(f"'{place}' is not free in the body: it goes into an object that has no such member yet")

    def fields(self) -> frozenset[str]:
        """The search fields that this request has holes for."""
        return frozenset[str]().union(*map(fields_in, self.templates()))

    def templates(self) -> tuple[str, ...]:
        """Every text that may hold holes."""
        form = (self.form or {}).values()
        return (self.path, *self.query.values(), *self.headers.values(), *form, *texts_of(self.body))


_OF_ONE = frozenset({"method", "path", "query", "body", "form", "limit_parameter", "pages", "detail"})


class RestJsonSettings(RequestSettings):
    """Settings of a rest_json source: one request, or several of which the fitting one is used."""

    requests: tuple[RequestSettings, ...] = Field(
        default=(),
        description="Where fields are asked at different places: the requests. Each has its own method, path, query, body.",
    )
    errors: tuple[ErrorSign, ...] = Field(
        default=(), description="Values of the reply that say that the source failed, although it answers with 200."
    )
    etag: bool = Field(
        default=False,
        description="Keep replies that carry an ETag for some minutes, in memory, and ask whether they changed.",
    )
    history: RequestSettings | None = Field(
        default=None,
        description="How a customer's past is asked for: a request that the unique key's search field fills in. The "
        "source's block history: says how its records are read.",
    )
    check_path: Annotated[str, AfterValidator(_check_path)] | None = Field(
        default=None, description="Path that answers 2xx while the source is well; asked by `gateway check --sources`."
    )

    save: SaveSettings | None = Field(
        default=None,
        description="How a prospect is saved (`prospects.load.source`); without it the source is read only.",
    )

    @model_validator(mode="after")
    def _one_way_of_asking(self) -> RestJsonSettings:
        if self.requests:
            single = sorted(self.model_fields_set & _OF_ONE)
            if single:
                raise ValueError(f"{', '.join(single)} belong into each of requests:, not beside it")
        for request in (*self.asked(), *self.told()):
            if not request.fields():
                raise ValueError(
                    "a request holds no search field: put one in braces where its value goes, "
                    'such as query: {document: "{cpf}"}'
                )
            if request.pages is not None:
                request.pages.check_records(request.records)
        return self

    def asked(self) -> tuple[RequestSettings, ...]:
        """The requests, in order, each with the `records` and `headers` that stand beside `requests:` where it has none."""
        if not self.requests:
            return (self,)
        return tuple(
            request.model_copy(
                update={"records": request.records or self.records, "headers": self._headers_of(request)}
            )
            for request in self.requests
        )

    def told(self) -> tuple[RequestSettings, ...]:
        """The request for a customer's past, with the `headers` that stand beside it; none where there is none."""
        if self.history is None:
            return ()
        return (self.history.model_copy(update={"headers": self._headers_of(self.history)}),)

    def _headers_of(self, request: RequestSettings) -> dict[str, str]:
        own = {name.lower() for name in request.headers}
        shared = {name: template for name, template in self.headers.items() if name.lower() not in own}
        return {**shared, **request.headers}
