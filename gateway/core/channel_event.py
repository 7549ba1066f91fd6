"""What a channel's event tells of who writes: the searches that may find him, surest first, and what he is called there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, field, replace

from gateway.core.channel import SPOKEN, VOUCHED, Channel
from gateway.core.channel_user import CHANNEL_USER, WHATSAPP, channel_user, number_of
from gateway.core.errors import InvalidKey
from gateway.core.event_data import Words, texts_of
from gateway.core.event_labels import CASE, TYPED, USER_IDS, from_words, is_of_a_case, words_of
from gateway.core.folding import fold_label
from gateway.core.identity import identity
from gateway.core.joining import is_document, known_as
from gateway.core.junk import is_junk
from gateway.core.kinds import InvalidValue, Strength, kind_named
from gateway.core.model import Contact, Identifier, Json
from gateway.core.redaction import Redacted
from gateway.core.senders import caller_number, sender
from gateway.core.tenant import SearchField, Tenant

_LONGEST = 1000
_NAME = "name"
_ASKS_NAMES = frozenset({"chat", "other"})
"""Where a name was asked for; elsewhere it is what somebody calls himself."""


@dataclass(frozen=True, slots=True, repr=False)
class Told(Redacted):
    """`searches`: each to be asked where the one before gave nobody; empty where nothing can be searched by. `values`:
    search field -> everything that was told, also what is not searched by. `user`: who
    writes, as his channel calls him. `identifiers`, `name`: what he would be registered under. `left_out`: what is no valid
    value, with the check that failed (`cpf: its check digits do not fit`); never the value."""

    searches: tuple[Map[str, str], ...] = ()
    values: Map[str, str] = field(default_factory=dict)
    user: Identifier | None = None
    identifiers: tuple[Identifier, ...] = ()
    name: str | None = None
    left_out: tuple[str, ...] = ()


@dataclass(slots=True, repr=False)
class _Reading(Redacted):
    """Under way. `values`: search field -> what is asked, as it stands in a search."""

    tenant: Tenant
    values: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def take(self, asked: SearchField, texts: Iterable[str], *, quietly: bool = False) -> None:
        """The first of the texts that is a value of the field; where none is, the first one's failure is told."""
        failure: str | None = None
        for text in texts:
            bare = _bare(asked.kind, text)
            if bare is None or not bare.strip():
                continue
            try:
                value = _checked(asked.kind, bare, self.tenant.country)
            except InvalidValue as error:
                failure = failure or error.reason
                continue
            self.values[asked.name] = value
            return
        if failure is not None and not quietly:
            self.left_out.append(f"{asked.name}: {failure}")


def told(tenant: Tenant, channel: Channel, data: Map[str, Json], user: tuple[str, str] | None) -> Told:
    """`data`: what the channel gave. `user`: who writes (kind, text), where the caller says so; else it is looked for in the
    data."""
    words = Words(data)
    reading = _Reading(tenant)
    writes = _user(tenant, channel, words, user, reading.left_out)
    if channel.fields is None:
        _usual(reading, channel, words, writes)
    else:
        record: dict[str, Json] = {CHANNEL_USER: None if writes is None else writes.value, **data}
        for field_name, paths in channel.fields.items():
            values = (text for path in paths for text in texts_of(path.read(record)))
            reading.take(tenant.search_fields[field_name], values)
    named = _name(channel, words)
    return Told(
        searches_of(tenant, reading.values),
        reading.values,
        writes,
        _identifiers(tenant, reading.values, writes),
        named,
        tuple(reading.left_out),
    )


def vouched(tenant: Tenant, claims: Map[str, str], event: Told) -> Told:
    """What a signed identity tells of who writes; by nothing else is he searched. `claims`: search field -> text."""
    reading = _Reading(tenant)
    for name, text in claims.items():
        if name in tenant.search_fields:
            reading.take(tenant.search_fields[name], (text,))
    proved = tuple(replace(one, verified=True) for one in _identifiers(tenant, reading.values, None))
    by_name = next((value for name, value in reading.values.items() if tenant.search_fields[name].kind == _NAME), None)
    return Told(
        searches_of(tenant, reading.values),
        reading.values,
        event.user,
        (*proved, *event.identifiers),
        by_name or event.name,
        (*event.left_out, *reading.left_out),
    )


def searches_of(tenant: Tenant, values: Map[str, str]) -> tuple[Map[str, str], ...]:
    """One search for each value, surest first. A document that is nobody's ends it: who typed it is not the one whom a
    telephone number would find. A name alone is asked only where there is nothing else."""
    strengths = {name: kind_named(tenant.search_fields[name].kind).strength for name in values}
    unique = tenant.unique_field
    order = sorted(values, key=lambda name: (name != unique, -strengths[name]))
    if Strength.DOCUMENT in strengths.values():
        least = Strength.DOCUMENT
    else:
        least = Strength.PHONE if any(strength > Strength.NAME for strength in strengths.values()) else Strength.NAME
    return tuple({name: values[name]} for name in order if strengths[name] >= least or name == unique)


def told_key(tenant: Tenant, event: Told) -> str | None:
    """The unique key that the event tells, where that is a search field."""
    key = tenant.unique_field
    return None if key is None else next((search[key] for search in event.searches if key in search), None)


