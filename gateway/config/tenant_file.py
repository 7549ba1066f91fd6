"""A tenant's file, `config/tenants/<slug>.yaml`, as it is written."""

from __future__ import annotations

from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.channels_file import ChannelsFile
from gateway.config.codes_file import CodesFile
from gateway.config.deskie_file import DeskieFile
from gateway.config.disclose_file import DiscloseFile
from gateway.config.file_model import FileModel, Maybe, Name, Slug, Text
from gateway.config.prospects_file import ProspectsFile
from gateway.config.rules_file import FactsFile, RulesFile
from gateway.config.source_file import SourceFile
from gateway.config.units import Duration

DEFAULT_ROUTE = "default"
_PARAMETER = r"^[A-Za-z][A-Za-z0-9_.-]{0,39}$"


def _country(text: str) -> str:
    if not (len(text) == 2 and text.isascii() and text.isupper()):
        raise ValueError("Write the country as ISO 3166 has it, in two capital letters: BR, TR, ES.")
    return text


def _time_zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ValueError, KeyError, OSError):
        raise ValueError("There is no such time zone. Write it as in the IANA list: America/Sao_Paulo.") from None
    return text


def _reason(text: str) -> str:
    if not text.strip():
        raise ValueError("The reason is empty. Say why the field cannot be compared with anything.")
    return text.strip()


def _on(value: object) -> object:
    return {} if value is None else value


class SearchFieldFile(FileModel):
    """What an operator can fill in to find somebody."""

    kind: Text = Field(
        description="What the values are: `cpf`, `cnpj`, `cpf_cnpj`, `email`, `phone`, `name`, `code`, `channel_user`, "
        "or a national document such as `tr.tckimlik`."
    )
    label: Maybe[Text] = Field(default=None, description="What people see; without it the field's name.")
    matches: Maybe[Text] = Field(
        default=None,
        description="The customer's value that it is compared with (`documents.cpf`, `emails`, `attributes.pedido`); "
        "without it the kind's own; `code` and `channel_user` have none.",
    )
    unverified: Maybe[Annotated[str, AfterValidator(_reason)]] = Field(
        default=None,
        description="Why it cannot be compared with anything; its customers then show as not verified.",
    )


class UniqueKeyFile(FileModel):
    """The value that ties interactions to a customer."""

    name: Name = Field(description="What the tenant calls it.")
    kind: Text = Field(description="Its kind, as of a search field; every source's value is normalised by it.")
    of: Literal["person", "company", "order", "other"] = Field(default="person", description="What it identifies.")


class RouteFile(FileModel):
    """Which sources are asked, in order of priority."""

    sources: list[Name] = Field(min_length=1, description="Sources by priority, the most trusted first.")
    strategy: Literal["first", "merge"] = Field(
        default="first",
        description="`first`: the next source when the one before gave nobody. `merge`: all of them, made one customer.",
    )
    ask: Maybe[Literal["in_order", "parallel"]] = Field(
        default=None,
        description="With `first`: one after the other (`in_order`, the default) or all at once (`parallel`).",
    )


class NotFoundFile(FileModel):
    """What is proposed when nobody is found for certain."""

    message: Maybe[Text] = Field(
        default=None,
        description="What the helpdesk shows; without it 'Cliente inexistente', or the same in the tenant's locale.",
    )
    customer_type: Maybe[Text] = Field(
        default=None, description="Customer type that the helpdesk fills in (*Não Cliente*)."
    )
    prospect: Maybe[Literal["message", "keyed", "form"]] = Field(
        default=None,
        description="What becomes of the unknown person: no history (`message`), a history under the key that was searched "
        "(`keyed`), or a form at the end (`form`).",
    )


class DirectTalkFile(FileModel):
    """The facade that answers as a Direct Talk integration page."""

    key: Literal["query", "basic"] = Field(default="query", description="Where its caller shows the API key.")
    parameter: str = Field(
        default="key", pattern=_PARAMETER, description="The key's parameter, where `key` is `query`."
    )


