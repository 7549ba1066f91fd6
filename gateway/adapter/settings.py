"""Types for plugins' settings that are checked against the tenant: search fields, templates, the tenant's files.

The gateway validates a plugin's settings with a pydantic context of the keys named here; without one (in an author's own
tests) names are taken as they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

SEARCH_FIELDS = "search_fields"
"""Context key: the names of the tenant's search fields (a frozenset)."""
FILES = "files"
"""Context key: a function that turns a file name into a checked Path inside the tenant's own folder."""

_HOLE = re.compile(r"\{([^{}]*)\}")


class AdapterSettings(BaseModel):
    """Base of a plugin's settings: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def holes(template: str) -> frozenset[str]:
    """The names in `{}` of a template."""
    return frozenset(_HOLE.findall(template))


def fill(template: str, values: Callable[[str], str]) -> str:
    """The template with each hole replaced by `values(name)`."""
    return _HOLE.sub(lambda found: values(found[1]), template)


def _check_field(name: str, info: ValidationInfo) -> str:
    known = (info.context or {}).get(SEARCH_FIELDS)
    if known is not None and name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"'{name}' is not a search field of this tenant.{hint} Known: {', '.join(sorted(known))}")
    return name


def _check_template(template: str, info: ValidationInfo) -> str:
    for name in sorted(holes(template)):
        _check_field(name, info)
    return template


def _check_file(name: Path, info: ValidationInfo) -> Path:
    resolve = (info.context or {}).get(FILES)
    return resolve(name) if resolve is not None else name


FieldName = Annotated[str, AfterValidator(_check_field)]
"""The name of one of the tenant's search fields."""
FieldTemplate = Annotated[str, AfterValidator(_check_template)]
"""Text with `{search_field}` holes."""
TenantFile = Annotated[Path, AfterValidator(_check_file)]
"""A file in the tenant's own folder of the configuration (`config/wsdl/<slug>/`); given as a relative name."""
