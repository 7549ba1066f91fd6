"""What a tenant's YAML says under `settings:` of a SOAP source."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from gateway.adapter import AdapterSettings, FieldTemplate, TenantFile, TenantSecret, holes

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


class SoapSettings(AdapterSettings):
    """How the operation is found in the WSDL, what goes into it, and where the records are in its reply."""

    wsdl: Wsdl = Field(description="Where the WSDL is: {file: name.wsdl} or {path: '?wsdl'}.")
    operation: str = Field(min_length=1, description="The operation to call, spelled as in the WSDL.")
    service: str | None = Field(None, description="Only where several services of the WSDL have the operation.")
    port: str | None = Field(None, description="Only where several ports of the WSDL have the operation.")
    version: Version | None = Field(None, description="SOAP version; without it 1.1 where the WSDL offers both.")
    soap_action: str | None = Field(None, description="Sent instead of the action that the WSDL names.")
    parameters: dict[ElementPath, FieldTemplate] = Field(
        min_length=1,
        description="Path in the operation's input -> text with {search_field} holes, or a constant.",
    )
    secrets: dict[ElementPath, TenantSecret] = Field(
        default_factory=dict,
        description="Path in the operation's input -> a secret constant (!env or !file), for services with a login inside.",
    )
    records: ElementPath | None = Field(
        None, description="Path from the response element to the records; without it they are recognised."
    )

    @property
    def fields(self) -> frozenset[str]:
        """The search fields that the parameters mention."""
        return frozenset().union(*map(holes, self.parameters.values()))

    @model_validator(mode="after")
    def _check_parameters(self) -> Self:
        if not self.fields:
            raise ValueError("no parameter holds a search field; write one as {cpf}")
        paths = [*self.parameters, *self.secrets]
        for path in paths:
            if paths.count(path) > 1:
                raise ValueError(f"'{path}' stands in parameters and in secrets; leave it in one of them")
            inner = next((other for other in paths if other.startswith(f"{path}.")), None)
            if inner is not None:
                raise ValueError(f"'{path}' cannot have a text of its own and hold '{inner}'")
        return self
