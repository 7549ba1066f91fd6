"""Changes of the configuration while the gateway serves: taken up whole, or kept out and told of, and never a restart."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.examples.staging import ROOT
from tests.whole.running import PATIENCE, Entry, Running, Systems, build, serving

JOAO = {"cpf": "01234567890"}
TENANTS = ("mudada", "quebrada", "finda", "chaves", "segredo")
LATER = ("nova", "nova-quebrada")


@pytest.fixture(scope="module")
def gateway(systems: Systems, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A gateway whose tenants, all like `aurora`, belong to one test each. Its folder is reached by a link, as where
    releases are exchanged."""
    folder = tmp_path_factory.mktemp("reload")
    rates = {"limits": {"rate": {"per_second": 100_000, "burst": 100_000}}}
    house = build(folder, systems, granted=(*TENANTS, *LATER), gateway=rates)
    (folder / "config").rename(folder / "release-1")
    (folder / "config").symlink_to("release-1")
    for tenant in TENANTS:
        house.add(tenant, "aurora")
    secret = house.config / "secrets" / "segredo" / "senha"
    secret.parent.mkdir(parents=True)
    secret.write_text("not yet the right one")
    house.change("segredo", ("!env AURORA_PAGE_PASSWORD", "!file senha"))
    for tenant in ("aurora", "boreal", *TENANTS):
        house.key(tenant)
    house.key("quebrada", "operations")
    house.key("aurora", "operations")
    with serving(house) as running:
        yield running


def names(entry: Entry, tenant: str) -> bool:
    return bool(entry.get("tenant") == tenant or tenant in (*entry.get("changed", ()), *entry.get("removed", ())))


def outcome(reply: httpx2.Response) -> str:
    answer = reply.json()
    return str(answer.get("outcome", answer.get("code")))


def test_a_changed_file_is_taken_up(gateway: Running) -> None:
    def label() -> str:
        fields = gateway.get("/v1/tenants/mudada/search-fields", gateway.house.key("mudada")).json()["search_fields"]
        return str({field["name"]: field["label"] for field in fields}["nome"])

    assert label() == "Nome"
    gateway.house.change("mudada", ("label: Nome}", "label: Nome completo}"))
    gateway.log.wait_for("configuration_taken", where=lambda entry: names(entry, "mudada"))
    assert label() == "Nome completo"
    assert outcome(gateway.identify("mudada", **JOAO)) == "found"


def test_a_broken_change_is_kept_out_and_shown_until_it_is_mended(gateway: Running) -> None:
    def told(tenant: str) -> list[Any]:
        return list(gateway.get("/readyz", gateway.house.key(tenant, "operations")).json()["tenants"])

    file = gateway.house.file("quebrada")
    right = file.read_text(encoding="utf-8")
    gateway.house.change("quebrada", ("budget: 4s", "budgt: 4s"), ("kind: email, of: person", "kind: mail, of: person"))
    line = gateway.log.wait_for("configuration_broken", where=lambda entry: names(entry, "quebrada"))
    kind, budget = line["problems"]
    assert kind.startswith(f"{file}:15:33: There is no kind 'mail'. Did you mean 'email'?")
    assert budget.startswith(f"{file}:16:1: ")
    assert "Did you mean 'budget'?" in budget
    assert outcome(gateway.identify("quebrada", **JOAO)) == "found"
    assert told("quebrada") == [{"tenant": "quebrada", "problems": line["problems"]}]
    assert told("aurora") == []
    assert gateway.http.get(f"{gateway.operations}/readyz").json() == {"ready": True, "tenants": told("quebrada")}
    assert gateway.get("/readyz").json() == {"ready": True}
    assert "gateway_tenants_broken 1.0\n" in gateway.metrics()
    assert 'gateway_config_reloads_total{result="broken"} 1.0\n' in gateway.metrics()

    file.write_text(right, encoding="utf-8")
    gateway.log.wait_for("configuration_mended", where=lambda entry: names(entry, "quebrada"))
    assert told("quebrada") == []
    assert "gateway_tenants_broken 0.0\n" in gateway.metrics()
    assert outcome(gateway.identify("quebrada", **JOAO)) == "found"


def test_a_new_file_is_a_new_tenant(gateway: Running) -> None:
    gateway.house.add("nova", "aurora")
    gateway.log.wait_for("configuration_taken", where=lambda entry: names(entry, "nova"))
    key = gateway.house.key("nova")
    assert outcome(until(gateway, "nova", key, 200)) == "found"


