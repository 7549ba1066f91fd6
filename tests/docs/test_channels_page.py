"""The page on channels' events: its calls are made, its JSON fits the schemas, its tables are the code's."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from gateway.core.channel import CHANNELS
from gateway.core.context import DEEPEST, MOST_BYTES, MOST_ENTRIES
from gateway.core.event_labels import CASE, INSIDE, TYPED, USER_IDS, from_words, words_of
from gateway.storage.attendances import KEPT
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.api.composed import BOT, call
from tests.api.test_channel_events import Api
from tests.api.test_openapi import fits
from tests.docs.pages import DOCS, Page, code, rows
from tests.service.attended import Attended

pytestmark = pytest.mark.anyio

PAGE = Page(DOCS / "channels.md")
CALLS = [line for block in PAGE.of("sh") for line in block.text.splitlines()]


async def test_every_call_finds_who_writes(tmp_path: Path) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    attended = Attended(address)
    api = Api(attended)
    for line in CALLS:
        words = shlex.split(line.replace("$GATEWAY", "").replace("$BOT_KEY", BOT))
        assert words.pop(0) == "curl"
        target, headers, body = words.pop(0), [], ""
        while words:
            match words.pop(0):
                case "-H":
                    name, _, value = words.pop(0).partition(": ")
                    headers.append((name, value))
                case "-d":
                    body = words.pop(0)
        answer = await call(api.composed.app, "POST", target, body.encode(), headers)
        assert answer.status == 200, answer.body
        assert (answer.json["outcome"], answer.json["left_out"]) == ("found", []), line
        assert answer.json["interaction"]["link"]["assurance"] == "matched"
    assert len(CALLS) == 7
    await attended.aclose()


def test_every_json_example_fits_its_schema() -> None:
    blocks = PAGE.of("json")
    assert len(blocks) == 3
    for block in blocks:
        fits(json.loads(block.text), block.mark.removeprefix("schema: "))


def test_the_words_are_the_codes() -> None:
    by_kind = rows(PAGE.text, "kind | words")
    assert by_kind
    for kind, words in by_kind:
        assert tuple(code(words)) == words_of(code(kind)[0])
    by_channel = rows(PAGE.text, "channel | kind | words")
    for channels, kind, words in by_channel:
        for channel in code(channels):
            assert tuple(code(words)) == from_words(channel, code(kind)[0])
    told = {channel for channels, _, _ in by_channel for channel in code(channels)}
    assert told == {name for name in CHANNELS if from_words(name, "email") or from_words(name, "phone")}
    text = " ".join(PAGE.text.split())
    for listed in (CASE, TYPED, USER_IDS[1:]):
        assert ", ".join(f"`{word}`" for word in listed) in text
    inside = re.search(r"objects that tell of who writes: (.*?)\. Lists", text)
    assert inside
    assert set(code(inside[1])) == INSIDE


def test_the_bounds_are_the_codes() -> None:
    assert f"{MOST_BYTES} bytes as JSON, {DEEPEST} levels, {MOST_ENTRIES} members and items" in PAGE.text
    assert KEPT.days == 8
    assert "known for eight days" in PAGE.text
    hours = {name: channel.continues_for / 3600 for name, channel in CHANNELS.items()}
    assert {name: hours[name] for name in ("phone", "ivr", "email")} == {"phone": 4, "ivr": 4, "email": 0}
    assert {hour for name, hour in hours.items() if name not in ("phone", "ivr", "email")} == {24}
    assert "`channel` | one of " + ", ".join(f"`{name}`" for name in CHANNELS) in PAGE.text
