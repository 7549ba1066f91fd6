"""One of two processes that show the same code at once, over one database: `python -m tests.prove.racing ADDRESS NAME`.

A line on standard input is a code; for each, a line on standard output says what came of it: a letter a redeemer.
"""

from __future__ import annotations

import asyncio
import sys

from gateway.core.facts import CodeState
from gateway.core.issued_code import CodeTrouble
from tests.service.attended import Attended
from tests.service.coded import Coded

REDEEMERS = 32
_WON, _USED, _OTHER = "v", "u", "?"


async def race(address: str, name: str) -> None:
    attended = Attended(address)
    coded, number = Coded(attended), 0
    try:
        print("ready", flush=True)
        while code := (await asyncio.to_thread(sys.stdin.readline)).strip():
            number += 1
            shown = await asyncio.gather(
                *(coded.show(f"é o {code}", f"{name}-{number}-{redeemer}") for redeemer in range(REDEEMERS))
            )
            print("".join([_letter(one.state, one.reason) for one in shown]), flush=True)
    finally:
        await attended.aclose()


def _letter(state: CodeState, reason: CodeTrouble | None) -> str:
    if state is CodeState.VALID:
        return _WON
    return _USED if reason is CodeTrouble.USED else _OTHER


if __name__ == "__main__":
    asyncio.run(race(*sys.argv[1:]))
