"""The endpoints of identification codes: what was asked, to the use case, to the body of the answer."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.types import ASGIApp

from gateway.api import code_bodies as bodies
from gateway.api import code_operations as operations
from gateway.api.endpoints import Asked, Endpoint, Given
from gateway.api.limits import InFlight, Places
from gateway.api.parameters import or_none
from gateway.api.presenting import given
from gateway.api.reception_presenting import reception_body
from gateway.core.disclosure import Permission
from gateway.service.codes import CodeDesk, Issued, IssueRequest
from gateway.service.redeeming import Redeeming, RedeemRequest
from gateway.service.refs import Sealer


def endpoints(desk: CodeDesk, redeeming: Redeeming, sealer: Sealer, places: Places) -> dict[str, ASGIApp]:
    """Operation -> its endpoint. A good code asks sources, so it counts as an identification does (`places`)."""
    calls = _Calls(desk, redeeming, sealer)
    redeem: Endpoint[bodies.RedeemCode] = Endpoint(operations.REDEEM, bodies.RedeemCode, calls.redeem)
    return {
        operations.ISSUE.name: Endpoint(operations.ISSUE, bodies.IssueCode, calls.issue),
        operations.REDEEM.name: InFlight(redeem, places),
    }


@dataclass(frozen=True, slots=True)
class _Calls:
    desk: CodeDesk
    redeeming: Redeeming
    sealer: Sealer

    async def issue(self, asked: Asked[bodies.IssueCode]) -> Given:
        body = asked.body
        request = IssueRequest(
            unique_key=or_none(body.unique_key),
            search=or_none(body.search) or {},
            name=or_none(body.name),
            customer_type=or_none(body.customer_type),
            stored=or_none(body.stored) or {},
            channel=or_none(body.channel),
            purpose=or_none(body.purpose),
            valid_for=or_none(body.valid_for),
        )
        effect = await self.desk.issue(asked.command, request)
        return Given(issued_body(effect.made), effect.again)

    async def redeem(self, asked: Asked[bodies.RedeemCode]) -> Given:
        body, command = asked.body, asked.command
        user = (body.channel_user.kind, body.channel_user.value)
        request = RedeemRequest(body.text, body.channel, user, or_none(body.interaction), body.explain)
        effect = await self.redeeming.redeem(command, request)
        met = reception_body(
            effect.made,
            tenant=command.tenant,
            request_id=command.request_id,
            sealer=self.sealer if asked.viewer.may(Permission.CUSTOMERS_READ) else None,
            explain=body.explain,
        )
        return Given(met, effect.again)


def issued_body(made: Issued) -> bodies.IssuedCode:
    return bodies.IssuedCode(
        code=made.code.written,
        expires_at=made.expires_at,
        valid_for=made.valid_for,
        channel=given(made.channel),
    )
