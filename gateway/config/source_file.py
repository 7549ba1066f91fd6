"""The block of one source in a tenant's file: where it is, how it is called, how it says nobody."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, JsonValue, Tag, WithJsonSchema, model_validator

from gateway.config.auth_file import AuthFile, TlsFile
from gateway.config.file_model import FileModel, Maybe, Name, NetworkText, Phrase, Text
from gateway.config.http_text import HeaderValue, PlainHeaderName, Url
from gateway.config.mapping_file import MappingFile, MoreMappingFile, PickFile, Texts, Value
from gateway.config.units import Duration, Size
from gateway.core.event_mapping import EventSpec
from gateway.core.picks import Pick

_REFUSALS = frozenset({200, 401, 403, 407, 429})
"""Statuses that never mean nobody: an answer, refused credentials, a limit."""


# ---------------------------------------------------------------------------------------------- where it is


class UpstreamFile(FileModel):
    """Where the source is and what every request to it carries."""

    url: Url = Field(description="Base address, http or https; what the adapter adds to it is appended.")
    auth: Maybe[AuthFile] = Field(default=None, description="Credentials; without it requests carry none.")
    headers: dict[PlainHeaderName, HeaderValue] = Field(
        default_factory=dict, description="Further headers of every request, none of them secret."
    )
    networks: Maybe[list[NetworkText]] = Field(
        default=None,
        description="Private networks that this source may be in, within those that gateway.yaml grants the tenant; "
        "without it all that are granted.",
    )
    tls: Maybe[TlsFile] = Field(
        default=None, description="TLS of this source's own; without it the system's authorities are trusted."
    )
    proxy: Maybe[Name] = Field(
        default=None,
        description="Proxy of gateway.yaml's that it is reached through, or `none`: of those that are granted to the "
        "tenant; without it the one that gateway.yaml says.",
    )
    max_body: Size = Field(
        default=10 * 1024 * 1024, description="Most that is read of a reply, decoded; one that needs more is a failure."
    )
    transport: Literal["own", "standard"] = Field(
        default="own",
        description="What carries the requests: the gateway's own HTTP/1.1, or httpx2's, which is slower and takes replies "
        "whose headers are folded or tell the body's length twice.",
    )


class BreakerFile(FileModel):
    """When a source that fails is left in peace."""

    failures: int = Field(default=5, ge=1, le=1000, description="Failures in a row after which it is not asked.")
    open_for: Duration = Field(
        default=10.0,
        description="How long it is not asked; then one lookup tries it, and an answer closes the breaker.",
    )


class CacheFile(FileModel):
    """What is remembered of a source's answers, in memory. Failures never are."""

    ttl: Duration = Field(description="How long customers that it gave are given again without asking it.")
    nobody_ttl: Maybe[Duration] = Field(
        default=None,
        description="How long its *nobody* holds, at most `ttl`; without it 5s, or `ttl` where that is shorter.",
    )
    stale_for: Maybe[Duration] = Field(
        default=None,
        description="How long after `ttl` customers that it gave may be shown, with their age, where it fails; without it, "
        "the failure is shown. A *nobody* never stands in for a failure.",
    )

    @model_validator(mode="after")
    def _nobody_is_short(self) -> Self:
        if self.nobody_ttl is not None and self.nobody_ttl > self.ttl:
            raise ValueError(
                "The nobody_ttl is longer than the ttl. A *nobody* ages faster than a customer: make it shorter."
            )
        return self


Off = Literal["off"]


def _word_or_block(value: object) -> str:
    return "word" if isinstance(value, str) else "block"


class ResilienceFile(FileModel):
    """How often, how long and how many at once."""

    timeout: Duration = Field(default=5.0, description="Longest time for one attempt.")
    retries: int = Field(
        default=0,
        ge=0,
        le=5,
        description="Further attempts after one that another may mend; of its lookups one in five is repeated at most.",
    )
    concurrency: int = Field(default=16, ge=1, le=1000, description="Most lookups of this source at once.")
    breaker: Annotated[
        Annotated[Off, Tag("word")] | Annotated[BreakerFile, Tag("block")], Discriminator(_word_or_block)
    ] = Field(default_factory=BreakerFile, description="When it is left in peace, or `off`.")
    cache: Annotated[
        Annotated[Off, Tag("word")] | Annotated[CacheFile, Tag("block")], Discriminator(_word_or_block)
    ] = Field(default="off", description="What is remembered of its answers, or `off`: every question asks it.")


# ---------------------------------------------------------------------------------------------- how it is asked


class FormsFile(FileModel):
    """How this source wants one search field."""

    as_: Texts = Field(
        alias="as",
        min_length=1,
        description="The form, or several of them in the order in which they are tried (`masked`, `e164`, `national`).",
    )


