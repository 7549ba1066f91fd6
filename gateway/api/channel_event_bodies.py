"""The bodies of channels' events, as they come in."""

from __future__ import annotations

from typing import Annotated

from msgspec import UNSET, Meta, UnsetType, field

from gateway.api.body import Body, JsonValue
from gateway.api.interaction_bodies import ChannelUser, Context
from gateway.api.trace_bodies import EXPLAIN_ALL
from gateway.service.signed_identity import LONGEST_TEXT, LONGEST_TOKEN

LONGEST_ID = 1000
"""Characters of an event's and of an attendance's id: a mail's Message-ID may have 998 (RFC 5322, 2.1.1)."""


class SignedUser(Body, frozen=True, forbid_unknown_fields=True):
    """Who is logged in at the company's pages, as the company signed it: `token` (a JWT), or `user_id` with `user_hash`."""

    token: Annotated[str, Meta(min_length=1, max_length=LONGEST_TOKEN)] | UnsetType = UNSET
    user_id: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)] | UnsetType = UNSET
    user_hash: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET


class ChannelEvent(Body, frozen=True, forbid_unknown_fields=True):
    """Something came over a channel: a mail, a call, what was typed in the telephone's menu, a message."""

    channel: Annotated[str, Meta(max_length=40, examples=["whatsapp"])]
    event: Annotated[
        str,
        Meta(min_length=1, max_length=LONGEST_ID, description="Your own id of the event, by which it is taken once."),
    ]
    attendance: (
        Annotated[
            str,
            Meta(
                min_length=1,
                max_length=LONGEST_ID,
                description="Your own id of the call, the conversation, the thread: its open interaction goes on.",
            ),
        ]
        | UnsetType
    ) = UNSET
    channel_user: ChannelUser | UnsetType = UNSET
    data: Annotated[
        dict[str, JsonValue],
        Meta(description="What the channel tells of who writes, as it comes: it is searched by, and not kept."),
    ] = field(default_factory=dict)
    identity: SignedUser | UnsetType = UNSET
    text: (
        Annotated[
            str, Meta(description="The message, whole: an identification code is looked for in it. It is not kept.")
        ]
        | UnsetType
    ) = UNSET
    context: Context | UnsetType = UNSET
    anonymous: Annotated[bool, Meta(description="Who writes wants to stay unknown: nobody is looked for.")] = False
    explain: Annotated[bool, Meta(description=EXPLAIN_ALL)] = False
