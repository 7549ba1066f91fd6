"""Case `soap`: a SOAP service, against Starlette with zeep's AsyncClient."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path

from tests.bench.contenders import TENANT as SLUG
from tests.bench.contenders import configured, gateway, handler, searches
from tests.bench.figures import Taken
from tests.bench.measuring import Run, interleaved, over, tell
from tests.bench.people import cpfs
from tests.bench.servers import ROOT
from tests.bench.stub import Page, source

WSDL = ROOT / "tests" / "examples" / "clientes.wsdl"
SERVICE = Page(
    "/servico",
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    '<c:BuscarClienteResponse xmlns:c="urn:example:clientes"><c:lista><c:cliente>'
    "<c:codigo>1001</c:codigo><c:nome>Carlos Eduardo Nogueira</c:nome><c:cpf>{asked}</c:cpf>"
    "<c:email>carlos@example.com</c:email><c:telefones><c:telefone>(11) 98765-4321</c:telefone></c:telefones>"
    "<c:nascimento>1980-04-12</c:nascimento><c:ativo>true</c:ativo><c:plano><c:nome>Ouro</c:nome></c:plano>"
    "</c:cliente></c:lista></c:BuscarClienteResponse></e:Body></e:Envelope>\n",
    kind="text/xml; charset=utf-8",
    element="cpf",
)
"""Keeps its schema, so that zeep's strict reading accepts it."""

TENANT = """
tenant: bench
name: Bench
country: BR
search_fields:
  cpf: {{kind: cpf, label: CPF}}
unique_key: {{name: email, kind: email}}
sources:
  service:
    adapter: soap
    upstream: {{url: "{url}"}}
    resilience: {{concurrency: 64}}
    settings:
      wsdl: {{file: clientes.wsdl}}
      operation: BuscarCliente
      parameters: {{filtro.cpf: "{{cpf}}"}}
    mapping:
      unique_key: email
      name: nome
      documents: {{cpf: cpf}}
      emails: email
      phones: telefones.telefone
      birth_date: {{path: nascimento, date: "%Y-%m-%d"}}
      attributes: {{codigo: codigo, plano: plano.nome}}
routes:
  default: {{sources: [service]}}
"""


def soap(run: Run, folder: Path) -> Taken:
    taken = Taken()
    bodies = searches([cpf.replace(".", "").replace("-", "") for cpf in cpfs(2000)])
    with ExitStack() as stack:
        url = stack.enter_context(source([SERVICE], folder, core=run.load_core)) + SERVICE.path
        config = configured(folder, {SLUG: TENANT.format(url=url)})
        (config / "wsdl" / SLUG).mkdir(parents=True)
        shutil.copy(WSDL, config / "wsdl" / SLUG)
        zeep = ["--source", url, "--wsdl", str(WSDL)]
        contenders = [
            stack.enter_context(gateway(config, bodies, core=run.serving_core)),
            stack.enter_context(
                handler("soap_service", zeep, bodies, name="handler_zeep", python=run.baselines, core=run.serving_core)
            ),
        ]
        measures = interleaved(contenders, run)
    taken.values |= over(measures, "handler_zeep")
    tell(measures, taken)
    return taken
