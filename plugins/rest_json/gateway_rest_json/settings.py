"""What a tenant writes under `settings:` of a rest_json source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, JsonValue, ValidationInfo, model_validator

from gateway.adapter import SEARCH_FIELDS, AdapterSettings, FieldTemplate, check_field, compile_path, holes

BODY_HOLE = re.compile(r"\{([\w.-]+)\}", re.ASCII)
"""A hole of a body. Other braces are text, such as GraphQL's (`{ name }`, with blanks)."""


def texts_of(body: JsonValue) -> Iterator[str]:
    """Every text of a body, at any depth; names of members are none."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from texts_of(value)
    elif isinstance(body, list):
        for value in body:
            yield from texts_of(value)


def _check_path(path: str) -> str:
    if "?" in path or "#" in path:
        raise ValueError("what follows '?' goes under query:, one line a parameter; a '#' is never sent")
    return path


def _check_body(body: JsonValue, info: ValidationInfo) -> JsonValue:
    for text in texts_of(body):
        for name in BODY_HOLE.findall(text):
            check_field(name, info)
    _refuse_misread(body, frozenset((info.context or {}).get(SEARCH_FIELDS) or ()))
    return body


def _refuse_misread(body: JsonValue, known: frozenset[str]) -> None:
    """Refuse what was meant as a hole and is none: in a member's name, or read by YAML as a mapping (`{cpf}`)."""
    if isinstance(body, dict):
        for name, value in body.items():
            if BODY_HOLE.search(name):
                raise ValueError(f"a hole cannot stand in the name of a member ('{name}'): put it into a value")
            if value is None and len(body) == 1 and name in known:
                raise ValueError(f'write the hole in quotes ("{{{name}}}"): without them YAML reads it as a mapping')
            _refuse_misread(value, known)
    elif isinstance(body, list):
        for value in body:
            _refuse_misread(value, known)


def _check_records(text: str) -> str:
    compile_path(text)
    return text


Records = Annotated[
    str,
    AfterValidator(_check_records),
    Field(description="Path of the customers in the reply: dotted names (`data.items`) or JMESPath; `@` is the whole."),
]


class RequestSettings(AdapterSettings):
    """One request, with `{search_field}` holes. A query parameter, form value or part of the body of which not every hole
    is filled in is left out; holes of the path and of headers must be filled in for the request to be used at all."""

    method: Literal["GET", "POST"] = "GET"
    path: Annotated[FieldTemplate, AfterValidator(_check_path)] = Field(
        default="", description="Appended to upstream.url."
    )
    query: dict[str, FieldTemplate] = Field(default_factory=dict, description="Query parameter -> template.")
    headers: dict[str, FieldTemplate] = Field(default_factory=dict, description="Header -> template.")
    body: Annotated[JsonValue, AfterValidator(_check_body)] = Field(
        default=None, description="JSON to post; holes stand in its texts."
    )
    form: dict[str, FieldTemplate] | None = Field(default=None, description="Form to post: name -> template.")
    records: Records | None = None
    limit_parameter: str | None = Field(
        default=None, description="Query parameter that tells the source how many records to give at most."
    )

    @model_validator(mode="after")
    def _body_fits_method(self) -> RequestSettings:
        given = [name for name in ("body", "form") if getattr(self, name) is not None]
        if self.method == "GET" and given:
            raise ValueError(f"a GET has no {given[0]}: write method: POST, or move the values under query:")
        if self.method == "POST" and len(given) != 1:
            raise ValueError("a POST needs a body: (JSON) or a form:, and not both")
        return self

    def fields(self) -> frozenset[str]:
        """The search fields that this request has holes for."""
        templates = [self.path, *self.query.values(), *self.headers.values(), *(self.form or {}).values()]
        in_body = {name for text in texts_of(self.body) for name in BODY_HOLE.findall(text)}
        return frozenset().union(in_body, *map(holes, templates))


class RestJsonSettings(RequestSettings):
    """Settings of a rest_json source: one request, or several of which the fitting one is used."""

    requests: tuple[RequestSettings, ...] = Field(
        default=(),
        description="Where fields are asked at different places: the requests. Each has its own method, path, query, body.",
    )
    check_path: Annotated[str, AfterValidator(_check_path)] | None = Field(
        default=None, description="Path that answers 2xx while the source is well; asked by `gateway check --sources`."
    )

    @model_validator(mode="after")
    def _one_way_of_asking(self) -> RestJsonSettings:
        if self.requests:
            single = sorted(self.model_fields_set & {"method", "path", "query", "body", "form", "limit_parameter"})
            if single:
                raise ValueError(f"{', '.join(single)} belong into each of requests:, not beside it")
        for request in self.asked():
            if not request.fields():
                raise ValueError(
                    "a request holds no search field: put one in braces where its value goes, "
                    'such as query: {document: "{cpf}"}'
                )
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

    def _headers_of(self, request: RequestSettings) -> dict[str, str]:
        own = {name.lower() for name in request.headers}
        shared = {name: template for name, template in self.headers.items() if name.lower() not in own}
        return {**shared, **request.headers}
