"""Case `workers`: two workers against one, with load and source on the same two cores.

A worker is a process of the gateway; each has its own port here, and half of the connections, as a load balancer would give
them.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import Contender, configured, gateway, searches
from tests.bench.figures import Taken
from tests.bench.load import measure
from tests.bench.measuring import WITHOUT_WRK, Run, by_wrk
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE, tenant

CONNECTIONS = 32


def workers(run: Run, folder: Path) -> Taken:
    cores = (run.serving_core, run.load_core)
    if cores == (None, None) or not by_wrk():
        return Taken(skipped={"two_over_one": "it takes two cores" if by_wrk() else WITHOUT_WRK})
    bodies, half = searches(ASKED), len(ASKED) // 2
    with ExitStack() as stack:
        url = stack.enter_context(source([PAGE], folder, core=None)) + PAGE.path
        config = configured(folder, {SLUG: tenant(url)})
        both = [
            stack.enter_context(gateway(config, bodies[at * half : (at + 1) * half], core=core, name=f"gateway_{at}"))
            for at, core in enumerate(cores)
        ]
        rates: dict[str, list[float]] = {"one": [], "two": []}
        for contender in both:
            contender.check()
        _rate(both, seconds=1.0)
        for _ in range(run.rounds):
            rates["one"].append(_rate(both[:1], run.seconds))
            rates["two"].append(_rate(both, run.seconds))
        for contender in both:
            contender.check()
    one, two = median(rates["one"]), median(rates["two"])
    return Taken({"two_over_one": two / one, "one_per_second": one, "two_per_second": two})


def _rate(contenders: list[Contender], seconds: float) -> float:
    """Requests a second of all together."""
    share = CONNECTIONS // len(contenders)

    def ask(contender: Contender) -> float:
        return measure(contender.load, contender.pid, seconds=seconds, connections=share, core=None).rate

    with ThreadPoolExecutor(len(contenders)) as threads:
        return sum(threads.map(ask, contenders))
