"""The use cases of an identification code: the company gets one for a customer who is logged in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from gateway.core.channel import channel_named
from gateway.core.channel_user import CHANNEL_USER
from gateway.core.code import IdentificationCode, new_code
from gateway.core.code_settings import LONGEST_VALID, SHORTEST_VALID
from gateway.core.command import Command, Effect
from gateway.core.errors import InvalidMember, NoIdentifier
from gateway.core.identity import identity
from gateway.core.issued_code import CodeHolder, CodeIssue
from gateway.core.joining import UNIQUE_KEY, known_as
from gateway.core.junk import is_junk
from gateway.core.keeping import ContactDraft, fields_of, without_junk
from gateway.core.keys import normalise
from gateway.core.model import ATTRIBUTES, Identifier, SearchKey, Standing, UniqueKey
from gateway.core.redaction import Redacted
from gateway.core.tenant import Tenant
from gateway.service.contacts import ContactEntry, draft
from gateway.service.live import Tenants

_NAME = "name"


@dataclass(frozen=True, slots=True, repr=False)
class IssueRequest(Redacted):
    """A customer who is logged in at the company, as the company describes him: `unique_key` and `search` (search field ->
    value) as typed, one of them at least; `stored`: path (`attributes.plano`) -> value. `channel`: the only one where the
    code is good, None for any. `purpose`: the company's own word for what it is for. `valid_for`: seconds, None for the
    tenant's."""

    unique_key: str | None = None
    search: Map[str, str] = field(default_factory=dict)
    name: str | None = None
    customer_type: str | None = None
    stored: Map[str, str] = field(default_factory=dict)
    channel: str | None = None
    purpose: str | None = None
    valid_for: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Issued(Redacted):
    """`expires_at`: aware, in UTC. `valid_for`: seconds from now."""

    code: IdentificationCode
    expires_at: datetime
    valid_for: int
    channel: str | None = None


class CodeStore(Protocol):
    """Where codes are kept. Raises StorageUnavailable."""

    async def issue(self, command: Command, issue: CodeIssue, now: datetime) -> Effect[CodeIssue]: ...


@dataclass(frozen=True, slots=True)
class CodeDesk:
    """`now`: the moment, aware, in UTC. Everything raises UnknownTenant, TenantBroken and StorageUnavailable."""

    store: CodeStore
    tenants: Tenants
    now: Callable[[], datetime]

    async def issue(self, command: Command, request: IssueRequest) -> Effect[Issued]:
        """A code for this customer. Under an Idempotency-Key that came before, the code of then is good no more, and a new
        one is given. Raises NoIdentifier, UnknownSearchField, EmptySearch, InvalidKey, InvalidMember, UnknownChannel,
        Conflict (`code_used`)."""
        tenant = self.tenants.get(command.tenant)
        channel = None if request.channel is None else channel_named(tenant.channels, request.channel).name
        holder, same = _vouched_for(request, tenant)
        valid_for, now = _valid_for(request, tenant), self.now()
        issue = CodeIssue(new_code(), holder, same, now + timedelta(seconds=valid_for), channel)
        effect = await self.store.issue(command, issue, now)
        made = effect.made
        return Effect(Issued(made.code, made.expires_at, valid_for, made.channel), effect.again)


def _valid_for(request: IssueRequest, tenant: Tenant) -> int:
    most = tenant.codes.valid_for
    if request.valid_for is None:
        return most
    if not SHORTEST_VALID <= request.valid_for <= LONGEST_VALID:
        sentence = f"a code is good for {SHORTEST_VALID} to {LONGEST_VALID} seconds"
        raise InvalidMember("valid_for", "duration", "bounds", sentence)
    return min(request.valid_for, most)


def _vouched_for(request: IssueRequest, tenant: Tenant) -> tuple[CodeHolder, tuple[str, str]]:
    """Whom the company vouches for, and what is best known of him. Raises RequestError."""
    entry = ContactEntry(request.unique_key, request.name, (), request.customer_type, request.stored)
    made = draft(entry, tenant, Standing.CUSTOMER)
    asked = request.search
    keys = normalise(tenant.search_fields, asked, tenant.country, tenant.unique_field).keys if asked else ()
    key = _unique_key(made.unique_key, keys, tenant)
    telling = [one for one in keys if one.kind != _NAME and not is_junk(one.kind, one.value)]
    if key is None and not telling:
        raise NoIdentifier
    same = (UNIQUE_KEY, key.value) if key is not None else identity(telling[0].kind, telling[0].value)
    search = {one.field: one.value for one in telling}
    if key is not None and tenant.unique_field is not None:
        search[tenant.unique_field] = key.value
    return CodeHolder(search, _kept(made, key, telling, tenant), request.purpose), same


def _unique_key(given: UniqueKey | None, keys: Sequence[SearchKey], tenant: Tenant) -> UniqueKey | None:
    """As it was given, or filled in as a search field. Raises InvalidMember where those are two, or strangers share it."""
    spec = tenant.unique_key
    filled = next((one.value for one in keys if one.field == tenant.unique_field), None)
    if filled is None or (given is not None and given.value == filled):
        return given
    if given is not None:
        raise InvalidMember(
            "unique_key", spec.kind, "differs", f"the search field '{tenant.unique_field}' says another"
        )
    if is_junk(spec.kind, filled):
        sentence = "it is one that strangers share, and would tie them together"
        raise InvalidMember(f"search.{tenant.unique_field}", spec.kind, "junk", sentence)
    return UniqueKey(spec.name, spec.kind, filled)


def _kept(made: ContactDraft, key: UniqueKey | None, telling: Sequence[SearchKey], tenant: Tenant) -> ContactDraft:
    """Of what the company said, what `stored_fields` lets be stored."""
    kept, stored, known = tenant.stored_fields, dict(made.stored), list(made.identifiers)
    for one in telling:
        as_what = known_as(tenant.search_fields[one.field])
        if as_what is None:
            continue
        if as_what.startswith(ATTRIBUTES):
            if "attributes" in kept or as_what in kept:
                stored.setdefault(as_what, one.value)
                known.append(Identifier(as_what, one.value))
        elif as_what == CHANNEL_USER or not kept.isdisjoint(fields_of(as_what)):
            known.append(Identifier(*identity(as_what, one.value)))
    name = made.name if "name" in kept else None
    return replace(made, unique_key=key, name=name, identifiers=without_junk(known), stored=stored)
