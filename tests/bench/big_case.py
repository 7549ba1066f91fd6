"""Case `big`: a page answers 10 MB of XML, of which the first 50 records are wanted: what more memory the worker takes."""

from __future__ import annotations

from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from tests.bench.asking import Caller, WrongAnswer
from tests.bench.contenders import Contender, configured, gateway, handler, load_of, searches
from tests.bench.figures import Taken
from tests.bench.load import Load
from tests.bench.measuring import Run
from tests.bench.servers import forget_peak, peak_mb
from tests.bench.stub import Page, source
from tests.examples.staging import new_key

NAME = "Carlos"
SEVERAL = b'"outcome":"several"'
SIZES = {"small": 2_000, "big": 10_000_000}
"""Bytes of a reply."""
_HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<clientes>\n'
_TAIL = "</clientes>\n"
_RECORD = (
    '<cliente codigo="{0}" nome="Carlos Eduardo Nogueira {0}" email="carlos.{0}@example.com" '
    'fone="(11) 98765-4321" nascimento="12/04/1980" plano="Ouro"/>\n'
)

TENANT = """
tenant: {slug}
name: Bench
country: BR
search_fields:
  nome: {{kind: name, label: Nome}}
unique_key: {{name: email, kind: email}}
budget: 30s
sources:
  page:
    adapter: xml_get
    upstream: {{url: "{url}"}}
    resilience: {{timeout: 20s}}
    settings: {{query: {{nome: nome}}, query_encoding: iso-8859-1}}
    mapping:
      unique_key: email
      name: nome
      emails: email
      phones: fone
      birth_date: {{path: nascimento, date: "%d/%m/%Y"}}
      attributes: {{codigo: codigo, plano: plano}}
    limit: 50
routes:
  default: {{sources: [page]}}
"""


def big(run: Run, folder: Path) -> Taken:
    """Peaks of one worker: while it reads small replies, and then while it reads big ones. The handler's beside them."""
    taken = Taken()
    with ExitStack() as stack:
        pages = [Page(f"/{name}", _reply(size)) for name, size in SIZES.items()]
        address = stack.enter_context(source(pages, folder, core=run.load_core))
        for name in SIZES:
            theirs = stack.enter_context(_handler(f"{address}/{name}", run))
            taken.values |= _asked(f"handler_httpx_{name}", theirs, theirs.load, run)
        config = configured(folder, {name: TENANT.format(slug=name, url=f"{address}/{name}") for name in SIZES})
        keys = {name: new_key(config, name) for name in SIZES}
        bodies, core = searches([NAME], "nome"), run.serving_core
        worker = stack.enter_context(
            gateway(config, bodies, tenant="small", core=core, expects=SEVERAL, key=keys["small"])
        )
        port = urlsplit(worker.load.url).port or 0
        try:
            for name in SIZES:
                taken.values |= _asked(f"gateway_{name}", worker, load_of(port, name, keys[name], bodies), run)
        except WrongAnswer as error:
            taken.failed["more_memory_mb"] = str(error)
        else:
            taken.values["more_memory_mb"] = taken.values["gateway_big_peak_mb"] - taken.values["gateway_small_peak_mb"]
    return taken


def _handler(url: str, run: Run) -> AbstractContextManager[Contender]:
    bodies, arguments = searches([NAME], "nome"), ["--source", url]
    python, core = run.baselines, run.serving_core
    return handler("xml_page", arguments, bodies, name="handler_httpx", python=python, core=core, expects=SEVERAL)


def _asked(name: str, contender: Contender, load: Load, run: Run) -> dict[str, float]:
    """Peak of memory over the rounds, after two lookups that warm it up, and how long one takes. Raises WrongAnswer."""
    with Caller(load.url) as caller:
        for _ in range(2):
            caller.ask(load, contender.expects)
        forget_peak(contender.pid)
        taken = [caller.ask(load, contender.expects) for _ in range(run.rounds)]
    return {f"{name}_peak_mb": peak_mb(contender.pid), f"{name}_ms": median(taken) * 1e3}


def _reply(size: int) -> str:
    """As many records as fit into `size` bytes."""
    records: list[str] = []
    left = size - len(_HEAD) - len(_TAIL)
    while left > 0:
        record = _RECORD.format(len(records) + 1)
        left -= len(record)
        records.append(record)
    return f"{_HEAD}{''.join(records[:-1])}{_TAIL}"
