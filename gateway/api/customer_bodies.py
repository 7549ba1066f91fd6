"""The bodies of a selected customer: his details."""

from __future__ import annotations

from msgspec import UNSET, UnsetType

from gateway.api.bodies import Contact, Customer, SourceAnswer
from gateway.api.body import Body
from gateway.core.model import Outcome


class CustomerDetails(Body, frozen=True, kw_only=True):
    """The customer that a ref points to, as his sources describe him now. `outcome` as of an identification; `complete` is
    false where one of his sources did not answer in full.

    `several`: his sources hold more than one customer under his unique key; then they stand in `candidates`, and there is no
    `customer`. `contact`: his entry in the contact base, also of who is only known there.
    """

    request_id: str
    outcome: Outcome
    complete: bool
    customer: Customer | UnsetType = UNSET
    candidates: tuple[Customer, ...]
    contact: Contact | UnsetType = UNSET
    sources: tuple[SourceAnswer, ...]
