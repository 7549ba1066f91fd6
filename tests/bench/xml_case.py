"""Case `xml`: one tenant, one XML-over-GET source that is no bottleneck, against the handler one would write by hand."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.load import Load, Measure, measure
from tests.bench.servers import free_port, running, stub_source

CPF = "123.456.789-09"
REPLY = """<?xml version="1.0" encoding="ISO-8859-1"?>
<clientes>
<cliente codigo="1001" nome="Carlos Eduardo Nogueira" cpf="123.456.789-09" email="carlos@example.com" fone="(11) 98765-4321" nascimento="12/04/1980" plano="Ouro"/>
</clientes>
""".encode("iso-8859-1")  # noqa: E501  (one record a line, as such pages write it)

TENANT = """
tenant: bench
name: Bench
country: BR
search_fields:
  cpf: {{kind: cpf, label: CPF}}
unique_key: {{name: email, kind: email}}
sources:
  page:
    adapter: xml_get
    upstream: {{url: "{source}"}}
    resilience: {{concurrency: 64}}
    fields: {{cpf: {{as: masked}}}}
    settings: {{query: {{doc: cpf}}, query_encoding: iso-8859-1}}
    mapping:
      unique_key: email
      name: nome
      documents: {{cpf: cpf}}
      emails: email
      phones: fone
      birth_date: {{path: nascimento, date: "%d/%m/%Y"}}
      attributes: {{codigo: codigo, plano: plano}}
routes:
  default: {{sources: [page]}}
"""
GATEWAY = """
listen: {{port: {port}}}
data: {folder}/data
limits: {{rate: {{per_second: 100000, burst: 1000000}}, in_flight: 1000}}
tenants: {{bench: {{networks: [127.0.0.0/8]}}}}
"""


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those who are measured side by side."""

    name: str
    pid: int
    load: Load


@dataclass(frozen=True, slots=True)
class Settings:
    """How long and how often. `seconds` for one measure; `rounds` of each contender, interleaved."""

    seconds: float = 3.0
    rounds: int = 5
    connections: int = 16
    serving_core: int | None = 0
    load_core: int | None = 1


def run(folder: Path, settings: Settings, baselines_python: str) -> Mapping[str, list[Measure]]:
    """Contender -> its measures, one a round. All live in the same run and are measured in turn."""
    with ExitStack() as stack:
        port = stack.enter_context(stub_source(REPLY, folder, core=settings.load_core, python=sys.executable))
        source = f"http://127.0.0.1:{port}/clientes"
        contenders = [
            stack.enter_context(_gateway(folder, source, settings)),
            stack.enter_context(_handler("httpx2", source, settings, baselines_python)),
            stack.enter_context(_handler("httpx", source, settings, baselines_python)),
        ]
        for contender in contenders:
            _measure(contender, settings, folder, seconds=1.0)
        measures: dict[str, list[Measure]] = {contender.name: [] for contender in contenders}
        for _ in range(settings.rounds):
            for contender in contenders:
                measures[contender.name].append(_measure(contender, settings, folder, settings.seconds))
        return measures


def cpu_us(measures: list[Measure]) -> float:
    return median(one.cpu_us for one in measures)


def rate(measures: list[Measure]) -> float:
    return median(one.rate for one in measures)


def _measure(contender: Contender, settings: Settings, folder: Path, seconds: float) -> Measure:
    return measure(
        contender.load,
        contender.pid,
        seconds=seconds,
        connections=settings.connections,
        core=settings.load_core,
        folder=folder,
    )


@contextmanager
def _gateway(folder: Path, source: str, settings: Settings) -> Iterator[Contender]:
    """The gateway as it is served, with authentication, verification, limits, metrics and its log line on."""
    config, port = folder / "config", free_port()
    (config / "tenants").mkdir(parents=True)
    (config / "gateway.yaml").write_text(GATEWAY.format(port=port, folder=folder))
    (config / "tenants" / "bench.yaml").write_text(TENANT.format(source=source))
    command = [sys.executable, "-m", "gateway"]
    create = [*command, "keys", "create", "--config", str(config), "--tenant", "bench", "--role", "helpdesk", "--json"]
    key = json.loads(subprocess.run(create, check=True, capture_output=True, text=True).stdout)["key"]
    with (folder / "gateway.log").open("wb") as log:
        serve = [*command, "serve", "--config", str(config)]
        with running(serve, port, core=settings.serving_core, log=log) as pid:
            load = Load(
                f"http://127.0.0.1:{port}/v1/tenants/bench/identifications",
                {"Authorization": f"Bearer {key}", "Content-Type": "application/json"},
                json.dumps({"search": {"cpf": CPF}}),
            )
            yield Contender("gateway", pid, load)


@contextmanager
def _handler(client: str, source: str, settings: Settings, python: str) -> Iterator[Contender]:
    port = free_port()
    command = [python, "-m", "tests.bench.handlers", client, "--port", str(port), "--source", source]
    with running(command, port, core=settings.serving_core) as pid:
        load = Load(
            f"http://127.0.0.1:{port}/identify",
            {"Content-Type": "application/json"},
            json.dumps({"search": {"doc": CPF}}),
        )
        yield Contender(f"handler_{client}", pid, load)


def cores() -> tuple[int | None, int | None]:
    """A core for who is measured and another for load and stub, where the machine has two."""
    available = sorted(os.sched_getaffinity(0))
    return (available[0], available[1]) if len(available) > 1 else (None, None)
