"""How the demo shows a scene to a person: the question, the outcome, who it is and where each value came from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from tests.examples.scenes import ChatScene, Scene

_COLOURS = {"found": "green", "several": "yellow", "not_found": "blue", "unavailable": "red"}


def show_scene(console: Console, scene: Scene, answer: dict[str, Any], well: bool) -> None:
    """One scene in a few lines."""
    console.rule(Text(scene.title, style="bold"), align="left")
    asked = scene.question.get("search") or {"one box": scene.question["text"]}
    question = ", ".join(f"{name} = {value}" for name, value in asked.items())
    stopped = f"   ({', '.join(scene.stopped)} is stopped)" if scene.stopped else ""
    console.print(Text(f"{scene.tenant}: {question}{stopped}", style="dim"))
    outcome = str(answer.get("outcome", answer.get("code", "?")))
    line = Text(outcome.upper(), style=f"bold {_COLOURS.get(outcome, 'magenta')}")
    if not answer.get("complete", True):
        line.append("  incomplete", style="red")
    if not well:
        line.append(f"  — expected {scene.outcome}", style="bold red")
    console.print(line)
    for match in answer.get("matches", ()):
        _show_customer(console, match["customer"], verified=match["verified"])
    if "proposal" in answer:
        proposal = answer["proposal"]
        extras = [proposal[name] for name in ("customer_type", "prospect") if name in proposal]
        console.print(Text(f"  proposes: {proposal['message']}" + "".join(f" · {extra}" for extra in extras)))
    for source in answer.get("sources", ()):
        _show_source(console, source)
    console.print()


def show_chat(console: Console, scene: ChatScene, turns: Sequence[tuple[str, dict[str, Any]]], well: bool) -> None:
    """What was written, and what the helpdesk's bot was told to each of it."""
    console.rule(Text(scene.title, style="bold"), align="left")
    console.print(Text(f"{scene.tenant}: {scene.channel}, of whose user nothing is known but an id", style="dim"))
    for text, answer in turns:
        console.print(Text(f"  «{text}»", style="italic"))
        outcome = str(answer.get("outcome", answer.get("code", "?")))
        line = Text(f"  {outcome.upper()}", style=f"bold {_COLOURS.get(outcome, 'magenta')}")
        facts, actions = answer.get("facts", {}), answer.get("actions", {})
        known = facts.get("customer", {}).get("identified")
        line.append("  identified" if known else "  not identified", style="green" if known else "yellow")
        if "assurance" in facts and known:
            line.append(f" by {facts['assurance']}")
        console.print(line)
        wanted = [f"ask for {what}" for what in actions.get("ask_for", ())]
        wanted += [f"queue {actions['queue']}"] if "queue" in actions else []
        console.print(Text(f"    actions: {', '.join(wanted) or 'none'}"))
    if not well:
        console.print(Text("  — expected a code to be asked for, and him to be identified by it", style="bold red"))
    console.print()


def _show_customer(console: Console, customer: dict[str, Any], *, verified: bool) -> None:
    values = [document["value"] for document in customer["documents"]] + customer["emails"] + customer["phones"]
    name = Text(f"  {customer.get('name', '(no name)')}", style="bold")
    name.append("" if verified else "  (not verified)", style="yellow")
    console.print(name)
    console.print(Text("    " + " · ".join(values)))
    if customer["provenance"]:
        for path, sources in customer["provenance"].items():
            console.print(Text(f"    {path}: {', '.join(sources)}", style="dim"))
    for conflict in customer["conflicts"]:
        said = " / ".join(f"{said['source']}: {said['value']}" for said in conflict["values"])
        console.print(Text(f"    {conflict['path']} differs: {said}", style="yellow"))


def _show_source(console: Console, source: dict[str, Any]) -> None:
    text = f"  · {source['source']}: {source['outcome']}"
    if source.get("code") and source["code"] != source["outcome"]:
        text += f" ({source['code']})"
    if source.get("detail"):
        text += f" — {source['detail']}"
    console.print(Text(text, style="dim"))
