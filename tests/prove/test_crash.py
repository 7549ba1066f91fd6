"""`kill -9` under load: every confirmed write is there, what was not answered is done once, no protocol number twice."""

from __future__ import annotations

import os
import random
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.prove.crash import AT_ONCE, Caller, Ledger, Place, Write, attend
from tests.storage.conftest import postgresql_server
from tests.storage.postgresql import Server

__all__ = ["postgresql_server"]

ROUNDS = 20 if os.environ.get("GATEWAY_PROOF") else 4
SEED = 20261122
_FEWEST, _MOST = 10, 120
"""Writes that are confirmed in a round before the server is killed."""
_AGAIN = 40
"""Confirmed writes that are sent again after each round."""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_what_was_confirmed_survives_kill_nine(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    place = Place(tmp_path, _address(kind, request))
    chance, ledger = random.Random(SEED), Ledger()
    contacts: list[str] = []
    for round_ in range(ROUNDS):
        # One process, then two workers, in turn.
        with place.serving(workers=1 + round_ % 2) as port:
            with closing(Caller(port, place.key)) as caller:
                _send_again(caller, ledger)
                contacts = contacts or _registered(caller)
            _load(place, port, ledger, f"r{round_}", contacts, len(ledger.confirmed) + chance.randint(_FEWEST, _MOST))
    with place.serving(workers=1) as port, closing(Caller(port, place.key)) as caller:
        _send_again(caller, ledger)
        _is_all_there(caller, ledger)


def _address(kind: str, request: pytest.FixtureRequest) -> str | None:
    if kind == "sqlite":
        return None
    server = request.getfixturevalue("postgresql_server")
    assert isinstance(server, Server)
    return server.new_database()


def _registered(caller: Caller) -> list[str]:
    names = (f"Cliente {number}" for number in range(3))
    made = [caller.send(Write("/contacts", f'{{"name": "{name}"}}', name.replace(" ", "-"))) for name in names]
    return [confirmed.answer["id"] for confirmed in made]


def _load(place: Place, port: int, ledger: Ledger, name: str, contacts: list[str], until: int) -> None:
    """Until so many writes are confirmed; then the server is killed."""
    callers = [
        threading.Thread(target=attend, args=(Caller(port, place.key), ledger, f"{name}.{number}", contacts))
        for number in range(AT_ONCE)
    ]
    for caller in callers:
        caller.start()
    ledger.wait_for(until)
    place.strike()
    for caller in callers:
        caller.join(60)
        assert not caller.is_alive()


def _send_again(caller: Caller, ledger: Ledger) -> None:
    """What was not answered, and is done now unless it was; and of what was confirmed the last, which must have been."""
    unanswered, ledger.unanswered = ledger.unanswered, []
    for known in ledger.confirmed[-_AGAIN:]:
        again = caller.send(known.write)
        assert again.replayed
        assert _id(again.answer) == _id(known.answer)
    for write in unanswered:
        ledger.confirmed.append(caller.send(write))


def _id(answer: dict[str, Any]) -> str:
    made: str = answer["interaction"]["id"] if "interaction" in answer else answer["id"]
    return made


def _is_all_there(caller: Caller, ledger: Ledger) -> None:
    there = _everything(caller)
    started = [_id(one.answer) for one in ledger.confirmed if one.write.path == "/interactions"]
    assert sorted(started) == sorted(there), "each start made one interaction, and nothing else did"
    numbers = [one["protocol"] for one in there.values() if "protocol" in one]
    assert len(set(numbers)) == len(numbers), "no protocol number twice"
    assert sorted(int(number.partition("-")[2]) for number in numbers) == list(range(1, len(numbers) + 1))
    for seen in ledger.numbers.values():
        assert len(set(seen)) == len(seen)
    for one in ledger.confirmed:
        _holds(caller, one.write.path, one.write.body, one.answer, there)


def _everything(caller: Caller) -> dict[str, dict[str, Any]]:
    """Every interaction, by its id."""
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    while True:
        page = caller.get(f"/interactions?limit=100{cursor}")
        found.update({one["id"]: one for one in page["interactions"]})
        if "next" not in page:
            return found
        cursor = f"&cursor={page['next']}"


def _holds(caller: Caller, path: str, body: str, answer: dict[str, Any], there: dict[str, dict[str, Any]]) -> None:
    """What was confirmed is so."""
    what = path.rpartition("/")[2]
    if what == "notes":
        notes = caller.get(path.removesuffix("/notes"))["notes"]
        assert [note["id"] for note in notes] == [answer["id"]]
        return
    now = there[_id(answer)]
    confirmed = answer.get("interaction", answer)
    if "protocol" in confirmed:
        assert now["protocol"] == confirmed["protocol"]
    if what == "link":
        assert now["link"] == confirmed["link"]
        assert now["link"]["contact"] in body
    if what == "finish":
        assert now == confirmed
