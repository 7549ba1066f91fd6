"""`gateway soap inspect` and `gateway soap pin`, as the command line runs them."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from gateway_soap import commands
from gateway_soap.documents import from_folder
from gateway_soap.pin import write_pinned
from gateway_soap.settings import SoapSettings
from typer.testing import CliRunner

from gateway.cli.main import make_cli
from plugins.soap.tests.sources import TEXT, saved
from plugins.soap.tests.test_documents import ALONE, importing
from tests.examples.large_wsdl import large_wsdl
from tests.examples.soap_service import WSDL
from tests.peers.soap_styles import STYLES
from tests.peers.soap_styles import wsdl as of_style

Ran = tuple[int, str]
Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str) -> Ran:
        result = CliRunner().invoke(make_cli("soap"), ["soap", *arguments])
        return result.exit_code, result.output

    return run


# ---------------------------------------------------------------------------------------------- inspect


def test_services_ports_operations_and_fields_are_listed(run: Run) -> None:
    status, said = run("inspect", str(WSDL))
    assert status == 0
    for line in (
        "ClientesService / ClientesPort  (SOAP 1.1)",
        "ClientesService / ClientesPort12  (SOAP 1.2)",
        "  BuscarCliente  (document/literal)",
    ):
        assert line in said.splitlines()
    assert "in:  filtro.cpf, filtro.cnpj" in said
    assert "out: lista.cliente.codigo, lista.cliente.nome" in said


@pytest.mark.parametrize(
    ("style", "said"),
    [
        (
            "rpc-encoded",
            ["in:  cpf, nome", "out: lista.item.nome, lista.item.cpf, lista.item.email, lista.item.plano.nome"],
        ),
        ("rpc-literal", ["in:  cpf, nome", "out: lista.cliente.nome, lista.cliente.cpf"]),
        ("document-wrapped", ["in:  cpf, nome", "out: lista.cliente.nome, lista.cliente.cpf"]),
        ("document-bare", ["in:  cpf, nome", "out: cliente.nome, cliente.cpf"]),
    ],
)
def test_every_style_is_listed_as_settings_want_its_paths(
    run: Run, tmp_path: Path, style: str, said: list[str]
) -> None:
    assert style in STYLES
    status, output = run("inspect", saved(tmp_path, "x.wsdl", of_style(style, "1.2")))
    assert status == 0
    assert [line for line in said if line not in output] == []


def test_the_yaml_of_a_source_is_written_and_is_valid(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "fonte.yaml"
    status, _ = run("inspect", str(WSDL), "--operation", "BuscarCliente", "--write", str(file))
    assert status == 0
    source = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]["erp"]
    settings = SoapSettings.model_validate(source["settings"], strict=False)
    assert settings.parameters["filtro.cpf"] == "{cpf}"
    assert settings.records == "lista.cliente"
    assert source["mapping"]["unique_key"] == "email"
    assert source["mapping"]["documents"] == {"cpf": "cpf", "cnpj": "cnpj"}
    assert source["mapping"]["phones"] == "telefones.telefone"
    status, said = run("inspect", str(WSDL), "--operation", "BuscarCliente", "--write", str(file))
    assert status == 2
    assert "is there already" in said


def test_what_is_required_and_named_like_no_search_field_is_a_remark(run: Run, tmp_path: Path) -> None:
    text = TEXT.replace(
        '<xsd:element name="cpf"', '<xsd:element name="filial" type="xsd:int"/><xsd:element name="cpf"', 1
    )
    status, said = run("inspect", saved(tmp_path, "x.wsdl", text), "--operation", "BuscarCliente")
    assert status == 0
    assert '# filtro.filial: ""   # TODO required (int): a constant' in said


def test_a_name_of_several_lines_stays_in_its_remark(run: Run, tmp_path: Path) -> None:
    text = TEXT.replace(
        '<xsd:element name="cpf"',
        '<xsd:element name="filial&#10;evil: [1" type="xsd:int"/><xsd:element name="cpf"',
        1,
    )
    file = tmp_path / "fonte.yaml"
    status, _ = run("inspect", saved(tmp_path, "x.wsdl", text), "--operation", "BuscarCliente", "--write", str(file))
    assert status == 0
    source = yaml.safe_load(file.read_text(encoding="utf-8"))["sources"]["erp"]
    assert source["settings"]["records"] == "lista.cliente"


def test_a_large_wsdl_is_listed_within_two_seconds(run: Run, tmp_path: Path) -> None:
    file = saved(tmp_path, "large.wsdl", large_wsdl())
    began = time.process_time()
    status, said = run("inspect", file)
    assert time.process_time() - began < 2
    assert status == 0
    assert sum(line.startswith("  Get") for line in said.splitlines()) == 400


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["falta.wsdl"], 1, "The WSDL's file falta.wsdl cannot be read (No such file or directory)"),
        ([str(WSDL), "--operation", "Buscar"], 1, "Did you mean 'BuscarCliente'?"),
        ([str(WSDL), "--write", "x.yaml"], 2, "name the operation to write a source for"),
        (["http://127.0.0.1:9/x?wsdl"], 1, "lies in a private network. Allow it with --network"),
        (["http://127.0.0.1:9/x?wsdl", "--network", "local"], 1, "A network is written as 10.0.0.0/8"),
        (["http://127.0.0.1:9/x?wsdl", "--network", "127.0.0.0/8"], 1, "No connection to the source"),
    ],
)
def test_what_cannot_be_shown_is_told_in_one_sentence(run: Run, arguments: list[str], status: int, says: str) -> None:
    ended, said = run("inspect", *arguments)
    assert ended == status
    assert says in " ".join(said.replace("│", " ").split())
    assert "Traceback" not in said


def test_a_source_that_never_shows_its_wsdl_is_given_up(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_LONGEST", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/?wsdl"
        status, said = run("inspect", address, "--network", "127.0.0.0/8")
    assert status == 1
    assert "The WSDL did not come whole within" in said


def test_a_wsdl_without_an_operation_is_told(run: Run, tmp_path: Path) -> None:
    text = TEXT[: TEXT.index("<wsdl:service")] + "</wsdl:definitions>"
    status, said = run("inspect", saved(tmp_path, "x.wsdl", text))
    assert status == 1
    assert "The WSDL has no SOAP operation" in said


# ---------------------------------------------------------------------------------------------- pin

GATEWAY = "tenants: {acme: {networks: [127.0.0.0/8]}}\n"
TENANT = """
tenant: acme
name: Acme
country: BR
search_fields: {{cpf: {{kind: cpf, label: CPF}}}}
unique_key: {{name: cpf, kind: cpf}}
sources:
  erp:
    adapter: soap
    upstream: {{url: "{url}", auth: {{basic: {{user: gw, password: !env ACME_ERP}}}}}}
    settings:
      wsdl: {wsdl}
      operation: BuscarCliente
      parameters: {{filtro.cpf: "{{cpf}}"}}
    mapping: {{unique_key: cpf, name: nome, documents: {{cpf: cpf}}}}
