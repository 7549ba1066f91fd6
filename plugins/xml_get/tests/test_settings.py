"""What the settings accept, and what they tell who wrote them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping

import pytest
from gateway_xml_get.settings import XmlGetSettings
from pydantic import ValidationError

from gateway.adapter import Json

FIELDS = {"search_fields": frozenset({"nome", "cpf", "codigo"})}


def settings(given: Mapping[str, Json]) -> XmlGetSettings:
    return XmlGetSettings.model_validate_json(json.dumps(given), context=FIELDS)


def test_the_search_fields_come_from_the_query_and_the_path() -> None:
    made = settings({"query": {"n": "nome", "doc": "cpf"}, "path": "c/{codigo}"})
    assert made.fields == {"nome", "cpf", "codigo"}
    assert list(made.query) == ["n", "doc"]


@pytest.mark.parametrize(
    ("said", "meant"),
    [("latin1", "iso-8859-1"), ("ISO_8859-15", "iso-8859-15"), ("cp1252", "windows-1252"), ("UTF8", "utf-8")],
)
def test_a_charset_is_known_by_any_of_its_names(said: str, meant: str) -> None:
    assert settings({"query": {"n": "nome"}, "query_encoding": said}).query_encoding == meant
    assert settings({"query": {"n": "nome"}, "reply_encoding": said}).reply_encoding == meant


REFUSED: dict[str, tuple[Mapping[str, Json], str]] = {
    "nothing": ({}, "nothing to ask with: give query"),
    "constants alone": ({"constants": {"a": "b"}}, "nothing to ask with"),
    "an unknown search field": ({"query": {"n": "nomee"}}, "not a search field of this tenant. Did you mean 'nome'?"),
    "an unknown search field in the path": ({"path": "c/{cpv}"}, "Did you mean 'cpf'?"),
    "a charset that is none": ({"query": {"n": "nome"}, "query_encoding": "iso-8859"}, "Did you mean 'iso-8859-"),
    "a codec that is no charset": ({"query": {"n": "nome"}, "reply_encoding": "rot13"}, "'rot13' is not a charset"),
    "a query string in utf-16": ({"query": {"n": "nome"}, "query_encoding": "utf-16"}, "a query string is not in utf-16"),
    "braces in a constant": ({"query": {"n": "nome"}, "constants": {"a": "{cpf}"}}, "a constant holds no { or }"),
    "a parameter twice": ({"query": {"n": "nome"}, "constants": {"n": "x"}}, "the parameter 'n' is given twice"),
    "the limit's parameter twice": ({"query": {"n": "nome"}, "limit_parameter": "n"}, "the parameter 'n' is given twice"),
    "a constant outside the charset": (
        {"query": {"n": "nome"}, "constants": {"a": "İ"}, "query_encoding": "iso-8859-1"},
        "a character that iso-8859-1 cannot write",
    ),
    "an empty part of a path": ({"query": {"n": "nome"}, "records": "a//b"}, "'cliente' or 'clientes/cliente'"),
    "another method": ({"query": {"n": "nome"}, "method": "POST"}, "method"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", REFUSED)
def test_a_mistake_is_refused_with_what_to_do(mistake: str) -> None:
    given, words = REFUSED[mistake]
    with pytest.raises(ValidationError) as refused:
        settings(given)
    assert words in str(refused.value)


def test_every_setting_is_described_in_the_schema() -> None:
    properties = XmlGetSettings.model_json_schema()["properties"]
    assert set(properties) == {
        "query", "path", "constants", "query_encoding", "reply_encoding", "records", "pairs", "errors",
        "limit_parameter",
    }  # fmt: skip
    assert all(found.get("description") for found in properties.values())


def test_a_gateway_without_such_a_tenant_does_not_pay_for_lxml() -> None:
    code = "import sys, gateway_xml_get; list(gateway_xml_get.gateway_adapters()); print('lxml' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
