"""A query in the forms of one source: the preferred one first, then the alternatives worth asking with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from difflib import get_close_matches
from heapq import heappop, heappush

from gateway.core.kinds import Form, UnknownKind, kind_named
from gateway.core.model import Query, SearchKey

AS_IT_IS = ("plain",)
"""The forms of a search field for which a source names none."""


def asked(
    query: Query, formats: Map[str, tuple[str, ...]], country: str, *, only: frozenset[str], most: int = 6
) -> Iterator[Query]:
    """`query` as one source wants it, at most `most` times, never twice the same; only keys of the fields in `only`.

    `formats`: search field -> forms in order (a field's `as:`); `plain` where it has none. First every key in its preferred
    form; then, the fewest changes first, the next forms and after them the candidates of the value, each in every form. A
    key that none of its forms can write (a number without area code as E.164) is left out rather than asked in a form in
    which the source would find nobody. Yields nothing if no key is left: the source cannot be asked.
    """
    spelled = [
        (key, found)
        for key in query.keys
        if key.field in only and (found := _spellings(key, formats.get(key.field, AS_IT_IS), country, most))
    ]
    if not spelled or most < 1:
        return
    yield Query(tuple([_written(key, found[0]) for key, found in spelled]))
    if any(len(found) > 1 for _, found in spelled):
        yield from _alternatives(spelled, most - 1)


def form_of(key: SearchKey, text: str, names: Sequence[str], country: str) -> tuple[str, bool]:
    """Which of the forms `names` made `text` of a key, and whether of one of its candidates."""
    forms: Map[str, Form] = kind_named(key.kind).forms
    for value in (key.value, *key.candidates):
        for name in names:
            if forms[name](value, country) == text:
                return name, value != key.value
    return names[0], False


def check_form(kind: str, form: str) -> str | None:
    """Can values of `kind` be written as `form`? None, or a sentence for the person who wrote the configuration."""
    try:
        forms = kind_named(kind).forms
    except UnknownKind as error:
        return str(error)
    if form in forms:
        return None
    near = get_close_matches(form, forms, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return f"The kind '{kind}' has no form '{form}'.{hint} Known: {', '.join(forms)}."


def _spellings(key: SearchKey, names: tuple[str, ...], country: str, most: int) -> tuple[str, ...]:
    forms: Map[str, Form] = kind_named(key.kind).forms
    texts: dict[str, None] = {}
    for value in (key.value, *key.candidates):
        for name in names:
            text = forms[name](value, country)
            if text is not None:
                texts[text] = None
    return tuple(texts)[:most]


def _written(key: SearchKey, text: str) -> SearchKey:
    return SearchKey(key.field, key.kind, text)


def _alternatives(spelled: list[tuple[SearchKey, tuple[str, ...]]], most: int) -> Iterator[Query]:
    """The other combinations of spellings: one step away from the preferred ones, then two … Among equals the weaker key
    changes first: it is the one that sources write in more ways."""
    start = (0,) * len(spelled)
    waiting: list[tuple[int, tuple[int, ...]]] = []
    seen = {start}
    current = start
    for _ in range(most):
        for place, (_, found) in enumerate(spelled):
            step = (*current[:place], current[place] + 1, *current[place + 1 :])
            if step[place] < len(found) and step not in seen:
                seen.add(step)
                heappush(waiting, (sum(step), step))
        if not waiting:
            return
        current = heappop(waiting)[1]
        yield Query(tuple(_written(key, found[index]) for (key, found), index in zip(spelled, current, strict=True)))
