"""The block `prospects` of a tenant's file: their form, and where they go at the end of the day."""

from __future__ import annotations

import codecs
import re
from datetime import time
from pathlib import PurePosixPath
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema, model_validator

from gateway.config.file_model import FileModel, Maybe, Name, Text
from gateway.config.units import Duration
from gateway.core.prospect_settings import FileFormat, FormField, Load, LoadFile, LoadSource, ProspectSettings

_CLOCK = r"^(?:[01][0-9]|2[0-3]):[0-5][0-9]$"
_SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t"}


def _time(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(_CLOCK, value):
        raise ValueError('Write the time of day with two digits each, in quotes: "18:30".')
    return time.fromisoformat(value)


def _encoding(text: str) -> str:
    try:
        known = codecs.lookup(text)
        "a".encode(text)
    except (LookupError, ValueError):
        raise ValueError("There is no such encoding. Write utf-8, iso-8859-1 or windows-1252.") from None
    return known.name


def _folder(text: str) -> str:
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or "\\" in text or "\0" in text:
        raise ValueError(
            "The folder lies within the tenant's own, so it is a relative name without '..'. Where that is, gateway.yaml "
            "says (contact_base.files)."
        )
    return str(path)


class FormFieldFile(FileModel):
    """One field of the form."""

    label: Maybe[Text] = Field(default=None, description="What people see; without it the field's name.")
    kind: Maybe[Text] = Field(
        default=None,
        description="What is filled in, as of a search field (`cpf`, `email`, `phone`): it is checked, and the prospect "
        "found by it. Without it any text.",
    )
    required: bool = Field(default=False, description="`true`: the form is refused without it.")


class FormFile(FileModel):
    """What an operator fills in for a prospect."""

    fields: dict[Name, FormFieldFile] = Field(default_factory=dict, description="Field -> what it is.")


class LoadOptionsFile(FileModel):
    """Where the day's prospects go: into a file, or to a source."""

    to: Maybe[Literal["csv", "xml", "json"]] = Field(default=None, description="A file of this format.")
    folder: Annotated[str, AfterValidator(_folder)] = Field(
        default="", description="Folder within the tenant's own, in which the file is put."
    )
    encoding: Annotated[str, AfterValidator(_encoding)] = Field(default="utf-8", description="The file's encoding.")
    separator: Literal["comma", "semicolon", "tab"] = Field(
        default="comma", description="What stands between the values of a CSV line."
    )
    source: Maybe[Name] = Field(
        default=None, description="Instead of `to`: the source that they are sent to; its settings say how (`save`)."
    )
    settle: Duration = Field(
        default=60.0,
        description="How long the source's index may need until somebody who was saved is found. One of whom nobody knows "
        "whether he arrived is not sent again before.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.to is None) == (self.source is None):
            raise ValueError("Give either to: (csv, xml or json) or source: (one of the tenant's sources).")
        of_files = sorted(self.model_fields_set & {"folder", "encoding", "separator"})
        if self.source is not None and of_files:
            raise ValueError(f"For files only: {of_files[0]}. Take it out, or write to: instead of source:.")
        if self.to is not None and "settle" in self.model_fields_set:
            raise ValueError("For sources only: settle. Take it out, or write source: instead of to:.")
        return self


class ProspectsFile(FileModel):
    """People whom nobody knows yet."""

    form: FormFile = Field(default_factory=FormFile, description="The form by which they are registered.")
    load: Maybe[LoadOptionsFile] = Field(
        default=None, description="Where they go at the end of the day; without it nowhere."
    )
    load_at: Maybe[
        Annotated[
            time,
            PlainValidator(_time),
            WithJsonSchema({"x-type": "time of day", "type": "string", "pattern": _CLOCK, "examples": ["18:30"]}),
        ]
    ] = Field(
        default=None,
        description="When `serve` loads them by itself, on the tenant's clock; without it `gateway prospects load` does.",
    )

    @model_validator(mode="after")
    def _something_to_load(self) -> Self:
        if self.load_at is not None and self.load is None:
            raise ValueError("There is a load_at: without a load:. Say where the prospects go.")
        return self


def prospects(file: ProspectsFile) -> ProspectSettings:
    form = {name: FormField(name, one.label or name, one.kind, one.required) for name, one in file.form.fields.items()}
    return ProspectSettings(form, _load(file.load), file.load_at)


def _load(file: LoadOptionsFile | None) -> Load | None:
    if file is None:
        return None
    if file.to is not None:
        return LoadFile(FileFormat(file.to), file.folder, file.encoding, _SEPARATORS[file.separator])
    return LoadSource(file.source or "", file.settle)
