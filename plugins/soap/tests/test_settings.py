"""What a tenant's settings are refused for, and what importing the plugin costs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from gateway_soap import ADAPTER, gateway_adapters
from gateway_soap.request import lookup_message
from gateway_soap.settings import SoapSettings
from pydantic import ValidationError

from gateway.adapter import SEARCH_FIELDS, Json
from plugins.soap.tests.sources import TEXT, saved, settings
from tests.examples.soap_service import WSDL


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"wsdl": {}}, "give either file .* or path"),
        ({"wsdl": {"file": "a.wsdl", "path": "?wsdl"}}, "give either file .* or path"),
        ({"wsdl": {"flie": "a.wsdl"}}, "flie"),
        ({"wsdl": "clientes.wsdl"}, "should be an object"),
        ({"operation": ""}, "give operation: the name of one in the WSDL"),
        ({"version": "1.3"}, "'1.1' or '1.2'"),
        ({"version": 1.3}, "'1.1' or '1.2'"),
        ({"parameters": {}}, "give parameters: where the search fields go"),
        ({"parameters": {"filtro.cpf": "12345678909"}}, r"no parameter holds a search field; write one as \{cpf\}"),
        ({"parameters": {"filtro/cpf": "{cpf}"}}, "local names with dots"),
        (
            {"parameters": {"filtro": "{cpf}", "filtro.cpf": "{cpf}"}},
            "cannot have a text of its own and hold 'filtro.cpf'",
        ),
        ({"parameters": {"a.cpf": "{cpf}"}, "secrets": {"a.cpf": "x"}}, "stands in parameters and in secrets"),
        ({"parameters": {"filtro.cpf": "{cpf"}}, "a brace has no partner"),
        ({"records": "lista[0].cliente/x"}, "local names with dots"),
        ({"record": "lista"}, "record"),
        ({"timeout": 3}, "timeout"),
        ({"headers": {"A.b": "1"}, "header_secrets": {"A.b": "x"}}, "stands in headers and in header_secrets"),
        ({"headers": {"A": "1", "A.b": "2"}}, "'A' cannot have a text of its own and hold 'A.b'"),
        ({"security": {"username": "gw"}}, "password"),
        ({"security": {"username": "gw", "password": "x", "kind": "digest"}}, "kind"),
        ({"session": {"operation": "Login", "token": "t"}}, "give either header or parameter: where the token goes"),
        (
            {"session": {"operation": "Login", "token": "t", "parameter": "filtro.cpf"}},
            "'filtro.cpf' stands in parameters and in secrets",
        ),
        ({"preset": "encontact"}, r"give search: .* as in \[nome, cpf\]"),
        ({"preset": "outro"}, "'encontact'"),
        ({"search": ["cpf"]}, "search goes with a preset"),
    ],
)
def test_settings_that_do_not_fit_are_refused(given: dict[str, Json], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        settings(**given)


def test_a_search_field_that_the_tenant_does_not_have_is_named() -> None:
    given = '{"wsdl": {"path": "?wsdl"}, "operation": "X", "parameters": {"cpf": "{cfp}"}}'
    with pytest.raises(ValidationError, match=r"'cfp' is not a search field of this tenant\. Did you mean 'cpf'\?"):
        SoapSettings.model_validate_json(given, context={SEARCH_FIELDS: frozenset({"cpf", "nome"})})


def test_a_version_may_be_written_without_quotes() -> None:
    assert settings(version=1.2).version == "1.2"


def test_the_schema_names_every_key() -> None:
    properties = SoapSettings.model_json_schema()["properties"]
    assert all("description" in described or "$ref" in described for described in properties.values())


def test_a_secret_is_in_no_repr() -> None:
    session = {"operation": "Login", "secrets": {"senha": "s3nha"}, "token": "t", "header": "Sessao.chave"}
    given = settings(
        secrets={"filtro.senha": "s3nha"},
        header_secrets={"Autenticacao.senha": "s3nha"},
        security={"username": "gw", "password": "s3nha"},
        session=session,
    )
    assert "s3nha" not in repr(given) + repr(lookup_message(given)) + repr(lookup_message(given).security)


def test_the_plugin_offers_its_adapter_type() -> None:
    assert list(gateway_adapters()) == [ADAPTER]
    assert ADAPTER.name == "soap"


def test_importing_the_plugin_imports_neither_zeep_nor_lxml() -> None:
    program = (
        "import sys, gateway_soap; gateway_soap.gateway_adapters();"
        "gateway_soap.ADAPTER.settings.model_json_schema();"
        "print(sorted({'zeep', 'lxml', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_making_an_adapter_does_not_import_zeep() -> None:
    program = (
        "import sys, gateway_soap, gateway_soap.adapter, gateway_soap.loading;"
        "print(sorted({'zeep', 'requests'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_readmes_source_has_valid_settings() -> None:
    readme = Path(__file__).parents[1] / "README.md"
    text = readme.read_text(encoding="utf-8").partition("```yaml\n")[2].partition("```")[0]
    source = yaml.safe_load(text.replace("!env ", ""))["sources"]["erp"]
    fields = frozenset({"cpf", "nome", "fone"})
    checked = SoapSettings.model_validate_json(json.dumps(source["settings"]), context={SEARCH_FIELDS: fields})
    assert checked.fields == fields


@pytest.mark.parametrize(
    ("text", "operation", "says"),
    [
        (
            TEXT[: TEXT.index("<wsdl:service")] + "</wsdl:definitions>",
            "BuscarCliente",
            "The WSDL has no SOAP operation",
        ),
        (TEXT, "BuscaCliente", "Did you mean 'BuscarCliente'"),
        (TEXT[:-30], "BuscarCliente", "ended before it was whole"),
    ],
)
def test_a_wsdl_on_disk_is_looked_into_when_the_tenant_is_loaded(
    tmp_path: Path, text: str, operation: str, says: str
) -> None:
    given = {"operation": operation, "parameters": {"filtro.cpf": "{cpf}"}}
    context = {SEARCH_FIELDS: frozenset({"cpf"})}
    broken = {**given, "wsdl": {"file": saved(tmp_path, "x.wsdl", text)}}
    with pytest.raises(ValidationError, match=says):
        SoapSettings.model_validate_json(json.dumps(broken), context=context)
    well = {**given, "operation": "BuscarCliente", "wsdl": {"file": str(WSDL)}}
    assert SoapSettings.model_validate_json(json.dumps(well), context=context).fields == {"cpf"}


def test_every_example_of_the_readme_is_valid() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    blocks = [block.partition("```")[0] for block in readme.split("```yaml\n")[1:]]
    shown = [
        yaml.safe_load(block.replace("!env ", ""))["settings"] for block in blocks if block.startswith("settings:")
    ]
    assert len(shown) == 4
    for given in shown:
        SoapSettings.model_validate_json(json.dumps(given), context={SEARCH_FIELDS: frozenset({"cpf", "nome"})})


def test_the_readme_names_every_setting() -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    assert [name for name in SoapSettings.model_fields if f"`{name}`" not in readme] == []
