"""`gateway identify`: what a person and a script see of one identification."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from gateway.cli.show import show
from gateway.core.model import Contact, Identification, Identifier, Match, Outcome, Standing, UniqueKey
from tests.cli.conftest import Run
from tests.examples.people import NOBODY_CPF
from tests.whole.running import House

pytestmark = pytest.mark.usefixtures("house")


@pytest.mark.parametrize(
    ("arguments", "status", "headline"),
    [
        (("aurora", "-s", "cpf=123.456.789-09"), 0, "FOUND  exactly one customer\n"),
        (("aurora", "-s", "nome=Maria da Silva"), 3, "SEVERAL  more than one: choose; nothing is linked by itself\n"),
        (
            ("aurora", "-s", f"cpf={NOBODY_CPF}"),
            4,
            "NOT_FOUND  nobody, and every source that was asked said so itself\n",
        ),
        (
            ("aurora", "-s", "cpf=367.879.441-60"),
            5,
            "UNAVAILABLE  could not find out: this is not a 'no such customer'\n",
        ),
        (("cerrado", "--text", "11982340088"), 0, "FOUND  exactly one customer\n"),
    ],
)
def test_each_outcome_has_its_words_and_its_exit_code(
    run: Run, arguments: tuple[str, ...], status: int, headline: str
) -> None:
    ran = run("identify", *arguments)
    assert (ran.status, ran.err) == (status, "")
    assert ran.out.startswith(headline)


def test_a_merged_customer_is_shown_with_where_each_value_came_from(run: Run) -> None:
    out = run("identify", "uniao", "-s", "cpf=01234567890").out
    for shown in (
        "João Conceição Araújo",
        "cpf: 01234567890",
        "e-mail: joao.araujo@example.org",
        "phone: +5521998760000",
        "emails[1]: api",
        "name differs — pagina: João Conceição Araújo; servico: Joao C. Araujo",
        "verified",
    ):
        assert shown in " ".join(out.replace("│", " ").split()) or shown in out, shown


def test_nobody_is_shown_with_what_is_proposed(run: Run) -> None:
    out = run("identify", "aurora", "-s", "email=ninguem@example.com").out
    assert "proposes: Cliente não cadastrado/ninguem@example.com; customer type Não cliente; prospect (keyed)\n" in out


def test_a_source_that_failed_is_shown_with_what_to_do(run: Run, house: House) -> None:
    house.change("aurora", ("/clientes", "/login"))
    ran = run("identify", "aurora", "-s", f"cpf={NOBODY_CPF}")
    assert ran.status == 5
    assert "failed (html_page)" in ran.out
    assert "a login form or an error page. Check upstream.url and upstream.auth." in " ".join(
        ran.out.replace("│", " ").split()
    )


def test_the_explanation_is_a_tree_by_source_with_values_masked(run: Run) -> None:
    out = run("identify", "uniao", "-s", "cpf=01234567890", "--explain").out
    tree = out[out.index("explanation\n") :]
    assert "├── question cpf *********90 (cpf)\n" in tree
    assert "├── pagina\n│   ├── asked    cpf as masked: ***.***.***-90\n" in tree
    assert "answered 1 record  " in tree
    assert "pagina, servico and api are one customer: the same email\n" in tree
    assert "outcome  found, because pagina gave 1 customer; servico gave 1 customer; api gave 1 customer" in tree
    assert "01234567890" not in tree


def test_json_is_the_apis_answer(run: Run) -> None:
    ran = run("identify", "uniao", "--search", "cpf=01234567890", "--json", "--explain")
    answer = json.loads(ran.out)
    assert (ran.status, answer["outcome"], answer["complete"]) == (0, "found", True)
    [match] = answer["matches"]
    assert match["customer"]["sources"] == ["pagina", "servico", "api"]
    assert match["ref"]
    assert [step["what"] for step in answer["trace"]][:2] == ["normalised", "routed"]
    assert json.loads(run("identify", "aurora", "-s", f"cpf={NOBODY_CPF}", "--json").out)["outcome"] == "not_found"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("aurora",), "give either --search FIELD=VALUE (once or more) or --text, not both"),
        (("aurora", "-s", "cpf=1", "-t", "x"), "give either --search FIELD=VALUE (once or more) or --text, not both"),
        (("aurora", "-s", "12345678909"), "a search field is written FIELD=VALUE, each field once"),
        (("aurora", "-s", "cpf=1", "-s", "cpf=2"), "a search field is written FIELD=VALUE, each field once"),
        (("aurora", "-t", "x", "--limit", "0"), "Input should be greater than or equal to 1"),
        ((), "Missing argument"),
    ],
)
def test_a_wrong_command_line_is_told_before_anybody_is_asked(
    run: Run, arguments: tuple[str, ...], message: str
) -> None:
    ran = run("identify", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("aurora", "-s", "cpf=123.456.789-00"),
            (
                "The search field 'cpf' is not a valid cpf_cnpj: its check digits do not fit the rest; look for a mistyped "
                "or swapped digit."
            ),
        ),
        (
            ("aurora", "-s", "cfp=12345678909"),
            (
                "A search field in the request is not one of this tenant's. Did you mean 'cpf'? Known: cpf, nome, email, "
                "fone, pedido."
            ),
        ),
        (
            ("aurora", "-s", "cpf="),
            "The search field 'cpf' is empty. Fill in at least one search field, or leave the empty ones out.",
        ),
        (("acme", "-t", "x"), "there is no tenant 'acme'. Known: aurora, boreal, cerrado, uniao."),
    ],
)
def test_a_wrong_question_is_told_before_anybody_is_asked(run: Run, arguments: tuple[str, ...], message: str) -> None:
    ran = run("identify", *arguments)
    assert (ran.status, ran.out, ran.err) == (2, "", f"gateway: {message}\n")


def test_another_tenants_broken_file_is_no_obstacle(run: Run, house: House) -> None:
    house.change("boreal", ("budget: 4s", "budget: four"))
    assert run("identify", "aurora", "-s", "cpf=12345678909").status == 0


def test_a_broken_tenant_is_told_with_every_place(run: Run, house: House) -> None:
    house.change("aurora", ("budget: 4s", "budget: four"), ("adapter: xml_get", "adapter: xml"))
    ran = run("identify", "aurora", "-s", "cpf=12345678909")
    assert (ran.status, ran.out) == (1, "")
    first, second = ran.err.splitlines()
    assert (
        first == f"gateway: {house.file('aurora')}:16:9: Write a duration as a number with its unit: 500ms, 4s or 2m."
    )
    assert second.startswith(f"{house.file('aurora')}:20:14: ")


def test_what_looks_like_markup_is_shown_as_it_is(run: Run, house: House) -> None:
    house.change("aurora", ("customer_type: Não cliente", 'customer_type: "[red]Não[/red] cliente"'))
    assert "customer type [red]Não[/red] cliente" in run("identify", "aurora", "-s", f"cpf={NOBODY_CPF}").out


def test_a_data_folder_that_cannot_be_made_is_told_in_one_line(run: Run, house: House) -> None:
    house.folder.joinpath("data").write_text("a file where the folder should be")
    ran = run("identify", "aurora", "-s", "cpf=12345678909", "--json")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == f"gateway: {house.folder / 'data'}: File exists. Check the path, its owner and its mode.\n"


KEPT = Contact(
    "c-1",
    Standing.REGISTERED,
    UniqueKey("email", "email", "ana@example.com"),
    "Ana Souza",
    (Identifier("phone", "+5511987654321"), Identifier("attributes.plano", "Ouro")),
    "Cliente",
    {"attributes.plano": "Ouro"},
)


def concluded(outcome: Outcome, matches: tuple[Match, ...] = ()) -> Identification:
    return Identification(outcome, complete=True, more=False, matches=matches, sources=(), searched=("email",))


def shown(result: Identification) -> list[str]:
    """The words of each line."""
    told = StringIO()
    show(Console(file=told, width=120), result)
    return [" ".join(line.replace("│", " ").split()) for line in told.getvalue().splitlines()]


def test_who_is_only_in_the_contact_base_is_shown_with_what_is_kept_of_him() -> None:
    lines = shown(concluded(Outcome.FOUND, matches=(Match(None, KEPT, verified=True),)))
    assert "ana@example.com Ana Souza contact_base verified" in lines
    assert lines[lines.index("contact c-1: registered, Cliente") :][1:3] == [
        "phone: +5511987654321",
        "attributes.plano: Ouro",
    ]


def test_a_prospect_who_is_known_is_shown_beside_the_proposal() -> None:
    lines = shown(replace(concluded(Outcome.NOT_FOUND), known_prospect=KEPT))
    assert lines[1:3] == ["known already, as a prospect:", "Ana Souza"]
