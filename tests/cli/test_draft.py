"""`gateway draft`: from a real reply of each example system to a tenant that finds the same customers."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.cli.conftest import Run
from tests.examples.people import ALL, XML, known_to
from tests.examples.soap_service import NAMESPACE
from tests.examples.xml_page import customers, page
from tests.whole.running import House

PEOPLE = [
    person for person in known_to(XML) if person.systems == ALL and person.cpf and person.emails and not person.variants
]


@dataclass(frozen=True, slots=True)
class Case:
    """One system: where its reply about everybody comes from, what its shipped tenant is, and how it is asked."""

    adapter: str
    shipped: str
    port: int
    everybody: str
    path: str
    secret: str
    ask: Sequence[str]
    by: tuple[str, ...]

    def address(self, house: House, path: str) -> str:
        return f"http://127.0.0.1:{house.systems.ports[self.port]}{path}"


CASES = [
    Case(
        "xml_get", "aurora", 8101, "/everybody", "/clientes", "XML_PAGE_PASSWORD",
        ("doc=cpf", "nome=nome", "email=email", "tel=fone"), ("cpf", "nome", "email", "fone"),
    ),
    Case(
        "soap", "boreal", 8102, "/everybody", "/clientes", "SOAP_SERVICE_PASSWORD",
        ("filtro.cpf=cpf", "filtro.nome=nome", "filtro.email=email", "filtro.telefone=fone"),
        ("cpf", "nome", "email", "fone"),
    ),
    Case(
        "rest_json", "cerrado", 8103, "/everybody", "/v1/customers", "REST_API_TOKEN",
        ("document=cpf_cnpj", "name=nome", "email=email", "phone=fone"), ("cpf", "nome", "email", "fone"),
    ),
]  # fmt: skip


def recorded(case: Case, house: House, folder: Path) -> Path:
    """The system's own reply, as it comes over the wire."""
    secret = house.systems.secrets[case.secret]
    basic = "Basic " + b64encode(f"gw:{secret}".encode()).decode()
    headers = {"Authorization": f"Bearer {secret}" if case.adapter == "rest_json" else basic}
    message = None
    if case.adapter == "soap":
        headers["Content-Type"] = "text/xml; charset=utf-8"
        message = (
            '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
            f'<c:BuscarCliente xmlns:c="{NAMESPACE}"><c:filtro><c:nome>a</c:nome></c:filtro></c:BuscarCliente>'
            "</e:Body></e:Envelope>"
        ).encode()
    with urlopen(Request(case.address(house, case.everybody), data=message, headers=headers)) as reply:
        file = folder / "reply"
        file.write_bytes(reply.read())
    return file


def drafted(run: Run, case: Case, house: House, sample: Path, *more: str) -> str:
    options = [option for pair in case.ask for option in ("--ask", pair)]
    ran = run(
        "draft", "--adapter", case.adapter, "--sample", str(sample), "--tenant", "rascunho",
        "--url", case.address(house, case.path), *options, *more,
    )  # fmt: skip
    assert ran.status == 0, ran.err
    return ran.out


def grant(house: House) -> None:
    """The drafted tenant may reach the example systems."""
    file = house.config / "gateway.yaml"
    settings = json.loads(file.read_text("utf-8"))
    settings["tenants"]["rascunho"] = {"networks": ["127.0.0.0/8"]}
    file.write_text(json.dumps(settings), "utf-8")


def customers_of(run: Run, tenant: str, field: str, value: str) -> list[dict[str, Any]]:
    ran = run("identify", tenant, "-s", f"{field}={value}", "--json")
    answer = json.loads(ran.out)
    assert answer["outcome"] == "found", (tenant, field, answer["sources"])
    return [match["customer"] for match in answer["matches"]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.adapter)
def test_a_drafted_tenant_finds_the_customers_that_the_shipped_one_finds(
    run: Run, house: House, case: Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = drafted(run, case, house, recorded(case, house, tmp_path), "--unique-key", "email")
    # What the draft leaves to the integrator: the credentials.
    auth = "bearer: {token: !env" if case.adapter == "rest_json" else "basic: {user: gw, password: !env"
    text = text.replace("# auth: {basic: {user: gw, password: !env", f"auth: {{{auth}")
    monkeypatch.setenv("RASCUNHO_CRM_PASSWORD", house.systems.secrets[case.secret])
    (house.config / "tenants/rascunho.yaml").write_text(text, "utf-8")
    grant(house)
    checked = run("check", "--tenant", "rascunho", "--sources")
    assert (checked.status, checked.err) == (0, "")
    assert len(PEOPLE) > 3
    for person in PEOPLE:
        values = {"cpf": person.cpf, "nome": person.name, "email": person.emails[0]}
        for field, value in values.items():
            assert value is not None
            own = "cpf_cnpj" if field == "cpf" and case.adapter == "rest_json" else field
            if field == "nome" and any(value in other.name and other is not person for other in known_to(XML)):
                continue
            (shipped,), (mine,) = (
                customers_of(run, case.shipped, field, value),
                customers_of(run, "rascunho", own, value),
            )
            for part in ("unique_key", "name", "documents", "emails", "phones", "birth_date", "addresses"):
                assert mine.get(part) == shipped.get(part), (person.code, field, part)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.adapter)
