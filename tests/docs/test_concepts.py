"""The page of concepts says what the core does."""

from __future__ import annotations

import pytest

from gateway.core import names
from gateway.core.junk import is_junk
from gateway.core.likeness import initials
from gateway.core.model import Outcome, Skip, SourceOutcome
from gateway.core.redaction import mask
from tests.docs.pages import DOCS, Page, code, rows

PAGE = Page(DOCS / "concepts.md")


def test_every_outcome_is_explained() -> None:
    assert [code(row[0]) for row in rows(PAGE.text, "outcome | it means")] == [[outcome.value] for outcome in Outcome]
    section = PAGE.section("## Four outcomes")
    assert [outcome for outcome in (*SourceOutcome, *Skip) if f"`{outcome}`" not in section] == []


@pytest.mark.parametrize(("asked", "given", "verdict"), rows(PAGE.text, "asked | the record says | "))
def test_names_agree_as_the_table_says(asked: str, given: str, verdict: str) -> None:
    assert names.agreement(asked, given).value == verdict.partition(":")[0]


def test_values_that_strangers_share_are_named() -> None:
    assert "`00000000000`, `nao@tem.com`" in PAGE.text
    assert is_junk("cpf", "00000000000")
    assert is_junk("email", "nao@tem.com")


def test_masked_values_look_as_they_are_shown() -> None:
    assert f"(`{initials('João da Silva')}`, `{mask('ana@example.com')}`)" in PAGE.text
