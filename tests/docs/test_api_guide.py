"""The API guide says what the API does: its examples run, its JSON fits the schemas, its tables are the code's."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest

from gateway.api.bodies import MOST_MATCHES
from gateway.api.limits import MOST_BODY
from gateway.api.openapi import openapi
from gateway.api.problems import PROBLEMS
from gateway.core import errors
from gateway.core.errors import SourceError
from gateway.core.model import Outcome, Skip, SourceOutcome
from gateway.observe.metrics import Metrics
from gateway.service.refs import LIFETIME
from tests.api.answers import FOUND
from tests.api.composed import HELPDESK, OPERATIONS, Composed, Prepared, call

pytestmark = pytest.mark.anyio

GUIDE = (Path(__file__).parents[2] / "docs" / "api.md").read_text("utf-8")
DOCUMENT: dict[str, Any] = openapi("9.9")
FAMILIES = {"request", "access"}

CURLS = [
    line
    for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    for line in block.replace("\\\n", " ").splitlines()
    if line.strip()
]
TYPED = re.findall(r"<!-- schema: (\w+) -->\n```json\n(.*?)```", GUIDE, re.DOTALL)


def table(heads: str) -> list[list[str]]:
    """The rows of the guide's table with these heads, without the marks of code."""
    at = GUIDE.index(f"| {heads} |\n")
    rows = GUIDE[at:].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def fits(body: object, schema: str) -> None:
    jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    ).validate(body)


@pytest.mark.parametrize("command", CURLS)
async def test_every_curl_line_is_answered(command: str) -> None:
    gateway = Composed(Prepared(FOUND))
    words = shlex.split(command)
    assert words.pop(0) == "curl"
    headers, body, target = [], b"", ""
    while words:
        word = words.pop(0)
        if word == "-H":
            name, _, value = words.pop(0).partition(": ")
            headers.append((name, value.replace("$KEY", HELPDESK).replace("$OPERATIONS_KEY", OPERATIONS)))
        elif word == "-d":
            body = words.pop(0).encode()
            fits(json.loads(body), "IdentificationRequest")
        else:
            target = word.removeprefix("$GATEWAY")
    answered = await call(gateway.app, "POST" if body else "GET", target, body, headers)
    assert answered.status == 200, answered.body


@pytest.mark.parametrize(("schema", "text"), TYPED)
def test_every_json_example_fits_its_schema(schema: str, text: str) -> None:
    fits(json.loads(text), schema)


def test_every_json_example_is_json_and_a_proposal_is_one() -> None:
    blocks = re.findall(r"```json\n(.*?)```", GUIDE, re.DOTALL)
    assert len(blocks) == len(TYPED) + 1
    (proposal,) = (read["proposal"] for read in map(json.loads, blocks) if "proposal" in read)
    fits(proposal, "Proposal")


def test_the_table_of_errors_is_the_codes() -> None:
    rows = table("code | status | title | what to do")
    assert rows == [
        [f"`{code}`", str(row.status), row.title, row.remedy] for code, row in PROBLEMS.items() if code not in FAMILIES
    ]


def test_the_tables_of_outcomes_name_every_outcome() -> None:
    assert [row[0] for row in table("outcome | it means | do")] == [f"`{outcome}`" for outcome in Outcome]
    per_source = table("outcome | it means")
    assert [row[0] for row in per_source] == [f"`{outcome}`" for outcome in SourceOutcome]
    assert all(f"`{skip}`" in per_source[-1][1] for skip in Skip)


def test_the_table_of_sources_codes_names_every_code() -> None:
    codes = {
        error.code for error in vars(errors).values() if isinstance(error, type) and issubclass(error, SourceError)
    }
    assert {row[0].strip("`") for row in table("code | it means")} == codes


def test_the_limits_are_the_codes() -> None:
    limits = {row[0]: row[1] for row in table("what | limit")}
    request = DOCUMENT["components"]["schemas"]["IdentificationRequest"]["properties"]
    assert limits["body of a request"].startswith(f"{MOST_BODY // 1024} KiB")
    assert limits["members of `search`"] == str(request["search"]["maxProperties"])
    length = request["text"]["maxLength"]
    assert limits["length of a value in `search`, and of `text`"] == f"{length} characters"
    assert request["search"]["additionalProperties"]["maxLength"] == length
    assert limits["`limit`"].startswith(f"1 to {MOST_MATCHES} ")
    assert limits["life of a `ref`"].startswith(f"{LIFETIME // 60} minutes")


def test_the_table_of_metrics_is_what_is_exposed() -> None:
    metrics = Metrics()
    metrics.identified("acme", "found", 0.1)
    metrics.looked_up("acme", "erp", "found", 0.1)
    metrics.remembered("acme", "erp", "asked")
    metrics.code_shown("acme", "valid", "")
    metrics.codes_guessed("acme")
    metrics.breaker_open("acme", "erp", True)
    metrics.refused("invalid_key")
    metrics.reloaded("taken")
    metrics.storage_failed("read", "storage_unavailable")
    exposed = metrics.exposition(None).decode()
    names = set(re.findall(r"^# TYPE (gateway_\w+)", exposed, re.MULTILINE))
    rows = table("metric | labels | counts")
    assert {row[0].strip("`") for row in rows} == names
    for name, labels, _ in rows:
        sample = re.search(rf"^{name.strip('`')}(?:_count)?(?:{{(.*?)}})? ", exposed, re.MULTILINE)
        assert sample is not None
        assert set(re.findall(r"(\w+)=", sample[1] or "")) == set(re.findall(r"`(\w+)`", labels.split(" (")[0]))
