"""Case `wsdl`: what a large vendor's WSDL costs a worker beside a small one, of which it uses one operation."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.bench.asking import Caller, WrongAnswer
from tests.bench.contenders import configured, gateway, load_of, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run
from tests.bench.people import cpfs
from tests.bench.servers import memory_mb
from tests.bench.soap_case import SERVICE, TENANT, WSDL
from tests.bench.stub import source
from tests.examples.large_wsdl import large_wsdl
from tests.examples.staging import new_key

FOUND = b'"outcome":"found"'
_WORKERS = 3
"""Of each kind: one worker's memory differs from another's by half a megabyte."""


def wsdl(run: Run, folder: Path) -> Taken:
    """Memory after the first answer, and how long that took; medians of several workers, small and large by turns."""
    bodies = searches([cpf.replace(".", "").replace("-", "") for cpf in cpfs(20)])
    texts = {"small": WSDL.read_text(encoding="utf-8"), "large": large_wsdl()}
    memory: dict[str, list[float]] = {name: [] for name in texts}
    first: dict[str, list[float]] = {name: [] for name in texts}
    taken = Taken({"large_wsdl_mb": len(texts["large"]) / 1e6})
    with ExitStack() as stack:
        url = stack.enter_context(source([SERVICE], folder, core=run.load_core)) + SERVICE.path
        for _ in range(_WORKERS):
            for name, text in texts.items():
                try:
                    used, seconds = _worker(name, text, url, folder, bodies, run)
                except WrongAnswer as error:
                    taken.failed["large_more_memory_mb"] = str(error)
                    return taken
                memory[name].append(used)
                first[name].append(seconds)
    for name in texts:
        taken.values[f"{name}_memory_mb"] = median(memory[name])
        taken.values[f"{name}_first_answer_ms"] = median(first[name]) * 1e3
    taken.values["large_more_memory_mb"] = taken.values["large_memory_mb"] - taken.values["small_memory_mb"]
    return taken


def _worker(name: str, text: str, url: str, folder: Path, bodies: list[str], run: Run) -> tuple[float, float]:
    """Megabytes after the answers, and seconds of the first one. Raises WrongAnswer."""
    place = folder / name
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    config = configured(place, {name: TENANT.format(url=url).replace("tenant: bench", f"tenant: {name}")})
    (config / "wsdl" / name).mkdir(parents=True)
    (config / "wsdl" / name / WSDL.name).write_text(text, encoding="utf-8")
    key = new_key(config, name)
    with gateway(config, bodies, tenant=name, core=run.serving_core, expects=FOUND, key=key) as worker:
        load = load_of(urlsplit(worker.load.url).port or 0, name, key, bodies)
        with Caller(load.url) as caller:
            seconds = [caller.ask(load, worker.expects) for _ in range(20)]
        return memory_mb(worker.pid), seconds[0]
