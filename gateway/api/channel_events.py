"""The endpoint of channels' events."""

from __future__ import annotations

import msgspec
from starlette.types import ASGIApp

from gateway.api import channel_event_bodies as bodies
from gateway.api.answers import encode
from gateway.api.channel_event_operations import TAKE
from gateway.api.endpoints import Asked, Endpoint, Given
from gateway.api.limits import InFlight, Places
from gateway.api.parameters import or_none
from gateway.api.reception_presenting import reception_body
from gateway.core.disclosure import Permission
from gateway.service.channel_events import ChannelDesk, EventRequest
from gateway.service.refs import Sealer
from gateway.service.signed_user import SignedUser


def endpoints(desk: ChannelDesk, sealer: Sealer, places: Places) -> dict[str, ASGIApp]:
    """Operation -> its endpoint. An event asks sources, so it counts as an identification does (`places`)."""

    async def take(asked: Asked[bodies.ChannelEvent]) -> Given:
        effect = await desk.take(asked.command, _request(asked.body))
        sees = asked.viewer.may(Permission.CUSTOMERS_READ)
        command = asked.command
        body = reception_body(
            effect.made,
            tenant=command.tenant,
            request_id=command.request_id,
            sealer=sealer if sees else None,
            explain=asked.body.explain,
        )
        return Given(body, effect.again)

    return {TAKE.name: InFlight(Endpoint(TAKE, bodies.ChannelEvent, take), places)}


def _request(body: bodies.ChannelEvent) -> EventRequest:
    user, context, signed = or_none(body.channel_user), or_none(body.context), or_none(body.identity)
    return EventRequest(
        channel=body.channel,
        event=body.event,
        attendance=or_none(body.attendance),
        channel_user=None if user is None else (user.kind, user.value),
        data=msgspec.to_builtins(body.data),
        data_bytes=len(encode(body.data)),
        identity=None
        if signed is None
        else SignedUser(or_none(signed.token), or_none(signed.user_id), or_none(signed.user_hash)),
        text=or_none(body.text),
        context={} if context is None else msgspec.to_builtins(context),
        context_bytes=0 if context is None else len(encode(context)),
        anonymous=body.anonymous,
        explain=body.explain,
    )
