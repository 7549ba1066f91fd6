"""Case `tenants`: ten thousand tenants against one: start, memory, a tenant's first lookup and its later ones."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from gateway.config.keys import KeyRing
from tests.bench.asking import Caller
from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import Contender, configured, gateway, load_of, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run, interleaved
from tests.bench.servers import memory_mb
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE, tenant

MANY = 10_000
VISITED = 200
"""Tenants that are asked for the first time."""
_PATIENCE = 180.0


def tenants(run: Run, folder: Path) -> Taken:
    with ExitStack() as stack:
        url = stack.enter_context(source([PAGE], folder, core=run.load_core)) + PAGE.path
        few, many = _Crowd.of(folder / "few", url, 1), _Crowd.of(folder / "many", url, MANY)
        starts = [(_ready_seconds(few, run), _ready_seconds(many, run)) for _ in range(min(run.rounds, 3))]
        lone, crowded = [stack.enter_context(crowd.serving(run)) for crowd in (few, many)]
        before = memory_mb(crowded.pid) - memory_mb(lone.pid)
        firsts, laters = _visits(crowded, many)
        measures = interleaved([lone, crowded], run)
        after = memory_mb(crowded.pid) - memory_mb(lone.pid)
    return Taken(
        {
            # From the start of the process, in which Python's own start and all imports are counted too.
            "load_seconds": median(seconds for _, seconds in starts),
            "more_memory_mb": after,
            "warm_times_one_tenant": measures[crowded.name].cpu_us / measures[lone.name].cpu_us,
            "first_more_ms": (median(firsts) - median(laters)) * 1e3,
            "slowest_first_ms": max(firsts) * 1e3,
            "warm_ms": median(laters) * 1e3,
            "load_seconds_of_one": median(seconds for seconds, _ in starts),
            "more_memory_before_any_request_mb": before,
            **{f"{name}_cpu_us": of.cpu_us for name, of in measures.items()},
        }
    )


@dataclass(frozen=True, slots=True)
class _Crowd:
    """A configuration of `count` tenants. `keys`: of those who are asked, `bench` first."""

    config: Path
    count: int
    keys: Mapping[str, str]

    @classmethod
    def of(cls, folder: Path, url: str, count: int) -> _Crowd:
        slugs = [SLUG, *(f"tenant-{number:05}" for number in range(1, count))]
        asked = [SLUG, *slugs[1 :: max(1, count // VISITED)]]
        config = configured(folder, {slug: tenant(url, slug) for slug in slugs})
        ring = KeyRing(config / "keys", now=partial(datetime.now, timezone.utc))
        return cls(config, count, {slug: ring.create(slug, "helpdesk", "bench", None)[1] for slug in asked})

    def serving(self, run: Run) -> AbstractContextManager[Contender]:
        name, core = f"gateway_{self.count}", run.serving_core
        key = self.keys[SLUG]
        return gateway(self.config, searches(ASKED), core=core, name=name, key=key, patience=_PATIENCE)


def _ready_seconds(crowd: _Crowd, run: Run) -> float:
    with crowd.serving(run) as contender:
        return contender.ready_seconds


def _visits(contender: Contender, crowd: _Crowd) -> tuple[list[float], list[float]]:
    """Seconds of each visited tenant's first lookup, and of its later ones."""
    port = urlsplit(contender.load.url).port or 0
    firsts: list[float] = []
    laters: list[float] = []
    with Caller(contender.load.url) as caller:
        # What the first lookup of all imports is no tenant's.
        caller.ask(contender.load, contender.expects)
        for slug in list(crowd.keys)[1:]:
            load = load_of(port, slug, crowd.keys[slug], contender.load.bodies)
            first, *later = [caller.ask(load, contender.expects, at) for at in range(4)]
            firsts.append(first)
            laters += later
    return firsts, laters
