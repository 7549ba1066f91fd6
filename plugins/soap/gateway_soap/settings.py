"""What a tenant's YAML says under `settings:` of a SOAP source."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from gateway.adapter import (
    SEARCH_FIELDS,
    AdapterSettings,
    FieldName,
    FieldTemplate,
    PersonTemplate,
    SourceError,
    TenantFile,
    TenantSecret,
    holes,
)

if TYPE_CHECKING:
    from gateway_soap.description import Place

_DOTTED = re.compile(r"[^.\s/{}]+(\.[^.\s/{}]+)*")


def _check_path(path: str) -> str:
    if not _DOTTED.fullmatch(path):
        raise ValueError("write local names with dots between them, as in filtro.cpf")
    return path


def _as_text(version: object) -> object:
    # YAML reads an unquoted 1.2 as a number.
    return str(version) if isinstance(version, float) else version


ElementPath = Annotated[str, AfterValidator(_check_path)]
"""Local names of XML elements, outermost first, with dots between them; `@name` is an attribute."""
Version = Annotated[Literal["1.1", "1.2"], BeforeValidator(_as_text, json_schema_input_type=str | float)]


class Wsdl(AdapterSettings):
    """Where the WSDL is: one of the two."""

    file: TenantFile | None = Field(
        None, description="A file in config/wsdl/<tenant>/; what it imports lies in the same folder or below it."
    )
    path: str | None = Field(
        None,
        min_length=1,
        description="Appended to upstream.url ('?wsdl'), or a whole address of the same origin; "
        "fetched with the source's own credentials.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.file is None) == (self.path is None):
            raise ValueError("give either file (a WSDL on disk) or path (where the source shows it, such as '?wsdl')")
        return self


class SecuritySettings(AdapterSettings):
    """WS-Security: a UsernameToken in every message."""

    username: str = Field(min_length=1, description="The user.")
    password: TenantSecret
    digest: bool = Field(False, description="Send a digest (PasswordDigest) instead of the password (PasswordText).")
    timestamp: bool = Field(False, description="Add a Timestamp, good for five minutes; the clocks must agree.")


class SessionSettings(AdapterSettings):
    """A login operation of the same WSDL, whose token goes with every message."""

    operation: str = Field(min_length=1, description="The operation that logs in.")
    parameters: dict[ElementPath, str] = Field(default_factory=dict, description="Path in its input -> a constant.")
    secrets: dict[ElementPath, TenantSecret] = Field(
        default_factory=dict, description="Path in its input -> a secret constant (!env or !file)."
    )
    token: ElementPath = Field(description="Path from its response element to the token.")
    header: ElementPath | None = Field(None, description="Where the token goes: path of a SOAP header.")
    parameter: ElementPath | None = Field(None, description="Where the token goes: path in the operation's input.")
    ended: list[str] = Field(
        default_factory=list,
        description="Fault codes, or words of a fault's text, that say that the session has ended.",
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.header is None) == (self.parameter is None):
            raise ValueError("give either header or parameter: where the token goes")
        return self


class SaveSettings(AdapterSettings):
    """The operation of the same WSDL that saves a prospect."""

    operation: str = Field(min_length=1, description="The operation, spelled as in the WSDL.")
    parameters: dict[ElementPath, PersonTemplate] = Field(
        min_length=1,
        description="Path in its input -> text with holes: search fields, `{person.name}`, `{form.<field>}`; or a constant.",
    )
    secrets: dict[ElementPath, TenantSecret] = Field(
        default_factory=dict, description="Path in its input -> a secret constant (!env or !file)."
    )
    soap_action: str | None = Field(None, description="Sent instead of the action that the WSDL names.")
    result: ElementPath | None = Field(
        None, description="Path from its response element to what says that he is saved; without it its only value."
    )
    says: str = Field("true", min_length=1, description="What is said there then; anything else is a refusal.")


class SoapSettings(AdapterSettings):
    """How the operation is found in the WSDL, what goes into it, and where the records are in its reply."""

    wsdl: Wsdl = Field(description="Where the WSDL is: {file: name.wsdl} or {path: '?wsdl'}.")
    preset: Literal["encontact"] | None = Field(
        None, description="A known contract: encontact (give wsdl and search; operation is Pesquisar)."
    )
    search: tuple[FieldName, ...] = Field(
        (), description="With a preset: the search fields that the operation has parameters for, named alike."
    )
    operation: str = Field("", description="The operation to call, spelled as in the WSDL; a preset names it itself.")
    service: str | None = Field(None, description="Only where several services of the WSDL have the operation.")
    port: str | None = Field(None, description="Only where several ports of the WSDL have the operation.")
    version: Version | None = Field(None, description="SOAP version; without it 1.1 where the WSDL offers both.")
    soap_action: str | None = Field(None, description="Sent instead of the action that the WSDL names.")
    parameters: dict[ElementPath, FieldTemplate] = Field(
        default_factory=dict,
        description="Path in the operation's input -> text with {search_field} holes, or a constant.",
    )
    secrets: dict[ElementPath, TenantSecret] = Field(
        default_factory=dict,
        description="Path in the operation's input -> a secret constant (!env or !file), for services with a login inside.",
    )
    headers: dict[ElementPath, str] = Field(
        default_factory=dict, description="Path of a SOAP header, its element's name first -> a constant."
    )
    header_secrets: dict[ElementPath, TenantSecret] = Field(
        default_factory=dict, description="Path of a SOAP header -> a secret constant (!env or !file)."
    )
    header_namespace: str | None = Field(
        None, min_length=1, description="Namespace of the SOAP headers that the WSDL does not declare."
    )
    security: SecuritySettings | None = Field(None, description="WS-Security: a UsernameToken in every message.")
    session: SessionSettings | None = Field(None, description="A login whose token goes with every message.")
    records: ElementPath | None = Field(
        None, description="Path from the response element to the records; without it they are recognised."
    )

    save: SaveSettings | None = Field(
        None, description="How a prospect is saved (`prospects.load.source`); without it the source is read only."
    )

    @property
    def fields(self) -> frozenset[str]:
        """The search fields that the parameters mention."""
        return frozenset(self.search).union(*map(holes, self.parameters.values()))

    @model_validator(mode="after")
    def _check_preset(self) -> Self:
        if self.preset is None:
            if self.search:
                raise ValueError("search goes with a preset; without one, write parameters")
            if not self.operation:
                raise ValueError("give operation: the name of one in the WSDL")
            if not self.parameters:
                raise ValueError("give parameters: where the search fields go in the operation's input")
        elif not self.search:
            raise ValueError("give search: the search fields that the operation has parameters for, as in [nome, cpf]")
        return self

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        if not self.fields:
            raise ValueError("no parameter holds a search field; write one as {cpf}")
        session = self.session
        _check_paths(
            [*self.parameters, *self.secrets, *_given(session.parameter if session else None)],
            "parameters and in secrets",
        )
        _check_paths(
            [*self.headers, *self.header_secrets, *_given(session.header if session else None)],
            "headers and in header_secrets",
        )
        return self

    @model_validator(mode="after")
    def _check_operation(self, info: ValidationInfo) -> Self:
        """A WSDL on disk is looked into when the tenant is loaded; one at the source, by the first lookup."""
        if self.wsdl.file is not None and self.wsdl.file.is_absolute() and (info.context or {}).get(SEARCH_FIELDS):
            from gateway_soap.request import login_message, lookup_message

            messages = [lookup_message(self), *([login_message(self, self.session)] if self.session else [])]
            if self.save is not None:
                messages.append(lookup_message(as_saving(self, self.save)))
            try:
                _look_into(self.wsdl.file, [message.place for message in messages])
            except SourceError as error:
                raise ValueError(str(error)) from error
        return self


def as_saving(settings: SoapSettings, save: SaveSettings) -> SoapSettings:
    """The same service, with the operation in use that saves."""
    return settings.model_copy(
        update={
            "operation": save.operation,
            "parameters": save.parameters,
            "secrets": save.secrets,
            "soap_action": save.soap_action,
            "search": (),
            "records": None,
            "save": None,
        }
    )


def _look_into(file: Path, places: Sequence[Place]) -> None:
    """Raises Misconfigured where the WSDL cannot be read, or does not have these operations."""
    from gateway_soap.documents import from_folder
    from gateway_soap.memory import LARGE, give_back

    documents = from_folder(file)
    size, description = documents.size, documents.description
    for place in places:
        description.choose(place)
    if size > LARGE:
        del documents, description
        give_back()


def _given(path: str | None) -> list[str]:
    return [path] if path else []


def _check_paths(paths: list[str], where: str) -> None:
    """No path twice, and none within another. Raises ValueError."""
    for path in paths:
        if paths.count(path) > 1:
            raise ValueError(f"'{path}' stands in {where}; leave it in one of them")
        inner = next((other for other in paths if other.startswith(f"{path}.")), None)
        if inner is not None:
            raise ValueError(f"'{path}' cannot have a text of its own and hold '{inner}'")
