"""Case `workers`: `gateway serve --workers 2` against one worker, with load and source on the same two cores."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from statistics import median

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, searches
from tests.bench.figures import Taken
from tests.bench.load import measure
from tests.bench.measuring import WITHOUT_WRK, Run, by_wrk
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE, tenant
from tests.examples.staging import new_key

CONNECTIONS = 32


def workers(run: Run, folder: Path) -> Taken:
    """The system gives each connection to one of the workers, by chance: 32 of them fall evenly enough to keep both busy."""
    if run.serving_core is None or run.load_core is None or not by_wrk():
        return Taken(skipped={"two_over_one": "it takes two cores" if by_wrk() else WITHOUT_WRK})
    cores = (run.serving_core, run.load_core)
    bodies, counts = searches(ASKED), {"one": 1, "two": 2}
    with ExitStack() as stack:
        url = stack.enter_context(source([PAGE], folder, core=None)) + PAGE.path
        config = configured(folder, {SLUG: tenant(url)})
        key = new_key(config, SLUG)
        both = {
            name: stack.enter_context(gateway(config, bodies, core=cores, workers=count, name=name, key=key))
            for name, count in counts.items()
        }
        rates: dict[str, list[float]] = {name: [] for name in both}
        for contender in both.values():
            contender.check()
            measure(contender.load, contender.pid, seconds=1.0, connections=CONNECTIONS, core=None)
        for _ in range(run.rounds):
            for name, contender in both.items():
                taken = measure(contender.load, contender.pid, seconds=run.seconds, connections=CONNECTIONS, core=None)
                rates[name].append(taken.rate)
        for contender in both.values():
            contender.check()
    one, two = median(rates["one"]), median(rates["two"])
    return Taken({"two_over_one": two / one, "one_per_second": one, "two_per_second": two})
