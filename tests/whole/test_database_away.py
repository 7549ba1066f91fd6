"""The gateway's own database goes away, is full or outdated: identify still answers and says so, writes are refused, and
nothing is lost that was confirmed."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from gateway.storage.engine import embedded
from gateway.storage.migrate import HEAD, upgrade
from tests.storage.postgresql import Server, postgresql
from tests.whole.running import House, Running, Systems, bearer, build, serving

TENANT, CPF = "aurora", "12345678909"


@pytest.fixture
def server() -> Iterator[Server]:
    """A server of its own, since it is stopped."""
    with postgresql() as started:
        yield started


def housed(folder: Path, systems: Systems, database: str | None = None) -> House:
    kept = {} if database is None else {"contact_base": {"database": database}}
    # Whoever waits for the audit asks for it again and again.
    house = build(folder, systems, gateway={"limits": {"rate": {"per_second": 100_000, "burst": 100_000}}, **kept})
    for role in ("helpdesk", "auditor", "operations"):
        house.key(TENANT, role)
    return house


def start(gateway: Running, key: str) -> httpx2.Response:
    headers = {**bearer(gateway.house.key(TENANT)), "Gateway-Actor": "op-7", "Idempotency-Key": key}
    return gateway.http.post(f"/v1/tenants/{TENANT}/interactions", json={"channel": "chat"}, headers=headers)


def listed(gateway: Running) -> set[str]:
    answer = gateway.get(f"/v1/tenants/{TENANT}/interactions", gateway.house.key(TENANT))
    assert answer.status_code == 200, answer.text
    return {interaction["id"] for interaction in answer.json()["interactions"]}


def contact_base(identification: Any) -> str:
    """What the contact base answered as a source."""
    assert identification["outcome"] == "found"
    [answer] = [answer for answer in identification["sources"] if answer["source"] == "contact_base"]
    assert identification["complete"] is (answer["outcome"] != "failed")
    return str(answer.get("code", answer["outcome"]))


def readiness(gateway: Running) -> Any:
    answer = gateway.get("/readyz", gateway.house.key(TENANT, "operations"))
    assert answer.status_code == 200
    return answer.json()


def audited(gateway: Running, lookups: int) -> None:
    """Until so many lookups are in the audit: what was asked while the database was away is written when it is back."""
    address = f"/v1/tenants/{TENANT}/audit?action=identify"
    while len(gateway.get(address, gateway.house.key(TENANT, "auditor")).json()["entries"]) < lookups:
        pass


def refused(answer: httpx2.Response, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, code), answer.text


def test_a_server_that_goes_and_comes_back(server: Server, systems: Systems, tmp_path: Path) -> None:
    address = server.new_database()
    upgrade(address)
    with serving(housed(tmp_path, systems, address)) as gateway:
        before = start(gateway, "k-1").json()["interaction"]["id"]
        assert contact_base(gateway.identify(TENANT, cpf=CPF).json()) == "not_found"
        server.stop()
        assert contact_base(gateway.identify(TENANT, cpf=CPF).json()) == "storage_unavailable"
        refused(start(gateway, "k-2"), "storage_unavailable")
        refused(
            gateway.get(f"/v1/tenants/{TENANT}/interactions/{before}", gateway.house.key(TENANT)), "storage_unavailable"
        )
        assert readiness(gateway) == {"ready": True, "tenants": [], "storage": "storage_unavailable"}
        for work in ("read", "write"):
            gateway.log.wait_for("storage_unavailable", where=lambda line, work=work: line["work"] == work)
        server.start()
        # The same request again, as it was told: done once, whatever became of the first.
        after = start(gateway, "k-2").json()["interaction"]["id"]
        assert start(gateway, "k-1").json()["interaction"]["id"] == before
        assert listed(gateway) == {before, after}
        assert contact_base(gateway.identify(TENANT, cpf=CPF).json()) == "not_found"
        for work in ("read", "write"):
            gateway.log.wait_for("storage_back", where=lambda line, work=work: line["work"] == work)
        assert readiness(gateway) == {"ready": True, "tenants": []}
        audited(gateway, 3)
        assert 'gateway_storage_failures_total{code="storage_unavailable",work="write"}' in gateway.metrics()
        assert "gateway_audit_lost_total 0.0" in gateway.metrics()


def test_a_server_with_outdated_tables_is_mended_without_a_restart(
    server: Server, systems: Systems, tmp_path: Path
) -> None:
    house = housed(tmp_path, systems, server.new_database())
    with serving(house) as gateway:
        assert contact_base(gateway.identify(TENANT, cpf=CPF).json()) == "storage_outdated"
        refused(start(gateway, "k-1"), "storage_outdated")
        assert "gateway db upgrade" in start(gateway, "k-1").json()["detail"]
        assert readiness(gateway)["storage"] == "storage_outdated"
        assert gateway.log.wait_for("storage_unavailable")["code"] == "storage_outdated"
        command = [sys.executable, "-m", "gateway", "db", "upgrade", "--config", str(house.config)]
        upgraded = subprocess.run(command, capture_output=True, text=True, check=True)
        assert upgraded.stdout == f"The tables were at nothing, and are at {HEAD} now.\n"
        assert start(gateway, "k-1").status_code == 201
        assert contact_base(gateway.identify(TENANT, cpf=CPF).json()) == "not_found"
        assert readiness(gateway) == {"ready": True, "tenants": []}
        audited(gateway, 2)


def test_an_embedded_database_that_cannot_grow(systems: Systems, tmp_path: Path) -> None:
    with serving(housed(tmp_path, systems)) as gateway:
        process = gateway.process.process
        assert process is not None
        before = start(gateway, "k-1").json()["interaction"]["id"]
        # As a full disk does it: nothing more is written to any file.
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        refused(start(gateway, "k-2"), "storage_unavailable")
        assert contact_base(gateway.identify(TENANT, cpf=CPF).json()) == "not_found"
        assert listed(gateway) == {before}
        assert readiness(gateway)["storage"] == "storage_unavailable"
        assert gateway.log.wait_for("storage_unavailable")["work"] == "write"
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        after = start(gateway, "k-2").json()["interaction"]["id"]
        assert listed(gateway) == {before, after}
        assert readiness(gateway) == {"ready": True, "tenants": []}
        gateway.log.wait_for("storage_back")
        audited(gateway, 1)


def test_a_process_that_is_stopped_has_written_its_audit(systems: Systems, tmp_path: Path) -> None:
    house = housed(tmp_path, systems)
    with serving(house) as gateway:
        gateway.identify(TENANT, cpf=CPF)
    with serving(house) as gateway:
        answer = gateway.get(f"/v1/tenants/{TENANT}/audit", house.key(TENANT, "auditor"))
        assert [entry["kinds"] for entry in answer.json()["entries"]] == [["cpf"]]
    data = tmp_path / "data"
    assert embedded(data).endswith("gateway.db")
    assert CPF.encode() not in b"".join(file.read_bytes() for file in data.iterdir())
