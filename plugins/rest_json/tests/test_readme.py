"""The README's YAML is accepted as it stands."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from gateway_rest_json.settings import RequestSettings, RestJsonSettings

from gateway.adapter import SEARCH_FIELDS

README = (Path(__file__).parents[1] / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
CONTEXT = {SEARCH_FIELDS: frozenset({"cpf", "email", "fone", "nome"})}


@pytest.mark.parametrize("block", BLOCKS)
def test_every_example_is_valid(block: str) -> None:
    document = yaml.safe_load(block.replace("!env ", ""))
    given = document["settings"] if "settings" in document else document["sources"]["crm"]["settings"]
    RestJsonSettings.model_validate_json(json.dumps(given), context=CONTEXT)


def test_every_key_is_explained() -> None:
    explained = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert explained == RestJsonSettings.model_fields.keys() | RequestSettings.model_fields.keys()
