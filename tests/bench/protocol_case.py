"""Case `protocol`: interactions that begin with their protocol number, 16 writers at once on the embedded database."""

from __future__ import annotations

import http.client
import json
from dataclasses import replace
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway
from tests.bench.figures import NotMeasured, Taken
from tests.bench.load import Load, measure
from tests.bench.measuring import WARM_UP, Run
from tests.bench.xml_case import tenant

WRITERS = 16
_NOWHERE = "http://127.0.0.1:9/clientes"
"""No source is asked by a start that searches for nobody."""
_CALLS = [
    json.dumps(
        {
            "channel": "phone",
            "channel_user": {"kind": "phone", "value": f"+55119{number:08d}"},
            "context": {"variables": {"fila": "cobrança", "espera": number}},
        },
        ensure_ascii=False,
    )
    for number in range(10_000_000, 10_000_200)
]


def protocol(run: Run, folder: Path) -> Taken:
    config = configured(folder, {SLUG: tenant(_NOWHERE)}, contact_base=True)
    with gateway(config, _CALLS, core=run.serving_core) as contender:
        url = contender.load.url.replace("/identifications", "/interactions")
        load = replace(contender.load, url=url, headers={**contender.load.headers, "Gateway-Actor": "op-7"})
        before = _number(load)
        measure(load, contender.pid, seconds=WARM_UP, connections=WRITERS, core=run.load_core)
        taken = [
            measure(load, contender.pid, seconds=run.seconds, connections=WRITERS, core=run.load_core)
            for _ in range(run.rounds)
        ]
        spent = _number(load) - before
    confirmed = sum(one.requests for one in taken)
    if spent < confirmed:
        raise NotMeasured(f"{confirmed} interactions were confirmed, and {spent} numbers spent")
    return Taken(
        {
            "per_second": median(one.rate for one in taken),
            "cpu_us": median(one.cpu_us for one in taken),
            "p50_ms": median(one.p50 for one in taken) * 1e3,
            "p99_ms": median(one.p99 for one in taken) * 1e3,
        }
    )


def _number(load: Load) -> int:
    """That of one more interaction."""
    address = urlsplit(load.url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    connection.request("POST", address.path, load.bodies[0].encode(), dict(load.headers))
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    if answer.status != 201:
        raise NotMeasured(f"a start is answered with {answer.status}: {said[:200]!r}")
    return int(json.loads(said)["interaction"]["protocol"].partition("-")[2])
