"""What a case measured, judged against its targets, and told as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field

from tests.bench.targets import Target, targets_of


class NotMeasured(Exception):
    """Something did not start, met errors under load, or answered another thing than the measure is about."""


@dataclass(slots=True)
class Taken:
    """Measures of a case, in the order in which they are told. `skipped`: measure -> why it could not be taken here;
    `failed`: measure -> why the gateway gave nothing to measure, which misses any target."""

    values: dict[str, float] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure. `target` and `ok` only where it must reach something; `value` None where there is none, and `why`."""

    name: str
    value: float | None
    target: float | None = None
    ok: bool | None = None
    why: str | None = None
    most: bool = False


def judged(case: str, taken: Taken) -> list[Figure]:
    """Those with a target first. Raises RuntimeError where a target was neither measured nor skipped with its reason."""
    targets = targets_of(case)
    if forgotten := targets.keys() - taken.values.keys() - taken.skipped.keys() - taken.failed.keys():
        raise RuntimeError(f"The case {case} did not measure {', '.join(sorted(forgotten))}, and did not say why.")
    figures = [_against(target, taken) for target in targets.values()]
    figures += [Figure(name, _rounded(value)) for name, value in taken.values.items() if name not in targets]
    reasons = {**taken.skipped, **taken.failed}
    figures += [
        Figure(name, None, ok=False if name in taken.failed else None, why=why)
        for name, why in reasons.items()
        if name not in targets
    ]
    return figures


def broken(case: str, error: NotMeasured) -> Taken:
    """Of a case that gave nothing: it misses all its targets, and the other cases go on."""
    return Taken(failed=dict.fromkeys(targets_of(case) or ("all",), str(error)))


def _against(target: Target, taken: Taken) -> Figure:
    name, bound = target.measure, target.bound
    if name in taken.failed:
        return Figure(name, None, bound, False, taken.failed[name], target.most)
    if name in taken.skipped:
        return Figure(name, None, bound, None, taken.skipped[name], target.most)
    value = taken.values[name]
    return Figure(name, _rounded(value), bound, target.met_by(value), most=target.most)


def _rounded(value: float) -> float:
    return round(value, 3) if abs(value) < 10 else round(value, 1)


def all_met(figures: Iterable[Figure]) -> bool:
    """No target was missed. What could not be measured here is not missed, and is told."""
    return all(figure.ok is not False for figure in figures)


def as_json(results: Mapping[str, Sequence[Figure]]) -> str:
    cases = [{"case": case, "measures": [_told(figure) for figure in figures]} for case, figures in results.items()]
    return json.dumps({"cases": cases}, indent=2)


def as_text(results: Mapping[str, Sequence[Figure]]) -> str:
    lines: list[str] = []
    for case, figures in results.items():
        lines.append(case)
        lines += [f"  {_line(figure)}" for figure in figures]
    return "\n".join(lines)


def _line(figure: Figure) -> str:
    bound = f"   {'at most' if figure.most else 'at least'} {figure.target:g}" if figure.target is not None else ""
    verdict = "" if figure.ok is None else f": {'ok' if figure.ok else 'MISSED'}"
    value = "not measured" if figure.value is None else f"{figure.value:>12,}"
    why = "" if figure.why is None else f"   {figure.why}"
    return f"{figure.name:<34} {value}{bound}{verdict}{why}"


def _told(figure: Figure) -> dict[str, object]:
    told = asdict(figure)
    del told["most"]
    return {name: value for name, value in told.items() if value is not None}