class SignFile(FileModel):
    """One sign of nobody: a status, a text, a value at a path, or a SOAP fault."""

    status: Maybe[int] = Field(default=None, ge=100, le=599, description="HTTP status.")
    text: Maybe[Phrase] = Field(
        default=None, description="Phrase anywhere in the reply, compared without case and accents."
    )
    path: Maybe[Text] = Field(default=None, description="Path of a value of the reply; goes with `equals`.")
    equals: Annotated[
        str | int | float | bool | None,
        WithJsonSchema({"x-type": "any plain value", "type": ["string", "number", "boolean", "null"]}),
    ] = Field(default=None, description="What the value at `path` is when there is nobody.")
    fault: Maybe[Phrase] = Field(default=None, description="Code of a SOAP fault, or a phrase of its text.")

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        given = self.model_fields_set
        if given not in ({"status"}, {"text"}, {"path", "equals"}, {"fault"}):
            raise ValueError(
                "Give one of status, text, fault, or path together with equals. Begin a new item for another."
            )
        if self.status in _REFUSALS:
            raise ValueError(
                "This status never means nobody: 200 is an answer, 401, 403, 407 and 429 are refusals. "
                "Use text, path or fault for what the reply says."
            )
        return self


Word = Literal["empty_body", "no_content", "not_found"]
Sign = Annotated[
    Annotated[Word, Tag("word")] | Annotated[SignFile, Tag("sign")],
    Discriminator(lambda value: "word" if isinstance(value, str) else "sign"),
]
"""`empty_body`, `no_content` (204), `not_found` (404), or a SignFile."""


def _by_field(value: object) -> object:
    return {"field": value} if isinstance(value, str) else value


class ByKeyFile(FileModel):
    """How this source is asked for the one customer that was selected."""

    field: Maybe[Name] = Field(
        default=None,
        description="The search field that takes the unique key; without it the one that is the unique key.",
    )
    mapping: MoreMappingFile = Field(
        default_factory=MoreMappingFile, description="What only a selected customer needs, beside `mapping:`."
    )


class HistoryFile(FileModel):
    """How the source's records of a customer's past are read. What is not mapped stays absent."""

    at: Value = Field(
        description="When it happened; `date:` says how the source writes it, with the time; without a zone, the tenant's."
    )
    type: Maybe[Value] = Field(default=None, description="What it is, in the source's words: an order, a visit.")
    title: Maybe[Value] = Field(default=None, description="What it was about, in a few words.")
    text: Maybe[Value] = Field(default=None, description="What it was about, at length.")
    record: Maybe[Value] = Field(default=None, description="Its number in the source.")
    unique_key: Maybe[Value] = Field(
        default=None, description="Whose it is; what happened with others than the selected customer is dropped."
    )
    unverified: Maybe[Text] = Field(
        default=None, description="Instead of unique_key: why the records need not say whose they are."
    )

    @model_validator(mode="after")
    def _says_whose(self) -> Self:
        if (self.unique_key is None) == (self.unverified is None):
            raise ValueError(
                "Say whose a record is with unique_key:, or with unverified: why it need not say so (the request's path "
                "holds the customer's key), and not both."
            )
        return self

    def spec(self) -> EventSpec:
        def pick(value: PickFile | None) -> Pick | None:
            return None if value is None else value.pick()

        return EventSpec(
            self.at.pick(), pick(self.type), pick(self.title), pick(self.text), pick(self.record), pick(self.unique_key)
        )


class SourceFile(FileModel):
    """One system of record of the tenant."""

    adapter: Text = Field(description="Name of an installed adapter; `gateway plugins` lists them.")
    upstream: UpstreamFile = Field(description="Where the source is.")
    resilience: ResilienceFile = Field(default_factory=ResilienceFile, description="How it is called.")
    fields: dict[Name, FormsFile] = Field(
        default_factory=dict,
        description="Search field -> how this source wants its value; without it, the plain value.",
    )
    settings: dict[str, JsonValue] = Field(default_factory=dict, description="The adapter's own settings.")
    nobody: list[Sign] = Field(
        default_factory=list,
        description="How this source says that it knows nobody, beside an empty answer; what is not listed is a failure.",
    )
    mapping: MappingFile = Field(description="From its records to the customer.")
    by_key: Annotated[ByKeyFile | None, BeforeValidator(_by_field, json_schema_input_type=Name | ByKeyFile | None)] = (
        Field(
            default=None,
            description="How it is asked for a selected customer, with the unique key: a search field or a block; without "
            "it by the search field that is the unique key, if it can be asked with that one.",
        )
    )
    history: Maybe[HistoryFile] = Field(
        default=None, description="How its records of a customer's past are read, where the adapter can ask for them."
    )
    limit: int = Field(default=50, ge=1, le=1000, description="Most records asked of it at once.")
