"""`gateway check`: everything that is wrong at once, and how each source is."""

from __future__ import annotations

import re
import socket
from base64 import b64encode
from pathlib import Path

import pytest

from gateway.storage.sealing import key_id
from tests.cli.conftest import Run
from tests.examples.staging import REST_PORT, XML_PORT
from tests.whole.running import House


def plain(table: str) -> str:
    """A table's words in the order of reading, without its lines."""
    return " ".join(re.sub(r"[│┃━─┏┓┗┛┡┩└┘├┤┬┴┼╇┳┻╋]", " ", table).split())


@pytest.mark.usefixtures("house")
def test_all_is_well(run: Run) -> None:
    ran = run("check")
    assert (ran.status, ran.err) == (0, "")
    assert ran.out == "4 of 4 tenants are well: aurora, boreal, cerrado, uniao.\n"


def test_every_error_of_every_file_comes_at_once_each_with_its_place(run: Run, house: House) -> None:
    house.change("aurora", ("budget: 4s", "budgt: 4s"), ("timeout: 2s", "timeout: 2"), ("kind: name", "kind: nome"))
    house.change("cerrado", ("!env CERRADO_API_TOKEN", "!env CERRADO_OTHER_TOKEN"))
    ran = run("check")
    assert (ran.status, ran.out) == (1, "2 of 4 tenants are well: boreal, uniao.\n")
    places = [re.match(r"(\S+): (.*)", line) for line in ran.err.splitlines()]
    found = [(place[1].removeprefix(f"{house.config}/tenants/"), place[2]) for place in places if place is not None]
    assert [place for place, _ in found] == [
        "aurora.yaml:10:18",
        "aurora.yaml:16:1",
        "aurora.yaml:24:27",
        "cerrado.yaml:22:30",
    ]
    kind, budget, timeout, secret = (sentence for _, sentence in found)
    assert kind.startswith("There is no kind 'nome'. ")
    assert "Did you mean 'budget'?" in budget
    assert timeout == "Write a duration as a number with its unit: 500ms, 4s or 2m."
    assert secret == "The environment variable CERRADO_OTHER_TOKEN is not set. Set it where the gateway runs."


def test_a_file_that_is_no_yaml_is_told_by_its_place(run: Run, house: House) -> None:
    house.file("aurora").write_text("tenant: aurora\nname: [Aurora\n")
    ran = run("check", "--tenant", "aurora")
    assert (ran.status, ran.out) == (1, "0 of 1 tenants are well: none.\n")
    assert re.match(rf"{house.file('aurora')}:\d+:\d+: \S", ran.err)


def test_a_broken_file_of_keys_is_told_too(run: Run, house: House) -> None:
    house.key("aurora")
    file = house.config / "keys" / "aurora.yaml"
    file.write_text(file.read_text().replace("sha256:", "sha:"))
    ran = run("check")
    assert (ran.status, ran.out) == (1, "3 of 4 tenants are well: boreal, cerrado, uniao.\n")
    assert ran.err.startswith(f"{file}:")
    assert "Did you mean 'sha256'?" in ran.err


def test_a_broken_gateway_yaml_ends_it(run: Run, house: House) -> None:
    house.config.joinpath("gateway.yaml").write_text("listen: {port: many}\nlog: {level: loud}\n")
    ran = run("check")
    assert (ran.status, ran.out) == (1, "")
    first, second = ran.err.splitlines()
    assert first.startswith(f"gateway: {house.config}/gateway.yaml:1:16: ")
    assert second.startswith(f"{house.config}/gateway.yaml:2:14: ")


@pytest.mark.usefixtures("house")
def test_only_the_tenants_that_are_named(run: Run) -> None:
    ran = run("check", "--tenant", "uniao", "--tenant", "arora")
    assert (ran.status, ran.out) == (1, "1 of 2 tenants are well: uniao.\n")
    assert ran.err == "arora: there is no such tenant. Known: aurora, boreal, cerrado, uniao.\n"


@pytest.mark.usefixtures("house")
def test_sources_are_asked_without_a_real_customer(run: Run) -> None:
    ran = run("check", "--sources")
    assert (ran.status, ran.err) == (0, "")
    table = plain(ran.out)
    for source in ("aurora pagina", "boreal servico", "cerrado api", "uniao pagina", "uniao servico", "uniao api"):
        assert re.search(rf"\b{source} well \d+\b", table), table


