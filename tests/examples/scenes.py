"""The scenes of the demo: a question or a conversation, what is stopped meanwhile, and what the answer must be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scene:
    """One identification. `stopped`: example systems that are down while it is asked. `also`: what else must hold.
    `form`: with it he is stored as a prospect, and the day's prospects are loaded into the company's own base."""

    title: str
    tenant: str
    question: dict[str, Any]
    outcome: str
    stopped: tuple[str, ...] = ()
    also: Callable[[dict[str, Any]], bool] = lambda answer: True
    form: dict[str, str] | None = None


@dataclass(frozen=True, slots=True)
class ChatScene:
    """Somebody writes over a channel, of whom nobody knows who he is, until he sends a code.

    `user`: as the channel calls him. `account`: who is logged in at the company, as search fields.
    `sentence`: the message in which he sends it, with `{code}` in it. `asked`, `told`: what must hold of the answer to his
    first message, and of that to the sentence.
    """

    title: str
    tenant: str
    channel: str
    user: str
    first: str
    account: dict[str, str]
    sentence: str
    asked: Callable[[dict[str, Any]], bool]
    told: Callable[[dict[str, Any]], bool]
    outcome: str = "found"


def as_expected(scene: Scene, answer: dict[str, Any]) -> bool:
    """Did the scene end as it must?"""
    return answer.get("outcome") == scene.outcome and scene.also(answer)


def chat_as_expected(scene: ChatScene, first: dict[str, Any], last: dict[str, Any]) -> bool:
    """Did the conversation go as it must?"""
    return "facts" in first and scene.asked(first) and last.get("outcome") == scene.outcome and scene.told(last)


def _merged(answer: dict[str, Any]) -> bool:
    customer = answer["matches"][0]["customer"]
    return (
        answer["complete"]
        and set(customer["sources"]) == {"pagina", "servico", "api"}
        and bool(customer["provenance"])
        and any(conflict["path"] == "name" for conflict in customer["conflicts"])
    )


def _from_the_next(answer: dict[str, Any]) -> bool:
    outcomes = {source["source"]: source["outcome"] for source in answer["sources"]}
    return not answer["complete"] and outcomes["servico"] == "failed" and outcomes["pagina"] == "found"


def _proposes(answer: dict[str, Any]) -> bool:
    return "Cliente" in answer["proposal"]["message"] and answer["complete"]


def _proposes_nothing(answer: dict[str, Any]) -> bool:
    return "proposal" not in answer and not answer["matches"]


def _proposes_a_form(answer: dict[str, Any]) -> bool:
    return bool(answer["proposal"]["prospect"] == "form" and answer["proposal"]["ref"])


def _was_loaded(answer: dict[str, Any]) -> bool:
    customer = answer["matches"][0]["customer"]
    return bool(customer["name"] == "Nilza Prado" and customer["sources"] == ["api"])


def _two_kinds(answer: dict[str, Any]) -> bool:
    return bool(answer["searched"] == ["cpf"])


def _is_asked_for_a_code(answer: dict[str, Any]) -> bool:
    actions = answer["actions"]
    return actions["ask_for"] == ["code"] and "queue" not in actions and not answer["facts"]["customer"]["identified"]


def _is_identified_and_routed(answer: dict[str, Any]) -> bool:
    facts, link = answer["facts"], answer["interaction"]["link"]
    return bool(
        answer["code"]["state"] == "valid"
        and facts["customer"]["identified"]
        and (link["how"], link["assurance"]) == ("code", "code")
        and answer["actions"].get("queue") == "atendimento"
    )


SCENES: tuple[Scene | ChatScene, ...] = (
    Scene("found by CPF in a legacy XML page", "aurora", {"search": {"cpf": "123.456.789-09"}}, "found"),
    Scene("found by e-mail through SOAP", "boreal", {"search": {"email": "ayse@example.org"}}, "found"),
    Scene("found by phone in a REST API", "cerrado", {"search": {"fone": "(11) 98765-4321"}}, "found"),
    Scene("several namesakes: nobody is picked", "aurora", {"search": {"nome": "Maria da Silva"}}, "several"),
    Scene("several fields must all agree", "aurora", {"search": {"nome": "Silva", "cpf": "714.287.938-60"}}, "found"),
    Scene(
        "one box: the digits are a valid CPF and a mobile number",
        "cerrado",
        {"text": "11982340088"},
        "found",
        also=_two_kinds,
    ),
    Scene(
        "not found: the source said so itself",
        "cerrado",
        {"search": {"cpf": "390.533.447-05"}},
        "not_found",
        (),
        _proposes,
    ),
    Scene(
        "unavailable: the source is down, so nobody knows",
        "boreal",
        {"search": {"cpf": "390.533.447-05"}},
        "unavailable",
        ("soap",),
        _proposes_nothing,
    ),
    Scene(
        "merged from three protocols, with provenance and a conflict",
        "uniao",
        {"search": {"cpf": "012.345.678-90"}},
        "found",
        also=_merged,
    ),
    Scene(
        "fallback: the first source is down, the next one knows",
        "uniao",
        {"search": {"email": "gunther@example.org"}},
        "found",
        ("soap",),
        _from_the_next,
    ),
    Scene(
        "an unknown CPF becomes a prospect, who is loaded into the REST system at the end of the day",
        "cerrado",
        {"search": {"cpf": "111.444.777-35"}},
        "not_found",
        also=_proposes_a_form,
        form={"nome": "Nilza Prado", "email": "nilza@example.com"},
    ),
    Scene(
        "and is found there the next time",
        "cerrado",
        {"search": {"cpf": "111.444.777-35"}, "refresh": True},
        "found",
        also=_was_loaded,
    ),
    ChatScene(
        "an unknown WhatsApp writer sends the code that he was asked for",
        "cerrado",
        "whatsapp",
        "5521955550147",
        "oi, não reconheço uma cobrança",
        {"email": "carlos@example.com"},
        "achei no app, o código é {code}, obrigado!",
        _is_asked_for_a_code,
        _is_identified_and_routed,
    ),
)
