"""The block `facades.deskie` of a tenant's file: which members of a Deskie call are which search fields."""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from typing import Annotated

from pydantic import AfterValidator, Field

from gateway.config.document import Problems
from gateway.config.file_model import FileModel, Name, Text
from gateway.config.nearest import unknown_search_field
from gateway.core.tenant import Deskie

_MEMBER = re.compile(r"user_[a-z_]{1,40}|custom_fields\.[A-Za-z0-9_]{1,40}")
_OF_OTHERS = frozenset({"email", "phone", "name"})


def _member(text: str) -> str:
    if not _MEMBER.fullmatch(text):
        raise ValueError("Write the member of `user` as Deskie calls it: user_custom_id, or custom_fields.cf_20.")
    return text


class DeskieFile(FileModel):
    """The facade that gives codes as Deskie's API does."""

    fields: dict[Annotated[Text, AfterValidator(_member)], Name] = Field(
        default_factory=dict,
        description="Member of `user` -> search field, beside or instead of the usual ones: `user_email` the first search "
        "field of kind `email`, `user_phone` and `user_whatsapp_phone` that of kind `phone`, `user_custom_id` the one that "
        "is the unique key, if it is neither.",
    )


def check_deskie(file: DeskieFile | None, kinds: Map[str, str], unique_field: str | None, problems: Problems) -> None:
    """Report what only the whole file shows. `kinds`: as of `deskie`."""
    if file is None:
        return
    at = ("facades", "deskie")
    for member, name in file.fields.items():
        if name not in kinds:
            problems.at((*at, "fields", member), unknown_search_field(name, kinds))
    if all(kinds.get(name) == "name" for name in deskie(file, kinds, unique_field).fields.values()):
        problems.at(
            at,
            "No member of a Deskie call would tell who somebody is. Say under fields which one is which search field.",
        )


def deskie(file: DeskieFile, kinds: Map[str, str], unique_field: str | None) -> Deskie:
    """`kinds`: search field -> its kind, in the order of the file."""
    by_kind: dict[str, str] = {}
    for name, kind in kinds.items():
        by_kind.setdefault(kind, name)
    usual = {
        "user_email": by_kind.get("email"),
        "user_phone": by_kind.get("phone"),
        "user_whatsapp_phone": by_kind.get("phone"),
        "user_custom_id": unique_field if unique_field and kinds.get(unique_field) not in _OF_OTHERS else None,
    }
    return Deskie({**{member: name for member, name in usual.items() if name is not None}, **file.fields})
