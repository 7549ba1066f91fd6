"""The page about prospects: its YAML is valid, its bodies fit their schemas, its tables are the code's."""

from __future__ import annotations

import json

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.api.openapi import openapi
from gateway.core.model import ProspectOption
from gateway.core.prospect import ProspectState
from tests.docs.pages import DOCS, Block, Page, code, rows
from tests.docs.tenants import gateway_settings, problems, put_together, read
from tests.docs.test_integrator_guide import TENANT

PAGE = Page(DOCS / "prospects.md")
SCHEMAS = openapi("9.9")["components"]


@pytest.mark.parametrize("block", PAGE.of("yaml"), ids=lambda block: f"line-{block.line}")
def test_its_yaml_is_valid_in_the_guides_tenant(block: Block, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings = gateway_settings(tmp_path, "tenants: {acme: {networks: [127.0.0.0/8]}}\n")
    assert problems(tmp_path, "acme", put_together(read(TENANT), read(block.text)), settings) == ""


@pytest.mark.parametrize("block", PAGE.of("json"), ids=lambda block: f"line-{block.line}")
def test_its_bodies_fit_their_schemas(block: Block) -> None:
    schema = block.mark.removeprefix("schema: ")
    jsonschema.Draft202012Validator({"$ref": f"#/components/schemas/{schema}", "components": SCHEMAS}).validate(
        json.loads(block.text)
    )


def test_its_tables_are_the_codes() -> None:
    options = rows(PAGE.text, "`not_found.prospect` | the proposal's message | what is stored")
    assert [code(row[0])[0] for row in options] == list(ProspectOption)
    assert [code(row[0])[0] for row in rows(PAGE.text, "`state` | it means")] == list(ProspectState)
