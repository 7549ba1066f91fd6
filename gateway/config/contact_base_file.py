"""The contact base's part of `gateway.yaml`: whether there is one, where it is kept, and what seals it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, PlainValidator, ValidationInfo, WithJsonSchema

from gateway.adapter.settings import SECRETS
from gateway.config.file_model import FileModel, Maybe, Text
from gateway.config.proxy_file import OwnSecret
from gateway.config.secrets import SecretRefused
from gateway.core.redaction import Secret

_ADDRESS = re.compile(r"(sqlite:///.+|postgresql://.+)", re.DOTALL)
_EXPECTED = "Write sqlite:///folder/file.db or postgresql://user@host:5432/database."


def _database(value: object, info: ValidationInfo) -> Secret:
    if not isinstance(value, str):
        raise ValueError(f"This is no database's address. {_EXPECTED}")
    secret = _taken(value, info)
    if secret is None and value.startswith("postgresql://") and urlsplit(value).password is not None:
        raise ValueError("The address has a password in it. Put the whole address into a variable and write !env NAME.")
    address = secret or Secret(value)
    # A secret that could not be had has been complained of.
    if address.reveal() and not _ADDRESS.fullmatch(address.reveal()):
        raise SecretRefused(f"This is no database that the gateway knows. {_EXPECTED}")
    return address


def _taken(value: str, info: ValidationInfo) -> Secret | None:
    """The secret that the text stands for, None for plain text."""
    take = (info.context or {}).get(SECRETS)
    secret = take(value) if take is not None else None
    return secret if isinstance(secret, Secret) else None


Address = Annotated[Secret, PlainValidator(_database), WithJsonSchema({"type": "string"})]


class ContactBaseFile(FileModel):
    """The gateway's own data: contacts, interactions, prospects, audit."""

    enabled: bool = Field(default=True, description="`false`: nothing is kept; the gateway only asks the sources.")
    database: Maybe[Address] = Field(
        default=None,
        description="Address of the database, as `!env` where it holds a password; without it SQLite in the data folder.",
    )
    keys: Maybe[OwnSecret] = Field(
        default=None,
        description="Keys that seal what is stored: each 32 bytes in base64, separated by blanks, the newest first; without "
        "it one that is made in the data folder.",
    )
    files: Maybe[Text] = Field(
        default=None,
        description="Folder for the files of prospects, in which every tenant has one of its own; without it `prospects` in "
        "the data folder.",
    )


@dataclass(frozen=True, slots=True)
class ContactBaseSettings:
    """`database`: its address, None for the embedded one. `keys`: as the file has them, None for the made one. `files`: the
    folder for files of prospects, None for the usual one."""

    database: Secret | None = None
    keys: Secret | None = None
    files: Path | None = None


def contact_base(file: ContactBaseFile) -> ContactBaseSettings | None:
    """None where the gateway keeps nothing."""
    if not file.enabled:
        return None
    return ContactBaseSettings(file.database, file.keys, Path(file.files) if file.files else None)
