"""A configuration folder for each test."""

from pathlib import Path

import pytest

from tests.config.acme import Folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    path = tmp_path / "config"
    (path / "tenants").mkdir(parents=True)
    return Folder(path)
