"""How the command line shows what a recorded reply came to."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace

import msgspec
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from gateway.api.presenting import customer_body
from gateway.cli.show import shown_customer
from gateway.core.absence import scalar
from gateway.core.likeness import likeness
from gateway.core.model import Json
from gateway.core.redaction import mask
from gateway.service.trying import RecordTried, Trial

_NOTHING = Text("nothing", style="dim")


def masked_trial(trial: Trial) -> Trial:
    """The same with every value masked."""
    return replace(trial, records=tuple(map(_masked, trial.records)))


def trial_body(trial: Trial) -> dict[str, Json]:
    """For programs."""
    answer = trial.answer
    return {
        "tenant": trial.tenant,
        "source": trial.source,
        "adapter": trial.adapter,
        "code": trial.code,
        "detail": trial.detail,
        "warnings": list(trial.warnings),
        "truncated": trial.truncated,
        "silent": [line.target for line in trial.silent],
        "unread": list(trial.unread),
        "records": [_record_body(record) for record in trial.records],
        "search": None
        if answer is None
        else {
            "outcome": answer.outcome.value,
            "agree": len(answer.customers),
            "dropped": answer.dropped,
            "reasons": trial.reasons,
        },
    }


def show_trial(console: Console, trial: Trial) -> None:
    """Step by step, in the order in which it runs."""
    console.print(Text(f"{trial.tenant}/{trial.source}, read by {trial.adapter}", style="bold"))
    for warning in trial.warnings:
        console.print(Text(f"  warning: {warning}", style="yellow"))
    for number, record in enumerate(trial.records, 1):
        console.print(_record(record, f"record {number} of {len(trial.records)}"))
    if trial.silent:
        told = (f"{line.target}{f' ({line.nearest}?)' if line.nearest else ''}" for line in trial.silent)
        console.print(Text(f"found nothing in any record: {', '.join(told)}", style="yellow"))
    if trial.unread:
        console.print(Text(f"read by no line of the mapping: {', '.join(trial.unread)}", style="dim"))
    if trial.truncated:
        console.print(
            Text("The reply holds more than the source's limit, or says that there are more.", style="yellow")
        )
    for reason in trial.reasons:
        console.print(Text(f"dropped — {reason}", style="yellow"))
    console.print(_conclusion(trial))


def _conclusion(trial: Trial) -> Text:
    if trial.code is not None:
        return Text.assemble((f"FAILED ({trial.code})", "bold red"), f"  {trial.detail}")
    if not trial.records:
        return Text.assemble(("NOBODY", "bold blue"), "  the reply says that the source knows nobody")
    refused = len(trial.records) - len(trial.customers)
    told = f"  {len(trial.customers)} of {len(trial.records)} records became customers"
    if trial.answer is not None:
        told += f"; {len(trial.answer.customers)} agree with the search, {trial.answer.dropped} do not"
    return Text.assemble(("READ", "bold green"), told, (f"; {refused} refused" if refused else "", "red"))


# ---------------------------------------------------------------------------------------------- one record


def _record(record: RecordTried, heading: str) -> RenderableType:
    raw = Table("in the record", "raw value", title=heading, title_justify="left", title_style="bold")
    for path, text in _leaves(record.raw, ""):
        raw.add_row(Text(path), Text(text))
    lines = Table("mapping", "path", "found")
    for line in record.lines:
        found = Text("\n".join(line.texts)) if line.texts else _NOTHING
        lines.add_row(Text(line.target), Text(", ".join(line.paths)), found)
    if record.customer is None:
        result: RenderableType = Text(f"refused: {record.refused}", style="red")
    else:
        key = Text(f"unique key ({record.customer.unique_key.name}): {record.customer.unique_key.value}")
        verdict = f", {record.verdict}" if record.verdict else ""
        result = Group(Text(f"customer{verdict}", style="bold green"), key, shown_customer(record.customer))
    return Group(raw, lines, result, *(Text(f"warning: {text}", style="yellow") for text in record.warnings))


def _record_body(record: RecordTried) -> Json:
    customer = None if record.customer is None else msgspec.to_builtins(customer_body(record.customer))
    return {
        "raw": record.raw,
        "mapping": [
            {"target": line.target, "paths": list(line.paths), "found": list(line.texts)} for line in record.lines
        ],
        "customer": customer,
        "refused": record.refused,
        "verdict": record.verdict,
        "warnings": list(record.warnings),
    }


def _leaves(value: Json, path: str) -> list[tuple[str, str]]:
    """Every plain value with the way to it."""
    if isinstance(value, Map):
        return [leaf for name, inner in value.items() for leaf in _leaves(inner, f"{path}.{name}" if path else name)]
    if isinstance(value, list | tuple):
        return [leaf for index, inner in enumerate(value) for leaf in _leaves(inner, f"{path}[{index}]")]
    text = scalar(value)
    return [(path, "null" if text is None else text)]


def _masked(record: RecordTried) -> RecordTried:
    return replace(
        record,
        raw={name: _masked_value(value) for name, value in record.raw.items()},
        lines=tuple(replace(line, texts=tuple(map(mask, line.texts))) for line in record.lines),
        customer=None if record.customer is None else likeness(record.customer),
    )


def _masked_value(value: Json) -> Json:
    if isinstance(value, Map):
        return {name: _masked_value(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(inner) for inner in value]
    text = scalar(value)
    return None if text is None else mask(text)
