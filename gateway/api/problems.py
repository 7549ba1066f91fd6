"""Every error that a face can answer with: the one table of codes and statuses, and RFC 9457's document."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from math import ceil
from types import MappingProxyType

from msgspec import UNSET, UnsetType

from gateway.api import bodies
from gateway.core.errors import (
    Conflict,
    GatewayError,
    InvalidKey,
    InvalidMember,
    MethodNotAllowed,
    TooManyInFlight,
    TooManyRequests,
    Unauthenticated,
)

INTERNAL = "internal"
"""The code of a defect of the gateway itself."""


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """One row: what the status is, what it is called, and what the caller does next."""

    status: int
    title: str
    remedy: str


PROBLEMS: Map[str, ProblemKind] = MappingProxyType(
    {
        "malformed_request": ProblemKind(
            400, "The body cannot be read", "Mend the request; `detail` says what was expected and where."
        ),
        "unauthenticated": ProblemKind(
            401, "No good API key", "Send `Authorization: Bearer <key>` with a key that is known and has not expired."
        ),
        "forbidden": ProblemKind(
            403, "The key may not do this", "Use a key whose role has the permission that `detail` names."
        ),
        "origin_refused": ProblemKind(
            403, "The page may not ask", "Ask the tenant's integrator to list the page's origin under `codes.origins`."
        ),
        "unknown_tenant": ProblemKind(
            404, "No such tenant", "Check the slug in the address; a key opens its own tenant only."
        ),
        "unknown_path": ProblemKind(404, "Nothing at this address", "Check the address against `/docs`."),
        "page_codes_off": ProblemKind(
            404, "Pages get no codes here", "Check the slug; or ask the tenant's integrator for `codes.page_token`."
        ),
        "contact_base_off": ProblemKind(
            404, "Nothing is kept here", "Ask the operator of the gateway to turn the contact base on."
        ),
        "not_here": ProblemKind(404, "No such thing of this tenant", "Check the id; `detail` says of what."),
        "facade_off": ProblemKind(404, "Facade not offered", "Ask the tenant's integrator to turn the facade on."),
        "method_not_allowed": ProblemKind(405, "Wrong method", "Use a method that the header `Allow` names."),
        "conflict": ProblemKind(
            409, "It does not go with what is there", "`reason` says why; read it again, then decide anew."
        ),
        "identity_replayed": ProblemKind(409, "The signed identity was used before", "Sign a new one."),
        "ref_expired": ProblemKind(410, "The ref is too old", "Identify again and use the new answer's ref."),
        "identity_expired": ProblemKind(410, "The signed identity is too old", "Sign a new one."),
        "body_too_large": ProblemKind(413, "The body is too large", "Send only the documented members."),
        "empty_search": ProblemKind(422, "Nothing to search by", "Fill in a search field, or leave empty ones out."),
        "unknown_search_field": ProblemKind(
            422, "Unknown search field", "Use the names that `GET search-fields` lists; `detail` gives the nearest."
        ),
        "invalid_key": ProblemKind(
            422, "A search value is not valid", "Show the operator `field` and `check`, and let him correct the value."
        ),
        "invalid_value": ProblemKind(
            422, "A value is not valid", "Show `field` and `check`, and let the value be corrected."
        ),
        "nothing_recognised": ProblemKind(
            422, "The text is of no known kind", "Let the operator choose a search field instead of the one box."
        ),
        "cannot_ask": ProblemKind(
            422, "No source can be asked", "Search by other fields; `GET search-fields` says which source takes which."
        ),
        "unknown_channel": ProblemKind(422, "No such channel", "Use one of the words that `detail` lists."),
        "context_too_large": ProblemKind(
            422, "The context is over a bound", "Leave out what no operator will read; `detail` names the bound."
        ),
        "ref_forged": ProblemKind(422, "Not a ref of this tenant", "Send a ref as it came, whole, to the same tenant."),
        "identity_refused": ProblemKind(
            422, "The signed identity does not count", "Have a new one signed; a helpdesk's key is told why."
        ),
        "identity_off": ProblemKind(
            422, "No signed identity is taken here", "Ask the tenant's integrator for `channels.<name>.identity`."
        ),
        "identity_forged": ProblemKind(
            422, "The identity is not signed", "Compare key and algorithm with the tenant's file; send it whole."
        ),
        "identity_not_yet": ProblemKind(
            422, "The signed identity is not in force yet", "Set the clock of whoever signs it."
        ),
        "identity_lives_too_long": ProblemKind(
            422, "The signed identity lives too long", "Sign with an `exp` as near as `detail` says."
        ),
        "identity_for_others": ProblemKind(
            422, "The signed identity is meant for others", "Make `iss` and `aud` agree with the tenant's file."
        ),
        "identity_incomplete": ProblemKind(
            422, "The signed identity lacks a claim", "Sign the claims that `detail` names, as text."
        ),
        "invalid_form": ProblemKind(
            422, "The form is not filled in as it must be", "Let the operator correct the field that `detail` names."
        ),
        "no_loading": ProblemKind(
            422, "Nothing is loaded", "Ask the tenant's integrator to say under `prospects.load` where prospects go."
        ),
        "no_identifier": ProblemKind(
            422, "Nothing tells who the customer is", "Send his unique key, or a search field other than his name."
        ),
        "text_too_long": ProblemKind(
            422, "The text is too long for a message", "Send what was written, without what it quotes."
        ),
        "too_many_requests": ProblemKind(
            429, "This key asks too fast", "Wait as long as `Retry-After` says, then repeat."
        ),
        "too_many_in_flight": ProblemKind(
            429, "Too many at once for this tenant", "Wait as long as `Retry-After` says, then repeat."
        ),
        INTERNAL: ProblemKind(
            500, "The gateway failed", "Repeat later; tell the operator of the gateway the `request_id`."
        ),
        "seal_broken": ProblemKind(
            500, "A stored value cannot be opened", "Tell the operator of the gateway: a key of the storage is missing."
        ),
        "storage_unavailable": ProblemKind(
            503,
            "The database does not answer",
            "Repeat later, with the same `Idempotency-Key`. Identifications still work.",
        ),
        "storage_outdated": ProblemKind(
            503, "The database's tables are outdated", "Tell the operator of the gateway: `gateway db upgrade`."
        ),
        "tenant_broken": ProblemKind(
            503,
            "The tenant's configuration is broken",
            "Tell the tenant's integrator; `gateway check` lists what is wrong.",
        ),
        # The families, for an error that has no row of its own yet.
        "request": ProblemKind(400, "The request is wrong", "Mend the request as `detail` says."),
        "access": ProblemKind(403, "Not allowed", "Mend the request as `detail` says."),
    }
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as any face can render it. `headers` are already bytes, as ASGI wants them."""

    status: int
    code: str
    title: str
    detail: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    field: str | UnsetType = UNSET
    kind: str | UnsetType = UNSET
    check: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET


