"""The page on the selected customer says what the API does: its curl lines run, its JSON fits the schemas."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.api.openapi import openapi
from gateway.api.summary_bodies import MissingPart
from gateway.core.model import Outcome
from gateway.core.timeline import EntryType
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.api.composed import HELPDESK, call
from tests.api.test_summaries import Desk
from tests.service.attended import Attended

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "customer-summary.md").read_text("utf-8")
DOCUMENT: dict[str, Any] = openapi("9.9")
CURLS = [
    line.strip()
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
]
TYPED = re.findall(r"<!-- schema: (\w+) -->\n```json\n(.*?)```", PAGE, re.DOTALL)


async def test_every_curl_line_is_answered(tmp_path: Path) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    desk = Desk(Attended(address))
    variables = {"$KEY": HELPDESK, "$REF": desk.ref(), "$INTERACTION": await desk.attend(), "$GATEWAY": ""}
    for command in CURLS:
        for name, value in variables.items():
            command = command.replace(name, value)
        curl, header, value, target = shlex.split(command)
        assert (curl, header) == ("curl", "-H")
        name, _, value = value.partition(": ")
        answered = await call(desk.composed.app, "GET", target, headers=[(name, value)])
        assert answered.status == 200, answered.body
    await desk.attended.aclose()


def test_the_tables_name_every_type_and_every_part() -> None:
    named = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)
    assert named == [*Outcome, *get_args(get_type_hints(MissingPart)["part"]), *EntryType]


@pytest.mark.parametrize(("schema", "text"), TYPED)
def test_every_json_example_fits_its_schema(schema: str, text: str) -> None:
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    ).validate(json.loads(text))


def test_every_json_example_has_a_schema() -> None:
    assert len(TYPED) == len(re.findall(r"```json\n", PAGE))
