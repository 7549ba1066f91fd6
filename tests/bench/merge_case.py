"""Case `merge`: three pages are asked at once and make one customer, against a handler that gathers three."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, handler, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run, interleaved, over, tell
from tests.bench.people import cpfs
from tests.bench.stub import Page, source

_VALUES = {
    "crm": 'codigo="1001" fone="(11) 98765-4321"',
    "erp": 'codigo="C-77" nascimento="12/04/1980"',
    "club": 'fone="(11) 98765-4321" plano="Ouro"',
}
PAGES = [
    Page(
        f"/{name}",
        '<?xml version="1.0" encoding="ISO-8859-1"?>\n<clientes>\n'
        '<cliente nome="Carlos Eduardo Nogueira" cpf="{asked}" email="carlos@example.com" '
        f"{values}/>\n</clientes>\n",
        parameter="doc",
    )
    for name, values in _VALUES.items()
]

TENANT = """
tenant: bench
name: Bench
country: BR
search_fields:
  cpf: {{kind: cpf, label: CPF}}
unique_key: {{name: email, kind: email, of: person}}
sources:
{sources}
routes:
  default: {{sources: [crm, erp, club], strategy: merge}}
"""
_SOURCE = """
  {name}:
    adapter: xml_get
    upstream: {{url: "{url}"}}
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
"""


def merge(run: Run, folder: Path) -> Taken:
    taken = Taken()
    asked = cpfs(2000)
    with ExitStack() as stack:
        address = stack.enter_context(source(PAGES, folder, core=run.load_core))
        urls = {page.name: address + page.path for page in PAGES}
        sources = "".join(_SOURCE.format(name=name, url=url) for name, url in urls.items())
        config = configured(folder, {SLUG: TENANT.format(sources=sources)})
        arguments = [word for url in urls.values() for word in ("--source", url)]
        bodies, name, python, core = searches(asked, "doc"), "handler_httpx", run.baselines, run.serving_core
        contenders = [
            stack.enter_context(gateway(config, searches(asked), core=core)),
            stack.enter_context(handler("xml_page", arguments, bodies, name=name, python=python, core=core)),
        ]
        measures = interleaved(contenders, run)
    taken.values |= over(measures, "handler_httpx")
    tell(measures, taken)
    return taken
