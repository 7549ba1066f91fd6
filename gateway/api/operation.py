"""What one operation of the JSON API is: who comes in, what it takes, what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from gateway.api.body import Body
from gateway.core.disclosure import Permission


class Door(Enum):
    """Who comes in. OPEN: everybody. TENANT: a key of the tenant in the address, with the operation's permission.
    OPERATIONS: a key with the permission `operations`. READY: everybody, and more for such a key."""

    OPEN = auto()
    TENANT = auto()
    OPERATIONS = auto()
    READY = auto()


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A parameter of the address, at most once. `integer`: digits only; `flag`: `true` or `false`."""

    name: str
    description: str
    integer: bool = False
    flag: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `name` is its operationId and the endpoint's name in `api_routes`.

    `gives`: the body of a success, or its media type where it is no JSON; `also`: another media type that may be had;
    `status`: that of a success. `problems`: codes of its own, beside those of its door. `unready`: it answers 503 with the
    same body where it says no. `example`: a body to try. `permission`: what the key's role needs at the tenant's door.
    `stores`: it needs the contact base. `writes`: it takes `Gateway-Actor` and `Idempotency-Key`. `audited`: it writes
    nothing, but takes `Gateway-Actor` for the audit. `pages`: pages of other origins ask it, so it answers OPTIONS as well.
    """

    name: str
    method: str
    path: str
    summary: str
    description: str
    door: Door
    gives: type[Body] | str
    takes: type[Body] | None = None
    problems: tuple[str, ...] = ()
    unready: bool = False
    example: str | None = None
    permission: Permission = Permission.IDENTIFY
    status: int = 200
    stores: bool = False
    writes: bool = False
    audited: bool = False
    also: str | None = None
    queries: tuple[QueryParameter, ...] = ()
    pages: bool = False


IDENTITY_PROBLEMS = (
    "identity_forged",
    "identity_expired",
    "identity_not_yet",
    "identity_lives_too_long",
    "identity_for_others",
    "identity_incomplete",
    "identity_replayed",
)
"""Of every operation that takes what the company signed."""

DOOR_PROBLEMS: dict[Door, tuple[str, ...]] = {
    Door.OPEN: (),
    Door.TENANT: ("unauthenticated", "too_many_requests", "unknown_tenant", "forbidden", "tenant_broken"),
    Door.OPERATIONS: ("unauthenticated", "too_many_requests", "forbidden"),
    Door.READY: ("unauthenticated", "too_many_requests", "forbidden"),
}
STORE_PROBLEMS = ("contact_base_off", "storage_unavailable", "storage_outdated", "seal_broken")
WRITE_PROBLEMS = ("malformed_request", "body_too_large", "conflict")


def problems_of(operation: Operation) -> frozenset[str]:
    """The codes of every problem that it may answer with, but for the gateway's own defects."""
    codes = {*DOOR_PROBLEMS[operation.door], *operation.problems}
    if operation.stores:
        codes.update(STORE_PROBLEMS)
    if operation.writes:
        codes.update(WRITE_PROBLEMS)
    return frozenset(codes)
