"""The block `mapping` of a source: which values of its records become which of the customer."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, JsonValue, Tag

from gateway.config.file_model import FileModel, Maybe, Name, Text
from gateway.core import flat_address
from gateway.core.changes import MOST_DIGITS, Charset
from gateway.core.mapping import MappingSpec
from gateway.core.picks import Pick


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _picked(value: object) -> object:
    return {"path": value} if isinstance(value, str | list) else value


def _one_address(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _prefix(text: str) -> str:
    flat_address.paths(text, "street")
    return text


Texts = Annotated[list[Text], BeforeValidator(_listed, json_schema_input_type=Text | list[Text])]
"""One text, or a list of them."""


Words = Annotated[
    Annotated[Literal["boolean"], Tag("word")] | Annotated[dict[str, str], Tag("words")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "words"),
]
"""`boolean`, or the source's words."""


class PickFile(FileModel):
    """The long form of a value: its path and what is done with it on the way."""

    path: Texts = Field(
        default_factory=list,
        description="Where the value is in the record: a name, names with dots between them, or a JMESPath expression; "
        "of several, all count where there may be many values, and the first that gives one where there is one.",
    )
    date: Maybe[Texts] = Field(
        default=None,
        description="How the source writes the date, as strptime wants it (`%d/%m/%Y`), or `iso`, `epoch`, `epoch_ms`, "
        "`dotnet`; of several, the first that fits counts.",
    )
    map: Maybe[Words] = Field(
        default=None,
        description="The source's word -> ours, compared without case and accents; an empty word means absent. "
        "`boolean`: its words for yes and no become `true` and `false`.",
    )
    join: Maybe[str] = Field(
        default=None, description="What to put between the values of several paths to make one of them."
    )
    default: Maybe[Text] = Field(default=None, description="What stands where the source gives nothing.")
    format: Maybe[Text] = Field(
        default=None,
        description="A text with one `{}` for each path, in their order: `({}) {}`; filled only where all are given.",
    )
    digits: Maybe[int] = Field(
        default=None,
        ge=2,
        le=MOST_DIGITS,
        description="How many digits the whole number has, where the source loses leading zeros (a CEP: 8).",
    )
    base64: Maybe[Charset] = Field(
        default=None, description="The source gives the text in base64; the charset that is inside."
    )

    def pick(self) -> Pick:
        return Pick(
            paths=tuple(self.path),
            dates=tuple(self.date or ()),
            map=self.map,
            join=self.join,
            default=self.default,
            format=self.format,
            digits=self.digits,
            base64=self.base64,
        )


Value = Annotated[PickFile, BeforeValidator(_picked, json_schema_input_type=Text | list[Text] | PickFile)]
"""A path, a list of paths, or the long form."""


def _pick(value: PickFile | None) -> Pick | None:
    return None if value is None else value.pick()


class AddressFile(FileModel):
    """One postal address of the customer. An address of which every part is absent is no address."""

    prefix: Maybe[Annotated[Text, AfterValidator(_prefix)]] = Field(
        default=None,
        description="How the names of all its fields begin, where they are flattened: `endereco` reads "
        "`enderecoLogradouro`, `enderecoCep` …, `endereco_` reads `endereco_cep`; a part that is given here is read from "
        "there instead.",
    )
    street: Maybe[Value] = Field(
        default=None, description="Street, or the whole address where the source has it in one text."
    )
    number: Maybe[Value] = Field(default=None, description="Number of the house.")
    complement: Maybe[Value] = Field(default=None, description="Flat, floor, block.")
    district: Maybe[Value] = Field(default=None, description="District (bairro).")
    city: Maybe[Value] = Field(default=None, description="City.")
    state: Maybe[Value] = Field(default=None, description="State or province.")
    postal_code: Maybe[Value] = Field(default=None, description="Postal code (CEP).")
    country: Maybe[Value] = Field(default=None, description="Country.")

    def picks(self) -> dict[str, Pick]:
        parts: dict[str, PickFile | None] = {part: getattr(self, part) for part in flat_address.PARTS}
        picks = {part: value.pick() for part, value in parts.items() if value is not None}
        if self.prefix is not None:
            for part in parts:
                picks.setdefault(part, Pick(flat_address.paths(self.prefix, part)))
        return picks


class MoreMappingFile(FileModel):
    """What is read of a selected customer's record beside the source's `mapping:`; a line that stands there too is read as
    it stands here."""

    name: Maybe[Value] = Field(default=None, description="The customer's name.")
    documents: dict[str, Value] = Field(
        default_factory=dict,
        description="Kind of document (`cpf`, `cnpj`, `cpf_cnpj`, `tr.tckimlik` …) -> where it is.",
    )
    emails: Maybe[Value] = Field(default=None, description="E-mail addresses; one value may hold several.")
    phones: Maybe[Value] = Field(default=None, description="Telephone numbers; one value may hold several.")
    birth_date: Maybe[Value] = Field(default=None, description="Date of birth.")
    addresses: Annotated[
        list[AddressFile], BeforeValidator(_one_address, json_schema_input_type=AddressFile | list[AddressFile])
    ] = Field(default_factory=list, description="Postal addresses: one block, or a list of them.")
    attributes: dict[Name, Value] = Field(
        default_factory=dict,
        description="Values of the tenant's own, by the names they shall have: `plano: plano.nome`.",
    )


def _key_first(schema: dict[str, JsonValue]) -> None:
    keys = schema["properties"]
    assert isinstance(keys, dict)
    schema["properties"] = {"unique_key": keys.pop("unique_key"), **keys}


class MappingFile(MoreMappingFile):
    """From the source's record to the customer. What is not mapped stays absent."""

    model_config = ConfigDict(json_schema_extra=_key_first)

    unique_key: Value = Field(
        description="The tenant's unique key in this source's records; a record without it is refused."
    )

    def extended(self, more: MoreMappingFile) -> MappingFile:
        """This mapping with what `more` says beside it, or instead."""
        given = {name: getattr(more, name) for name in more.model_fields_set}
        named = {name: {**getattr(self, name), **value} for name, value in given.items() if isinstance(value, dict)}
        return self.model_copy(update={**given, **named})

    def spec(self) -> MappingSpec:
        return MappingSpec(
            unique_key=self.unique_key.pick(),
            name=_pick(self.name),
            documents={kind: value.pick() for kind, value in self.documents.items()},
            emails=_pick(self.emails),
            phones=_pick(self.phones),
            birth_date=_pick(self.birth_date),
            addresses=tuple(address.picks() for address in self.addresses),
            attributes={name: value.pick() for name, value in self.attributes.items()},
        )
