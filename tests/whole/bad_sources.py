"""The ways in which one of three sources can go wrong, each a tenant of its own: like `uniao`, but for that source."""

from __future__ import annotations

from dataclasses import dataclass

from tests.examples.staging import REST_PORT, SOAP_PORT, XML_PORT
from tests.whole.running import House

PAGE, SERVICE, API = "pagina", "servico", "api"
_TIMEOUTS = {PAGE: "2s", SERVICE: "3s", API: "2s"}
_SHORT = "500ms"


@dataclass(frozen=True, slots=True)
class Case:
    """`path`: where the example system goes wrong in this way; `outcome` and `code`: what becomes of that source, asked for
    the customer with `cpf` and `email`, whom the two others know."""

    source: str
    path: str
    outcome: str
    code: str
    cpf: str = "012.345.678-90"
    email: str = "joao@example.com"

    @property
    def tenant(self) -> str:
        return f"{self.source}-{self.path.strip('/')}"

    def __str__(self) -> str:
        return self.tenant


CASES = (
    Case(PAGE, "/down", "failed", "server_error"),
    Case(PAGE, "/slow", "timed_out", "timed_out"),
    Case(PAGE, "/login", "failed", "html_page"),
    Case(PAGE, "/broken", "failed", "truncated"),
    Case(PAGE, "/doctype", "failed", "unreadable"),
    Case(PAGE, "/everybody", "mismatch", "mismatch", "001.618.033-00", "zacarias@example.com"),
    Case(PAGE, "/nowhere", "failed", "unexpected_status"),
    Case(SERVICE, "/down", "failed", "server_error"),
    Case(SERVICE, "/slow", "timed_out", "timed_out"),
    Case(SERVICE, "/login", "failed", "html_page"),
    Case(SERVICE, "/broken", "failed", "truncated"),
    Case(SERVICE, "/fault-200", "failed", "reported_error"),
    Case(SERVICE, "/fault-500", "failed", "reported_error"),
    Case(SERVICE, "/everybody", "mismatch", "mismatch", "073.294.016-84", "ursula@example.com"),
    Case(API, "/down", "failed", "server_error"),
    Case(API, "/slow", "timed_out", "timed_out"),
    Case(API, "/login", "failed", "html_page"),
    Case(API, "/broken", "failed", "truncated"),
    Case(API, "/limited", "failed", "rate_limited"),
    Case(API, "/everybody", "mismatch", "mismatch", "390.533.447-05", "gunther@example.org"),
)


HURRIED = "apressada"
"""A tenant whose whole time is over before its slow page's is."""


def add_tenants(house: House) -> None:
    """One tenant a case. Asked by e-mail it asks the bad source alone, else all three."""
    page = house.systems.ports[XML_PORT]
    house.add(HURRIED, "uniao", (f":{page}/clientes", f":{page}/slow"), ("budget: 4s", "budget: 1s"))
    for case in CASES:
        house.add(case.tenant, "uniao", *_changes(house, case))


def _changes(house: House, case: Case) -> tuple[tuple[str, str], ...]:
    ports = house.systems.ports
    alone = ("{sources: [servico, pagina, api], strategy: first}", f"{{sources: [{case.source}], strategy: first}}")
    timeout = _TIMEOUTS[case.source]
    patience = (f"{{timeout: {timeout}}}", f"{{timeout: {_SHORT if case.path == '/slow' else timeout}}}")
    if case.source == API:
        base = f":{ports[REST_PORT]}"
        return alone, patience, (f"{base}/v1", base), ("path: /customers", f"path: {case.path}")
    port = ports[XML_PORT if case.source == PAGE else SOAP_PORT]
    return alone, patience, (f":{port}/clientes", f":{port}{case.path}")
