"""Case `rest`: a REST API that answers JSON, against Starlette with httpx."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, handler, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run, interleaved, over, tell
from tests.bench.people import cpfs
from tests.bench.stub import Page, source

API = Page(
    "/customers",
    '{"data": {"items": [{"codigo": "1001", "nome": "Carlos Eduardo Nogueira", "documento": "{asked}", '
    '"emails": ["carlos@example.com"], "telefones": ["+5511987654321"], "nascimento": "1980-04-12", '
    '"plano": {"nome": "Ouro"}}]}}',
    kind="application/json",
    parameter="document",
)

TENANT = """
tenant: bench
name: Bench
country: BR
search_fields:
  cpf: {{kind: cpf, label: CPF}}
unique_key: {{name: email, kind: email}}
sources:
  api:
    adapter: rest_json
    upstream: {{url: "{url}"}}
    resilience: {{concurrency: 64}}
    settings:
      path: /customers
      query: {{document: "{{cpf}}"}}
      records: data.items
    mapping:
      unique_key: emails[0]
      name: nome
      documents: {{cpf: documento}}
      emails: emails
      phones: telefones
      birth_date: {{path: nascimento, date: "%Y-%m-%d"}}
      attributes: {{codigo: codigo, plano: plano.nome}}
routes:
  default: {{sources: [api]}}
"""


def rest(run: Run, folder: Path) -> Taken:
    taken = Taken()
    asked = [cpf.replace(".", "").replace("-", "") for cpf in cpfs(2000)]
    with ExitStack() as stack:
        url = stack.enter_context(source([API], folder, core=run.load_core))
        config = configured(folder, {SLUG: TENANT.format(url=url)})
        arguments, name = ["--source", url + API.path], "handler_httpx"
        bodies, python, core = searches(asked, "document"), run.baselines, run.serving_core
        contenders = [
            stack.enter_context(gateway(config, searches(asked), core=core)),
            stack.enter_context(handler("rest_api", arguments, bodies, name=name, python=python, core=core)),
        ]
        measures = interleaved(contenders, run)
    taken.values |= over(measures, "handler_httpx")
    tell(measures, taken)
    return taken