def says_another(tenant: Tenant, channel: Channel, event: Told, contact: Contact) -> bool:
    """Does who comes tell a document or a unique key that is not known to be the contact's? A telephone and a chat's
    computer are lent, and a sender is forged: there he is looked for by what he tells. A messenger's user is logged in."""
    if channel.name in VOUCHED:
        return False
    his = {identity(one.kind, one.value) for one in contact.identifiers}
    key = told_key(tenant, event)
    says = {
        identity(tenant.search_fields[name].kind, value)
        for search in event.searches
        for name, value in search.items()
        if is_document(tenant.search_fields[name].kind)
    }
    if key is not None and tenant.unique_field is not None:
        if contact.unique_key is not None:
            his.add(identity(tenant.search_fields[tenant.unique_field].kind, contact.unique_key.value))
        says.add(identity(tenant.search_fields[tenant.unique_field].kind, key))
    return not says <= his


# ---------------------------------------------------------------------------------------------- what is usual


def _usual(reading: _Reading, channel: Channel, words: Words, writes: Identifier | None) -> None:
    """What events of such channels have, for the tenant's search fields: what is called like a field or labelled like it is
    the field's; what is called as its kind usually is, the first such field's, before all the unique key's."""
    tenant = reading.tenant
    chiefs = _chiefs(tenant)
    for asked in tenant.search_fields.values():
        own = tuple(dict.fromkeys((fold_label(asked.name), fold_label(asked.label))))
        named = [*words.texts(own)]
        if is_of_a_case(asked, own):
            named += words.texts(CASE)
        comes_from: list[str] = []
        if asked.name in chiefs:
            if asked.kind != _NAME or channel.name in _ASKS_NAMES:
                named += words.texts(words_of(asked.kind))
            comes_from = [*words.texts(from_words(channel.name, asked.kind)), *_of_user(asked.kind, channel, writes)]
        # A messenger's `from` may be a number or an id of its own.
        reading.take(asked, named if channel.name == WHATSAPP else [*named, *comes_from])
        if asked.name not in reading.values:
            reading.take(asked, comes_from, quietly=True)
    typed = [*words.texts(TYPED)]
    for asked in tenant.search_fields.values():
        if asked.name not in reading.values and kind_named(asked.kind).strength is Strength.DOCUMENT:
            reading.take(asked, typed, quietly=True)


def _chiefs(tenant: Tenant) -> frozenset[str]:
    """Of each kind the search field that takes what is called as the kind is: the unique key's, else the first."""
    chiefs: dict[str, str] = {}
    for asked in tenant.search_fields.values():
        if asked.name == tenant.unique_field:
            chiefs[asked.kind] = asked.name
        chiefs.setdefault(asked.kind, asked.name)
    return frozenset(chiefs.values())


def _of_user(kind: str, channel: Channel, writes: Identifier | None) -> Iterator[str]:
    if writes is None:
        return
    if writes.kind == kind:
        yield writes.value
    elif kind == "phone" and (number := number_of(channel.name, writes.value)) is not None:
        yield f"+{number}"


def _user(
    tenant: Tenant, channel: Channel, words: Words, given: tuple[str, str] | None, left_out: list[str]
) -> Identifier | None:
    """Who writes. What is no valid user is nobody: told of where the caller named him."""
    for kind, texts in [(given[0], [given[1]])] if given is not None else _who(channel, words):
        for text in texts:
            bare = _bare(kind, text)
            if bare is None:
                continue
            try:
                found = channel_user(channel.name, kind, bare[:_LONGEST], tenant.country)
            except InvalidKey as error:
                if given is not None:
                    left_out.append(f"{CHANNEL_USER}: {error.reason}")
                continue
            number = number_of(channel.name, found.value)
            if not is_junk(found.kind, found.value) and not (number and is_junk("phone", f"+{number}")):
                return found
    return None


def _who(channel: Channel, words: Words) -> Iterator[tuple[str, Iterable[str]]]:
    if channel.name == "email":
        yield "email", words.of_channel((*from_words("email", "email"), *words_of("email")))
    elif channel.name in SPOKEN or channel.name == WHATSAPP:
        yield "phone", words.of_channel(from_words(channel.name, "phone"))
    if channel.name not in SPOKEN and channel.name != "email":
        yield CHANNEL_USER, words.of_channel(USER_IDS)


def _name(channel: Channel, words: Words) -> str | None:
    texts = [*words.texts(words_of(_NAME))]
    if channel.name == "email":
        texts += [name for text in words.texts(from_words("email", "email")) if (name := sender(text)[1])]
    for text in texts:
        try:
            return _checked(_NAME, text, "")
        except InvalidValue:
            continue
    return None


# ---------------------------------------------------------------------------------------------- values


def _bare(kind: str, text: str) -> str | None:
    """Without what mail and telephony write around it; None where the caller withheld it."""
    if len(text) > _LONGEST:
        return text
    if kind == "phone":
        return caller_number(text)
    return sender(text)[0] if kind == "email" else text


def _checked(kind: str, text: str, country: str) -> str:
    """Raises InvalidValue, also for a value that strangers share."""
    if len(text) > _LONGEST:
        raise InvalidValue("length", f"it has more than {_LONGEST} characters")
    value = kind_named(kind).normalise(text, country).value
    if is_junk(kind, value):
        raise InvalidValue("junk", "it is one that strangers share")
    return value


def _identifiers(tenant: Tenant, values: Map[str, str], writes: Identifier | None) -> tuple[Identifier, ...]:
    found: list[Identifier] = []
    for name, value in values.items():
        asked = tenant.search_fields[name]
        kind = known_as(asked)
        if kind is not None:
            found.append(Identifier(*identity(kind, value)))
    if writes is not None:
        found.append(Identifier(*identity(writes.kind, writes.value)))
    return tuple(dict.fromkeys(found))
