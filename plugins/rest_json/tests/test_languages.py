"""Values in the query languages of others: each stays in its quotes, and a template that would let it out is refused."""

from __future__ import annotations

import json
import re

import pytest
from gateway_rest_json.languages import LANGUAGES
from gateway_rest_json.settings import RestJsonSettings
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue, ValidationError

from gateway.adapter import SEARCH_FIELDS, Misconfigured, Query
from plugins.rest_json.tests.asking import failing, looked_up, query, said

pytestmark = pytest.mark.anyio

FIELDS = frozenset({"cpf", "nome", "email"})
EVIL = "x' or '1' eq '1"
TEXTS = st.text(st.sampled_from("'\"\\%_*,|$() :aé\n")) | st.text()


def escaped(language: str, value: str) -> str:
    text = LANGUAGES[language].escape(value)
    assert text is not None
    return text


# ---------------------------------------------------------------------------------------------- each language's own rule


@given(TEXTS)
@example(EVIL)
def test_odata_reads_back_what_was_meant(value: str) -> None:
    literal = f"'{escaped('odata', value)}'"
    assert re.fullmatch(r"'(?:[^']|'')*'", literal)
    assert literal[1:-1].replace("''", "'") == value


@given(TEXTS)
@example("x\\' OR Name != '")
def test_soql_reads_back_what_was_meant(value: str) -> None:
    for language in ("soql", "soql_like"):
        literal = escaped(language, value)
        assert re.fullmatch(r"(?:[^'\\\n\r]|\\.)*", literal, re.DOTALL)
    plain = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
    assert re.sub(r"\\(.)", lambda found: plain.get(found[1], found[1]), escaped("soql", value)) == value


@given(TEXTS)
def test_wildcards_of_like_are_letters(value: str) -> None:
    assert not re.search(r"(?<!\\)(?:\\\\)*[%_]", escaped("soql_like", value))


@given(TEXTS)
@example('"] or ["')
def test_json_within_a_text_reads_back_what_was_meant(value: str) -> None:
    assert json.loads(f'"{escaped("json", value)}"') == value


@given(TEXTS)
def test_quotes_with_backslashes_stay_closed(value: str) -> None:
    for language in ("rsql", "quoted"):
        literal = escaped(language, value)
        assert re.fullmatch(r"(?:[^'\"\\]|\\.)*", literal, re.DOTALL)
        assert re.sub(r"\\(.)", r"\1", literal, flags=re.DOTALL) == value


@pytest.mark.parametrize(
    ("language", "value", "written"),
    [
        ("fhir", "a,b|c$d\\e", "a\\,b\\|c\\$d\\\\e"),
        ("lucene", 'Ana OR *:* "', '\\Ana\\ OR\\ \\*\\:\\*\\ \\"'.removeprefix("\\")),
        ("digits", "12345678909", "12345678909"),
        ("number", "0042", "42"),
        ("plain", "it's", "it's"),
    ],
)
def test_other_languages_write(language: str, value: str, written: str) -> None:
    assert escaped(language, value) == written


@pytest.mark.parametrize("value", ["", "1 or 1", "١٢٣", "-1", "1.0", "²"])
def test_digits_are_digits_alone(value: str) -> None:
    assert LANGUAGES["digits"].escape(value) is None
    assert LANGUAGES["number"].escape(value) is None


# ---------------------------------------------------------------------------------------------- on the wire

ODATA: JsonValue = {"path": "Contacts", "query": {"$filter": "cpf eq '{cpf|odata}' and name eq '{nome|odata}'"}}


async def test_a_value_with_quotes_asks_for_that_value() -> None:
    asked = query(cpf="1", nome=EVIL)
    _, (request,) = await looked_up(lambda _: said([]), ODATA, asked=asked)
    assert request.query() == {"$filter": "cpf eq '1' and name eq 'x'' or ''1'' eq ''1'"}


async def test_an_odata_key_in_the_path_stays_one_segment() -> None:
    settings: JsonValue = {"path": "Contacts('{nome|odata}')", "records": "@"}
    _, (request,) = await looked_up(lambda _: said({"nome": "Ana"}), settings, asked=query(nome="O'Neil/1"))
    assert request.segments() == ("api", "Contacts('O''Neil/1')")


