"""Templates of the settings: texts with holes `{field}` or `{field|language}`, checked when the tenant is loaded.

On the wire a hole has a name of its own for each language, so that one value may stand in two places in two ways. Names that
begin with a hyphen are no search field's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, JsonValue, ValidationInfo

from gateway.adapter import Misconfigured, check_field
from gateway_rest_json.languages import LANGUAGES, NUMBER

LIMIT = "--limit--"
NEXT = "--next--"
"""Names of the holes that the adapter itself fills in."""

BODY_HOLE = re.compile(r"\{([\w.-]+(?:\|[\w-]+)?)\}", re.ASCII)
"""A hole of a body. Other braces are text, such as GraphQL's (`{ name }`, with blanks)."""
_HOLE = re.compile(r"\{([^{}]*)\}")
_ASKING = re.compile(r"\s*(?:select|find)\b", re.IGNORECASE)
_OF_A_QUERY = frozenset({"odata", "soql", "soql_like", "digits"})


@dataclass(frozen=True, slots=True)
class Derived:
    """A hole with a language: `name` on the wire, filled in with the value of `field`."""

    name: str
    field: str
    language: str

    def value(self, values: dict[str, str]) -> str:
        """Raises Misconfigured where the value cannot be written so; it is not repeated."""
        text = LANGUAGES[self.language].escape(values[self.field])
        if text is None:
            raise Misconfigured(
                f"The value of {{{self.field}|{self.language}}} is not made of digits alone, and nothing else may stand "
                "there. Give the field a format of digits under fields:, or ask for it by another request."
            )
        return text


def derived_in(texts: Iterable[str]) -> tuple[Derived, ...]:
    """The holes with a language in all of `texts`, each once."""
    found: dict[str, Derived] = {}
    for text in texts:
        for hole in _HOLE.findall(text):
            field, bar, language = hole.partition("|")
            if bar and language in LANGUAGES:
                name = _wire_name(field, language)
                found[name] = Derived(name, field, language)
    return tuple(found.values())


def wired(text: str) -> str:
    """The template with the names that its holes have on the wire."""
    return BODY_HOLE.sub(lambda found: "{" + _wire_name(*found[1].split("|")) + "}", text)


def _wire_name(field: str, language: str = "") -> str:
    return f"-{language}-{field}" if language else field


def fields_in(text: str) -> frozenset[str]:
    """The search fields that a body's text or a checked template has holes for."""
    return frozenset(hole.partition("|")[0] for hole in BODY_HOLE.findall(text))


# ---------------------------------------------------------------------------------------------- checks at load


def check_text(text: str, info: ValidationInfo) -> None:
    """Each hole of a body's text names a search field, and a language that fits its place. Raises ValueError."""
    for before, hole in _placed(text):
        field, bar, language = hole.partition("|")
        check_field(field, info)
        if bar:
            _check_language(language)
        _check_place(text, before, field, language)


def check_query_language(name: str, template: str) -> None:
    """What is a query by its parameter's name has no value outside of quotes. Raises ValueError."""
    if name.lower() == "$filter":
        _check_quoted(template)


def texts_of(body: JsonValue) -> Iterator[str]:
    """Every text of a body, at any depth; names of members are none."""
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from texts_of(value)
    elif isinstance(body, list):
        for value in body:
            yield from texts_of(value)


def _check_template(template: str, info: ValidationInfo) -> str:
    if any("{" in text or "}" in text for text in _HOLE.split(template)[::2]):
        raise ValueError("a brace has no partner: a hole is written {search_field}")
    for hole in _HOLE.findall(template):
        if not BODY_HOLE.fullmatch(f"{{{hole}}}"):
            check_field(hole, info)
            raise ValueError(f"'{hole}' is no hole: it is written {{search_field}} or {{search_field|language}}")
    check_text(template, info)
    if any(hole.endswith(f"|{NUMBER}") for hole in _HOLE.findall(template)):
        raise ValueError("|number is for JSON bodies; write |digits here")
    return template


def _unquoted(value: object) -> object:
    if isinstance(value, dict) and len(value) == 1 and list(value.values()) == [None]:
        name = next(iter(value))
        raise ValueError(f'write the hole in quotes ("{{{name}}}"): without them YAML reads it as a mapping')
    return value


Template = Annotated[str, BeforeValidator(_unquoted), AfterValidator(_check_template)]


def _placed(text: str) -> Iterator[tuple[str, str]]:
    """Each hole, with the literal text before it; other holes stand in it as nothing."""
    parts = BODY_HOLE.split(text)
    for index in range(1, len(parts), 2):
        yield "".join(parts[:index:2]), parts[index]


def _check_language(language: str) -> None:
    if language not in LANGUAGES:
        near = get_close_matches(language, LANGUAGES, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"'{language}' is not a language to escape for.{hint} Known: {', '.join(LANGUAGES)}")


def _check_place(text: str, before: str, field: str, language: str) -> None:
    quote = _open_quote(before)
    if language == NUMBER and text != f"{{{field}|{NUMBER}}}":
        raise ValueError(f'{{{field}|number}} stands alone in its text ("{{{field}|number}}"), and becomes a number')
    if quote and not language:
        raise ValueError(
            f"a value could end the quotes around {{{field}}}: say in which language they are, {{{field}|odata}}, "
            f"{{{field}|soql}}, {{{field}|quoted}} …, or {{{field}|plain}} if they mean nothing"
        )
    wanted = LANGUAGES[language].quotes if language else None
    if wanted and quote not in tuple(wanted):
        written = f"{wanted[0]}{{{field}|{language}}}{wanted[0]}"
        raise ValueError(f"|{language} protects a value inside of {' or '.join(wanted)} alone: write {written}")
    if wanted == "" and quote:
        raise ValueError(f"|{language} is for values outside of quotes: leave the quotes around {{{field}}} out")
    if _ASKING.match(text):
        _check_quoted(text)


def _check_quoted(template: str) -> None:
    for before, hole in _placed(template):
        field, _, language = hole.partition("|")
        if language not in _OF_A_QUERY or (language != "digits" and not _open_quote(before)):
            raise ValueError(
                f"{{{field}}} stands in a query, which a value could change: write '{{{field}|odata}}' or "
                f"'{{{field}|soql}}', with the quotes, or {{{field}|digits}} for a number"
            )


def _open_quote(before: str) -> str:
    """The quote that is open at the end of a text, or nothing."""
    quote = ""
    for letter in before:
        if letter == quote:
            quote = ""
        elif not quote and letter in "'\"":
            quote = letter
    return quote