def refusal_of(error: GatewayError) -> Refusal:
    """The row of the error's own code, else of the nearest ancestor's; an error of no such family is `internal`."""
    for ancestor in type(error).__mro__:
        row = PROBLEMS.get(getattr(ancestor, "code", ""))
        if row is not None:
            break
    else:
        return internal()
    refusal = Refusal(row.status, error.code, row.title, str(error), _headers(error))
    if isinstance(error, InvalidKey | InvalidMember):
        return replace(refusal, field=error.field, kind=error.kind, check=error.check)
    if isinstance(error, Conflict):
        return replace(refusal, reason=error.reason)
    return refusal


def internal() -> Refusal:
    """What a defect looks like from outside: nothing of it is shown."""
    row = PROBLEMS[INTERNAL]
    return Refusal(
        row.status, INTERNAL, row.title, "The gateway could not answer. The request id finds the cause in its log."
    )


def problem_body(refusal: Refusal, request_id: str) -> bodies.Problem:
    """RFC 9457. `type` leads to the row on the page of `/docs`."""
    return bodies.Problem(
        type=f"/docs#{refusal.code}",
        title=refusal.title,
        status=refusal.status,
        detail=refusal.detail,
        code=refusal.code,
        request_id=request_id,
        field=refusal.field,
        kind=refusal.kind,
        check=refusal.check,
        reason=refusal.reason,
    )


def _headers(error: GatewayError) -> tuple[tuple[bytes, bytes], ...]:
    match error:
        case Unauthenticated():
            return ((b"www-authenticate", error.challenge.encode("ascii")),)
        case MethodNotAllowed():
            return ((b"allow", ", ".join(error.allowed).encode("ascii")),)
        case TooManyRequests() | TooManyInFlight():
            return ((b"retry-after", str(max(1, ceil(error.retry_after))).encode("ascii")),)
        case _:
            return ()
