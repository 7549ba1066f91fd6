"""The block of one source in a tenant's file: where it is, how it is called, how it says nobody."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import AfterValidator, Discriminator, Field, JsonValue, Tag, WithJsonSchema, model_validator

from gateway.adapter.settings import TenantSecret
from gateway.config.file_model import FileModel, Maybe, Name, NetworkText, Text
from gateway.config.mapping_file import MappingFile, Texts
from gateway.config.units import Duration, Size

_HEADER = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_UNSENDABLE = re.compile(r"[\x00-\x1f\x7f]")
_BLANKS = re.compile(r"[\x00-\x20\x7f\\]")
_SECRET_NAME = re.compile(
    r"authorization|cookie|token|secret|senha|passw|pwd|(?:api|access|subscription|auth)[-_]?key|^key$", re.IGNORECASE
)
_WIRES_OWN = frozenset(
    {"host", "connection", "keep-alive", "content-length", "transfer-encoding", "te", "trailer", "upgrade", "expect"}
    | {"accept-encoding"}
)
_REFUSALS = frozenset({200, 401, 403, 407, 429})
"""Statuses that never mean nobody: an answer, refused credentials, a limit."""


# ---------------------------------------------------------------------------------------------- where it is


def _url(text: str) -> str:
    if _BLANKS.search(text):
        raise ValueError("The address has a blank, a control character or a backslash. Percent-encode it.")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError("This is not an address. Write https://host/path.") from None
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise ValueError("The address must begin with https:// or http:// and a host.")
    if "@" in parts.netloc:
        raise ValueError("The address has credentials in it. Put them under auth:, the secret as !env NAME.")
    if parts.fragment or text.endswith("#"):
        raise ValueError("The address has a fragment (#…), which is never sent. Leave it out.")
    if port == 0:
        raise ValueError("The address names port 0. Name the port that the source listens on.")
    if any(_SECRET_NAME.search(name) for name, _ in parse_qsl(parts.query, keep_blank_values=True)):
        raise ValueError(
            "The address carries a key or password. Put it under auth: {query: …}, the secret as !env NAME."
        )
    return text


def _header_name(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("A header's name has letters, digits and hyphens only.")
    if name.lower() in _WIRES_OWN:
        raise ValueError("The gateway writes this header itself. Take it out.")
    return name


def _plain_header_name(name: str) -> str:
    if _SECRET_NAME.search(name):
        raise ValueError("This header carries a secret. Put it under auth: (basic, bearer or header), as !env NAME.")
    return _header_name(name)


def _header_value(text: str) -> str:
    if _UNSENDABLE.search(text) or not all(ord(character) < 256 for character in text):
        raise ValueError("A header's value is one line of ISO-8859-1 characters.")
    return text


def _user(text: str) -> str:
    if ":" in text:
        raise ValueError("A user name cannot hold a colon (RFC 7617).")
    return text


HeaderName = Annotated[Text, AfterValidator(_header_name)]
PlainHeaderName = Annotated[Text, AfterValidator(_plain_header_name)]
HeaderValue = Annotated[str, AfterValidator(_header_value)]


class BasicFile(FileModel):
    """User and password (RFC 7617)."""

    user: Annotated[Text, AfterValidator(_user)] = Field(description="User name.")
    password: TenantSecret = Field(description="Password: `!env NAME` or `!file name`.")


class BearerFile(FileModel):
    """A token in the Authorization header (RFC 6750)."""

    token: TenantSecret = Field(description="Token: `!env NAME` or `!file name`.")


class HeaderFile(FileModel):
    """A key in a header of the source's own."""

    header: HeaderName = Field(description="Name of the header: `X-Api-Key`.")
    value: TenantSecret = Field(description="Its value: `!env NAME` or `!file name`.")


class QueryFile(FileModel):
    """A key in the query string."""

    parameter: Text = Field(description="Name of the parameter: `key`.")
    value: TenantSecret = Field(description="Its value: `!env NAME` or `!file name`.")


class AuthFile(FileModel):
    """How the gateway shows who it is: one of the four."""

    basic: Maybe[BasicFile] = Field(default=None, description="User and password.")
    bearer: Maybe[BearerFile] = Field(default=None, description="A bearer token.")
    header: Maybe[HeaderFile] = Field(default=None, description="A key in a header.")
    query: Maybe[QueryFile] = Field(default=None, description="A key in the query string.")

    @model_validator(mode="after")
    def _one_of_four(self) -> Self:
        if len(self.model_fields_set) != 1 or self.chosen is None:
            raise ValueError("Give exactly one of basic, bearer, header and query.")
        return self

    @property
    def chosen(self) -> BasicFile | BearerFile | HeaderFile | QueryFile | None:
        return self.basic or self.bearer or self.header or self.query


class UpstreamFile(FileModel):
    """Where the source is and what every request to it carries."""

    url: Annotated[Text, AfterValidator(_url)] = Field(
        description="Base address, http or https; what the adapter adds to it is appended."
    )
    auth: Maybe[AuthFile] = Field(default=None, description="Credentials; without it requests carry none.")
    headers: dict[PlainHeaderName, HeaderValue] = Field(
        default_factory=dict, description="Further headers of every request, none of them secret."
    )
    networks: Maybe[list[NetworkText]] = Field(
        default=None,
        description="Private networks that this source may be in, within those that gateway.yaml grants the tenant; "
        "without it all that are granted.",
    )
    max_body: Size = Field(default=10 * 1024 * 1024, description="Largest reply, decoded; a larger one is a failure.")


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
    text: Maybe[Text] = Field(
        default=None, description="Phrase anywhere in the reply, compared without case and accents."
    )
    path: Maybe[Text] = Field(default=None, description="Path of a value of the reply; goes with `equals`.")
    equals: Annotated[
        str | int | float | bool | None,
        WithJsonSchema({"x-type": "any plain value", "type": ["string", "number", "boolean", "null"]}),
    ] = Field(default=None, description="What the value at `path` is when there is nobody.")
    fault: Maybe[Text] = Field(default=None, description="Code of a SOAP fault, or a phrase of its text.")

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
    limit: int = Field(default=50, ge=1, le=1000, description="Most records asked of it at once.")
