"""Types for plugins' settings that are checked against the tenant: search fields, templates, secrets, the tenant's files.

The gateway validates a plugin's settings as JSON (so tuples, sets, enumerations, dates and paths work although the models
are strict), with a pydantic context of the keys named here; without one (in an author's own tests) names are taken as
they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    Strict,
    ValidationInfo,
    WithJsonSchema,
)

from gateway.core.redaction import Secret

PERSON_VALUES = "person_values"
"""Context key: the names of what may be known of a person who is saved (a frozenset)."""
SEARCH_FIELDS = "search_fields"
"""Context key: the names of the tenant's search fields (a frozenset)."""
FILES = "files"
"""Context key: a function that turns a file name into a checked Path inside the tenant's own folder."""
SECRETS = "secrets"
"""Context key: a function that turns what stands for a secret in the file into the Secret; None for plain text."""

_HOLE = re.compile(r"\{([^{}]*)\}")


class AdapterSettings(BaseModel):
    """Base of a plugin's settings: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def holes(template: str) -> frozenset[str]:
    """The names in `{}` of a template."""
    return frozenset(_HOLE.findall(template))


def pieces(template: str) -> tuple[str, ...]:
    """A template taken apart: texts and the names of holes by turns, beginning and ending with a text."""
    return tuple(_HOLE.split(template))


def fill(template: str, values: Callable[[str], str]) -> str:
    """The template with each hole replaced by `values(name)`."""
    return _HOLE.sub(lambda found: values(found[1]), template)


def check_field(name: str, info: ValidationInfo) -> str:
    """`name`, if it is one of the tenant's search fields (or there is no tenant to ask). For a plugin's own validators."""
    known = (info.context or {}).get(SEARCH_FIELDS)
    if known is not None and name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"'{name}' is not a search field of this tenant.{hint} Known: {', '.join(sorted(known))}")
    return name


def check_person(name: str, info: ValidationInfo) -> str:
    """`name`, if it is one of what may be known of a person who is saved (or there is no tenant to ask)."""
    known = (info.context or {}).get(PERSON_VALUES)
    if known is not None and name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"'{name}' is nothing that is known of a prospect.{hint} Known: {', '.join(sorted(known))}")
    return name


def _quoted(value: object) -> object:
    if isinstance(value, dict) and len(value) == 1 and list(value.values()) == [None]:
        name = next(iter(value))
        raise ValueError(f'write the hole in quotes ("{{{name}}}"): without them YAML reads it as a mapping')
    return value


def _check_person_template(template: str, info: ValidationInfo) -> str:
    for name in sorted(holes(template)):
        check_person(name, info)
    return _check_braces(template)


def _check_template(template: str, info: ValidationInfo) -> str:
    for name in sorted(holes(template)):
        check_field(name, info)
    return _check_braces(template)


def _check_braces(template: str) -> str:
    if any("{" in text or "}" in text for text in pieces(template)[::2]):
        raise ValueError("a brace has no partner: a hole is written {search_field}")
    return template


def _check_file(name: Path, info: ValidationInfo) -> Path:
    resolve = (info.context or {}).get(FILES)
    return resolve(name) if resolve is not None else name


def _check_secret(text: object, info: ValidationInfo) -> Secret:
    if isinstance(text, Secret):
        return text
    take = (info.context or {}).get(SECRETS)
    if take is None and isinstance(text, str):
        return Secret(text)
    secret = take(text) if take is not None and isinstance(text, str) else None
    if not isinstance(secret, Secret):
        raise ValueError(
            "a secret does not stand in the file: write '!env NAME' and set that environment variable, "
            "or '!file name' for a file in the tenant's secrets folder"
        )
    return secret


FieldName = Annotated[str, AfterValidator(check_field)]
"""The name of one of the tenant's search fields."""
FieldTemplate = Annotated[str, BeforeValidator(_quoted), AfterValidator(_check_template)]
"""Text with `{search_field}` holes."""
PersonTemplate = Annotated[str, BeforeValidator(_quoted), AfterValidator(_check_person_template)]
"""Text with holes for what is known of a person who is saved: `{cpf}`, `{person.name}`, `{form.renda}`."""
TenantFile = Annotated[Path, Strict(False), AfterValidator(_check_file)]
"""A file in the tenant's own folder of the configuration (`config/wsdl/<slug>/`); given as a relative name."""
TenantSecret = Annotated[
    Secret,
    PlainValidator(_check_secret),
    WithJsonSchema(
        {
            "x-type": "secret",
            "type": "string",
            "description": "A secret: `!env NAME` or `!file name`, never the value itself.",
        }
    ),
]
"""A password, token or key: `!env NAME` or `!file name` in YAML; `reveal()` gives it."""
