"""The gateway's own key is made once, for its owner only, and never guessed from a broken file."""

from __future__ import annotations

import stat
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.core.errors import ConfigurationError
from gateway.service.sealing_key import read_keys, sealing_keys

HERE = Path("sealing.key")


def test_the_first_start_makes_a_key_that_only_its_owner_reads(tmp_path: Path) -> None:
    (key,) = sealing_keys(tmp_path / "data")
    file = tmp_path / "data" / "sealing.key"
    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["sealing.key"]
    assert sealing_keys(tmp_path / "data") == (key,)


def test_workers_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as workers:
        keys = set(workers.map(lambda _: sealing_keys(tmp_path / "data"), range(32)))
    assert len(keys) == 1


def test_a_new_key_is_put_above_the_old_one(tmp_path: Path) -> None:
    (old,) = sealing_keys(tmp_path)
    file = tmp_path / "sealing.key"
    file.write_text(b64encode(bytes(32)).decode() + "\n" + file.read_text())
    assert sealing_keys(tmp_path) == (bytes(32), old)


def test_a_key_that_others_may_read_is_refused_and_says_what_to_do(tmp_path: Path) -> None:
    sealing_keys(tmp_path)
    (tmp_path / "sealing.key").chmod(0o644)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        sealing_keys(tmp_path)


@pytest.mark.parametrize("text", ["", "not base64!", b64encode(b"short").decode(), "ã", "\n"])
def test_what_is_no_key_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(ConfigurationError, match="32 random bytes") as refused:
        read_keys(text, HERE)
    assert not text.strip() or text not in str(refused.value)


def test_the_line_that_is_no_key_is_named() -> None:
    good = b64encode(bytes(32)).decode()
    with pytest.raises(ConfigurationError, match=r"sealing\.key:2:1: this is not a key"):
        read_keys(f"{good}\nwrong\n", HERE)
