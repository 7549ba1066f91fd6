"""The endpoints of identification codes: what was asked, to the use case, to the body of the answer."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp

from gateway.api import code_bodies as bodies
from gateway.api import code_operations as operations
from gateway.api.endpoints import Asked, Endpoint, Given
from gateway.api.parameters import or_none
from gateway.api.presenting import given
from gateway.service.codes import CodeDesk, Minted, MintRequest


def endpoints(desk: CodeDesk) -> dict[str, ASGIApp]:
    """Operation -> its endpoint."""
    calls = _Calls(desk)
    return {operations.MINT.name: Endpoint(operations.MINT, bodies.MintCode, calls.mint)}


@dataclass(frozen=True, slots=True)
class _Calls:
    desk: CodeDesk

    async def mint(self, asked: Asked[bodies.MintCode]) -> Given:
        body = asked.body
        request = MintRequest(
            unique_key=or_none(body.unique_key),
            search=or_none(body.search) or {},
            name=or_none(body.name),
            customer_type=or_none(body.customer_type),
            stored=or_none(body.stored) or {},
            channel=or_none(body.channel),
            purpose=or_none(body.purpose),
            valid_for=or_none(body.valid_for),
        )
        effect = await self.desk.mint(asked.command, request)
        return Given(minted_body(effect.made), effect.again)


def minted_body(made: Minted) -> bodies.MintedCode:
    return bodies.MintedCode(
        code=made.code.written,
        expires_at=made.expires_at,
        valid_for=made.valid_for,
        channel=given(made.channel),
    )
