"""The guide of the Deskie call shows what is asked and answered."""

from __future__ import annotations

import json
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from gateway.api.problems import PROBLEMS
from gateway.config.deskie_file import deskie
from gateway.config.tenant_file import FacadesFile
from gateway.core.code import codes_in
from tests.docs.pages import DOCS, Page, code, rows
from tests.facades.test_deskie import Site
from tests.service.attended import on_sqlite

pytestmark = pytest.mark.anyio
PAGE = Page(DOCS / "facade-deskie.md")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with on_sqlite(tmp_path / "data") as attended:
        yield Site(attended)


async def test_the_call_gets_an_answer_of_the_shape_that_is_shown(site: Site) -> None:
    (block,) = PAGE.of("sh")
    words = shlex.split(block.text)
    assert words[-1] == "$GATEWAY/facades/deskie/acme/api/users/identification.json"
    body = words[words.index("-d") + 1].encode()
    shown = {block.mark: json.loads(block.text) for block in PAGE.of("json")}
    answer = await site.ask(body)
    assert answer.status == 200, answer.body
    assert answer.json.keys() == shown["answer: code"].keys()
    assert codes_in(shown["answer: code"]["code"]).codes
    refused = await site.ask(b'{"user": {}}')
    expected = shown["answer: error"]
    assert {**refused.json, "request_id": expected["request_id"]} == expected


def test_the_yaml_is_what_a_tenants_file_takes() -> None:
    (block,) = PAGE.of("yaml")
    facade = FacadesFile.model_validate(yaml.safe_load(block.text)["facades"]).deskie
    assert facade is not None
    assert facade.fields == {"custom_fields.cf_20": "cpf"}


def test_the_usual_members_are_the_codes() -> None:
    table = {name for row in rows(PAGE.text, "member of `user` | search field") for name in code(row[0])}
    file = FacadesFile.model_validate({"deskie": {}}).deskie
    assert file is not None
    usual = deskie(file, {"email": "email", "fone": "phone", "codigo": "code"}, "codigo").fields
    assert table == {*usual, "custom_fields.<name>", "user_full_name"}


def test_the_errors_have_the_statuses_of_the_api() -> None:
    for row in rows(PAGE.text, "status | `error` | when"):
        assert {str(PROBLEMS[name].status) for name in code(row[1])} == {row[0]}
