"""From a definite `not_found` to the company's own base, over the wire, with the process that serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.whole.running import Running, Systems, bearer, build, serving

CPF = "111.444.777-35"


@pytest.fixture
def own(systems: Systems, tmp_path: Path):  # type: ignore[no-untyped-def]
    house = build(tmp_path, systems)
    for tenant, role in (("cerrado", "helpdesk"), ("cerrado", "loader"), ("aurora", "helpdesk"), ("aurora", "loader")):
        house.key(tenant, role)
    with serving(house) as running:
        yield running


def stored(running: Running, tenant: str, search: dict[str, str], **more: object) -> dict[str, object]:
    """The prospect that the answer proposed."""
    answer = running.ask(tenant, {"search": search}).json()
    assert answer["outcome"] == "not_found"
    headers = {**bearer(running.house.key(tenant)), "Gateway-Actor": "op-7"}
    body = {"ref": answer["proposal"]["ref"], **more}
    made = running.http.post(f"/v1/tenants/{tenant}/prospects", json=body, headers=headers)
    assert made.status_code == 201, made.text
    return dict(made.json())


def loaded(running: Running, tenant: str) -> list[dict[str, object]]:
    """The prospects, after a load over the API has ended."""
    key = bearer(running.house.key(tenant, "loader"))
    since = running.log.mark()
    begun = running.http.post(f"/v1/tenants/{tenant}/prospects/load", json={}, headers=key)
    assert begun.status_code == 202, begun.text
    running.log.wait_for("prospects_loaded", since)
    return list(running.http.get(f"/v1/tenants/{tenant}/prospects", headers=key).json()["prospects"])


def test_an_unknown_cpf_is_loaded_into_the_source_and_found_the_next_time(own: Running) -> None:
    prospect = stored(own, "cerrado", {"cpf": CPF}, form={"nome": "Nilza Prado", "email": "nilza@example.com"})
    again = own.ask("cerrado", {"search": {"cpf": CPF}}).json()
    assert again["known_prospect"]["id"] == prospect["contact"]
    [listed] = loaded(own, "cerrado")
    assert (listed["contact"], listed["state"]) == (prospect["contact"], "loaded")
    found = own.ask("cerrado", {"search": {"cpf": CPF}, "refresh": True}).json()
    assert (found["outcome"], found["matches"][0]["customer"]["name"]) == ("found", "Nilza Prado")
    for value in ("nilza", "Nilza", "11144477735", "111.444"):
        assert value not in own.log.text


def test_a_keyed_prospect_is_in_the_days_file(own: Running) -> None:
    prospect = stored(own, "aurora", {"email": "novo@example.com"}, name="Novo da Silva")
    assert (prospect["option"], prospect["state"]) == ("keyed", "pending")
    [listed] = loaded(own, "aurora")
    assert listed["state"] == "loaded"
    [file] = (own.house.folder / "data" / "prospects" / "aurora").glob("prospects-*.csv")
    assert "Novo da Silva" in file.read_text("utf-8")
    assert "Novo" not in own.log.text
