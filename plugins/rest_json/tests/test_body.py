"""Bodies of a POST: values stay in their place, and what is not asked is left out."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest
from gateway_rest_json.body import Body, form_body, json_body
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

AWKWARD = "a\"b'c{nome}}{{/../%2e%00&x=1;y\\u0022\\\r\n<>#?+ \u00e7\u2028\U0001f600"
VALUES = st.text(st.characters(exclude_categories=["Cs"])) | st.text('"\\{}[]:,&=%+ nome\n')


def filled(body: Body | None, **values: str) -> JsonValue:
    assert body is not None
    document: JsonValue = json.loads(body.fill(values))
    return document


@given(VALUES, VALUES)
@example(AWKWARD, AWKWARD)
@example("{email}", "{nome}")
def test_a_value_never_leaves_its_place_in_json(nome: str, email: str) -> None:
    body = json_body(
        {"filter": {"name": "{nome}", "or": ["x{email}y{nome}z", 7, None, True, {}, []]}, "static \u00e9": "\u00e9{}"},
        frozenset({"nome", "email"}),
    )
    assert filled(body, nome=nome, email=email) == {
        "filter": {"name": nome, "or": [f"x{email}y{nome}z", 7, None, True, {}, []]},
        "static \u00e9": "\u00e9{}",
    }


@given(VALUES, VALUES)
@example(AWKWARD, AWKWARD)
@example("{email}", "{nome}")
def test_a_value_never_leaves_its_place_in_a_form(nome: str, email: str) -> None:
    form = {"name": "{nome}", "a b&c": "x={email}&{nome}", "static": "1 &2"}
    body = form_body(form, frozenset({"nome", "email"}))
    assert body is not None
    assert parse_qsl(body.fill({"nome": nome, "email": email}).decode("ascii"), keep_blank_values=True) == [
        ("name", nome),
        ("a b&c", f"x={email}&{nome}"),
        ("static", "1 &2"),
    ]


def test_a_json_body_is_ascii_whatever_the_other_side_reads_in() -> None:
    body = json_body({"nome": "{nome}", "cidade": "S\u00e3o Paulo"}, frozenset({"nome"}))
    assert body is not None
    assert body.fill({"nome": "Jo\u00e3o"}) == rb'{"nome":"Jo\u00e3o","cidade":"S\u00e3o Paulo"}'
    assert body.media_type == "application/json"


# ---------------------------------------------------------------------------------------------- what is left out

SEARCH: JsonValue = {
    "filters": [
        {"property": "email", "operator": "EQ", "value": "{email}"},
        {"property": "document", "operator": "EQ", "values": ["{cpf}"]},
    ],
    "name": {"contains": "{nome}"},
    "page": {"size": 10},
}


@pytest.mark.parametrize(
    ("known", "left"),
    [
        (
            {"email"},
            {"filters": [{"property": "email", "operator": "EQ", "value": "v"}], "page": {"size": 10}},
        ),
        (
            {"cpf"},
            {"filters": [{"property": "document", "operator": "EQ", "values": ["v"]}], "page": {"size": 10}},
        ),
        ({"nome"}, {"name": {"contains": "v"}, "page": {"size": 10}}),
    ],
)
def test_what_holds_an_unfilled_hole_is_left_out_whole(known: set[str], left: JsonValue) -> None:
    body = json_body(SEARCH, frozenset(known))
    assert filled(body, **dict.fromkeys(known, "v")) == left


def test_an_item_with_two_values_needs_both() -> None:
    structure: JsonValue = {"all": [{"name": "{nome}", "born": "{nascimento}"}], "cpf": "{cpf}"}
    body = json_body(structure, frozenset({"nome", "cpf"}))
    assert filled(body, nome="v", cpf="v") == {"cpf": "v"}
    assert body is not None
    assert body.holes == ("cpf",), "a key that the body does not carry must not count as asked"


def test_a_body_of_which_nothing_is_left_is_none() -> None:
    assert json_body({"filter": {"cpf": "{cpf}"}}, frozenset({"nome"})) is None
    assert form_body({"cpf": "{cpf}"}, frozenset({"nome"})) is None


def test_what_was_empty_in_the_settings_stays() -> None:
    body = json_body({"sort": [], "options": {}, "text": "", "cpf": "{cpf}"}, frozenset({"cpf"}))
    assert filled(body, cpf="1") == {"sort": [], "options": {}, "text": "", "cpf": "1"}


def test_graphql_keeps_its_braces() -> None:
    graphql: JsonValue = {
        "query": "query($doc: String!) { customer(document: $doc) { name } }",
        "variables": {"doc": "{cpf}"},
    }
    assert filled(json_body(graphql, frozenset({"cpf"})), cpf="1") == {
        "query": "query($doc: String!) { customer(document: $doc) { name } }",
        "variables": {"doc": "1"},
    }
