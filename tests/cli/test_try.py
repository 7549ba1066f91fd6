"""`gateway try`: what a recorded reply comes to, without any network and without secrets."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.examples.people import REST, SOAP, XML, known_to
from tests.examples.rest_api import entry_of
from tests.examples.soap_service import answer
from tests.examples.staging import ROOT
from tests.examples.xml_page import customers, page

AURORA, BOREAL, CERRADO, UNIAO = (
    str(ROOT / "config/tenants" / f"{name}.yaml") for name in ("aurora", "boreal", "cerrado", "uniao")
)
CARLOS = [person for person in known_to(XML) if person.cpf == "12345678909"]
WSDL = ROOT / "config/wsdl/boreal/clientes.wsdl"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing resolves, nothing connects; no secret is set."""

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("try touched the network")

    monkeypatch.setattr(socket, "getaddrinfo", refused)
    monkeypatch.setattr(socket.socket, "connect", refused)
    for name in ("AURORA_PAGE_PASSWORD", "BOREAL_SERVICE_PASSWORD", "CERRADO_API_TOKEN", "GATEWAY_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """The example page's reply about Carlos."""
    file = tmp_path / "reply.xml"
    file.write_bytes(page(customers(CARLOS)))
    return file


def written(folder: Path, body: bytes) -> str:
    file = folder / "sample"
    file.write_bytes(body)
    return str(file)


def test_every_step_from_the_raw_record_to_the_customer_is_shown(run: Run, sample: Path) -> None:
    ran = run("try", AURORA, "--sample", str(sample))
    assert (ran.status, ran.err) == (0, "")
    shown = [" ".join(line.replace("│", " ").split()) for line in ran.out.splitlines()]
    for line in (
        "aurora/pagina, read by xml_get",
        "record 1 of 1",
        "cpf 123.456.789-09",
        "phones fone, celular, recado (11) 98765-4321",
        "documents.cnpj cnpj nothing",
        "unique key (email): carlos@example.com",
        "phone: +5511987654321",
        "READ 1 of 1 records became customers",
    ):
        assert any(line in text for text in shown), (line, ran.out)


def test_each_bundled_adapter_reads_its_sample_as_it_would_the_sources_reply(run: Run, tmp_path: Path) -> None:
    soap = written(tmp_path, answer(known_to(SOAP)))
    assert json.loads(run("try", BOREAL, "--sample", soap, "--json").out)["adapter"] == "soap"
    rest = written(tmp_path, json.dumps({"data": {"items": [entry_of(one).record for one in known_to(REST)]}}).encode())
    told = json.loads(run("try", CERRADO, "--sample", rest, "--json").out)
    assert len(told["records"]) == len(known_to(REST))
    assert told["records"][0]["customer"]["sources"] == ["api"]


def test_a_wsdl_that_the_source_would_show_is_given_beside_the_sample(run: Run, tmp_path: Path) -> None:
    soap = written(tmp_path, answer(known_to(SOAP)))
    options = ("try", UNIAO, "--source", "servico", "--sample", soap)
    assert run(*options, "--also", f"?wsdl={WSDL}").status == 0
    without = run(*options)
    assert without.status == 5
    assert 'WSDL, record that too and give it with --also PATH=FILE (--also "?wsdl=service.wsdl").' in without.err


TWO_PAGES = """
tenant: acme
name: Acme
country: BR
search_fields: {nome: {kind: name, label: Nome}}
unique_key: {name: email, kind: email}
sources:
  api:
    adapter: rest_json
    upstream: {url: https://api.acme.example/v1, auth: {bearer: {token: !env ACME_TOKEN}}}
    settings:
      path: customers
      query: {nome: "{nome}"}
      records: items
      pages: {by: next, at: next}
      detail: {path: "customers/{id}"}
    mapping: {unique_key: email, name: nome}
routes: {default: {sources: [api]}}
"""


def test_further_pages_and_details_are_given_beside_the_sample(run: Run, tmp_path: Path) -> None:
    address = "https://api.acme.example/v1/customers?nome=Ana&page=2"
    replies: dict[str, object] = {
        "customers?page=2": {"items": [{"id": "b-2"}]},
        "customers/1": {"id": 1, "nome": "Ana Souza", "email": "ana@example.com"},
        "/v1/customers/b-2": {"id": "b-2", "nome": "Ana Lima", "email": "lima@example.com"},
    }
    (tmp_path / "acme.yaml").write_text(TWO_PAGES, "utf-8")
    options = ["try", str(tmp_path / "acme.yaml"), "--json", "-s", "nome=Ana"]
    options += ["--sample", written(tmp_path, json.dumps({"items": [{"id": 1}], "next": address}).encode())]
    for number, (path, reply) in enumerate(replies.items()):
        file = tmp_path / f"{number}.json"
        file.write_text(json.dumps(reply), "utf-8")
        options += ["--also", f"{path}={file}"]
    told = json.loads(run(*options).out)
    assert [record["customer"]["name"] for record in told["records"]] == ["Ana Souza", "Ana Lima"]


def test_with_a_search_every_customer_is_verified_and_the_rule_that_dropped_one_is_named(
    run: Run, tmp_path: Path
) -> None:
    everybody = written(tmp_path, page(customers(known_to(XML))))
    ran = run("try", AURORA, "--sample", everybody, "-s", "cpf=123.456.789-09", "--json")
    told = json.loads(ran.out)
    verdicts = [record["verdict"] for record in told["records"]]
    assert (ran.status, verdicts.count("verified")) == (0, 1)
    assert told["search"]["dropped"] == verdicts.count("dropped") > 20
    assert "cpf: the record's documents is another" in told["search"]["reasons"]


def test_a_sample_of_somebody_else_is_a_mismatch(run: Run, sample: Path) -> None:
    ran = run("try", AURORA, "--sample", str(sample), "-s", "cpf=012.345.678-90")
    assert ran.status == 5
    assert "FAILED (mismatch)  The source answered with customers of whom none agrees" in ran.out


@pytest.mark.parametrize(
    ("body", "options", "status", "says"),
    [
        (b"<clientes/>", (), 4, "NOBODY  the reply says that the source knows nobody"),
        (page(customers(())), (), 4, "NOBODY"),
        (b"<html><body>login</body></html>", (), 5, "FAILED (html_page)"),
        (b"", (), 5, "FAILED (empty_reply)"),
        (b"<clientes><cliente", (), 5, "FAILED (truncated)"),
        (b"<clientes/>", ("--status", "503"), 5, "FAILED (server_error)"),
        (b"<clientes/>", ("--status", "404"), 5, "FAILED (unexpected_status)"),
        (
            b'<clientes><cliente nome="Ana" cpf="12345678909"/></clientes>',
            (),
            5,
            "FAILED (unreadable_records)  Records came, but none could be mapped.",
        ),
    ],
)
def test_a_reply_that_is_no_customer_says_what_it_is(
    run: Run, tmp_path: Path, body: bytes, options: tuple[str, ...], status: int, says: str
) -> None:
    ran = run("try", AURORA, "--sample", written(tmp_path, body), *options)
    assert ran.status == status
    assert says in ran.out


def test_what_was_repaired_refused_or_not_found_is_said(run: Run, tmp_path: Path) -> None:
    body = '<clientes><cliente nome="João" email="j@example.com"/><cliente nome="Ana"/></clientes>'.encode("cp1252")
    ran = run("try", AURORA, "--sample", written(tmp_path, body), "--content-type", "text/xml; charset=utf-8")
    assert "warning: The reply says utf-8, but is not: read as windows-1252." in ran.out
    assert "refused: The record has no unique key." in ran.out
    assert "found nothing in any record: documents.cpf, documents.cnpj, phones" in ran.out
    assert "1 of 2 records became customers; 1 refused" in ran.out


@pytest.mark.parametrize("extra", [(), ("--json",)])
def test_masked_shows_no_value(run: Run, sample: Path, extra: tuple[str, ...]) -> None:
    out = run("try", AURORA, "--sample", str(sample), "--masked", *extra).out
    assert "***.***.***-09" in out
    for value in ("12345678909", "123.456.789-09", "carlos@example.com", "Nogueira", "98765"):
        assert value not in out


def test_a_draft_may_lie_anywhere_and_have_any_name(run: Run, sample: Path, tmp_path: Path) -> None:
    draft = tmp_path / "first try.yaml"
    draft.write_text(Path(AURORA).read_text("utf-8"), "utf-8")
    assert run("try", str(draft), "--sample", str(sample)).status == 0


@pytest.mark.parametrize(
    ("options", "status", "says"),
    [
        (("--search", "cpf=1"), 2, "The search field 'cpf' is not a valid cpf_cnpj"),
        (("--search", "cpv=1"), 2, "Did you mean 'cpf'?"),
        (("--source", "erp"), 2, "there is no source 'erp'. Known: pagina"),
        (("--also", "?wsdl"), 2, "--also is written PATH=FILE"),
    ],
)
def test_a_wrong_command_is_told_what_to_write(
    run: Run, sample: Path, options: tuple[str, ...], status: int, says: str
) -> None:
    ran = run("try", AURORA, "--sample", str(sample), *options)
    assert ran.status == status
    assert says in " ".join(ran.err.replace("│", " ").split())


def test_several_sources_are_told_apart_by_name(run: Run, sample: Path) -> None:
    ran = run("try", UNIAO, "--sample", str(sample))
    assert ran.status == 2
    assert "name one with --source: pagina, servico, api" in " ".join(ran.err.replace("│", " ").split())
    assert run("try", UNIAO, "--sample", str(sample), "--source", "pagina").status == 0


def test_what_is_wrong_with_the_file_is_listed_with_its_place(run: Run, sample: Path, tmp_path: Path) -> None:
    file = tmp_path / "acme.yaml"
    file.write_text(Path(AURORA).read_text("utf-8").replace("phones:", "fones:"), "utf-8")
    ran = run("try", str(file), "--sample", str(sample))
    assert ran.status == 1
    assert "acme.yaml:36:7: Unknown key 'fones'. Did you mean" in ran.err
    file.write_text("a: 1\n", "utf-8")
    assert "This is no tenant's file: it has no 'tenant: <slug>'." in run("try", str(file), "--sample", str(sample)).err
