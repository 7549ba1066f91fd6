"""The README's examples do what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from gateway_xml_get.settings import XmlGetSettings

from gateway.testing import SourceResponse
from gateway.testing.source import answering, running_source
from plugins.xml_get.tests.asking import adapter_at, query
from plugins.xml_get.tests.reading import read

TEXT = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


@pytest.mark.anyio
async def test_the_source_of_the_example_is_asked_as_it_says() -> None:
    source: dict[str, Any] = yaml.safe_load(block("yaml"))["sources"]["crm"]
    (sent,) = re.findall(r"`GET (\S+)`", TEXT)
    async with (
        running_source(answering(SourceResponse(b"<clientes/>"))) as page,
        adapter_at(f"{page.url}/integracao", source["settings"]) as adapter,
    ):
        await adapter.lookup(query(nome="João"), limit=50)
        assert page.requests[-1].target == sent


def test_the_records_of_the_example_are_read_as_it_says() -> None:
    reads = frozenset({"email", "nome", "plano", "fone"})
    assert list(read(block("xml"), reads=reads).records) == json.loads(block("json"))


def test_the_table_lists_every_setting() -> None:
    table = TEXT.partition("## Settings")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(XmlGetSettings.model_fields)
