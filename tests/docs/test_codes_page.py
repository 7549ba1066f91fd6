"""The page on codes is followed call by call; its numbers and tables are the code's."""

from __future__ import annotations

import json
import math
import re
import shlex
from pathlib import Path

import pytest

from gateway.api.codes import endpoints as code_endpoints
from gateway.api.interactions import endpoints as interaction_endpoints
from gateway.api.limits import Places
from gateway.core.code import ALPHABET, LENGTH, LONGEST_TEXT, MOST_CANDIDATES
from gateway.core.code_settings import LONGEST_VALID, SHORTEST_VALID
from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from gateway.storage.code_attempts import ALARM, FORGIVEN, LONGEST_WAIT, MOST, SHORTEST_WAIT, WINDOW
from gateway.storage.codes import MOST_LIVE
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.api.composed import BOT, HELPDESK, Composed, Key, call
from tests.api.test_openapi import fits
from tests.docs.pages import DOCS, Page, code, rows
from tests.service.attended import Attended
from tests.service.coded import Coded

pytestmark = pytest.mark.anyio

PAGE = Page(DOCS / "codes.md")
TEXT = " ".join(PAGE.text.split())
CALLS = [line for block in PAGE.of("sh") for line in block.text.splitlines()]


def holds(shown: object, given: object) -> bool:
    """Is everything that is shown in what was given?"""
    if isinstance(shown, dict) and isinstance(given, dict):
        return all(name in given and holds(value, given[name]) for name, value in shown.items())
    return shown == given


async def test_whoever_makes_the_calls_gets_what_the_page_shows(tmp_path: Path) -> None:
    address = embedded(tmp_path)
    upgrade(address)
    attended = Attended(address)
    coded, places = Coded(attended), Places(10)
    composed = Composed(
        stored={
            **interaction_endpoints(attended.desk, places),
            **code_endpoints(coded.desk, coded.redeeming, attended.refs, places),
        }
    )
    composed.ring.known["issuer-key"] = Key("k-site", "acme", "issuer")
    variables = {"$GATEWAY": "", "$ISSUER_KEY": "issuer-key", "$BOT_KEY": BOT, "$KEY": HELPDESK}
    answers = []
    for line in CALLS:
        words = shlex.split(line)
        for name, value in variables.items():
            words = [word.replace(name, value) for word in words]
        assert words.pop(0) == "curl"
        assert not any("$" in word for word in words)
        target, options = words[0], list(zip(words[1::2], words[2::2], strict=True))
        headers = [tuple(value.split(": ", 1)) for option, value in options if option == "-H"]
        (body,) = [value for option, value in options if option == "-d"]
        answer = await call(composed.app, "POST", target, body.encode(), [(name, value) for name, value in headers])
        assert answer.status in (200, 201), answer.body
        answers.append(answer.json)
        if "expires_at" in answer.json:
            variables["$CODE"] = answer.json["code"]
    issued, *_, redeemed = answers
    shown = [json.loads(block.text) for block in PAGE.of("json")]
    fits(shown[0], "IssuedCode")
    fits(redeemed, "Reception")
    assert (issued["valid_for"], issued["channel"]) == (shown[0]["valid_for"], shown[0]["channel"])
    assert holds(shown[1], redeemed), redeemed
    await attended.aclose()


def test_the_tables_are_the_codes() -> None:
    assert [code(row[0])[0] for row in rows(PAGE.text, "code.state | it means")] == list(CodeState)
    assert [code(row[0])[0] for row in rows(PAGE.text, "code.reason | why | what to do")] == list(CodeTrouble)


def test_the_numbers_are_the_codes() -> None:
    assert f"`{ALPHABET}`" in TEXT
    every = len(ALPHABET) ** (LENGTH - 1)
    assert f"**{math.log2(every):.1f} bits**" in TEXT
    assert f"{LENGTH - 1} symbols of an alphabet of {len(ALPHABET)}" in TEXT
    assert f"seconds, {SHORTEST_VALID} to {LONGEST_VALID};" in TEXT
    assert f"at most {MOST_LIVE} good codes for one channel" in TEXT
    assert f"the first {MOST_CANDIDATES} are looked up" in TEXT
    assert f"at most {LONGEST_TEXT} characters" in TEXT
    minutes = [int(span.total_seconds() // 60) for span in (WINDOW, SHORTEST_WAIT, LONGEST_WAIT)]
    said = re.search(
        r"has (\d+) wrong messages in (\d+) minutes.* for (\d+) minute, then 2, 4 and so on to (\d+)", TEXT
    )
    assert said is not None
    assert [int(number) for number in said.groups()] == [MOST, *minutes]
    assert FORGIVEN.days == 1
    assert f"{ALARM} wrong codes in {minutes[0]} minutes" in TEXT


def test_the_arithmetic_is_right() -> None:
    day, waited, messages, wait = 24 * 60.0, 0.0, 0, SHORTEST_WAIT.total_seconds() / 60
    while waited < day:
        messages, waited = messages + MOST, waited + wait
        wait = min(wait * 2, LONGEST_WAIT.total_seconds() / 60)
    assert messages <= 170
    hits = 10_000 * 170 * MOST_CANDIDATES * 1000 / len(ALPHABET) ** (LENGTH - 1)
    assert f"= {hits:.9f} of a hit a day" in TEXT
    assert 1 / hits / 365 > 1_000_000
