"""Case `noisy`: does one tenant's dead or dripping source slow another tenant of the same worker?"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, load_of, searches
from tests.bench.figures import NotMeasured, Taken
from tests.bench.load import Load
from tests.bench.measuring import WITHOUT_WRK, Run, by_wrk, measured
from tests.bench.servers import ROOT, free_port, running
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE, tenant
from tests.examples.staging import new_key

# A breaker would keep the noise away after its first failures: without one it stays as loud as it can be.
_LOUD = ", breaker: off, timeout: 1s"
_DRIP = 0.1
"""Seconds from one byte to the next."""


def noisy(run: Run, folder: Path) -> Taken:
    measures = ("dead_p99_times_alone", "drip_p99_times_alone")
    if not by_wrk():
        return Taken(skipped=dict.fromkeys(measures, WITHOUT_WRK))
    with ExitStack() as stack:
        url = stack.enter_context(source([PAGE], folder, core=run.load_core)) + PAGE.path
        dripping = stack.enter_context(_dripping(folder, run))
        tenants = {
            SLUG: tenant(url),
            "dead": tenant(f"http://127.0.0.1:{free_port()}/clientes", "dead", _LOUD),
            "drip": tenant(dripping, "drip", _LOUD),
        }
        config = configured(folder, tenants)
        keys = {slug: new_key(config, slug) for slug in tenants}
        quiet = stack.enter_context(gateway(config, searches(ASKED), core=run.serving_core, key=keys[SLUG]))
        port = urlsplit(quiet.load.url).port or 0
        noises = {slug: load_of(port, slug, keys[slug], searches(ASKED)) for slug in ("dead", "drip")}
        quiet.check()
        measured(quiet, run, 16, seconds=1.0)
        p99: dict[str, list[float]] = {"alone": [], "dead": [], "drip": []}
        for _ in range(run.rounds):
            p99["alone"].append(measured(quiet, run, 16).p99)
            for slug, load in noises.items():
                with _noise(load, folder, run):
                    p99[slug].append(measured(quiet, run, 16).p99)
        quiet.check()
    middle = {name: median(taken) for name, taken in p99.items()}
    return Taken(
        {
            **{f"{name}_p99_times_alone": middle[name] / middle["alone"] for name in noises},
            **{f"{name}_p99_ms": seconds * 1e3 for name, seconds in middle.items()},
        }
    )


@contextmanager
def _dripping(folder: Path, run: Run) -> Iterator[str]:
    """The address of a page whose answers take longer than anybody waits."""
    port, pages = free_port(), folder / "dripping.json"
    pages.write_text(json.dumps([asdict(PAGE)]))
    command = [sys.executable, "-m", "tests.bench.stub", "--port", str(port), "--pages", str(pages)]
    with running([*command, "--drip", str(_DRIP)], port, core=run.load_core):
        yield f"http://127.0.0.1:{port}{PAGE.path}"


@contextmanager
def _noise(load: Load, folder: Path, run: Run) -> Iterator[None]:
    """It is heard when this begins."""
    path = folder / "noise.json"
    path.write_text(json.dumps(asdict(load)))
    pin = ["taskset", "-c", str(run.load_core)] if run.load_core is not None and shutil.which("taskset") else []
    command = [*pin, sys.executable, "-m", "tests.bench.noise", str(path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None or process.stdout.readline() != b"ready\n":
                raise NotMeasured("the noisy neighbour is not heard")
            yield
            if process.poll() is not None:
                raise NotMeasured("the noisy neighbour fell silent")
        finally:
            process.terminate()
