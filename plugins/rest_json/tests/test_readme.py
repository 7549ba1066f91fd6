"""The README's YAML is accepted by the gateway as it stands."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import indent

import pytest
from gateway_rest_json import REST_JSON
from gateway_rest_json.settings import RequestSettings, RestJsonSettings

from gateway.config.gateway_file import GatewaySettings
from gateway.config.registry import TenantRegistry

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
ENVIRONMENT = {"ACME_CRM_TOKEN": "token", "ACME_CRM_PASSWORD": "password"}
TENANT = """
tenant: acme
name: Acme Seguros
locale: pt-BR
country: BR
time_zone: America/Sao_Paulo
search_fields:
  cpf:   {kind: cpf, label: CPF}
  email: {kind: email, label: E-mail}
  fone:  {kind: phone, label: Telefone}
  nome:  {kind: name, label: Nome}
unique_key: {name: email, kind: email, of: person}
routes:
  default: {sources: [crm], strategy: first}
"""
SOURCE = """
sources:
  crm:
    adapter: rest_json
    upstream: {url: https://api.acme.example}
    mapping: {unique_key: email, name: nome, emails: email, documents: {cpf: documento}, phones: telefones}
"""


def tenant_with(source: str) -> str:
    """A tenant with that source, and with those search fields alone that it has holes for."""
    lines = TENANT.splitlines()
    unused = [line for line in lines if (name := re.match(r"  (\w+): +\{kind", line)) and f"{{{name[1]}" not in source]
    return "\n".join(line for line in lines if line not in unused) + f"\n{source}"


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_valid(block: str, tmp_path: Path) -> None:
    (tmp_path / "tenants").mkdir()
    source = block if block.startswith("sources:") else SOURCE + indent(block, "    ")
    (tmp_path / "tenants" / "acme.yaml").write_text(tenant_with(source), "utf-8")
    types = {REST_JSON.name: REST_JSON}
    registry = TenantRegistry(tmp_path, types, {}, GatewaySettings(), environ=ENVIRONMENT)
    assert not registry.problems, registry.problems["acme"]


def test_every_key_is_explained() -> None:
    table = README.partition("## Settings\n")[2].partition("\n### ")[0]
    explained = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))
    assert explained == RestJsonSettings.model_fields.keys() | RequestSettings.model_fields.keys()
