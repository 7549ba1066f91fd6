"""Case `guessing`: a million random codes of the right form against 1,000 good ones; none is hit, and nearly all wait."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from random import Random
from time import perf_counter

from gateway.core.code import MOST_CANDIDATES, new_code
from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from gateway.service.codes import CodeDesk, IssueRequest
from gateway.service.redeeming import Redeeming, RedeemRequest
from gateway.storage.engine import embedded
from gateway.storage.migrate import upgrade
from tests.bench.figures import Taken
from tests.bench.measuring import Run
from tests.service.attended import BOT, Attended
from tests.service.coded import ISSUER, HeardOfCodes

MILLION = 1_000_000
_LIVE = 1000
_AT_ONCE = 64


def guessing(run: Run, folder: Path, guesses: int = MILLION, users: int = 500) -> Taken:
    """Through the use case, on SQLite: four codes a message, as many as are looked up, of so many users of the channel."""
    return asyncio.run(_guess(folder, guesses, users))


async def _guess(folder: Path, guesses: int, users: int) -> Taken:
    address = embedded(folder)
    upgrade(address)
    attended, heard = Attended(address), HeardOfCodes()
    house, codes = attended.house, attended.storage.codes
    desk, redeeming = CodeDesk(codes, house, _now), Redeeming(codes, house, house.identifier, heard, _now)
    people = (IssueRequest(search={"email": f"cliente{number}@example.com"}) for number in range(_LIVE))
    await asyncio.gather(*(desk.issue(ISSUER, person) for person in people))
    messages, began = _messages(guesses, users), perf_counter()
    while at_once := list(islice(messages, _AT_ONCE)):
        await asyncio.gather(*(redeeming.redeem(BOT, message) for message in at_once))
    seconds = perf_counter() - began
    await attended.aclose()
    states = [state for state, _ in heard.shown]
    throttled = sum(trouble is CodeTrouble.THROTTLED for _, trouble in heard.shown)
    return Taken(
        {
            "guesses": float(len(states) * MOST_CANDIDATES),
            "found": float(states.count(CodeState.VALID)),
            "judged": float(len(states) - throttled) * MOST_CANDIDATES,
            "throttled_share": throttled / len(states),
            "alarms": float(heard.alarms),
            "seconds": seconds,
            "guesses_per_second": len(states) * MOST_CANDIDATES / seconds,
        }
    )


def _messages(guesses: int, users: int) -> Iterator[RedeemRequest]:
    # A guesser's chance need not be a secret; drawing it costs a tenth then.
    below = Random(20261122).randrange
    for number in range(guesses // MOST_CANDIDATES):
        text = " ".join([new_code(below).written for _ in range(MOST_CANDIDATES)])
        yield RedeemRequest(text, "whatsapp", ("channel_user", f"guesser-{number % users}"))


def _now() -> datetime:
    return datetime.now(timezone.utc)