def test_a_draft_is_accepted_as_it_is_written_and_holds_no_value_of_the_sample(
    run: Run, house: House, case: Case, tmp_path: Path
) -> None:
    text = drafted(run, case, house, recorded(case, house, tmp_path))
    for person in known_to(XML):
        private = (person.name, person.cpf, person.document_masked, *person.emails, *person.phones)
        assert [value for value in private if value and value in text] == []
    assert "TODO credentials" in text
    (house.config / "tenants/rascunho.yaml").write_text(text, "utf-8")
    grant(house)
    checked = run("check", "--tenant", "rascunho")
    assert checked.status == 0
    # By none of the parameters that are asked with, the unique key among them.
    assert all("can be asked by the unique key" in line for line in checked.err.splitlines())


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    file = tmp_path / "reply.xml"
    file.write_bytes(page(customers(known_to(XML))))
    return file


def test_a_draft_is_written_to_a_new_file_and_can_be_tried_at_once(run: Run, sample: Path, tmp_path: Path) -> None:
    output = tmp_path / "acme.yaml"
    options = ("draft", "--adapter", "xml_get", "--sample", str(sample), "--output", str(output))
    ran = run(*options)
    assert ran.status == 0
    assert "28 record(s). Next: gateway try" in ran.out
    tried = run("try", str(output), "--sample", str(sample))
    assert "READ  28 of 28 records became customers" in tried.out
    again = run(*options)
    assert again.status == 2
    assert "is there already; name a new file" in " ".join(again.err.replace("│", " ").split())


def test_the_source_alone_is_drafted_for_a_tenant_that_is_there(run: Run, sample: Path) -> None:
    out = run("draft", "--adapter", "xml_get", "--sample", str(sample), "--only-source", "--source", "erp").out
    assert out.startswith("  # Put under sources: of a tenant with these search fields: cpf (cpf), cnpj (cnpj)")
    assert "  erp:\n    adapter: xml_get\n" in out
    assert "routes:" not in out


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"", 200, "an empty body is how this source says nobody\n    nobody: [empty_body]"),
        (b"", 404, "HTTP 404 is how this source says nobody\n    nobody: [{status: 404}]"),
        (page(customers(())), 200, "is understood as nobody: it needs no sign"),
        (b"<html></html>", 200, "TODO nobody: the reply about somebody unknown is a failure (html_page)"),
        (page(customers(known_to(XML)[:1])), 200, "TODO nobody: the reply about somebody unknown has records"),
    ],
)
def test_a_reply_about_somebody_unknown_says_which_sign_is_needed(
    run: Run, sample: Path, tmp_path: Path, body: bytes, status: int, says: str
) -> None:
    nobody = tmp_path / "nobody.xml"
    nobody.write_bytes(body)
    options = ("--nobody", str(nobody), "--nobody-status", str(status))
    assert says in run("draft", "--adapter", "xml_get", "--sample", str(sample), *options).out


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--ask", "doc=cpv"), "the sample gives no search field 'cpv'. It gives: cpf, cnpj,"),
        (("--ask", "doc"), "--ask is written PARAMETER=FIELD"),
        (("--unique-key", "nome"), "'nome' cannot be the unique key. These can: codigo, email,"),
        (("--tenant", "Acme"), "small letters, digits and hyphens"),
        (("--source", "2"), "a letter first"),
        (("--country", "br"), "two capital letters: BR, TR, ES"),
    ],
)
def test_a_wrong_command_is_told_what_to_write(run: Run, sample: Path, options: tuple[str, ...], says: str) -> None:
    ran = run("draft", "--adapter", "xml_get", "--sample", str(sample), *options)
    assert ran.status == 2
    assert says in " ".join(ran.err.replace("│", " ").split())


def test_an_adapter_without_a_drafter_is_told_of(run: Run, sample: Path) -> None:
    ran = run("draft", "--adapter", "xml_gte", "--sample", str(sample))
    assert ran.status == 2
    assert "no draft can be made for 'xml_gte'. These can: rest_json, soap, xml_get" in " ".join(
        ran.err.replace("│", " ").split()
    )


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        (b"<clientes/>", 4, "this reply says that the source knows nobody. Record one about somebody."),
        (b"<html></html>", 5, "this reply is a failure (html_page)."),
        (b"<clientes><cliente cor='azul' peso='3'/></clientes>", 2, "no field of the sample is one that people are"),
    ],
)
def test_what_is_no_customers_reply_is_no_sample(run: Run, tmp_path: Path, body: bytes, status: int, says: str) -> None:
    file = tmp_path / "reply.xml"
    file.write_bytes(body)
    ran = run("draft", "--adapter", "xml_get", "--sample", str(file))
    assert ran.status == status
    assert says in " ".join(ran.err.replace("│", " ").split())


def test_fields_that_count_are_drafted_as_a_record_for_each_number(run: Run, tmp_path: Path) -> None:
    file, output = tmp_path / "reply.xml", tmp_path / "acme.yaml"
    file.write_text(
        "<clientes><nome1>Ana Souza</nome1><email1>ana@example.com</email1><cpf1>390.533.447-05</cpf1>"
        "<nome2>Bia Lima</nome2><email2>bia@example.com</email2><cpf2>123.456.789-09</cpf2></clientes>"
    )
    assert "from 2 record(s)" in run("draft", "--adapter", "xml_get", "--sample", str(file), "-o", str(output)).out
    assert "      name: nome  # by its name" in output.read_text()
    assert "READ  2 of 2 records became customers" in run("try", str(output), "--sample", str(file)).out
