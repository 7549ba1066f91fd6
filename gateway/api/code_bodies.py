"""The bodies of identification codes, in and out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from msgspec import UNSET, Meta, UnsetType

from gateway.api.body import Body
from gateway.api.contact_bodies import STORED, UNIQUE_KEY, StoredPath, Type, Value
from gateway.api.interaction_bodies import ChannelUser
from gateway.api.trace_bodies import EXPLAIN_ALL
from gateway.core.code_settings import LONGEST_VALID, SHORTEST_VALID
from gateway.service.signed_identity import LONGEST_TOKEN

_CHANNEL = Annotated[str, Meta(min_length=1, max_length=40, examples=["whatsapp"])]


class IssueCode(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A customer who is logged in at the company, as the company describes him. `unique_key`, or a search field other than
    his name, is needed. When he shows the code, what is said of him is stored as far as the tenant's `stored_fields` lets
    it be."""

    unique_key: Annotated[Value, Meta(description=UNIQUE_KEY)] | UnsetType = UNSET
    search: (
        Annotated[dict[str, Value], Meta(max_length=50, description="Search field -> value, as for an identification.")]
        | UnsetType
    ) = UNSET
    name: Value | UnsetType = UNSET
    customer_type: Type | UnsetType = UNSET
    stored: Annotated[dict[StoredPath, Value], Meta(max_length=50, description=STORED)] | UnsetType = UNSET
    channel: (
        Annotated[_CHANNEL, Meta(description="The only channel where it is good; without it, any.")] | UnsetType
    ) = UNSET
    purpose: (
        Annotated[str, Meta(min_length=1, max_length=100, description="Your own word for what it is for.")] | UnsetType
    ) = UNSET
    valid_for: (
        Annotated[int, Meta(ge=SHORTEST_VALID, le=LONGEST_VALID, description="Seconds; never more than the tenant's.")]
        | UnsetType
    ) = UNSET


class PageToken(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the company signed for who is logged in."""

    token: Annotated[
        str, Meta(min_length=1, max_length=LONGEST_TOKEN, description="A JSON Web Token, as the tenant's file says.")
    ]


class IssuedCode(Body, frozen=True, kw_only=True):
    """The code as people see it. It is shown this once: what is kept of it does not give it back."""

    code: Annotated[str, Meta(examples=["F7HK-3RTW-9XYM-4JL8"])]
    expires_at: datetime
    valid_for: Annotated[int, Meta(description="Seconds from now.")]
    channel: str | UnsetType = UNSET


class RedeemCode(Body, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message as somebody wrote it, and who he is in the channel. `interaction`: the id of the one that he wrote it in;
    without it, the open one that he has."""

    text: Annotated[str, Meta(description="The message, whole: the code is looked for in it.")]
    channel: Annotated[str, Meta(min_length=1, max_length=40, examples=["whatsapp"])]
    channel_user: ChannelUser
    interaction: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET
    explain: Annotated[bool, Meta(description=EXPLAIN_ALL)] = False
