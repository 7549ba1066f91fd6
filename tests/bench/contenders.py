"""Those who are measured side by side: the gateway as it is served, what a user would write, and nginx."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.bench.asking import Caller
from tests.bench.load import Load
from tests.bench.servers import free_port, running
from tests.bench.stub import NGINX
from tests.examples.staging import new_key

TENANT = "bench"
_GATEWAY = """
listen: {{port: 0}}
data: {data}
limits: {{rate: {{per_second: 100000, burst: 1000000}}, in_flight: 1000}}
tenants: {grants}
contact_base: {{enabled: {contact_base}}}
"""
_JSON = {"Content-Type": "application/json"}
_PASSING = """
  upstream source {{ server {source}; keepalive 64; keepalive_requests 100000000; }}
  server {{ listen 127.0.0.1:{port} backlog=4096; location / {{
    proxy_pass http://source{target}; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_method GET;
    proxy_pass_request_body off; proxy_set_header Content-Length "";
  }} }}"""


@dataclass(frozen=True, slots=True)
class Contender:
    """One of those who are measured. `expects`: what stands in every answer that is worth counting;
    `ready_seconds`: from the start of the process to its first answer to /healthz."""

    name: str
    pid: int
    load: Load
    expects: bytes
    ready_seconds: float = 0.0

    def check(self) -> None:
        """Ask once. Raises WrongAnswer where the answer is not what the measure is about: errors can be fast, too."""
        with Caller(self.load.url) as caller:
            caller.ask(self.load, self.expects)


def searches(values: Sequence[str], field: str = "cpf") -> list[str]:
    """A body for each value of the search field."""
    return [json.dumps({"search": {field: value}}) for value in values]


# ---------------------------------------------------------------------------------------------- the gateway


def configured(folder: Path, tenants: Mapping[str, str], *, contact_base: bool = False) -> Path:
    """The configuration folder of a gateway with these tenants (slug -> YAML), which may all reach this machine.
    `contact_base`: without it nothing is kept, and what is measured is the way to the sources alone."""
    config = folder / "config"
    (config / "tenants").mkdir(parents=True)
    grants = json.dumps({slug: {"networks": ["127.0.0.0/8"]} for slug in tenants})
    kept = json.dumps(contact_base)
    (config / "gateway.yaml").write_text(_GATEWAY.format(data=folder / "data", grants=grants, contact_base=kept))
    for slug, text in tenants.items():
        (config / "tenants" / f"{slug}.yaml").write_text(text)
    return config


@contextmanager
def gateway(
    config: Path,
    bodies: Sequence[str],
    *,
    core: int | tuple[int, ...] | None,
    workers: int = 1,
    tenant: str = TENANT,
    name: str = "gateway",
    expects: bytes = b'"outcome":"found"',
    key: str | None = None,
    env: Mapping[str, str] | None = None,
    patience: float = 20.0,
) -> Iterator[Contender]:
    """As it is served: authentication, verification, limits, metrics and its log line are on. `key`: the tenant's, where it
    has one."""
    port, key = free_port(), key or new_key(config, tenant)
    command = [sys.executable, "-m", "gateway", "serve", "--config", str(config), "--port", str(port)]
    command += ["--workers", str(workers)]
    with (config.parent / f"{name}.log").open("wb") as log:
        began = time.monotonic()
        with running(command, port, core=core, env=env, log=log, health="/healthz", patience=patience) as pid:
            ready = time.monotonic() - began
            yield Contender(name, pid, load_of(port, tenant, key, bodies), expects, ready)


def load_of(port: int, tenant: str, key: str, bodies: Sequence[str]) -> Load:
    """Identifications of one tenant."""
    url = f"http://127.0.0.1:{port}/v1/tenants/{tenant}/identifications"
    return Load(url, {"Authorization": f"Bearer {key}", **_JSON}, bodies)


# ---------------------------------------------------------------------------------------------- the others


@contextmanager
def handler(
    module: str,
    arguments: Sequence[str],
    bodies: Sequence[str],
    *,
    name: str,
    python: str,
    core: int | None,
    expects: bytes = b'"outcome":"found"',
) -> Iterator[Contender]:
    """A baseline of tests/bench/baselines; `python` has its client installed."""
    port = free_port()
    command = [python, "-m", f"tests.bench.baselines.{module}", "--port", str(port), *arguments]
    with running(command, port, core=core) as pid:
        yield Contender(name, pid, Load(f"http://127.0.0.1:{port}/identify", _JSON, bodies), expects)


@contextmanager
def passing_through(source: str, bodies: Sequence[str], folder: Path, *, core: int | None) -> Iterator[Contender]:
    """nginx, which only passes each request on to `source` (one whole address): the limit."""
    port, address = free_port(), urlsplit(source)
    folder = folder / "passing"
    folder.mkdir()
    server = _PASSING.format(source=address.netloc, target=f"{address.path}?{address.query}", port=port)
    (folder / "nginx.conf").write_text(NGINX.format(folder=folder, http=server))
    with running(["nginx", "-c", str(folder / "nginx.conf"), "-e", str(folder / "nginx.err")], port, core=core) as pid:
        yield Contender("nginx", pid, Load(f"http://127.0.0.1:{port}/", _JSON, bodies), b"<clientes>")
