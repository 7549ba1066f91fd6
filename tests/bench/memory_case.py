"""Case `memory`: what one worker holds that serves a tenant without SOAP, after it has been asked for a while."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run, interleaved
from tests.bench.servers import memory_mb, peak_mb
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE, tenant


def memory(run: Run, folder: Path) -> Taken:
    with ExitStack() as stack:
        url = stack.enter_context(source([PAGE], folder, core=run.load_core)) + PAGE.path
        config = configured(folder, {SLUG: tenant(url)})
        worker = stack.enter_context(gateway(config, searches(ASKED), core=run.serving_core))
        fresh = memory_mb(worker.pid)
        interleaved([worker], run)
        return Taken(
            {"without_soap_mb": memory_mb(worker.pid), "peak_mb": peak_mb(worker.pid), "before_any_request_mb": fresh}
        )
