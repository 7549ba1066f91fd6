"""Case `startup`: how long `gateway serve` with the example configuration takes until it serves, and until it answers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.bench.asking import Caller
from tests.bench.contenders import gateway, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run
from tests.bench.stub import source
from tests.bench.xml_case import ASKED, PAGE
from tests.examples.staging import XML_PORT, configuration, fresh_secrets, new_key

WITHOUT_SOAP = "aurora"
"""The example's tenant with the XML page. The others' sources are never asked."""


def startup(run: Run, folder: Path) -> Taken:
    secrets = fresh_secrets()
    with ExitStack() as stack:
        address = stack.enter_context(source([PAGE], folder, core=run.load_core))
        ports = {port: urlsplit(address).port or 0 for port in range(XML_PORT, XML_PORT + 3)}
        config = configuration(folder, ports)
        key = new_key(config, WITHOUT_SOAP)
        taken = [_start(config, key, secrets, run) for _ in range(run.rounds)]
    return Taken(
        {
            "ready_seconds": median(ready for ready, _ in taken),
            "first_answer_seconds": median(answered for _, answered in taken),
        }
    )


def _start(config: Path, key: str, secrets: Mapping[str, str], run: Run) -> tuple[float, float]:
    """Seconds from the start of the process until it serves, and until it has identified somebody."""
    core = run.serving_core
    began = time.monotonic()
    with (
        gateway(config, searches(ASKED), tenant=WITHOUT_SOAP, core=core, key=key, env=secrets) as contender,
        Caller(contender.load.url) as caller,
    ):
        caller.ask(contender.load, contender.expects)
        return contender.ready_seconds, time.monotonic() - began
