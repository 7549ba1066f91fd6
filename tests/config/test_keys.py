"""API keys: shown once, kept as hashes, found in constant work."""

import re
import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from gateway.config.keys import KeyRing
from gateway.core.errors import ConfigurationError

NOW = datetime(2026, 7, 1, 12, 0, tzinfo=timezone.utc)


class Clock:
    """Time that stands still until it is told."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(tmp_path: Path, clock: Clock) -> KeyRing:
    return KeyRing(tmp_path / "keys", now=clock)


def test_a_created_key_is_found(ring: KeyRing) -> None:
    key, shown = ring.create("acme", "helpdesk", "Zentrale", None)
    assert re.fullmatch(r"gw_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", shown)
    assert shown.split("_")[1] == key.id
    assert ring.find(shown) == key
    assert (key.tenant, key.role, key.name, key.created, key.expires) == ("acme", "helpdesk", "Zentrale", NOW, None)


def test_the_file_holds_no_key_and_only_its_owner_reads_it(ring: KeyRing, tmp_path: Path) -> None:
    key, shown = ring.create("acme", "helpdesk", 'Suporte "Sul": ção', NOW + timedelta(days=90))
    path = tmp_path / "keys/acme.yaml"
    text = path.read_text()
    assert shown not in text
    assert shown.split("_", 2)[2] not in text
    assert re.sub(r"[0-9a-f]{64}", "HASH", text) == (
        "# The API keys of acme, without the keys. The gateway writes this file; use `gateway keys`.\n"
        "keys:\n"
        f'- id: "{key.id}"\n'
        '  name: "Suporte \\"Sul\\": ção"\n'
        '  role: "helpdesk"\n'
        '  sha256: "HASH"\n'
        '  created: "2026-07-01T12:00:00Z"\n'
        '  expires: "2026-09-29T12:00:00Z"\n'
    )
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["acme.yaml"]


def test_another_process_finds_the_key_after_it_reloads(ring: KeyRing, tmp_path: Path, clock: Clock) -> None:
    other = KeyRing(tmp_path / "keys", now=clock)
    key, shown = ring.create("acme", "operator", "Ana", NOW + timedelta(days=1))
    assert other.find(shown) is None
    other.reload()
    assert other.find(shown) == key
    assert other.list("acme") == (key,)


def test_an_expired_key_opens_nothing(ring: KeyRing, clock: Clock) -> None:
    key, shown = ring.create("acme", "helpdesk", "x", NOW + timedelta(hours=1))
    clock.now = NOW + timedelta(minutes=59)
    assert ring.find(shown) == key
    clock.now = NOW + timedelta(hours=1)
    assert ring.find(shown) is None
    assert ring.list("acme") == (key,)


def test_what_is_no_key_is_found_by_nobody(ring: KeyRing) -> None:
    key, shown = ring.create("acme", "helpdesk", "x", None)
    secret = shown.split("_", 2)[2]
    wrong = secret[:-1] + ("A" if secret[-1] != "A" else "B")
    for presented in (
        "",
        "gw_",
        shown + "x",
        f"gw_{key.id}_{wrong}",
        f"gw_{'0' * 12}_{secret}",
        secret,
        "\ud800",
        "é" * 60,
    ):
        assert ring.find(presented) is None


def test_a_revoked_key_opens_nothing_and_the_others_stay(ring: KeyRing, tmp_path: Path, clock: Clock) -> None:
    key, shown = ring.create("acme", "helpdesk", "old", None)
    kept, shown_kept = ring.create("acme", "bot", "new", None)
    assert ring.revoke("acme", key.id)
    assert ring.find(shown) is None
    assert ring.find(shown_kept) == kept
    assert not ring.revoke("acme", key.id)
    assert not ring.revoke("umbrella", kept.id)
    assert not ring.revoke("../acme", kept.id)
    assert ring.revoke("acme", kept.id)
    assert KeyRing(tmp_path / "keys", now=clock).list("acme") == ()


@pytest.mark.parametrize(
    ("tenant", "role", "name", "days", "sentence"),
    [
        (
            "acme",
            "helpdsk",
            "x",
            1,
            "There is no role 'helpdsk'. Did you mean 'helpdesk'? Known: helpdesk, operator, supervisor, bot, issuer, …",
        ),
        ("acme", "bot", "", 1, "A key's name is one line of 1 to 80 characters."),
        ("acme", "bot", "a\nb", 1, "A key's name is one line of 1 to 80 characters."),
        ("acme", "bot", "x", -1, "The key would have expired already. Choose a later time."),
        ("../acme", "bot", "x", 1, "This is no tenant's slug: small letters, digits and hyphens."),
    ],
)
def test_a_key_that_makes_no_sense_is_not_made(
    ring: KeyRing, tmp_path: Path, tenant: str, role: str, name: str, days: int, sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence.removesuffix("…"))):
        ring.create(tenant, role, name, NOW + timedelta(days=days))
    assert not list(tmp_path.rglob("*.yaml"))


def test_a_file_that_is_wrong_keeps_its_old_keys_and_is_reported(ring: KeyRing, tmp_path: Path, clock: Clock) -> None:
    key, shown = ring.create("acme", "helpdesk", "x", None)
    path = tmp_path / "keys/acme.yaml"
    path.write_text(path.read_text().replace("sha256:", "sha:"))
    ring.reload()
    assert ring.find(shown) == key
    assert [str(problem) for problem in ring.problems["acme"].problems] == [
        f"{path}:3:3: The key 'sha256' is missing.",
        f"{path}:6:3: Unknown key 'sha'. Did you mean 'sha256'? Known here: id, name, role, sha256, created, expires.",
    ]
    assert KeyRing(tmp_path / "keys", now=clock).find(shown) is None
    with pytest.raises(ConfigurationError):
        ring.create("acme", "helpdesk", "y", None)
    assert "sha:" in path.read_text()


def test_a_removed_file_takes_its_keys_along(ring: KeyRing, tmp_path: Path) -> None:
    _, shown = ring.create("acme", "helpdesk", "x", None)
    (tmp_path / "keys/acme.yaml").unlink()
    ring.reload()
    assert ring.find(shown) is None


def _create(folder: str, number: int) -> str:
    return KeyRing(Path(folder), now=lambda: NOW).create("acme", "bot", f"bot {number}", None)[1]


def test_those_who_write_at_once_lose_no_key(tmp_path: Path) -> None:
    folder = str(tmp_path / "keys")
    with ThreadPoolExecutor(4) as pool:
        shown = list(pool.map(_create, [folder] * 12, range(12)))
    ring = KeyRing(Path(folder), now=lambda: NOW)
    assert all(ring.find(one) for one in shown)
    assert len(ring.list("acme")) == 12
