"""The bodies of the operations on contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from gateway.api.bodies import Contact
from gateway.api.body import Body

Value = Annotated[str, Meta(min_length=1, max_length=512)]
Type = Annotated[str, Meta(min_length=1, max_length=100)]
Id = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="As the gateway gave it.")]
StoredPath = Annotated[str, Meta(min_length=1, max_length=80)]
_MOST = 50
STORED = "Path (`attributes.plano`, `birth_date`) -> value; `stored_fields` of the tenant must let it be stored."
UNIQUE_KEY = "The unique key's value, as typed; normalised by the tenant's kind."
MOST_MOVES = 200
"""The largest `limit` of a page of moves."""


class GivenIdentifier(Body, frozen=True, forbid_unknown_fields=True):
    """A value by which somebody is found: a document, an e-mail address, a phone, a channel's user, as typed."""

    kind: Annotated[str, Meta(min_length=1, max_length=40)]
    value: Value


class PushedIdentifier(Body, frozen=True, forbid_unknown_fields=True):
    """The same. `verified`: the company has proof that it is his."""

    kind: Annotated[str, Meta(min_length=1, max_length=40)]
    value: Value
    verified: bool = False


class ContactRegistration(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A person whom no source knows."""

    unique_key: Annotated[Value, Meta(description=UNIQUE_KEY)] | UnsetType = UNSET
    name: Value | UnsetType = UNSET
    identifiers: Annotated[tuple[GivenIdentifier, ...], Meta(max_length=_MOST)] | UnsetType = UNSET
    customer_type: Type | UnsetType = UNSET
    stored: Annotated[dict[StoredPath, Value], Meta(max_length=_MOST, description=STORED)] | UnsetType = UNSET


class ContactPush(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer as the company's base has him now; what is left out is gone."""

    unique_key: Annotated[Value, Meta(description=UNIQUE_KEY)]
    name: Value | UnsetType = UNSET
    identifiers: Annotated[tuple[PushedIdentifier, ...], Meta(max_length=_MOST)] | UnsetType = UNSET
    customer_type: Type | UnsetType = UNSET
    stored: Annotated[dict[StoredPath, Value], Meta(max_length=_MOST, description=STORED)] | UnsetType = UNSET


class ContactChange(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be another: null takes a value away, what is left out stays. `identifiers` are all that he has from now on;
    of `stored` only the paths that are named change. `revision`: of the contact as you read it."""

    revision: Annotated[int, Meta(ge=1)]
    unique_key: Annotated[Value, Meta(description=UNIQUE_KEY)] | UnsetType | None = UNSET
    name: Value | UnsetType | None = UNSET
    identifiers: Annotated[tuple[GivenIdentifier, ...], Meta(max_length=_MOST)] | UnsetType = UNSET
    customer_type: Type | UnsetType | None = UNSET
    stored: Annotated[dict[StoredPath, Value | None], Meta(max_length=_MOST, description=STORED)] | UnsetType = UNSET
    active: Annotated[bool, Meta(description="`true` brings back who was deactivated.")] | UnsetType = UNSET


class ContactMerger(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`source` is taken over by `target`. `keeps`: the id of the one whose unique key stays, where both have one."""

    source: Id
    target: Id
    keeps: Id | UnsetType = UNSET


class MergedContacts(Body, frozen=True):
    """Who is left, and the move by which the merger is undone."""

    contact: Contact
    move: str


class Move(Body, frozen=True, kw_only=True):
    """A history that went from one contact (`source`) to another (`target`): `why` is `merge` or `became_customer`. `id`: by
    which it is taken back. `actor`: who acted. `undone_at`: when it was taken back."""

    id: str
    source: str
    target: str
    why: str
    at: datetime
    actor: str | UnsetType = UNSET
    undone_at: datetime | UnsetType = UNSET


class MoveList(Body, frozen=True):
    """A page of moves, the latest first. `next`: send it as `cursor` for the next page; left out at the end."""

    moves: tuple[Move, ...]
    next: str | UnsetType = UNSET
