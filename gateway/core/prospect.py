"""Prospects: people whom nobody knows yet, kept until the company's own base has them."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from enum import StrEnum

from gateway.core.errors import InvalidForm
from gateway.core.folding import straighten
from gateway.core.identity import identity
from gateway.core.junk import is_junk
from gateway.core.kinds import InvalidValue, kind_named
from gateway.core.model import Contact, Identifier, ProspectOption, UniqueKey
from gateway.core.prospect_settings import FormField
from gateway.core.redaction import Redacted

LONGEST = 1000
"""Characters of a value of a form."""


class ProspectState(StrEnum):
    """What became of a prospect at the end of the day.

    `pending`: not loaded yet. `sending`: on its way to the source just now. `loaded`: the company has him. `refused`: the
    company's base said that it does not take him, or he cannot be written. `unknown`: he was sent and nobody knows whether
    he arrived. `customer`: he became a customer before he was loaded.
    """

    PENDING = "pending"
    SENDING = "sending"
    LOADED = "loaded"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CUSTOMER = "customer"


SETTLED = (ProspectState.LOADED, ProspectState.PENDING, ProspectState.REFUSED)
"""What a person who looked may say of one who is `unknown`."""


@dataclass(frozen=True, slots=True, repr=False)
class ProspectDraft(Redacted):
    """A prospect who is to be stored. `day`: `2026-11-22`, on the tenant's calendar."""

    option: ProspectOption
    day: str
    unique_key: UniqueKey | None = None
    name: str | None = None
    identifiers: tuple[Identifier, ...] = ()
    customer_type: str | None = None
    form: Map[str, str] = field(default_factory=dict)
    seal_name: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Prospect(Redacted):
    """A stored prospect. `reason`: why he is refused or unknown, a sentence without his values. `batch`: of which load he
    is. Moments are aware, in UTC."""

    contact: Contact
    option: ProspectOption
    day: str
    state: ProspectState
    at: datetime
    changed_at: datetime
    send_key: str
    batch: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class ProspectPage(Redacted):
    """`next`: where to go on; None at the end."""

    prospects: tuple[Prospect, ...]
    next: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class FilledForm(Redacted):
    """`values`: field -> value, canonical where the field has a kind. `identifiers`: by which of them he can be found."""

    values: Map[str, str] = field(default_factory=dict)
    identifiers: tuple[Identifier, ...] = ()


def filled(fields: Map[str, FormField], given: Map[str, str], country: str) -> FilledForm:
    """What an operator filled in, checked. A field left empty was not filled in. Raises InvalidForm."""
    for name in given:
        if name not in fields:
            raise InvalidForm(None, f"has a field that the tenant's form lacks.{_hint(name, fields)}")
    values: dict[str, str] = {}
    identifiers: list[Identifier] = []
    for name, one in fields.items():
        text = straighten(given.get(name, "")).strip()
        if not text:
            if one.required:
                raise InvalidForm(name, "is required and not filled in")
            continue
        values[name] = _checked(one, text, country)
        if one.kind is not None and one.kind not in ("name", "code") and not is_junk(one.kind, values[name]):
            identifiers.append(Identifier(*identity(one.kind, values[name])))
    return FilledForm(values, tuple(identifiers))


def _checked(one: FormField, text: str, country: str) -> str:
    if len(text) > LONGEST:
        raise InvalidForm(one.name, f"has more than {LONGEST} characters")
    if one.kind is None:
        return text
    try:
        return kind_named(one.kind).normalise(text, country).value
    except InvalidValue as error:
        raise InvalidForm(one.name, f"is not a valid {one.kind}: {error.reason}") from None


def _hint(name: str, fields: Map[str, FormField]) -> str:
    near = get_close_matches(name, fields, n=1)
    meant = f" Did you mean '{near[0]}'?" if near else ""
    return f"{meant} Known: {', '.join(fields) or 'none'}"
