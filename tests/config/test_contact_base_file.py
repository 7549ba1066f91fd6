"""The contact base's part of gateway.yaml: what is wrong is said, and no password stands in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.contact_base_file import ContactBaseSettings
from gateway.config.gateway_file import load_gateway
from gateway.core.errors import ConfigurationError

SECRET = "postgresql://gateway:hunter2@db.example/gateway"


def load(tmp_path: Path, text: str, **environ: str) -> ContactBaseSettings | None:
    path = tmp_path / "gateway.yaml"
    path.write_text(f"contact_base: {text}\n")
    return load_gateway(path, environ).contact_base


def complaint(tmp_path: Path, text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, text, **environ)
    [problem] = caught.value.problems
    assert "hunter2" not in str(problem)
    return problem.message


def test_the_embedded_database_needs_no_word(tmp_path: Path) -> None:
    assert load(tmp_path, "{}") == ContactBaseSettings()
    assert load(tmp_path, "{enabled: false}") is None


def test_an_address_without_a_password_may_stand_in_the_file(tmp_path: Path) -> None:
    for address in ("postgresql://gateway@db.example/gateway", "sqlite:///var/gateway.db"):
        settings = load(tmp_path, f"{{database: '{address}'}}")
        assert settings is not None
        assert settings.database is not None
        assert settings.database.reveal() == address


def test_an_address_with_a_password_comes_from_outside(tmp_path: Path) -> None:
    settings = load(tmp_path, "{database: !env DB}", DB=SECRET)
    assert settings is not None
    assert settings.database is not None
    assert settings.database.reveal() == SECRET
    assert "hunter2" not in repr(settings)
    assert complaint(tmp_path, f"{{database: '{SECRET}'}}") == (
        "The address has a password in it. Put the whole address into a variable and write !env NAME."
    )


def test_what_is_no_database_is_refused_without_repeating_it(tmp_path: Path) -> None:
    expected = "Write sqlite:///folder/file.db or postgresql://user@host:5432/database."
    assert complaint(tmp_path, "{database: 'mysql://db/gateway'}") == (
        f"This is no database that the gateway knows. {expected}"
    )
    assert complaint(tmp_path, "{database: !env DB}", DB="hunter2") == (
        f"This is no database that the gateway knows. {expected}"
    )
    assert complaint(tmp_path, "{database: 7}") == f"This is no database's address. {expected}"
    assert complaint(tmp_path, "{database: !env DB}") == (
        "The environment variable DB is not set. Set it where the gateway runs."
    )


def test_keys_are_secrets(tmp_path: Path) -> None:
    settings = load(tmp_path, "{keys: !env KEYS}", KEYS="a b")
    assert settings is not None
    assert settings.keys is not None
    assert complaint(tmp_path, "{keys: hunter2}").startswith("A secret does not stand in the file: write '!env NAME'")
