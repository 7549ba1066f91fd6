"""A configuration folder as an integrator has it: the example tenant of the design, and a plugin that takes everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from gateway.adapter import AdapterSettings, AdapterType, FieldName, FieldTemplate, TenantFile, TenantSecret
from gateway.config.gateway_file import GatewaySettings
from gateway.config.registry import TenantRegistry
from gateway.core.errors import ConfigurationError
from gateway.core.tenant import Tenant

SECRET = "s3nh4-muito-secreta"
"""Planted where secrets belong; it must never stand in an error."""

ACME = """\
tenant: acme
name: Acme Seguros
locale: pt-BR
country: BR
time_zone: America/Sao_Paulo
search_fields:
  cpf:    {kind: cpf,   label: CPF}
  nome:   {kind: name,  label: Nome}
  email:  {kind: email, label: E-mail}
  fone:   {kind: phone, label: Telefone}
  pedido: {kind: code,  label: Nº do pedido, matches: attributes.pedido}
unique_key: {name: email, kind: email, of: person}
budget: 4s
sources:
  crm:
    adapter: page
    upstream:   {url: https://crm.acme.example/integracao, auth: {basic: {user: gw, password: !env ACME_CRM}}}
    resilience: {timeout: 2s, retries: 1, concurrency: 8}
    fields:     {cpf: {as: masked}, fone: {as: [e164, national]}}
    settings:   {query: {nome: nome, doc: cpf, tel: fone}, encoding: iso-8859-1}
    nobody:     [empty_body]
    mapping:
      unique_key: email
      name: nome
      documents: {cpf: cpf}
      emails: [email, email2]
      phones: [fone, celular]
      birth_date: {path: nascimento, date: "%d/%m/%Y"}
      attributes: {plano: plano.nome, pedido: ultimo_pedido}
  erp:
    adapter: page
    upstream: {url: https://erp.acme.example/api}
    mapping: {unique_key: contato.email, name: nome}
routes:
  default: {sources: [crm, erp], strategy: first}
  cpf:     {sources: [erp, crm], strategy: merge}
not_found: {customer_type: Não Cliente, prospect: keyed}
stored_fields: [name, emails, phones]
"""


class Shape(AdapterSettings):
    record: str = Field(description="Where a record is.")
    depth: int = 1


class PageSettings(AdapterSettings):
    """One setting of each sort that plugins have."""

    query: dict[str, FieldName] = Field(default_factory=dict, description="Parameter -> search field.")
    path: FieldTemplate = ""
    encoding: Literal["utf-8", "iso-8859-1"] = "utf-8"
    wsdl: TenantFile | None = None
    token: TenantSecret | None = None
    shape: str | Shape = "auto"
    statuses: frozenset[int] = frozenset()


PAGE = AdapterType("page", "A page", PageSettings, lambda settings, context: None)  # type: ignore[arg-type,return-value]
TYPES: dict[str, AdapterType[Any]] = {"page": PAGE}


@dataclass
class Folder:
    """A configuration folder, and what the registry is made with."""

    path: Path
    environ: dict[str, str] = field(default_factory=lambda: {"ACME_CRM": SECRET})
    gateway: GatewaySettings = field(default_factory=GatewaySettings)
    missing: dict[str, str] = field(default_factory=dict)

    def write(self, text: str, slug: str = "acme") -> Path:
        return self.put(f"tenants/{slug}.yaml", text)

    def put(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def registry(self, *, validate: bool = True) -> TenantRegistry:
        return TenantRegistry(self.path, TYPES, self.missing, self.gateway, environ=self.environ, validate=validate)

    def tenant(self, text: str = ACME, slug: str = "acme") -> Tenant:
        """The tenant of this text; whatever is wrong with it fails the test in words."""
        self.write(text, slug)
        registry = self.registry()
        assert not registry.problems, str(registry.problems)
        return registry.get(slug)

    def complaints(self, text: str, slug: str = "acme") -> list[str]:
        """Everything that is said against this text, each as `line:column: sentence`."""
        path = self.write(text, slug)
        error: ConfigurationError = self.registry().problems[slug]
        return [str(problem).removeprefix(f"{path}:").strip() for problem in error.problems]


def changed(*changes: tuple[str, str], text: str = ACME) -> str:
    """The text with each of its parts replaced; a part that is not there is the test's mistake."""
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return text
