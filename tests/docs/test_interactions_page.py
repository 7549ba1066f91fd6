"""The page on interactions is one attendance, made here call by call; its JSON fits the schemas, its tables the code."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from gateway.core.channel import CHANNELS
from gateway.core.context import DEEPEST, MOST_BYTES, MOST_ENTRIES
from gateway.core.interaction import LinkAssurance, LinkHow, NoLink
from gateway.core.model import UniqueKey
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from gateway.storage.repeats import KEPT
from tests.api.composed import BOT, HELPDESK, call
from tests.api.test_interactions import Api
from tests.api.test_openapi import fits
from tests.docs.pages import DOCS, ROOT, Page, code, rows
from tests.service.attended import Attended
from tests.service.scripted import ANA

pytestmark = pytest.mark.anyio

PAGE = Page(DOCS / "interactions.md")
_ANAS_KEY = UniqueKey("email", "email", "ana@example.com")
CALLS = [line for block in PAGE.of("sh") for line in block.text.splitlines()]


def filled(text: str, variables: dict[str, str]) -> str:
    for name, value in variables.items():
        text = text.replace(f"${name}", value)
    assert "$" not in text, text
    return text


async def test_the_attendance_goes_as_the_page_says(tmp_path: Path) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    unknown_phone = {name: value for name, value in ANA.items() if name != "fone"}
    attended = Attended(address, [unknown_phone])
    api = Api(attended)
    variables = {"KEY": HELPDESK, "BOT_KEY": BOT, "GATEWAY": "", "REF": attended.ref(_ANAS_KEY)}
    answers = []
    for line in CALLS:
        words = [filled(word, variables) for word in shlex.split(line)]
        assert words.pop(0) == "curl"
        target, headers, body = words.pop(0), [], None
        while words:
            match words.pop(0):
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    headers.append((name, value))
                case "-d":
                    body = words.pop(0).encode()
        if target.endswith("/identifications"):
            # Identifying is the API guide's; here the ref that it gives is at hand.
            continue
        answer = await call(api.composed.app, "GET" if body is None else "POST", target, body or b"", headers)
        assert answer.status in (200, 201), answer.body
        answers.append(answer.json)
        if "INTERACTION" not in variables:
            variables["INTERACTION"] = answer.json["interaction"]["id"]
        if "link" in answer.json:
            variables["CONTACT"] = answer.json["link"]["contact"]
    assert answers[0]["not_linked"] == "not_verified"
    history, by_number, by_contact = answers[-3:]
    assert [note["text"] for note in history["notes"]] == ["Quer a 2ª via do boleto de outubro."]
    assert [case["case"] for case in history["cases"]] == ["SR-2026-118"]
    assert len(history["links"]) == 2
    assert by_number == by_contact
    assert answers[-4]["survey"].endswith("2026-0000000001")
    await attended.aclose()


def test_every_json_example_fits_its_schema() -> None:
    blocks = PAGE.of("json")
    assert blocks
    for block in blocks:
        fits(json.loads(block.text), block.mark.removeprefix("schema: "))


def test_the_tables_are_the_codes() -> None:
    assert [code(row[0])[0] for row in rows(PAGE.text, "not_linked | why")] == list(NoLink)
    assert [code(row[0])[0] for row in rows(PAGE.text, "how | made")] == list(LinkHow)
    assert [code(row[0])[0] for row in rows(PAGE.text, "assurance | it means")] == list(LinkAssurance)
    conflicts = {code(row[0])[0] for row in rows(PAGE.text, "reason | when | do")}
    files = ["links.py", "interactions.py", "repeats.py", "protocols.py", "contacts.py"]
    sources = [(ROOT / "gateway" / "storage" / name).read_text("utf-8") for name in files]
    sources.append((ROOT / "gateway" / "core" / "keeping.py").read_text("utf-8"))
    raised = set(re.findall(r'Conflict\(\s*"(\w+)"', "".join(sources)))
    assert conflicts <= raised


def test_the_bounds_and_channels_are_the_codes() -> None:
    assert f"{MOST_BYTES} bytes as JSON, {DEEPEST} levels, {MOST_ENTRIES} members and items" in PAGE.text
    assert "`channel` is one of " + ", ".join(f"`{name}`" for name in CHANNELS) in PAGE.text.replace("\n", " ")
    assert KEPT.days == 2
    assert "known for two days" in PAGE.text
