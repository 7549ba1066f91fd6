"""`facts:` and `rules:` of a tenant's file: what they become, and every complaint with its place."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest

from gateway.core.conditions import Comparison, Group, How, Relation
from gateway.core.facts import Facts
from gateway.core.interaction import LinkAssurance
from gateway.core.rules import NO_RULES, Actions, AskFor
from tests.config.acme import ACME, SECRET, changed
from tests.config.conftest import Folder

RULES = """\
facts:
  identified_from: matched
  attributes: [plano]
  customer_created: pedido
rules:
  - name: Sem identificação não há atendente
    when: {all: [identified is false, {none: [code is invalid, channel is phone]}]}
    then: [{ask_for: code}, {tag: sem-identificacao}]
  - name: Ouro primeiro
    when: attributes.plano is "Ouro"
    then: {set: {prioridade: alta}, queue: ouro}
    stop: true
  - name: Todos
    then: [{queue: geral}]
"""
LAST = ACME.count("\n")
"""Lines before what is added."""


def test_without_the_blocks_tenants_share_one_set(folder: Folder) -> None:
    assert folder.tenant(ACME).rules is NO_RULES


def test_rules_become_what_the_path_judges_by(folder: Folder) -> None:
    rules = folder.tenant(ACME + RULES).rules
    first, second, third = rules.rules
    assert (rules.identified_from, rules.attributes) == (LinkAssurance.MATCHED, ("plano",))
    assert first.name == "Sem identificação não há atendente"
    assert first.when == Group(
        How.ALL,
        (
            Comparison("identified", Relation.IS, "false"),
            Group(How.NONE, (Comparison("code", Relation.IS, "invalid"), Comparison("channel", Relation.IS, "phone"))),
        ),
    )
    assert first.then == Actions(tags=("sem-identificacao",), ask_for=(AskFor.CODE,))
    assert (second.then, second.stop) == (Actions({"prioridade": "alta"}, queue="ouro"), True)
    assert (third.when, third.then, third.stop) == (None, Actions(queue="geral"), False)
    facts = Facts(identified=False, channel="whatsapp", attributes={"plano": "OURO"})
    assert rules.actions(facts).queue == "ouro"


def test_since_when_is_read_as_an_iso_date_of_the_tenants_calendar(folder: Folder) -> None:
    created = folder.tenant(ACME + RULES).rules.created_at
    assert created is not None
    assert created.attribute == "pedido"
    moment = created.read("2026-01-01")
    assert moment is not None
    assert moment.astimezone(timezone.utc) == datetime(2026, 1, 1, 3, tzinfo=timezone.utc)
    assert created.read("gestern") is None
    assert repr(created) == "<CreatedAt …>"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("identified_from: matched", "identified_from: claimed", 2, "Expected 'matched', 'channel' or 'code'."),
        ("attributes: [plano]", "attributes: [plno]", 3, "gives the attribute 'plno'. Did you mean 'plano'?"),
        ("customer_created: pedido", "customer_created: desde", 4, "No source's mapping gives the attribute 'desde'."),
        ("customer_created", "customer_creatd", 4, "Did you mean 'customer_created'?"),
        ("is false", "is maybe", 7, "'identified' is one of: true, false."),
        ("code is invalid", "code is late", 7, "'code' is one of: not_sent, invalid, valid."),
        ("all:", "every:", 7, "Unknown key 'every'."),
        ("{none: [code is invalid, channel is phone]}", "{none: []}", 7, "There is no condition in it."),
        ("{none: [code is invalid,", "{any: [code is valid], none: [code is invalid,", 7, "exactly one of all:,"),
        ("ask_for: code", "ask_for: sms", 8, "Expected 'code'."),
        ("ask_for: code", "ask_for: [code]", 8, "Expected 'code', found a list."),
        ('attributes.plano is "Ouro"', "atributes.plano is Ouro", 10, "Did you mean 'attributes.plano'?"),
        ('attributes.plano is "Ouro"', "plano is Ouro", 10, "Did you mean 'attributes.plano'?"),
        ("{ask_for: code}", "{}", 8, "An action is one of set:, tag:, queue: and ask_for:."),
        ("{tag: sem-identificacao}", "{tags: a}", 8, "Unknown key 'tags'. Did you mean 'tag'?"),
        ('attributes.plano is "Ouro"', "attributes.cidade is Recife", 10, "Known: attributes.plano."),
        ("prioridade: alta", "prioridade: 1", 11, "Put it in quotes."),
        ("name: Todos", "name: Ouro primeiro", 13, "Another rule has this name."),
        ("then: [{queue: geral}]", "then: []", 14, "Too few: name at least 1."),
        ("then: [{queue: geral}]", "then: geral", 14, "Expected keys and values, found text."),
        ("attributes.plano is", "attributes.plano =", 10, "comes one of: is, is not, is known, is unknown."),
        ("    then: [{queue: geral}]\n", "", 13, "The key 'then' is missing."),
    ],
)  # fmt: skip
def test_every_mistake_is_told_with_its_place(folder: Folder, old: str, new: str, line: int, says: str) -> None:
    complaints = folder.complaints(ACME + changed((old, new), text=RULES))
    assert any(one.startswith(f"{LAST + line}:") and says in one for one in complaints), complaints
    assert SECRET not in " ".join(complaints)


def test_everything_is_told_at_once(folder: Folder) -> None:
    text = changed(
        ("is false", "is maybe"), ("channel is phone", "channel is fone"), ('is "Ouro"', "= Ouro"), text=RULES
    )
    assert len(folder.complaints(ACME + text)) == 3


@pytest.mark.parametrize(
    ("when", "says"),
    [
        ("{all: [" * 6 + "code is valid" + "]}" * 6, "more than 5 deep. Split the rule."),
        (f"{{any: [{', '.join(['code is valid'] * 51)}]}}", "A rule has 50 conditions at most. Split it."),
    ],
)
def test_a_rule_is_bounded(folder: Folder, when: str, says: str) -> None:
    text = f"rules:\n  - name: a\n    when: {when}\n    then: {{tag: a}}\n"
    assert any(says in one for one in folder.complaints(ACME + text))


def test_rules_are_bounded_in_number(folder: Folder) -> None:
    many = "".join(f"  - {{name: r{number}, then: {{tag: a}}}}\n" for number in range(101))
    assert any("Too many: name at most 100." in one for one in folder.complaints(f"{ACME}rules:\n{many}"))


def test_broken_facts_are_no_reason_to_complain_of_conditions(folder: Folder) -> None:
    [only] = folder.complaints(ACME + changed(("identified_from: matched", "identified_from: mached"), text=RULES))
    assert "Did you mean 'matched'?" in only


def test_a_broken_mapping_is_no_reason_to_complain_of_attributes(folder: Folder) -> None:
    broken = changed(("{plano: plano.nome, pedido: ultimo_pedido}", "{plano: 'plano..', pedido: x}"))
    assert not any("No source's mapping gives the attribute" in one for one in folder.complaints(broken + RULES))