routes: {{default: {{sources: [erp]}}}}
"""


@pytest.fixture
def config(tmp_path: Path, example: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tenant whose source is the example service, its WSDL fetched from it."""
    monkeypatch.setenv("ACME_ERP", "senha")
    folder = tmp_path / "config"
    (folder / "tenants").mkdir(parents=True)
    (folder / "gateway.yaml").write_text(GATEWAY, encoding="utf-8")
    tenant = TENANT.format(url=f"{example}/servicos/clientes", wsdl='{path: "?wsdl"}')
    (folder / "tenants" / "acme.yaml").write_text(tenant, encoding="utf-8")
    return folder


def test_a_sources_wsdl_is_pinned_and_can_be_served_from(run: Run, config: Path) -> None:
    status, said = run("pin", "acme", "erp", "--config", str(config))
    assert status == 0, said
    assert "Now let the source use it: wsdl: {file: erp.wsdl}" in said
    pinned = config / "wsdl" / "acme" / "erp.wsdl"
    assert [one.name for one in from_folder(pinned).description.offered()] == ["BuscarCliente"] * 2
    assert "senha" not in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["acme", "crm"], "There is no source 'crm'. The tenant has: erp."),
        (["nobody", "erp"], "There is no such tenant"),
    ],
)
def test_a_source_that_is_not_there_is_told(config: Path, run: Run, arguments: list[str], says: str) -> None:
    result = CliRunner().invoke(make_cli("soap"), ["soap", "pin", *arguments, "--config", str(config)])
    assert result.exit_code == 1
    assert says in str(result.exception) + result.output


def test_imports_are_written_beside_the_wsdl_under_names_of_their_own(tmp_path: Path) -> None:
    origin = tmp_path / "origem"
    (origin / "tipos").mkdir(parents=True)
    more = '<xsd:include schemaLocation="b.xsd"/>'
    saved(origin, "tipos/a.xsd", re.sub(r"(<xsd:schema[^>]*>)", rf"\1{more}", ALONE, count=1))
    saved(origin, "tipos/b.xsd", '<x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"/>')
    documents = from_folder(Path(saved(origin, "x.wsdl", importing("tipos/a.xsd"))))
    files = write_pinned(documents, tmp_path / "fixo", "erp")
    assert sorted(file.name for file in files) == ["erp-1-a.xsd", "erp-2-b.xsd", "erp.wsdl"]
    again = from_folder(files[0])
    assert sorted(Path(address).name for address in again.scanned) == ["erp-1-a.xsd", "erp-2-b.xsd", "erp.wsdl"]
    assert len(again.description.offered()) == 2
