"""Cases of one XML-over-GET page that is no bottleneck: `xml`, `cached`, and `one` or `many` connections."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import Contender, configured, gateway, handler, passing_through, searches
from tests.bench.figures import Taken
from tests.bench.measuring import WITHOUT_NGINX, WITHOUT_WRK, Run, by_nginx, by_wrk, interleaved, over, tell
from tests.bench.node_baseline import fastify
from tests.bench.people import cpfs
from tests.bench.stub import Page, source
from tests.peers.node import NoNode

PAGE = Page(
    "/clientes",
    '<?xml version="1.0" encoding="ISO-8859-1"?>\n<clientes>\n'
    '<cliente codigo="1001" nome="Carlos Eduardo Nogueira" cpf="{asked}" email="carlos@example.com" '
    'fone="(11) 98765-4321" nascimento="12/04/1980" plano="Ouro"/>\n</clientes>\n',
    parameter="doc",
)
"""One record a line, as such pages write it."""

TENANT = """
tenant: {slug}
name: Bench
country: BR
search_fields:
  cpf: {{kind: cpf, label: CPF}}
unique_key: {{name: email, kind: email}}
sources:
  page:
    adapter: xml_get
    upstream: {{url: "{url}"}}
    resilience: {{concurrency: 64{resilience}}}
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
ASKED = cpfs(2000)


def tenant(url: str, slug: str = SLUG, resilience: str = "") -> str:
    """Its YAML. `resilience`: further keys of that block, with a comma before them."""
    return TENANT.format(slug=slug, url=url, resilience=resilience)


@dataclass(frozen=True, slots=True)
class Ring:
    """The source, and who stands around it."""

    folder: Path
    run: Run
    url: str
    stack: ExitStack

    def gateway(self, resilience: str = "", asked: Sequence[str] = ASKED) -> Contender:
        config = configured(self.folder, {SLUG: tenant(self.url, resilience=resilience)})
        return self.stack.enter_context(gateway(config, searches(asked), core=self.run.serving_core))

    def handler(self, client: str) -> Contender:
        arguments = ["--client", client, "--source", self.url]
        python, core = self.run.baselines, self.run.serving_core
        bodies, name = searches(ASKED, "doc"), f"handler_{client}"
        return self.stack.enter_context(handler("xml_page", arguments, bodies, name=name, python=python, core=core))

    def fastify(self, way: str) -> Contender:
        return self.stack.enter_context(fastify(self.url, searches(ASKED, "doc"), way, core=self.run.serving_core))

    def nginx(self) -> Contender:
        target = f"{self.url}?doc={ASKED[0]}"
        bodies, core = searches(ASKED, "doc"), self.run.serving_core
        return self.stack.enter_context(passing_through(target, bodies, self.folder, core=core))


@contextmanager
def ring(folder: Path, run: Run) -> Iterator[Ring]:
    with ExitStack() as stack:
        address = stack.enter_context(source([PAGE], folder, core=run.load_core))
        yield Ring(folder, run, f"{address}{PAGE.path}", stack)


def xml(run: Run, folder: Path) -> Taken:
    """CPU per request decides; the rates stand beside it."""
    taken = Taken()
    with ring(folder, run) as around:
        contenders = [around.gateway(), around.handler("httpx2"), around.handler("httpx")]
        try:
            contenders += [around.fastify("request"), around.fastify("fetch")]
        except NoNode as error:
            taken.skipped["over_fastify"] = str(error)
        if by_nginx():
            contenders.append(around.nginx())
        else:
            taken.skipped["times_nginx"] = WITHOUT_NGINX
        measures = interleaved(contenders, run)
    for name in measures.keys() - {"gateway", "nginx"}:
        taken.values |= over(measures, name)
    if "nginx" in measures:
        taken.values["times_nginx"] = measures["gateway"].cpu_us / measures["nginx"].cpu_us
    tell(measures, taken)
    return taken


def cached(run: Run, folder: Path) -> Taken:
    """The same hundred customers again and again, remembered for the length of the run."""
    taken = Taken()
    with ring(folder, run) as around:
        contenders = [around.gateway(", cache: {ttl: 10m}", asked=ASKED[:100]), around.handler("httpx")]
        measures = interleaved(contenders, run)
    taken.values |= over(measures, "handler_httpx")
    tell(measures, taken)
    return taken


def one(run: Run, folder: Path) -> Taken:
    """One connection: how long an answer takes where nothing waits."""
    taken = Taken()
    if not by_wrk():
        return Taken(skipped=dict.fromkeys(("p50_times_nginx", "rate_over_handler_httpx"), WITHOUT_WRK))
    with ring(folder, run) as around:
        contenders = [around.gateway(), around.handler("httpx")]
        if by_nginx():
            contenders.append(around.nginx())
        measures = interleaved(contenders, run, connections=1)
    if "nginx" in measures:
        taken.values["p50_times_nginx"] = measures["gateway"].p50 / measures["nginx"].p50
    else:
        taken.skipped["p50_times_nginx"] = WITHOUT_NGINX
    taken.values["rate_over_handler_httpx"] = measures["gateway"].rate / measures["handler_httpx"].rate
    taken.values |= {f"{name}_p50_ms": of.p50 * 1e3 for name, of in measures.items()}
    taken.values |= {f"{name}_per_second": of.rate for name, of in measures.items()}
    return taken


def many(run: Run, folder: Path) -> Taken:
    """64 connections: how long the slowest wait."""
    if not by_wrk():
        return Taken(skipped={"p99_times_handler_httpx": WITHOUT_WRK})
    with ring(folder, run) as around:
        measures = interleaved([around.gateway(), around.handler("httpx")], run, connections=64)
    taken = Taken({"p99_times_handler_httpx": measures["gateway"].p99 / measures["handler_httpx"].p99})
    taken.values |= {f"{name}_p99_ms": of.p99 * 1e3 for name, of in measures.items()}
    taken.values |= {f"{name}_per_second": of.rate for name, of in measures.items()}
    return taken
