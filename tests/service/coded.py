"""A desk at which codes are given out and shown, beside the one where interactions are attended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from gateway.core.reception import Reception
from gateway.service.codes import CodeDesk, IssueRequest
from gateway.service.redeeming import Redeeming, RedeemRequest
from tests.service.attended import OPERATOR, Attended

ISSUER = Command("acme", Viewer("issuer", "k-site"))


@dataclass(slots=True)
class Coded:
    """Over what is attended."""

    attended: Attended
    heard: HeardOfCodes = field(default_factory=lambda: HeardOfCodes())
    desk: CodeDesk = field(init=False)
    redeeming: Redeeming = field(init=False)

    def __post_init__(self) -> None:
        self.desk = CodeDesk(self.attended.storage.codes, self.attended.house, self.attended.time)
        self.redeeming = Redeeming(
            self.attended.storage.codes,
            self.attended.house,
            self.attended.house.identifier,
            self.heard,
            self.attended.time,
        )

    async def issued(self, **more: Any) -> str:
        """The code as Ana sees it."""
        given: dict[str, Any] = {"search": {"email": "ana@example.com"}, "name": "Ana Souza", **more}
        return (await self.desk.issue(ISSUER, IssueRequest(**given))).made.code.written

    async def show(
        self,
        text: str,
        user: str = "5511987654321",
        *,
        by: Command = OPERATOR,
        kind: str = "channel_user",
        channel: str = "whatsapp",
        interaction: str | None = None,
    ) -> Redeemed:
        request = RedeemRequest(text, channel, (kind, user), interaction)
        reception = (await self.redeeming.redeem(by, request)).made
        code = reception.code
        assert code is not None
        return Redeemed(code.state, code.reason, code.for_writer, code.purpose, reception)


@dataclass(frozen=True, slots=True)
class Redeemed:
    """What came of a message."""

    state: CodeState
    reason: CodeTrouble | None
    for_writer: str
    purpose: str | None
    reception: Reception


@dataclass(slots=True)
class HeardOfCodes:
    """What was told: states with reasons, and alarms."""

    shown: list[tuple[CodeState, CodeTrouble | None]] = field(default_factory=list)
    alarms: int = 0

    def code_shown(self, tenant: str, state: CodeState, trouble: CodeTrouble | None) -> None:
        self.shown.append((state, trouble))

    def codes_guessed(self, tenant: str) -> None:
        self.alarms += 1
