"""`gateway keys`: made and shown once, listed without the keys, revoked."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta, timezone

import pytest

from gateway.config.keys import KeyRing
from tests.cli.conftest import Run
from tests.whole.running import House


def ring(house: House) -> KeyRing:
    return KeyRing(house.config / "keys", now=lambda: datetime.now(timezone.utc))


def test_a_key_is_shown_once_and_only_its_hash_is_kept(run: Run, house: House) -> None:
    ran = run("keys", "create", "--tenant", "aurora", "--role", "helpdesk", "--name", "our [red]helpdesk[/red]")
    assert (ran.status, ran.err) == (0, "")
    made = re.fullmatch(
        r"Key (\w{12}) of aurora \(helpdesk\)\. It is shown this once:\n\n  (gw_\1_\S{43})\n\n", ran.out
    )
    assert made is not None
    key_id, key = made.groups()
    kept = (house.config / "keys" / "aurora.yaml").read_text()
    assert key.split("_", 2)[2] not in kept
    found = ring(house).find(key)
    assert found is not None
    assert (found.id, found.tenant, found.role, found.expires) == (key_id, "aurora", "helpdesk", None)

    listed = run("keys", "list", "--tenant", "aurora")
    assert listed.status == 0
    assert re.search(rf"{key_id} +│ our \[red\]helpdesk\[/red\] +│ helpdesk +│ .* │ never +│", listed.out)
    assert key.split("_", 2)[2] not in listed.out

    assert run("keys", "revoke", "--tenant", "aurora", key_id).out == f"Key {key_id} of aurora is revoked.\n"
    assert ring(house).find(key) is None
    assert key_id not in run("keys", "list", "--tenant", "aurora").out


def test_a_program_reads_the_key_as_json(run: Run, house: House) -> None:
    ran = run("keys", "create", "--tenant", "aurora", "--role", "operations", "--days", "30", "--json")
    made = json.loads(ran.out)
    assert made.keys() == {"id", "tenant", "role", "expires", "key"}
    in_thirty_days = datetime.now(timezone.utc) + timedelta(days=30)
    assert abs(datetime.fromisoformat(made["expires"]) - in_thirty_days) < timedelta(minutes=1)
    found = ring(house).find(made["key"])
    assert found is not None
    assert found.name == "operations"


def test_a_long_name_hides_no_id(run: Run, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    run("keys", "create", "--tenant", "aurora", "--role", "operations", "--name", "q" * 80)
    [key] = ring(house).list("aurora")
    out = run("keys", "list", "--tenant", "aurora").out
    assert key.id in out
    assert out.count("q") == 80


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tenant", "acme", "--role", "bot"), "there is no tenant 'acme': no file "),
        (("--tenant", "aurora", "--role", "helpdsk"), "There is no role 'helpdsk'. Did you mean 'helpdesk'? Known: "),
        (("--tenant", "aurora", "--role", "bot", "--name", "a\nb"), "A key's name is one line of 1 to 80 characters."),
        (
            ("--tenant", "../tenants/aurora", "--role", "bot"),
            "This is no tenant's slug: small letters, digits and hyphens.",
        ),
        (("--tenant", "aurora", "--role", "bot", "--days", "0"), "Input should be greater than or equal to 1"),
        (("--role", "bot"), "Missing option '--tenant'"),
    ],
)
def test_what_cannot_be_made_is_told(run: Run, arguments: tuple[str, ...], message: str) -> None:
    ran = run("keys", "create", *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert message in " ".join(ran.err.replace("│", " ").split())


@pytest.mark.usefixtures("house")
def test_a_tenant_that_there_is_not_has_no_empty_list(run: Run) -> None:
    ran = run("keys", "list", "--tenant", "acme")
    assert (ran.status, ran.out) == (2, "")
    assert "there is no tenant 'acme'" in ran.err


@pytest.mark.usefixtures("house")
def test_a_key_that_there_is_not_cannot_be_revoked(run: Run) -> None:
    ran = run("keys", "revoke", "--tenant", "aurora", "0a1b2c3d4e5f")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err == "aurora has no key '0a1b2c3d4e5f'. See: gateway keys list --tenant aurora\n"


def test_keys_of_a_tenant_that_is_gone_can_be_listed_and_revoked(run: Run, house: House) -> None:
    key_id = json.loads(run("keys", "create", "--tenant", "aurora", "--role", "bot", "--json").out)["id"]
    house.file("aurora").unlink()
    assert key_id in run("keys", "list", "--tenant", "aurora").out
    assert run("keys", "revoke", "--tenant", "aurora", key_id).status == 0


@pytest.mark.parametrize(
    "command", [("list",), ("revoke", "0a1b2c3d4e5f"), ("create", "--role", "bot")], ids=lambda command: command[0]
)
def test_a_broken_file_is_told_and_never_read_as_no_keys(run: Run, house: House, command: tuple[str, ...]) -> None:
    house.key("aurora")
    file = house.config / "keys" / "aurora.yaml"
    file.write_text(file.read_text() + "more: {\n")
    before = file.read_bytes()
    ran = run("keys", *command, "--tenant", "aurora")
    assert (ran.status, ran.out) == (1, "")
    assert ran.err.startswith(f"gateway: {file}:")
    assert file.read_bytes() == before
