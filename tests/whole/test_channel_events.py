"""Channels' events against the real process with two workers: one attendance, each event once, nothing in the log."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

from tests.whole.running import PATIENCE, Running, Systems, bearer, build, serving

CPF = "12345678909"
SECRETS = (
    CPF,
    "123.456.789-09",
    "visitante-secreto-7",
    "evento-secreto",
    "chamada-secreta",
    "Nome Secreto",
    "secreto@",
)
_QUICK = {"limits": {"rate": {"per_second": 100_000, "burst": 100_000}}}


@pytest.fixture(scope="module")
def gateway(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    house = build(tmp_path_factory.mktemp("events"), systems, gateway=_QUICK)
    house.key("aurora", "bot")
    with serving(house, workers=2 if sys.platform == "linux" else 1) as running:
        yield running


def take(gateway: Running, event: str, **members: Any) -> httpx2.Response:
    """Over a connection of its own: the system gives it to one of the workers."""
    body = {"channel": "chat", "event": f"evento-secreto-{event}", **members}
    address = f"http://127.0.0.1:{gateway.port}/v1/tenants/aurora/channel-events"
    return httpx2.post(address, json=body, headers=bearer(gateway.house.key("aurora", "bot")), timeout=PATIENCE)


def test_events_of_one_new_user_at_once_begin_one_attendance(gateway: Running) -> None:
    told = {"Nome": "Carlos Nogueira", "CPF": "123.456.789-09"}
    user = {"channel_user": {"value": "visitante-secreto-7"}, "data": told}
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda number: take(gateway, f"a{number}", **user), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["interaction"]["id"] for answer in answers}) == 1
    assert {answer.json()["interaction"]["link"]["how"] for answer in answers} == {"automatic"}


def test_an_event_that_comes_to_both_workers_is_taken_once(gateway: Running) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: take(gateway, "b", attendance="chamada-secreta"), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200, *[409] * 15]
    assert {answer.json()["reason"] for answer in answers if answer.status_code == 409} == {"replayed"}


def test_nothing_of_it_comes_into_the_log(gateway: Running) -> None:
    take(gateway, "c", data={"E-mail": "secreto@", "CPF": CPF, "Nome": "Nome Secreto"})
    for secret in SECRETS:
        assert secret not in gateway.log.text