def test_a_new_file_that_is_wrong_answers_that_its_configuration_is_broken(gateway: Running) -> None:
    gateway.house.add("nova-quebrada", "aurora", ("adapter: xml_get", "adapter: xml_gte"))
    gateway.log.wait_for("configuration_broken", where=lambda entry: names(entry, "nova-quebrada"))
    reply = until(gateway, "nova-quebrada", gateway.house.key("nova-quebrada"), 503)
    problem = reply.json()
    assert (problem["code"], problem["detail"]) == (
        "tenant_broken",
        "This tenant's configuration is broken. `gateway check` says where; mend the file and it is taken up.",
    )
    mark = gateway.log.mark()
    gateway.house.change("nova-quebrada", ("adapter: xml_gte", "adapter: xml_get"))
    gateway.log.wait_for("configuration_taken", mark, lambda entry: names(entry, "nova-quebrada"))
    assert outcome(gateway.identify("nova-quebrada", **JOAO)) == "found"


def test_a_tenant_whose_file_is_gone_is_unknown(gateway: Running) -> None:
    assert outcome(gateway.identify("finda", **JOAO)) == "found"
    gateway.house.file("finda").unlink()
    gateway.log.wait_for("configuration_taken", where=lambda entry: names(entry, "finda"))
    reply = gateway.identify("finda", **JOAO)
    assert (reply.status_code, outcome(reply)) == (404, "unknown_tenant")


def test_a_secret_that_was_exchanged_is_used(gateway: Running) -> None:
    [refused, _] = gateway.identify("segredo", **JOAO).json()["sources"]
    assert refused["code"] == "unauthorised"
    secret = gateway.house.config / "secrets" / "segredo" / "senha"
    secret.write_text(gateway.house.systems.secrets["AURORA_PAGE_PASSWORD"] + "\n")
    gateway.log.wait_for("configuration_taken", where=lambda entry: names(entry, "segredo"))
    assert outcome(gateway.identify("segredo", **JOAO)) == "found"


def test_keys_made_and_revoked_by_the_command_line_count_at_once(gateway: Running) -> None:
    made = json.loads(keys(gateway, "create", "--tenant", "chaves", "--role", "helpdesk", "--json"))
    until(gateway, "chaves", made["key"], 200)
    keys(gateway, "revoke", "--tenant", "chaves", made["id"])
    until(gateway, "chaves", made["key"], 401)
    assert outcome(gateway.identify("chaves", **JOAO)) == "found"


def test_a_folder_that_is_away_for_a_moment_changes_nothing(gateway: Running) -> None:
    tenants = gateway.house.config / "tenants"
    tenants.rename(tenants.with_name("elsewhere"))
    assert gateway.log.wait_for("configuration_unreadable")["reason"] == "No such file or directory"
    assert outcome(gateway.identify("aurora", **JOAO)) == "found"
    mark = gateway.log.mark()
    tenants.with_name("elsewhere").rename(tenants)
    gateway.house.change("aurora", ("name: Aurora Seguros", "name: Aurora"))
    gateway.log.wait_for("configuration_taken", mark, lambda entry: names(entry, "aurora"))


def test_sighup_takes_up_what_no_watch_can_see(gateway: Running) -> None:
    folder = gateway.house.folder
    release(folder)
    mark = gateway.log.mark()
    gateway.hang_up()
    gateway.log.wait_for("configuration_taken", mark, lambda entry: names(entry, "boreal"))
    fields = gateway.get("/v1/tenants/boreal/search-fields", gateway.house.key("boreal")).json()["search_fields"]
    assert [field["label"] for field in fields][:2] == ["CPF do titular", "CNPJ"]


def release(folder: Path) -> None:
    """A whole new folder takes the place of the old one in one step."""
    subprocess.run(["cp", "-r", "release-1", "release-2"], cwd=folder, check=True)
    file = folder / "release-2" / "tenants" / "boreal.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("label: CPF}", "label: CPF do titular}"), encoding="utf-8")
    (folder / "next").symlink_to("release-2")
    (folder / "next").replace(folder / "config")


def until(gateway: Running, tenant: str, key: str, status: int) -> httpx2.Response:
    """The first answer with this status: a key that was just written is seen a moment later."""
    deadline = time.monotonic() + PATIENCE
    while (reply := gateway.identify(tenant, key, **JOAO)).status_code != status:
        assert time.monotonic() < deadline, reply.text
    return reply


def keys(gateway: Running, command: str, *arguments: str) -> str:
    """`gateway keys`, as somebody else runs it beside the server."""
    line = [sys.executable, "-m", "gateway", "keys", command, "--config", str(gateway.house.config), *arguments]
    return subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True).stdout
