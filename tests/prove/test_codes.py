"""64 redeemers of one code in two processes over one database: one is told that it is valid, and one contact is proved."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from gateway.core.joining import Sought
from tests.prove.racing import REDEEMERS
from tests.service.attended import Attended
from tests.service.coded import Coded
from tests.storage.conftest import address, empty_database, postgresql_server

__all__ = ["address", "empty_database", "postgresql_server"]

pytestmark = pytest.mark.anyio

ROUNDS = 20 if os.environ.get("GATEWAY_PROOF") else 4


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@contextmanager
def racer(address: str, name: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.prove.racing", address, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            assert process.stdin is not None
            process.stdin.close()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


async def test_of_64_redeemers_in_two_processes_exactly_one_wins(address: str) -> None:
    attended = Attended(address)
    coded = Coded(attended)
    with racer(address, "a") as first, racer(address, "b") as second:
        racers = (first, second)
        assert [said(process) for process in racers] == ["ready", "ready"]
        for round_ in range(ROUNDS):
            code = await coded.issued(search={"email": f"cliente{round_}@example.com"})
            for process in racers:
                assert process.stdin is not None
                process.stdin.write(f"{code}\n")
                process.stdin.flush()
            came_of = "".join([said(process) for process in racers])
            assert sorted(came_of) == sorted("v" + "u" * (2 * REDEEMERS - 1)), came_of
            # One winner, and nothing of a loser is kept.
            found = await attended.storage.contacts.find("acme", Sought(keys=(f"cliente{round_}@example.com",)))
            assert [sum(one.verified for one in contact.identifiers) for contact in found] == [1]
    await attended.aclose()
