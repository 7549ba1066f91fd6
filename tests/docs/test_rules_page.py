"""The page on rules: its YAML is loaded, its conversation is judged by it, its tables are the code's."""

from __future__ import annotations

import json
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from gateway.api import facts_bodies as bodies
from gateway.api.answers import encode
from gateway.api.facts_presenting import actions_body, facts_body
from gateway.api.parameters import or_none
from gateway.core.channel import CHANNELS
from gateway.core.conditions import How, compile_condition, parse
from gateway.core.facts import CodeState, Facts
from gateway.core.interaction import LinkAssurance
from gateway.core.model import Outcome
from gateway.core.rules import RuleSet
from gateway.core.steps import Verdict
from tests.config.acme import ACME, Folder
from tests.docs.pages import DOCS, Block, Page, code, rows

PAGE = Page(DOCS / "rules.md")
RULES, NEW = PAGE.of("yaml")
SAID = [block for block in PAGE.of("json") if block.mark == "facts"]
DONE = [block for block in PAGE.of("json") if block.mark == "actions"]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / "tenants").mkdir()
    return Folder(tmp_path)


def rules(folder: Folder) -> RuleSet:
    return folder.tenant(ACME + RULES.text).rules


def facts_of(text: str) -> Facts:
    body = msgspec.json.decode(text, type=bodies.Facts)
    customer = body.customer
    facts = Facts(
        or_none(body.outcome),
        or_none(body.complete),
        or_none(body.channel),
        or_none(customer.identified),
        or_none(body.assurance),
        body.code.state,
        or_none(customer.type),
        or_none(customer.created_at),
        customer.attributes,
    )
    assert msgspec.to_builtins(facts_body(facts)) == json.loads(text)
    return facts


@pytest.mark.parametrize(("said", "done"), list(zip(SAID, DONE, strict=True)))
def test_the_conversation_goes_as_the_page_says(folder: Folder, said: Block, done: Block) -> None:
    actions = rules(folder).actions(facts_of(said.text))
    assert json.loads(encode(actions_body(actions))) == json.loads(done.text)


def test_the_conversation_is_whole() -> None:
    assert [facts_of(block.text).code for block in SAID] == [
        CodeState.NOT_SENT,
        CodeState.INVALID,
        CodeState.VALID,
        CodeState.NOT_SENT,
    ]


def test_new_customers_alone_show_a_code(folder: Folder) -> None:
    new = folder.tenant(ACME + NEW.text).rules
    assert new.actions(Facts(identified=False)).ask_for
    assert not new.actions(Facts(identified=True)).ask_for


def test_every_fact_is_in_the_table() -> None:
    words = {
        "identified": ["true", "false"],
        "complete": ["true", "false"],
        "code": list(CodeState),
        "outcome": list(Outcome),
        "assurance": list(LinkAssurance),
        "channel": list(CHANNELS),
    }
    table = {code(fact)[0]: values for fact, _, values in rows(PAGE.text, "fact | in the answer | values")}
    assert table.keys() == {*words, "customer_created", "customer_type", "attributes.<name>"}
    for fact, values in words.items():
        assert code(table[fact]) == values, fact


def test_every_condition_of_the_table_is_read() -> None:
    for written, _ in rows(PAGE.text, "written | holds where"):
        compile_condition(parse(code(written)[0], ["plano"]), ZoneInfo("UTC"))


def test_the_other_tables_are_whole() -> None:
    groups = [code(row[0])[0] for row in rows(PAGE.text, " | true | false | else")]
    assert groups == list(How)
    assert [code(row[0])[0] for row in rows(PAGE.text, "verdict | ")] == list(Verdict)
    actions = [
        code(row[0])[0].partition(":")[0]
        for row in rows(PAGE.text, "action | is for the helpdesk | where several rules say it")
    ]
    assert actions == ["set", "tag", "queue", "ask_for"]
