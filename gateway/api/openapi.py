"""The OpenAPI 3.1 document, made from the table of operations, the bodies' types and the table of problems."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from collections.abc import Sequence
from inspect import cleandoc

import msgspec

from gateway.api import bodies, interaction_bodies
from gateway.api.body import Body
from gateway.api.endpoints import MOST_HEADER
from gateway.api.operation import Door, Operation, QueryParameter, problems_of
from gateway.api.problems import INTERNAL, PROBLEMS
from gateway.api.table import OPERATIONS
from gateway.core.model import Json

Document = dict[str, Json]

PROBLEM_TABLE = "x-problems"
"""Member of the document: code -> status, title, remedy."""

_HOLE = re.compile(r"\{(\w+)\}")
_HOLES: Map[str, str] = {
    "tenant": "The tenant's slug: the name of its file.",
    "ref": "A match's ref, as an identification gave it.",
    "contact": "The id of a contact of the contact base.",
}
_WRITING: tuple[Document, ...] = (
    {
        "name": "Gateway-Actor",
        "in": "header",
        "required": False,
        "description": "The helpdesk's id of the operator; a write requires it of roles behind which a person acts.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MOST_HEADER},
    },
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": False,
        "description": "Under one key a request is done once; sent again, it gives what the first one gave.",
        "schema": {"type": "string", "minLength": 1, "maxLength": MOST_HEADER},
    },
)
_ABOUT = (
    "Who is this? One question in front of every place where a company keeps its customers. "
    "Every answer carries `X-Request-Id`; send your own to find it again in the gateway's log. "
    "A single value that is absent is left out; lists and objects are always there."
)


def openapi(version: str) -> Document:
    """The whole document; `version` is the gateway's."""
    paths: dict[str, dict[str, Json]] = {}
    for operation in OPERATIONS:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Customer identification gateway", "version": version, "description": _ABOUT},
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": _schemas(),
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API key of the tenant, as `gateway keys create` showed it once.",
                }
            },
        },
        PROBLEM_TABLE: {
            code: {"status": row.status, "title": row.title, "remedy": row.remedy} for code, row in PROBLEMS.items()
        },
    }


def problem_codes(operation: Operation) -> tuple[str, ...]:
    """The codes of the problems that an operation may answer with, in the order of the table."""
    codes = problems_of(operation) | {INTERNAL}
    return tuple(code for code in PROBLEMS if code in codes)


def _operation(operation: Operation) -> Document:
    described: Document = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": operation.description,
        "responses": _responses(operation),
        "security": _security(operation.door),
    }
    parameters = [
        *(_parameter(name) for name in _HOLE.findall(operation.path)),
        *map(_query_parameter, operation.queries),
        *(_WRITING if operation.writes else _WRITING[:1] if operation.audited else ()),
    ]
    if parameters:
        described["parameters"] = parameters
    if operation.takes is not None:
        media: Document = {"schema": _ref(operation.takes)}
        if operation.example is not None:
            media["example"] = msgspec.json.decode(operation.example)
        described["requestBody"] = {"required": True, "content": {"application/json": media}}
    return described


def _security(door: Door) -> Sequence[Json]:
    if door is Door.OPEN:
        return []
    return [{}, {"key": []}] if door is Door.READY else [{"key": []}]


def _parameter(name: str) -> Document:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _HOLES.get(name, f"The id of the {name}, as the gateway gave it."),
        "schema": {"type": "string"},
    }


def _query_parameter(parameter: QueryParameter) -> Document:
    return {
        "name": parameter.name,
        "in": "query",
        "required": False,
        "description": parameter.description,
        "schema": {"type": "integer" if parameter.integer else "boolean" if parameter.flag else "string"},
    }


def _responses(operation: Operation) -> Document:
    responses: Document = {str(operation.status): _answer(operation, "The answer")}
    by_status: dict[str, list[str]] = {}
    for code in problem_codes(operation):
        by_status.setdefault(str(PROBLEMS[code].status), []).append(code)
    for status, codes in by_status.items():
        said = "; ".join(f"`{code}`: {PROBLEMS[code].title}" for code in codes)
        responses[status] = {
            "description": said,
            "headers": _headers(codes),
            "content": {"application/problem+json": {"schema": _ref(bodies.Problem)}},
        }
    if operation.unready:
        responses["503"] = _answer(operation, "Not now")
    return responses


def _answer(operation: Operation, description: str) -> Document:
    content: dict[str, Json]
    if isinstance(operation.gives, str):
        content = {operation.gives: {"schema": {"type": "object" if "json" in operation.gives else "string"}}}
    else:
        content = {"application/json": {"schema": _ref(operation.gives)}}
        if operation.also is not None:
            content[operation.also] = {"schema": {"type": "string"}}
    return {"description": description, "headers": _headers(()), "content": content}


def _headers(codes: Sequence[str]) -> Document:
    headers: Document = {"X-Request-Id": {"description": "The request's id.", "schema": {"type": "string"}}}
    if "unauthenticated" in codes:
        headers["WWW-Authenticate"] = {"description": "How to show a key.", "schema": {"type": "string"}}
    if "too_many_requests" in codes:
        headers["Retry-After"] = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
    return headers


def _schemas() -> Document:
    """The bodies' schemas, those they consist of included."""
    roots: list[type[Body]] = [bodies.Problem]
    for operation in OPERATIONS:
        roots += [body for body in (operation.takes, operation.gives) if isinstance(body, type)]
    _, schemas = msgspec.json.schema_components(roots, ref_template="#/components/schemas/{name}")
    for schema in schemas.values():
        if "description" in schema:
            schema["description"] = cleandoc(schema["description"])
    # Rules of the endpoints that no type can say.
    schemas[bodies.IdentificationRequest.__name__]["oneOf"] = _exactly_one("search", "text")
    schemas[interaction_bodies.LinkInteraction.__name__]["oneOf"] = _exactly_one("ref", "contact")
    schemas[interaction_bodies.StartInteraction.__name__]["not"] = {"required": ["search", "text"]}
    code = schemas[bodies.Problem.__name__]["properties"]["code"]
    code["enum"] = list(PROBLEMS)
    return schemas


def _exactly_one(*members: str) -> list[Json]:
    return [{"required": [member]} for member in members]


def _ref(body: type[Body]) -> Document:
    return {"$ref": f"#/components/schemas/{body.__name__}"}