def test_a_source_that_is_down_or_refuses_us_is_told_with_what_to_do(
    run: Run, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    house.change("aurora", (f":{house.systems.ports[XML_PORT]}/", f":{port}/"))
    house.change("boreal", ("/clientes", "/nowhere"))
    monkeypatch.setenv("CERRADO_API_TOKEN", "an old one")
    ran = run("check", "--sources", "--tenant", "aurora", "--tenant", "boreal", "--tenant", "cerrado")
    assert ran.status == 1
    table = plain(ran.out)
    assert re.search(
        r"aurora pagina unreachable \d+ No connection to the source, or it broke\. Check its address", table
    )
    assert re.search(r"boreal servico unexpected_status \d+ The source answered with HTTP 404\.", table)
    assert re.search(r"cerrado api unauthorised \d+ The source refused our credentials\. Check upstream\.auth", table)


def test_sources_of_well_tenants_are_asked_beside_a_broken_one(run: Run, house: House) -> None:
    house.change("cerrado", (f":{house.systems.ports[REST_PORT]}/", ":http/"))
    ran = run("check", "--sources", "--tenant", "aurora", "--tenant", "cerrado")
    assert ran.status == 1
    assert "aurora pagina well" in plain(ran.out)
    assert ran.err.startswith(f"{house.file('cerrado')}:")


def test_a_tenant_of_whom_nobody_can_be_asked_by_the_unique_key_is_warned_of(run: Run, house: House) -> None:
    house.change("aurora", ("tel: fone, email: email,", "tel: fone,"))
    ran = run("check", "--tenant", "aurora")
    assert (ran.status, ran.out) == (0, "1 of 1 tenants are well: aurora.\n")
    assert ran.err.startswith("aurora: warning: sources: no source can be asked by the unique key (email)")


def test_a_source_that_cannot_be_asked_as_by_key_says_is_warned_of(run: Run, house: House) -> None:
    house.change("aurora", ("    adapter: xml_get", "    adapter: xml_get\n    by_key: email"), ("email: email, ", ""))
    ran = run("check", "--tenant", "aurora")
    assert ran.status == 0
    assert ran.err == (
        "aurora: warning: sources.pagina.by_key: the source cannot be asked with 'email'; by its settings it can with: "
        "cpf, fone, nome, pedido.\n"
    )


def test_a_past_that_is_asked_and_not_read_or_read_and_not_asked_is_warned_of(run: Run, house: House) -> None:
    house.change("cerrado", ("      check_path: /status", "      history: {path: '/orders', query: {c: '{email}'}}"))
    house.change(
        "aurora", ("    adapter: xml_get", "    history: {at: quando, unique_key: email}\n    adapter: xml_get")
    )
    ran = run("check", "--tenant", "cerrado", "--tenant", "aurora")
    assert ran.status == 0
    assert "cerrado: warning: sources.api.settings: the source tells of a customer's past" in ran.err
    assert "aurora: warning: sources.pagina.history: this source is not asked for a customer's past." in ran.err


def gateway_yaml(house: House, more: str) -> Path:
    """Has a data folder of its own, and `more`; where the folder is going to be."""
    data = house.config.parent / "kept"
    (house.config / "gateway.yaml").write_text(f"data: {data}\n{more}\n")
    return data


def test_it_says_which_key_seals_and_warns_of_the_made_one(run: Run, house: House) -> None:
    storage_key = gateway_yaml(house, "") / "storage.key"
    assert "sealed" not in run("check").err
    storage_key.parent.mkdir(mode=0o700)
    storage_key.write_text(f"{b64encode(bytes(32)).decode()}\n{b64encode(bytes(range(32))).decode()}\n")
    storage_key.chmod(0o600)
    ran = run("check")
    assert f"What is stored is sealed with the key {key_id(bytes(32)).hex()} of {storage_key}; 1 older open" in ran.err
    assert "warning: The gateway made the key that seals what is stored itself" in ran.err
    (house.config / "secrets" / "gateway").mkdir(parents=True, exist_ok=True)
    (house.config / "secrets" / "gateway" / "storage.keys").write_text(b64encode(b"k" * 32).decode())
    gateway_yaml(house, "contact_base: {keys: !file storage.keys}")
    ran = run("check")
    assert f"the key {key_id(b'k' * 32).hex()} of contact_base.keys." in ran.err
    assert "warning" not in ran.err


def test_what_is_past_its_days_goes_and_all_is_sealed_anew_on_demand(run: Run, house: House) -> None:
    gateway_yaml(house, "")
    assert "there is no database yet" in run("db", "retain").err
    assert run("db", "upgrade").status == 0
    assert run("db", "retain").out == "No tenant of whom anything is kept says how long (retention: in its file).\n"
    assert run("db", "reseal").out == "0 rows were looked at, 0 sealed anew. All are under the newest key.\n"
