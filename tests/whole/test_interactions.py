"""An attendance against the real process: identified by the sources, linked by the match's ref, numbered, found again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.whole.running import Running, Systems, bearer, build, serving

CPF = "12345678909"
SECRETS = ("12345678909", "123.456.789-09", "5511987654321", "Anotação secreta", "op-secreto-7")


@pytest.fixture(scope="module")
def attended(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    house = build(tmp_path_factory.mktemp("attended"), systems)
    file = house.file("aurora")
    survey = 'channels: {chat: {survey: "https://pesquisa.example/{protocol}"}}\n'
    file.write_text(file.read_text("utf-8") + survey, "utf-8")
    house.key("aurora")
    house.key("aurora", "bot")
    house.key("boreal")
    with serving(house) as running:
        yield running


def post(gateway: Running, path: str, body: object = None, role: str = "helpdesk", **headers: str) -> Any:
    sent = {**bearer(gateway.house.key("aurora", role)), "Gateway-Actor": "op-secreto-7", **headers}
    answer = gateway.http.post(f"/v1/tenants/aurora{path}", json=body, headers=sent)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def test_from_the_first_message_to_the_survey(attended: Running) -> None:
    started = post(
        attended,
        "/interactions",
        {"channel": "chat", "channel_user": {"value": "5511987654321"}, "search": {"cpf": CPF}},
        "bot",
    )
    assert started["interaction"]["link"]["how"] == "automatic"
    one = f"/interactions/{started['interaction']['id']}"
    post(attended, f"{one}/first-action")
    post(attended, f"{one}/unlink")
    [match] = attended.identify("aurora", cpf=CPF).json()["matches"]
    linked = post(attended, f"{one}/link", {"ref": match["ref"]}, **{"Idempotency-Key": "k"})
    assert linked["unique_key"] == match["customer"]["unique_key"]
    post(attended, f"{one}/notes", {"text": "Anotação secreta"})
    finished = post(attended, f"{one}/finish")
    number = finished["protocol"]
    assert finished["survey"] == f"https://pesquisa.example/{number}"
    found = attended.get(f"/v1/tenants/aurora/interactions?protocol={number}", attended.house.key("aurora")).json()
    assert found["interactions"] == [finished["interaction"]]
    again = post(
        attended,
        "/interactions",
        {"channel": "chat", "channel_user": {"value": "5511987654321"}, "search": {"cpf": CPF}},
        "bot",
    )
    assert again["not_linked"] == "unlinked"


def test_another_tenant_sees_nothing_of_it(attended: Running) -> None:
    one = post(attended, "/interactions", {"channel": "chat"})["interaction"]["id"]
    for path, status in (
        (f"/v1/tenants/boreal/interactions/{one}", 404),
        (f"/v1/tenants/aurora/interactions/{one}", 404),
    ):
        assert attended.get(path, attended.house.key("boreal")).status_code == status
    listed = attended.get("/v1/tenants/boreal/interactions", attended.house.key("boreal")).json()
    assert listed["interactions"] == []


def test_a_match_of_another_tenant_links_nothing(attended: Running) -> None:
    one = post(attended, "/interactions", {"channel": "chat"})["interaction"]["id"]
    [match] = attended.identify("boreal", cpf=CPF).json()["matches"]
    refused = attended.http.post(
        f"/v1/tenants/aurora/interactions/{one}/link",
        json={"ref": match["ref"]},
        headers={**bearer(attended.house.key("aurora")), "Gateway-Actor": "op-secreto-7"},
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "ref_forged")


def test_nothing_that_was_said_comes_into_the_log(attended: Running) -> None:
    started = post(attended, "/interactions", {"channel": "phone", "context": {"variables": {"cpf": CPF}}})
    assert started["interaction"]["protocol"]
    for secret in SECRETS:
        assert secret not in attended.log.text
