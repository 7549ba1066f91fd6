"""The guide of the Direct Talk page shows what the page answers."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from gateway.config.tenant_file import FacadesFile
from gateway.core.model import Identification, Match
from tests.api.answers import FOUND, MARIA, NOT_FOUND
from tests.api.composed import HELPDESK
from tests.facades.test_direct_talk import Page

pytestmark = pytest.mark.anyio

GUIDE = (Path(__file__).parents[2] / "docs" / "facade-direct-talk.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"<!-- answer: (\w+) -->\n```xml\n(.*?)```", GUIDE, re.DOTALL))
SHOWN = replace(MARIA, documents=MARIA.documents[:1], display={})
ANSWERS = {"found": replace(FOUND, matches=(Match(SHOWN, verified=True),)), "not_found": NOT_FOUND}


@pytest.mark.parametrize("name", ANSWERS)
async def test_the_examples_are_what_the_page_answers(name: str) -> None:
    answer: Identification = ANSWERS[name]
    answered = await Page(answer).get(f"nome=maria&chave={HELPDESK}")
    assert answered.body.decode("iso-8859-1") == EXAMPLES[name]


def test_every_example_is_checked() -> None:
    assert EXAMPLES.keys() == ANSWERS.keys()


def test_the_yaml_is_what_a_tenants_file_takes() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)
    facade = FacadesFile.model_validate(yaml.safe_load(block)["facades"]).direct_talk
    assert facade is not None
    assert (facade.key, facade.parameter) == ("query", "chave")
