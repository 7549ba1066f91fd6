"""The operation of channels' events: a row of the table that routes and OpenAPI document are made from."""

from __future__ import annotations

from gateway.api.channel_event_bodies import ChannelEvent
from gateway.api.operation import IDENTITY_PROBLEMS, Door, Operation
from gateway.api.reception_bodies import Reception
from gateway.core.disclosure import Permission

TAKE = Operation(
    name="take_channel_event",
    method="POST",
    path="/v1/tenants/{tenant}/channel-events",
    summary="Something comes over a channel",
    description=(
        "A mail, a call, a message: who writes is looked for by what the channel tells (as the tenant's file says, else as "
        "such channels usually tell it), a user who proved himself before is recognised, his open interaction goes on or "
        "one begins, and it is linked if that is sure. A value that is not valid is left out (`left_out`), and refuses "
        "nothing. Whom nobody knows is registered, proposed or neither, as the tenant's file says of the channel."
    ),
    door=Door.TENANT,
    takes=ChannelEvent,
    gives=Reception,
    problems=(
        "too_many_in_flight",
        "unknown_channel",
        "context_too_large",
        "text_too_long",
        "not_here",
        "identity_refused",
        "identity_off",
        *IDENTITY_PROBLEMS,
    ),
    permission=Permission.INTERACT,
    stores=True,
    writes=True,
    example='{"channel": "phone", "event": "118-ringing", "attendance": "118", "data": {"caller": "+5511987654321"}}',
)

OPERATIONS: tuple[Operation, ...] = (TAKE,)