class FacadesFile(FileModel):
    """Answers in other products' formats; each is off unless its block is there."""

    direct_talk: Annotated[
        DirectTalkFile | None, BeforeValidator(_on, json_schema_input_type=DirectTalkFile | None)
    ] = Field(default=None, description="Direct Talk's XML over GET.")
    deskie: Annotated[DeskieFile | None, BeforeValidator(_on, json_schema_input_type=DeskieFile | None)] = Field(
        default=None, description="Codes as Deskie's API gives them."
    )


Days = Annotated[int, Field(ge=1, le=36_500)]


class RetentionFile(FileModel):
    """How many days the contact base keeps what; without a number, for ever."""

    prospects: Maybe[Days] = Field(
        default=None,
        description="Prospects without a history who did not become customers, from when they were stored.",
    )
    interactions: Maybe[Days] = Field(
        default=None,
        description="Interactions with their notes and references to cases, from their end; where nobody ended them, "
        "from their start.",
    )
    context: Maybe[Days] = Field(
        default=None, description="What the channel told of an interaction (pre-chat answers, visitor), from its start."
    )
    audit: Maybe[Days] = Field(default=None, description="The record of who looked up and linked whom.")


class TenantFile(FileModel):
    """A company with its helpdesk and sources."""

    tenant: Slug = Field(description="The slug; the same as the file's name.")
    name: Text = Field(description="The company's name, for people.")
    locale: Literal["pt-BR", "tr", "en"] = Field("pt-BR", description="Language of what the gateway says to people.")
    country: Annotated[str, AfterValidator(_country)] = Field(
        description="ISO 3166 code: where telephone numbers without a country's code are."
    )
    time_zone: Annotated[str, AfterValidator(_time_zone)] = Field(
        default="UTC", description="IANA time zone of the helpdesk."
    )
    search_fields: dict[Name, SearchFieldFile] = Field(description="What an operator can fill in, by name.")
    unique_key: UniqueKeyFile = Field(description="The value that ties interactions to a customer (chave única).")
    budget: Duration = Field(default=4.0, description="Longest time for one identification, all sources together.")
    limit: int = Field(default=50, ge=1, le=1000, description="Most matches in an answer.")
    sources: dict[Name, SourceFile] = Field(description="The systems of record, by name.")
    routes: dict[Name, RouteFile] = Field(
        description="Search field -> its route; `default` is everybody else's. A query takes the route of its strongest key."
    )
    not_found: NotFoundFile = Field(default_factory=NotFoundFile, description="What *nobody* proposes.")
    stored_fields: list[Text] = Field(
        default_factory=list,
        description="Values of a customer that may be stored: `name`, `emails`, `attributes.plano`.",
    )
    seal_names: bool = Field(
        default=False,
        description="`true`: the contact base keeps names sealed, too; nobody is found there by his name.",
    )
    retention: RetentionFile = Field(
        default_factory=RetentionFile, description="After how many days the contact base lets go of what."
    )
    display: Literal["mapped", "all"] = Field(
        default="mapped", description="`all`: values that are not mapped are passed on to be shown, never stored."
    )
    channels: ChannelsFile = Field(
        default_factory=ChannelsFile, description="The ways in which customers come; what is left out is as usual."
    )
    prospects: ProspectsFile = Field(
        default_factory=ProspectsFile, description="People whom nobody knows yet: their form, and where they go."
    )
    codes: CodesFile = Field(
        default_factory=CodesFile, description="Identification codes, by which a customer proves in a chat who he is."
    )
    facts: FactsFile = Field(
        default_factory=FactsFile, description="What every answer tells of who writes, for rules here and there."
    )
    rules: RulesFile = Field(
        default_factory=list,
        description="What the helpdesk is to do with whom: data in every answer, done by nobody here.",
    )
    disclose: DiscloseFile = Field(
        default_factory=DiscloseFile, description="What bots are shown of a customer, by how sure it is that he writes."
    )
    facades: FacadesFile = Field(default_factory=FacadesFile, description="Answers in other products' formats.")

    @property
    def unique_field(self) -> str | None:
        """The search field whose value is the unique key: of its kind, and named like it or compared with it."""
        key = self.unique_key
        for name, field in self.search_fields.items():
            if field.kind == key.kind and (name == key.name or field.matches == "unique_key"):
                return name
        return None
