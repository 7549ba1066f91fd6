"""The scenes of the demo: a question, what is stopped meanwhile, and what the answer must be."""

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


def as_expected(scene: Scene, answer: dict[str, Any]) -> bool:
    """Did the scene end as it must?"""
    return answer.get("outcome") == scene.outcome and scene.also(answer)


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


SCENES: tuple[Scene, ...] = (
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
)
