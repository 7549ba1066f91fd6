"""The last step of the explanation: why the outcome is what it is, and what its reader may look at or change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map

from gateway.core import steps
from gateway.core.model import Identification, Outcome, Skip, SourceAnswer, SourceOutcome
from gateway.core.tenant import SearchField

MOST_ADVICE = 12


def concluded(result: Identification, trace: Sequence[steps.Step], fields: Map[str, SearchField]) -> steps.Concluded:
    """`trace`: the steps before. `fields`: the tenant's."""
    return steps.Concluded(
        outcome=result.outcome,
        matches=len(result.matches),
        complete=result.complete,
        because=because(result),
        advice=tuple(dict.fromkeys(_advice(result, trace, fields)))[:MOST_ADVICE],
    )


# ---------------------------------------------------------------------------------------------- why


def because(result: Identification) -> str:
    """What each source did, in one sentence: `crm failed (timed_out); erp knows nobody`."""
    told = dict.fromkeys(said for answer in result.sources if (said := _did(answer)) is not None)
    return "; ".join(told) or "no source was asked"


def _did(answer: SourceAnswer) -> str | None:
    name = answer.source
    match answer.outcome:
        case SourceOutcome.FOUND:
            if answer.contacts:
                return f"{name} knows {answer.contacts}" + (", of a list that was cut" if answer.truncated else "")
            several = "customers" if len(answer.customers) > 1 else "customer"
            cut = ", of a list that was cut" if answer.truncated else ""
            old = f", a while ago: now it failed ({answer.code})" if answer.stale else ""
            return f"{name} gave {len(answer.customers)} {several}{cut}{old}"
        case SourceOutcome.NOT_FOUND:
            return f"{name} knows nobody" + (", but did not answer in full" if answer.truncated else "")
        case SourceOutcome.MISMATCH:
            return f"{name} gave others than who was asked for (mismatch)"
        case SourceOutcome.SKIPPED:
            return None if answer.code == Skip.NOT_NEEDED else f"{name} was not asked ({answer.code})"
        case _:
            return f"{name} failed ({answer.code})"


# ---------------------------------------------------------------------------------------------- what to change


def _advice(result: Identification, trace: Sequence[steps.Step], fields: Map[str, SearchField]) -> Iterator[str]:
    for answer in result.sources:
        if answer.detail is not None:
            yield f"{answer.source}: {answer.detail}"
    for step in trace:
        for sentence in _of_step(step.said, step.source or "", fields, result):
            yield f"{step.source}: {sentence}"
    if result.outcome in (Outcome.NOT_FOUND, Outcome.UNAVAILABLE):
        yield from _forms(result, trace)


def _of_step(said: steps.Said, source: str, fields: Map[str, SearchField], result: Identification) -> Iterator[str]:
    match said:
        case steps.Refused():
            yield f"record {said.record} was refused. {said.reason} Compare sources.{source}.mapping.unique_key with it."
        case steps.Mapped(customers=0) if said.silent and all(line.nearest is None for line in said.silent):
            yield (
                f"what came holds none of the names that mapping.{said.silent[0].target} reads. If it is how the source "
                f"says nobody, describe it under sources.{source}.nobody; if its customers stand elsewhere in the reply, "
                f"name them under sources.{source}.settings.records."
            )
        case steps.Mapped():
            yield from (
                f"mapping.{line.target} reads '{line.paths[0]}', which holds nothing in any record. Did you mean "
                f"'{line.nearest}'?"
                for line in said.silent
                if line.nearest is not None
            )
        case steps.Verified() if said.kept > said.agreed:
            compared = [fields[name].matches for name in result.searched if name in fields]
            wanted = ", ".join(path for path in compared if path)
            if wanted:
                yield f"nothing of it could be compared with the question (verified: false). Map {wanted}."
        case _:
            pass


def _forms(result: Identification, trace: Sequence[steps.Step]) -> Iterator[str]:
    """Where a source knows nobody: it may hold the value in another form than it was asked in."""
    negative = {answer.source for answer in result.sources if answer.outcome is SourceOutcome.NOT_FOUND}
    tried: dict[tuple[str, str], dict[str, None]] = {}
    for step in trace:
        if isinstance(step.said, steps.Asked) and step.source in negative:
            for key in step.said.keys:
                forms = tried.setdefault((step.source, key.field), {})
                forms[f"{key.form} {key.value}"] = None
    for (source, field), forms in tried.items():
        yield (
            f"{source}: asked for {field} as {', '.join(forms)}. If he is there, it holds the value in another form "
            f"(sources.{source}.fields.{field}.as), or reads another parameter or charset (settings)."
        )
