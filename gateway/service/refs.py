"""What an answer points with: the `ref` of a match, and that of a proposal. Sealed (see `tokens`), so that no personal value
stands in an address, and nobody links to or stores what no answer gave him."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

import msgspec

from gateway.core.errors import RefExpired
from gateway.core.model import Identifier, Match, Proposal, ProspectOption, UniqueKey
from gateway.core.redaction import Redacted
from gateway.service.tokens import LIFETIME, Tokens

_MATCH, _PROPOSAL = 1, 2


class Assurance(StrEnum):
    """Did a value of the customer agree with what was asked?"""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"


@dataclass(frozen=True, slots=True, repr=False)
class RefContent(Redacted):
    """What a match's ref holds. `contact`: id in the contact base. `expires`: seconds since 1970."""

    tenant: str
    unique_key: UniqueKey | None
    contact: str | None
    sources: tuple[str, ...]
    assurance: Assurance
    expires: int


class Sealer(Protocol):
    """What a face that answers identifications needs of this module."""

    def seal(self, match: Match, tenant: str) -> str: ...
    def seal_proposal(self, proposal: Proposal, tenant: str) -> str: ...


class _Sealed(msgspec.Struct, array_like=True, gc=False):
    expires: int
    key: tuple[str, str, str] | None
    contact: str | None
    sources: tuple[str, ...]
    assurance: Assurance

    def __repr__(self) -> str:
        return "<_Sealed …>"


class _Proposed(msgspec.Struct, array_like=True, gc=False):
    expires: int
    message: str
    customer_type: str | None
    option: ProspectOption | None
    key: tuple[str, str, str] | None
    identifiers: tuple[tuple[str, str], ...]
    name: str | None

    def __repr__(self) -> str:
        return "<_Proposed …>"


class Refs:
    """Seals and opens refs. `keys`: 32 bytes each; the first seals, all open. `clock`: seconds since 1970."""

    def __init__(self, keys: Sequence[bytes], clock: Callable[[], float]) -> None:
        self._tokens = Tokens(keys, clock)
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder = msgspec.msgpack.Decoder(_Sealed)
        self._proposals = msgspec.msgpack.Decoder(_Proposed)

    def seal(self, match: Match, tenant: str) -> str:
        """The ref of one match of an answer to this tenant; opens for `LIFETIME` seconds."""
        now = self._tokens.now()
        return self._tokens.seal(_MATCH, self._encoder.encode(_content(match, now + LIFETIME)), tenant, now)

    def open(self, ref: str, tenant: str) -> RefContent:
        """Raises RefExpired; RefForged for anything that `seal` did not make for this tenant."""
        now = self._tokens.now()
        held = self._decoder.decode(self._tokens.open(_MATCH, ref, tenant, now))
        if held.expires < now:
            raise RefExpired
        unique_key = UniqueKey(*held.key) if held.key else None
        return RefContent(tenant, unique_key, held.contact, held.sources, held.assurance, held.expires)

    def seal_proposal(self, proposal: Proposal, tenant: str) -> str:
        """The ref of what a definite `not_found` proposed to this tenant; opens for `LIFETIME` seconds."""
        now, key = self._tokens.now(), proposal.unique_key
        held = _Proposed(
            now + LIFETIME,
            proposal.message,
            proposal.customer_type,
            proposal.prospect,
            (key.name, key.kind, key.value) if key else None,
            tuple((one.kind, one.value) for one in proposal.identifiers),
            proposal.name,
        )
        return self._tokens.seal(_PROPOSAL, self._encoder.encode(held), tenant, now)

    def open_proposal(self, ref: str, tenant: str) -> Proposal:
        """The proposal as it was sealed. Raises RefExpired; RefForged for anything else, a match's ref too."""
        now = self._tokens.now()
        held = self._proposals.decode(self._tokens.open(_PROPOSAL, ref, tenant, now))
        if held.expires < now:
            raise RefExpired
        key = UniqueKey(*held.key) if held.key else None
        identifiers = tuple(Identifier(kind, value) for kind, value in held.identifiers)
        return Proposal(held.message, held.customer_type, held.option, key, identifiers, held.name)


def _content(match: Match, expires: int) -> _Sealed:
    customer, contact = match.customer, match.contact
    unique_key = customer.unique_key if customer else contact.unique_key if contact else None
    return _Sealed(
        expires,
        (unique_key.name, unique_key.kind, unique_key.value) if unique_key else None,
        contact.id if contact else None,
        customer.sources if customer else (),
        Assurance.VERIFIED if match.verified else Assurance.UNVERIFIED,
    )
