"""The page on the selected customer says what the API does: its curl lines run, its JSON fits the schemas."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.api.openapi import openapi
from tests.api.composed import HELPDESK, Composed, call

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "customer-summary.md").read_text("utf-8")
DOCUMENT: dict[str, Any] = openapi("9.9")
CURLS = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
TYPED = re.findall(r"<!-- schema: (\w+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("command", CURLS)
async def test_every_curl_line_is_answered(command: str) -> None:
    curl, header, value, address = shlex.split(command)
    assert (curl, header) == ("curl", "-H")
    name, _, value = value.replace("$KEY", HELPDESK).partition(": ")
    target = address.removeprefix("$GATEWAY").replace("$REF", "a-ref").replace("$INTERACTION", "0" * 32)
    answered = await call(Composed().app, "GET", target, headers=[(name, value)])
    assert answered.status == 200, answered.body


@pytest.mark.parametrize(("schema", "text"), TYPED)
def test_every_json_example_fits_its_schema(schema: str, text: str) -> None:
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    ).validate(json.loads(text))


def test_every_json_example_has_a_schema() -> None:
    assert len(TYPED) == len(re.findall(r"```json\n", PAGE))
