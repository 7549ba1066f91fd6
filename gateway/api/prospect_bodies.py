"""The bodies of the operations about prospects."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType

from gateway.api.bodies import UniqueKey
from gateway.api.body import Body
from gateway.core.model import ProspectOption
from gateway.core.prospect import LONGEST, ProspectState

MOST_PROSPECTS = 200
"""The largest `limit` of a page."""
Name = Annotated[str, Meta(max_length=200, description="What he is called, where he said so.")]
Form = Annotated[
    dict[str, Annotated[str, Meta(max_length=LONGEST)]],
    Meta(max_length=100, description="Field of the tenant's form -> what was filled in."),
]


class ProspectRequest(Body, frozen=True, forbid_unknown_fields=True):
    """Keep whom a definite `not_found` proposed."""

    ref: Annotated[str, Meta(max_length=8192, description="The proposal's, as the identification gave it.")]
    name: Name | UnsetType = UNSET
    form: Form | UnsetType = UNSET
    interaction: (
        Annotated[
            str,
            Meta(
                max_length=64,
                description="The attendance that begins his history: it is linked to him, unless he is to have none.",
            ),
        ]
        | UnsetType
    ) = UNSET


class ProspectFormRequest(Body, frozen=True, forbid_unknown_fields=True):
    """The form that was filled in for a contact."""

    form: Form
    name: Name | UnsetType = UNSET


class SettleRequest(Body, frozen=True, forbid_unknown_fields=True):
    """What a person found out of a prospect who is `unknown`: the company has him (`loaded`), it does not and he is to be
    sent again (`pending`), or it does not take him (`refused`)."""

    state: Literal["loaded", "pending", "refused"]
    reason: (
        Annotated[
            str,
            Meta(
                max_length=200, description="Why he was refused. It stands in lists and reports: nobody's data in it."
            ),
        ]
        | UnsetType
    ) = UNSET


class LoadRequest(Body, frozen=True, forbid_unknown_fields=True):
    """Which prospects are loaded."""

    date: (
        Annotated[str, Meta(description="This day's only (`2026-11-22`); without it today's and what was left over.")]
        | UnsetType
    ) = UNSET


class LoadStarted(Body, frozen=True):
    """A load was begun. `GET prospects` shows what becomes of each, the log and a report file the rest."""

    started: bool


class Prospect(Body, frozen=True, kw_only=True):
    """A stored prospect. `contact`: his id in the contact base. `day`: when he was stored, on the tenant's calendar.
    `state`: what became of him at the end of a day; `reason` says why he was refused, or is unknown. `name`, `unique_key`
    and `form` only for roles that see customers in clear."""

    contact: str
    option: ProspectOption
    day: str
    state: ProspectState
    reason: str | UnsetType = UNSET
    customer_type: str | UnsetType = UNSET
    name: str | UnsetType = UNSET
    unique_key: UniqueKey | UnsetType = UNSET
    form: dict[str, str] | UnsetType = UNSET


class ProspectList(Body, frozen=True):
    """A page of prospects, the oldest first. `next`: send it as `cursor` for the next page; left out at the end."""

    prospects: tuple[Prospect, ...]
    next: str | UnsetType = UNSET
