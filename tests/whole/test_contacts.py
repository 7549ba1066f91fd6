"""A person whom no source knows, against the real process: registered, found, merged, pushed; never logged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.examples.people import NOBODY_CPF
from tests.whole.running import Running, Systems, bearer, build, serving

SECRETS = (NOBODY_CPF, "Rita Registrada", "rita@example.com", "op-secreto-7")


@pytest.fixture(scope="module")
def keeping(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    house = build(tmp_path_factory.mktemp("contacts"), systems)
    file = house.file("aurora")
    text = "\n".join(line for line in file.read_text("utf-8").splitlines() if not line.startswith("stored_fields"))
    file.write_text(f"{text}\nstored_fields: [name, emails]\n", "utf-8")
    for role in ("helpdesk", "company"):
        house.key("aurora", role)
    with serving(house) as running:
        yield running


def send(
    gateway: Running, method: str, path: str, body: object = None, role: str = "helpdesk", status: int = 200
) -> Any:
    sent = {**bearer(gateway.house.key("aurora", role)), "Gateway-Actor": "op-secreto-7"}
    answer = gateway.http.request(method, f"/v1/tenants/aurora/contacts{path}", json=body, headers=sent)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_from_the_registration_to_the_companys_push(keeping: Running) -> None:
    assert keeping.identify("aurora", cpf=NOBODY_CPF).json()["outcome"] == "not_found"
    rita = send(
        keeping,
        "POST",
        "",
        {"name": "Rita Registrada", "identifiers": [{"kind": "cpf", "value": NOBODY_CPF}]},
        status=201,
    )
    found = keeping.identify("aurora", cpf=NOBODY_CPF).json()
    assert found["outcome"] == "found"
    [match] = found["matches"]
    assert (match["verified"], match["contact"]) == (True, rita)
    assert "customer" not in match

    pushed = send(keeping, "PUT", "", {"unique_key": "rita@example.com", "name": "Rita Registrada"}, "company")
    merged = send(keeping, "POST", "/merge", {"source": pushed["id"], "target": rita["id"]})
    assert merged["contact"]["unique_key"]["value"] == "rita@example.com"
    [match] = keeping.identify("aurora", cpf=NOBODY_CPF).json()["matches"]
    assert match["contact"] == merged["contact"]
    send(keeping, "POST", f"/moves/{merged['move']}/undo")
    send(keeping, "POST", f"/{rita['id']}/deactivate")
    assert keeping.identify("aurora", cpf=NOBODY_CPF).json()["outcome"] == "not_found"


def test_nothing_of_anybody_is_in_the_log(keeping: Running) -> None:
    text = keeping.log.text
    assert "identification" in text
    for secret in SECRETS:
        assert secret not in text
