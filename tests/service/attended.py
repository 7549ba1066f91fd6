"""A desk at which interactions are attended: the real use cases over a real database and scripted sources."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from gateway.adapter import RawRecord
from gateway.core.channel import CHANNELS, Channel, NumberedAt
from gateway.core.command import Command
from gateway.core.disclosure import Viewer
from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from gateway.core.mapping import compile_mapping
from gateway.core.model import Customer, Match, UniqueKey
from gateway.core.tenant import ByKey, Tenant
from gateway.service.channel_events import ChannelDesk
from gateway.service.details import Details
from gateway.service.filling import ContactFilling
from gateway.service.interactions import InteractionDesk
from gateway.service.redeeming import Redeeming
from gateway.service.refs import Refs
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from gateway.storage.storage import Storage
from tests.service.scripted import ANA, MAPPING, House, Script
from tests.service.scripted import KEY as SPEC

KEY = bytes(range(32))
OPERATOR = Command("acme", Viewer("helpdesk", "k1"), "op-7", "r1")
BOT = Command("acme", Viewer("bot", "k2"))
_BY_KEY = ByKey("email", compile_mapping(MAPPING, unique_key=SPEC, country="BR", display_all=False))
SURVEY = "https://pesquisa.example/?p={protocol}"


@dataclass(slots=True)
class Time:
    """A millisecond goes by whenever somebody looks; a test may set `now`."""

    now: datetime = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=1)
        return self.now


@dataclass(slots=True)
class Told:
    """What became of contacts that were to be filled."""

    filled: int = 0
    given_up: list[tuple[str, int]] = field(default_factory=list)

    def contact_filled(self, tenant: str) -> None:
        self.filled += 1

    def contact_not_filled(self, tenant: str, contact: str, tries: int) -> None:
        self.given_up.append((contact, tries))


class Unheard:
    """Nobody listens to what becomes of codes."""

    def code_shown(self, tenant: str, state: CodeState, trouble: CodeTrouble | None) -> None: ...

    def codes_guessed(self, tenant: str) -> None: ...


@dataclass(slots=True)
class Attended:
    """Tenant `acme` at an address of a database. `gives`: what its source says; `by_key`: it can be asked by the
    unique key, too."""

    address: str
    gives: Sequence[RawRecord] | Exception = (ANA,)
    by_key: bool = False
    stored_fields: frozenset[str] = frozenset({"name", "emails", "phones", "documents"})
    time: Time = field(default_factory=Time)
    told: Told = field(default_factory=Told)
    storage: Storage = field(init=False)
    house: House = field(init=False)
    refs: Refs = field(init=False)
    filling: ContactFilling = field(init=False)
    desk: InteractionDesk = field(init=False)
    events: ChannelDesk = field(init=False)
    tenant: Tenant = field(init=False)

    def __post_init__(self) -> None:
        self.storage = Storage(self.address, [KEY])
        asked_so = {"crm": _BY_KEY} if self.by_key else {}
        self.house = House({"crm": Script([self.gives])}, contacts=self.storage.contacts, by_key=asked_so)
        whatsapp = Channel("whatsapp", NumberedAt.FIRST_ACTION, SURVEY)
        self.tenant = self.house.tenant = replace(
            self.house.tenant, stored_fields=self.stored_fields, channels={**CHANNELS, "whatsapp": whatsapp}
        )
        self.refs = Refs([bytes(32)], lambda: self.time.now.timestamp())
        self.filling = ContactFilling(
            self.house.tenants, self.storage.contacts, self.storage.fillings, self.house.heard, self.told, self.time
        )
        self.desk = InteractionDesk(
            self.storage.interactions, self.house, self.house.identifier, self.refs, self.time, self.filling
        )

        details = Details(self.house.tenants, self.refs, self.house.heard, self.storage.contacts)
        self.events = ChannelDesk(
            self.storage.events,
            self.house,
            self.house.identifier,
            details,
            self.storage.contacts,
            Redeeming(self.storage.codes, self.house, self.house.identifier, Unheard(), self.time),
            self.time,
        )

    def over(self, channel: str, **changes: Any) -> None:
        """The channel is another one from now on."""
        channels = {**self.tenant.channels, channel: replace(self.tenant.channels[channel], **changes)}
        self.tenant = self.house.tenant = replace(self.tenant, channels=channels)

    def ref(self, key: UniqueKey, *, tenant: str = "acme", verified: bool = True) -> str:
        """As an identification would have given it for a customer of this key."""
        return self.refs.seal(Match(Customer(key, sources=("crm",)), verified=verified), tenant)

    async def aclose(self) -> None:
        await self.filling.settled()
        await self.storage.aclose()
        await self.house.tenants.aclose()


@asynccontextmanager
async def on_sqlite(folder: Path) -> AsyncIterator[Attended]:
    """Over an embedded database of its own in this folder, closed at the end."""
    address = embedded(folder)
    upgrade(address)
    attended = Attended(address)
    yield attended
    await attended.aclose()
