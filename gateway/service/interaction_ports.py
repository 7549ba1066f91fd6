"""What the use cases of an interaction need of the parts below and beside them."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from gateway.core.command import Command, Effect
from gateway.core.interaction import (
    CaseDraft,
    CaseReference,
    Interaction,
    InteractionHistory,
    InteractionPage,
    Note,
    Opening,
    Started,
)
from gateway.core.linking import LinkTarget
from gateway.core.model import Identification
from gateway.core.protocol import ProtocolNumber
from gateway.service.refs import RefContent
from gateway.service.request import IdentifyRequest


class InteractionStore(Protocol):
    """Where interactions are kept. Raises StorageUnavailable, NotHere, Conflict. `year`: in which a number is issued now."""

    async def start(
        self, command: Command, opening: Opening, target: LinkTarget | None, now: datetime, year: int | None
    ) -> Effect[Started]: ...

    async def first_action(
        self, command: Command, interaction: str, now: datetime, year: int
    ) -> Effect[Interaction]: ...

    async def link(
        self, command: Command, interaction: str, target: LinkTarget, now: datetime
    ) -> Effect[Interaction]: ...

    async def unlink(self, command: Command, interaction: str, now: datetime) -> Effect[Interaction]: ...

    async def reidentify(
        self, command: Command, interaction: str, target: LinkTarget, now: datetime
    ) -> Effect[Interaction]: ...

    async def add_note(self, command: Command, interaction: str, text: str, now: datetime) -> Effect[Note]: ...

    async def add_case(
        self, command: Command, interaction: str, case: CaseDraft, now: datetime
    ) -> Effect[CaseReference]: ...

    async def finish(self, command: Command, interaction: str, now: datetime, year: int) -> Effect[Interaction]: ...

    async def history(self, tenant: str, interaction: str) -> InteractionHistory: ...

    async def by_protocol(self, tenant: str, protocol: ProtocolNumber) -> tuple[Interaction, ...]: ...

    async def page(self, tenant: str, contact: str | None, after: str | None, limit: int) -> InteractionPage: ...


class Finds(Protocol):
    """Who is this? For use cases: everything that was found, whoever asks."""

    async def find(self, request: IdentifyRequest) -> Identification: ...


class Filling(Protocol):
    """A contact was saved with his key alone: the sources are to be asked, beside the request, for what may be stored."""

    def fill(self, command: Command, contact: str, content: RefContent) -> None: ...
