"""The base of every configuration file's models, and the small types that they share."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PlainValidator,
    WithJsonSchema,
)

from gateway.core.folding import fold
from gateway.core.tenant import Network

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""A tenant's slug: its file's name and its word in addresses."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")


Given = TypeVar("Given")


class FileModel(BaseModel):
    """Strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)


def _something(value: object) -> object:
    if value is None:
        raise ValueError("Nothing stands here. Write a value, or take the key out.")
    return value


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            "A name starts with a letter and goes on with letters, digits, '_' or '-'; at most 40, no accents."
        )
    return text


def _slug(text: str) -> str:
    if not SLUG.fullmatch(text):
        raise ValueError("A tenant's slug has small letters, digits and hyphens: acme-br.")
    return text


def _phrase(text: str) -> str:
    folded = fold(text)
    if not any(map(str.isalnum, folded)):
        raise ValueError("Without letters and digits this stands in every reply. Write what the source says.")
    return folded


def _network(value: object) -> Network:
    try:
        return ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError("Not a network. Write its first address and the length of its prefix: 10.20.0.0/16.") from None


Maybe = Annotated[Given | None, BeforeValidator(_something)]
"""A key that may be left out. An empty one (`auth:`) is refused: whoever wrote it meant something."""
Slug = Annotated[str, AfterValidator(_slug)]
Name = Annotated[str, AfterValidator(_name)]
"""A name that the tenant gives: a search field, a source, an attribute."""
Text = Annotated[str, Field(min_length=1)]
Phrase = Annotated[Text, AfterValidator(_phrase)]
"""What a source says somewhere in a reply, folded (`core.folding`)."""
NetworkText = Annotated[
    Network,
    PlainValidator(_network),
    PlainSerializer(str, return_type=str),
    WithJsonSchema({"x-type": "network", "type": "string", "examples": ["10.20.0.0/16", "fd12:3456::/48"]}),
]
"""A network in CIDR notation (RFC 4632)."""
