"""From what an operator fills in to queries: several search fields make one, the one box makes an ordered list."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.core.errors import CannotAsk, EmptySearch, InvalidKey, NothingRecognised, UnknownSearchField
from gateway.core.folding import straighten
from gateway.core.kinds import InvalidValue, Kind, Normalised, Recognition, Strength, kind_named
from gateway.core.model import Query, SearchKey
from gateway.core.tenant import SearchField

LONGEST = 512
"""Characters of a value that is read at all; every kind has its own, lower bound."""


def normalise(fields: Map[str, SearchField], search: Map[str, str], country: str, unique: str | None = None) -> Query:
    """The query of several filled-in search fields (`{"cpf": "123.456.789-09"}`), strongest key first.

    `unique`: the search field whose value is the unique key; it is stronger than any other. Equally strong keys keep the
    order of the tenant's fields. Raises UnknownSearchField, InvalidKey, and EmptySearch for no field or one without a value.
    """
    for name in search:
        if name not in fields:
            near = get_close_matches(name, fields, n=1)
            raise UnknownSearchField(tuple(fields), near[0] if near else None)
    if not search:
        raise EmptySearch()
    keys = [_strong_key(field, search[field.name], country) for field in fields.values() if field.name in search]
    if len(keys) > 1:
        keys.sort(key=lambda found: (found[1].field != unique, -found[0]))
    return Query(tuple([key for _, key in keys]))


def _strong_key(field: SearchField, text: str, country: str) -> tuple[Strength, SearchKey]:
    if not straighten(text[:LONGEST]).strip():
        raise EmptySearch(field.name)
    kind = kind_named(field.kind)
    try:
        return kind.strength, _key(field, _checked(kind, text, country))
    except InvalidValue as error:
        raise InvalidKey(field.name, field.kind, error.check, error.reason) from None


def _checked(kind: Kind, text: str, country: str) -> Normalised:
    if len(text) > LONGEST:
        raise InvalidValue("length", f"it has more than {LONGEST} characters")
    return kind.normalise(text, country)


def _key(field: SearchField, found: Normalised) -> SearchKey:
    return SearchKey(field.name, field.kind, found.value, found.candidates, found.warnings)


# ---------------------------------------------------------------------------------------------- the one box


@dataclass(frozen=True, slots=True, repr=False)
class _Claim:
    """A search field as which the text can be read."""

    field: SearchField
    kind: Kind
    found: Normalised


def recognise(
    fields: Map[str, SearchField], text: str, country: str, askable: Collection[str] | None = None
) -> tuple[Query, ...]:
    """The queries that the text of the one search box may mean, likeliest first: one for each search field.

    - A shape decides where it can: `123.456.789-09` is a document only, `+55 …` and `(11) …` a phone, `ana@…` an e-mail.
      An `@` in what is no e-mail address may still be in a name, a code or a channel's user.
    - Otherwise in this order: documents (the check digits agree by chance once in a hundred), phones, users written
      `channel:id`, codes, bare users, names. A text without digits is a name before it is a code.
    - A number outside its numbering plan is not asked as a phone where a document fits. A text with digits is asked as a
      name where nothing else fits, or where it has several words and is neither document nor phone.

    `askable`: the fields that a source can be asked with, None for all. The others are none of what a text may mean; but
    one whose shape is theirs alone is not asked as something else, by which nobody could have it.

    Raises EmptySearch, NothingRecognised, CannotAsk, and InvalidKey where a text has a document's shape and fails its
    checks.
    """
    if askable is None:
        askable = fields.keys()
    box = " ".join(straighten(text[: LONGEST + 1]).split())
    if not box:
        raise EmptySearch()
    claims = _shaped(fields, box, country, askable) if len(box) <= LONGEST else []
    if not claims:
        raise NothingRecognised(tuple(dict.fromkeys(fields[name].kind for name in fields if name in askable)))
    return tuple(Query((_key(claim.field, claim.found),)) for claim in claims)


def _shaped(fields: Map[str, SearchField], box: str, country: str, askable: Collection[str]) -> list[_Claim]:
    sure = _claims(fields, box, country, Recognition.SURE)
    if sure:
        asked = [claim for claim in sure if claim.field.name in askable]
        if not asked:
            raise CannotAsk([claim.field.name for claim in sure])
        return asked
    asked_with = {name: field for name, field in fields.items() if name in askable}
    return _likeliest_first(_claims(asked_with, box, country, Recognition.MAYBE), box)


def _claims(fields: Map[str, SearchField], box: str, country: str, wanted: Recognition) -> list[_Claim]:
    claims: list[_Claim] = []
    refusal: InvalidKey | None = None
    for field in fields.values():
        kind = kind_named(field.kind)
        if kind.recognises(box) is not wanted:
            continue
        try:
            claims.append(_Claim(field, kind, kind.normalise(box, country)))
        except InvalidValue as error:
            if wanted is Recognition.SURE and kind.strength is Strength.DOCUMENT:
                refusal = refusal or InvalidKey(field.name, field.kind, error.check, error.reason)
    if refusal is not None and not claims:
        raise refusal
    return claims


def _likeliest_first(claims: list[_Claim], box: str) -> list[_Claim]:
    has_digits = any(map(str.isdigit, box))
    document = any(claim.kind.strength is Strength.DOCUMENT for claim in claims)
    kept = [claim for claim in claims if not (document and claim.kind.name == "phone" and claim.found.warnings)]
    if has_digits:
        number = any(claim.kind.strength is Strength.DOCUMENT or claim.kind.name == "phone" for claim in kept)
        other = any(claim.kind.name != "name" for claim in kept)
        named = not other or (" " in box and not number)
        kept = [claim for claim in kept if named or claim.kind.name != "name"]
    order = list(_order(box, has_digits))
    return sorted(kept, key=lambda claim: order.index(_group(claim.kind)))


def _order(box: str, has_digits: bool) -> Iterator[str]:
    yield from ("document", "phone", "email")
    if ":" in box:
        yield "channel_user"
    yield from ("code", "channel_user", "name") if has_digits else ("name", "code", "channel_user")


def _group(kind: Kind) -> str:
    return "document" if kind.strength is Strength.DOCUMENT else kind.name
