"""`./run bench [--json] [CASE ...]`: the ratios, medians of the rounds, against what a user would write instead."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench import startup_case, xml_case


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a case. `target`: what it must reach (a ratio: at least; with `most`, at most); None for a bare fact."""

    name: str
    value: float
    target: float | None = None
    ok: bool | None = None


def at_least(name: str, value: float, target: float) -> Figure:
    return Figure(name, round(value, 3), target, value >= target)


def at_most(name: str, value: float, target: float) -> Figure:
    return Figure(name, round(value, 3), target, value <= target)


def fact(name: str, value: float) -> Figure:
    return Figure(name, round(value, 1))


def xml(arguments: argparse.Namespace, folder: Path) -> list[Figure]:
    """CPU per request decides; the rates stand beside it."""
    serving, loading = xml_case.cores()
    settings = xml_case.Settings(arguments.seconds, arguments.rounds, serving_core=serving, load_core=loading)
    measures = xml_case.run(folder, settings, arguments.baselines)
    gateway = xml_case.cpu_us(measures["gateway"])
    figures = [
        at_least("over_handler_httpx2", xml_case.cpu_us(measures["handler_httpx2"]) / gateway, 0.6),
        fact("over_handler_httpx", xml_case.cpu_us(measures["handler_httpx"]) / gateway),
    ]
    for name, taken in measures.items():
        figures.append(fact(f"{name}_cpu_us", xml_case.cpu_us(taken)))
        if shutil.which("wrk") and shutil.which("nginx"):
            figures.append(fact(f"{name}_per_second", xml_case.rate(taken)))
    return figures


def startup(arguments: argparse.Namespace, folder: Path) -> list[Figure]:
    """From the start of `gateway serve` with the example configuration to the port that answers, in seconds."""
    return [at_most("ready_seconds", startup_case.ready_seconds(folder, arguments.rounds), 1.5)]


CASES: Mapping[str, Callable[[argparse.Namespace, Path], list[Figure]]] = {"xml": xml, "startup": startup}


def main() -> int:
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"{', '.join(CASES)}; all where none is named")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=3.0, help="length of one measure")
    parser.add_argument("--rounds", type=int, default=5, help="measures of each, interleaved")
    parser.add_argument("--baselines", default=sys.executable, help="the interpreter that has the baselines' clients")
    arguments = parser.parse_args()
    if unknown := set(arguments.cases) - CASES.keys():
        parser.error(f"no such case: {', '.join(sorted(unknown))}. Known: {', '.join(CASES)}")
    for program in ("wrk", "nginx"):
        if shutil.which(program) is None:
            print(f"{program} is not installed: CPU per request only.", file=sys.stderr)
    results: dict[str, list[Figure]] = {}
    for name in arguments.cases or CASES:
        with tempfile.TemporaryDirectory(prefix=f"gateway-bench-{name}-") as folder:
            results[name] = CASES[name](arguments, Path(folder))
    print(as_json(results) if arguments.json else as_text(results))
    return 0 if all(figure.ok is not False for figures in results.values() for figure in figures) else 1


def as_json(results: Mapping[str, Sequence[Figure]]) -> str:
    cases = [{"case": name, "measures": [_told(figure) for figure in figures]} for name, figures in results.items()]
    return json.dumps({"cases": cases}, indent=2)


def as_text(results: Mapping[str, Sequence[Figure]]) -> str:
    lines: list[str] = []
    for name, figures in results.items():
        lines.append(name)
        for figure in figures:
            verdict = "" if figure.ok is None else f"   target {figure.target}: {'ok' if figure.ok else 'MISSED'}"
            lines.append(f"  {figure.name:<28} {figure.value:>12}{verdict}")
    return "\n".join(lines)


def _told(figure: Figure) -> dict[str, object]:
    return {name: value for name, value in asdict(figure).items() if value is not None}


if __name__ == "__main__":
    sys.exit(main())
