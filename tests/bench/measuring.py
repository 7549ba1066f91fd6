"""Measures of several contenders in turn, so that what slows the machine for a while slows all of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.contenders import Contender
from tests.bench.figures import Taken
from tests.bench.load import Measure, measure

WARM_UP = 1.0
"""Seconds before the first measure of each."""


@dataclass(frozen=True, slots=True)
class Run:
    """How long and how often. `seconds` for one measure; `rounds` of each contender, interleaved; `baselines`: the
    interpreter that has the baselines' clients; the cores of who is measured, and of load and sources (None: any)."""

    seconds: float = 3.0
    rounds: int = 5
    baselines: str = "python3"
    serving_core: int | None = None
    load_core: int | None = None


@dataclass(slots=True)
class Measures:
    """Of one contender, one a round."""

    taken: list[Measure] = field(default_factory=list)

    @property
    def cpu_us(self) -> float:
        return median(one.cpu_us for one in self.taken)

    @property
    def rate(self) -> float:
        return median(one.rate for one in self.taken)

    @property
    def p50(self) -> float:
        return median(one.p50 for one in self.taken)

    @property
    def p99(self) -> float:
        return median(one.p99 for one in self.taken)


def interleaved(
    contenders: Sequence[Contender], run: Run, *, connections: int = 16, warm_up: float = WARM_UP
) -> dict[str, Measures]:
    """Name -> measures. Every contender answers rightly before and after."""
    for contender in contenders:
        contender.check()
        measured(contender, run, connections, seconds=warm_up)
    measures = {contender.name: Measures() for contender in contenders}
    for _ in range(run.rounds):
        for contender in contenders:
            measures[contender.name].taken.append(measured(contender, run, connections))
    for contender in contenders:
        contender.check()
    return measures


def measured(contender: Contender, run: Run, connections: int, *, seconds: float | None = None) -> Measure:
    return measure(
        contender.load, contender.pid, seconds=seconds or run.seconds, connections=connections, core=run.load_core
    )


def over(measures: dict[str, Measures], baseline: str, *, name: str | None = None) -> dict[str, float]:
    """How many times the baseline's CPU for one request the gateway's goes into it."""
    return {name or f"over_{baseline}": measures[baseline].cpu_us / measures["gateway"].cpu_us}


def tell(measures: dict[str, Measures], taken: Taken) -> None:
    """CPU of each, and its rate where wrk takes it."""
    for name, of in measures.items():
        taken.values[f"{name}_cpu_us"] = of.cpu_us
        if by_wrk():
            taken.values[f"{name}_per_second"] = of.rate
        else:
            taken.skipped[f"{name}_per_second"] = WITHOUT_WRK


WITHOUT_WRK = "wrk is not installed (Debian: apt-get install wrk)"
WITHOUT_NGINX = "nginx is not installed (Debian: apt-get install nginx-light)"


def by_wrk() -> bool:
    """Rates and percentiles of another client than wrk would be the client's own."""
    return shutil.which("wrk") is not None


def by_nginx() -> bool:
    return shutil.which("nginx") is not None


def cores() -> tuple[int | None, int | None]:
    """A core for who is measured and another for load and sources, where the machine has two."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)