async def test_one_value_stands_in_two_places_in_two_ways() -> None:
    body: JsonValue = {"q": "name:'{nome|rsql}'", "plain": "{nome}", "number": "{cpf|number}", "list": ["{cpf|number}"]}
    settings: JsonValue = {"method": "POST", "body": body}
    _, (request,) = await looked_up(lambda _: said([]), settings, asked=query(nome="O'Neil", cpf="0012"))
    assert json.loads(request.body) == {"q": "name:'O\\'Neil'", "plain": "O'Neil", "number": 12, "list": [12]}


async def test_a_form_and_a_header_take_languages_too() -> None:
    settings: JsonValue = {
        "method": "POST",
        "form": {"q": "SELECT Id FROM Contact WHERE Name = '{nome|soql}'"},
        "headers": {"X-Doc": "{cpf|digits}"},
    }
    _, (request,) = await looked_up(lambda _: said([]), settings, asked=query(nome="O'Neil", cpf="1"))
    form = request.__class__("POST", f"/?{request.body.decode()}", {}).query()
    assert form == {"q": "SELECT Id FROM Contact WHERE Name = 'O\\'Neil'"}
    assert request.headers["x-doc"] == "1"


async def test_a_field_counts_as_used_where_its_hole_has_a_language() -> None:
    settings: JsonValue = {
        "requests": [{"query": {"e": "{email}"}}, {"query": {"d": "{cpf|digits}", "n": "{nome|plain}"}}]
    }
    _, (request,) = await looked_up(lambda _: said([]), settings, asked=query(cpf="1", email="x", nome="y"))
    assert request.query() == {"d": "1", "n": "y"}


async def test_a_value_that_is_no_number_is_not_sent_and_not_shown() -> None:
    asked: Query = query(cpf="1 or 1 eq 1")
    error, requests = await failing(lambda _: said([]), {"query": {"$filter": "cpf eq {cpf|digits}"}}, asked=asked)
    assert isinstance(error, Misconfigured)
    assert "The value of {cpf|digits} is not made of digits alone" in str(error)
    assert not requests


# ---------------------------------------------------------------------------------------------- refused at load


def refusal(**given: JsonValue) -> str:
    with pytest.raises(ValidationError) as raised:
        RestJsonSettings.model_validate_json(json.dumps(given), context={SEARCH_FIELDS: FIELDS})
    return str(raised.value)


GRAPHQL = '{ customer(cpf: "{cpf}") { name } }'
POST: dict[str, JsonValue] = {"method": "POST"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"query": {"$filter": "cpf eq '{cpf}'"}}, "a value could end the quotes around {cpf}: say in which language"),
        ({"path": "Contacts('{cpf}')"}, "a value could end the quotes around {cpf}"),
        ({**POST, "body": {"q": 'name:"{nome}"'}}, "a value could end the quotes around {nome}"),
        ({"query": {"$filter": "cpf eq {cpf}"}}, "{cpf} stands in a query, which a value could change"),
        ({"query": {"$filter": "cpf eq '{cpf|plain}'"}}, "{cpf} stands in a query, which a value could change"),
        (
            {"query": {"$filter": "cpf eq {cpf|odata}"}},
            "|odata protects a value inside of ' alone: write '{cpf|odata}'",
        ),
        ({"query": {"q": "SELECT Id FROM Contact WHERE x = {cpf}"}}, "{cpf} stands in a query"),
        ({"query": {"q": "FIND {nome} IN ALL FIELDS"}}, "{nome} stands in a query"),
        ({"query": {"q": "name=='{nome|fhir}'"}}, "|fhir is for values outside of quotes"),
        (
            {"query": {"q": "x'{nome|soql}"}, "path": "{cpf|odta}"},
            "'odta' is not a language to escape for. Did you mean 'odata'?",
        ),
        ({"query": {"q": "{cpf|number}"}}, "|number is for JSON bodies; write |digits here"),
        ({**POST, "body": {"q": "x {cpf|number}"}}, "stands alone in its text"),
        (
            {**POST, "body": {"query": GRAPHQL.replace('"', "'").replace("{cpf}", "{cpf|plain}")}},
            "declare a variable there",
        ),
        ({**POST, "body": {"query": "{ customer(cpf: {cpf}) { name } }"}}, "declare a variable there"),
        ({"path": "{cfp|digits}"}, "'cfp' is not a search field of this tenant. Did you mean 'cpf'?"),
        ({"path": "{cpf|}"}, "'cpf|' is"),
        ({"path": "{cpf nome}"}, "'cpf nome' is not a search field"),
    ],
)
def test_a_template_that_lets_a_value_out_is_refused_when_the_tenant_is_loaded(
    given: dict[str, JsonValue], says: str
) -> None:
    assert says in refusal(**given)
