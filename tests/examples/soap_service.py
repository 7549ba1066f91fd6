"""The example SOAP service, 1.1 and 1.2, that breaks its own schema: `python -m tests.examples.soap_service --port 0`.

`GET /clientes?wsdl` shows the WSDL, which names an internal host. `POST /clientes` answers `BuscarCliente`: CPF, CNPJ and
code are compared as stored (bare digits), phones by their digits as stored, names without case and accents. Basic auth,
user `gw`. Customers come with a boolean written `S` or `N`, dates of `0000-00-00`, nil objects, elements that the schema
does not know and elements in another order. No filter, or none that it knows, is a fault with 500. The other paths go
wrong, each in its own way: `/everybody` ignores every filter, `/fault-200` is a fault with 200, `/fault-500` one of SOAP
1.1 in whatever envelope, `/answer-500` answers with 500, `/login` is an HTML form with 200, `/broken` ends in the middle,
`/slow` holds the request, `/down` is a 503. Prints `ready <port>` when it listens.
"""

from __future__ import annotations

import hmac
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from tests.examples.people import SOAP, Person, Place, known_to
from tests.examples.serving import ExampleServer, serve

USER = "gw"
PASSWORD_VARIABLE = "SOAP_SERVICE_PASSWORD"
WSDL = Path(__file__).with_name("clientes.wsdl")
NAMESPACE = "urn:example:clientes"
ENVELOPES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "text/xml; charset=utf-8",
    "http://www.w3.org/2003/05/soap-envelope": "application/soap+xml; charset=utf-8",
}
_SOAP_11, _SOAP_12 = ENVELOPES
_PATHS = frozenset(
    "/clientes /everybody /fault-200 /fault-500 /answer-500 /login /broken /slow /down".split()  # noqa: SIM905
)
_NIL = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true"'
_LOGIN = b"<!DOCTYPE html><html><head><title>Entrar</title></head><body><form>Senha: <input></form></body></html>"


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


_FILTERS: dict[str, Callable[[str, Person], bool]] = {
    "cpf": lambda asked, person: asked == person.cpf,
    "cnpj": lambda asked, person: asked == person.cnpj,
    "nome": lambda asked, person: _plain(asked) in _plain(person.name),
    "email": lambda asked, person: asked.casefold() in [email.casefold() for email in person.emails],
    "telefone": lambda asked, person: _digits(asked) in [_digits(phone) for phone in person.phones if phone],
    "codigo": lambda asked, person: asked == person.code,
}


class Refused(ValueError):
    """What the service says with a fault."""


def find(filters: Mapping[str, str]) -> list[Person]:
    """Whoever meets every filter that is filled in. Raises Refused where none is."""
    given = {name: value for name, value in filters.items() if value and name in _FILTERS}
    if not given:
        raise Refused("Informe ao menos um filtro.")
    return [person for person in known_to(SOAP) if all(_FILTERS[name](asked, person) for name, asked in given.items())]


# ---------------------------------------------------------------------------------------------- customers as XML


def _element(name: str, text: str | None) -> str:
    return "" if text is None else f"<c:{name}>{escape(text)}</c:{name}>"


def _address(place: Place | None) -> str:
    if place is None:
        return f"<c:endereco {_NIL}/>"
    parts = {
        "logradouro": place.street,
        "numero": place.number,
        "complemento": place.complement,
        "bairro": place.district,
        "cidade": place.city,
        "uf": place.state,
        "cep": place.postal_code,
    }
    return f"<c:endereco>{''.join(_element(name, text) for name, text in parts.items())}</c:endereco>"


def customer(person: Person) -> str:
    """Not in the schema's order, with more and less than it promises."""
    born = person.birth_date.isoformat() if person.birth_date else "0000-00-00"
    phones = "".join(_element("telefone", phone) for phone in person.phones)
    plan = f"<c:plano>{_element('nome', person.plan)}</c:plano>" if person.plan is not None else f"<c:plano {_NIL}/>"
    return "".join(
        (
            "<c:cliente>",
            _element("nome", person.name),
            _element("codigo", person.code),
            _element("cpf", person.cpf),
            _element("cnpj", person.cnpj),
            f"<c:telefones>{phones}</c:telefones>",
            *(_element("email", email) for email in person.emails),
            _element("nascimento", born),
            _element("ativo", "N" if person.plan == "Bronze" else "S"),
            _address(person.address),
            plan,
            _element("ultimoPedido", person.last_order),
            f"<c:auditoria><c:versaoRegistro>7</c:versaoRegistro><c:bloqueio {_NIL}/></c:auditoria>",
            "</c:cliente>",
        )
    )


def answer(people: Sequence[Person], namespace: str = _SOAP_11) -> bytes:
    """The whole envelope; with nobody, an empty list."""
    listed = "".join(map(customer, people))
    # A server that breaks its schema also puts a nil customer among the others.
    nil = f"<c:cliente {_NIL}/>" if len(people) > 1 else ""
    return _envelope(
        namespace,
        f'<c:BuscarClienteResponse xmlns:c="{NAMESPACE}"><c:lista>{listed}{nil}</c:lista></c:BuscarClienteResponse>',
    )


def fault(code: str, reason: str, namespace: str, *, old: bool = False) -> bytes:
    """A fault of the envelope's version; `old`: of 1.1 in any envelope."""
    if namespace == _SOAP_11 or old:
        inner = f"<faultcode>e:{code}</faultcode><faultstring>{escape(reason)}</faultstring>"
    else:
        code = {"Client": "Sender", "Server": "Receiver"}[code]
        inner = (
            f"<e:Code><e:Value>e:{code}</e:Value></e:Code>"
            f'<e:Reason><e:Text xml:lang="pt-BR">{escape(reason)}</e:Text></e:Reason>'
        )
    return _envelope(namespace, f"<e:Fault>{inner}</e:Fault>")


def _envelope(namespace: str, content: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<e:Envelope xmlns:e="{namespace}"><e:Body>{content}</e:Body></e:Envelope>'
    ).encode()


# ---------------------------------------------------------------------------------------------- the server


def filters_of(message: bytes) -> tuple[str, dict[str, str]]:
    """The envelope's namespace and the filters in it. Raises Refused where it is not the operation's message."""
    try:
        root = ElementTree.fromstring(message)
    except ElementTree.ParseError as error:
        raise Refused("A mensagem não é XML.") from error
    namespace = root.tag[1:].partition("}")[0]
    asked = root.find(f"{{{namespace}}}Body/{{{NAMESPACE}}}BuscarCliente/{{{NAMESPACE}}}filtro")
    if namespace not in ENVELOPES or asked is None:
        raise Refused("A operação não existe.")
    return namespace, {child.tag.rpartition("}")[2]: child.text or "" for child in asked}


class SoapService(BaseHTTPRequestHandler):
    """One connection to the service. `password` and `released` (set: `/slow` answers) are bound by the server."""

    protocol_version = "HTTP/1.1"
    server_version = "ExampleService"
    disable_nagle_algorithm = True

    def __init__(self, *connection: object, password: str, released: threading.Event) -> None:
        token = b64encode(f"{USER}:{password}".encode()).decode()
        self._authorization = f"Basic {token}".encode()
        self._released = released
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        if self._refused():
            return
        if self.path.endswith("?wsdl"):
            self._send(200, WSDL.read_bytes(), "text/xml; charset=utf-8")
        else:
            self._send(405, b"", "text/plain", {"Allow": "POST"})

    def do_POST(self) -> None:
        message = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self._refused():
            return
        if self.path not in _PATHS:
            self._send(404, b"", "text/plain")
            return
        namespace = _SOAP_12 if b"http://www.w3.org/2003/05/soap-envelope" in message else _SOAP_11
        try:
            namespace, filters = filters_of(message)
            people = find(filters)
        except Refused as refusal:
            self._send(500, fault("Client", str(refusal), namespace), ENVELOPES[namespace])
        else:
            self._answer(people, namespace)

    def _answer(self, people: Sequence[Person], namespace: str) -> None:
        kind = ENVELOPES[namespace]
        match self.path:
            case "/clientes":
                self._send(200, answer(people, namespace), kind)
            case "/everybody":
                self._send(200, answer(known_to(SOAP), namespace), kind)
            case "/fault-200":
                self._send(200, fault("Server", "Base indisponível, tente mais tarde.", namespace), kind)
            case "/fault-500":
                self._send(500, fault("Server", "ORA-12541: TNS:no listener", namespace, old=True), kind)
            case "/answer-500":
                self._send(500, answer(people, namespace), kind)
            case "/login":
                self._send(200, _LOGIN, "text/html")
            case "/broken":
                whole = answer(people or known_to(SOAP), namespace)
                self._send(200, whole[: len(whole) // 2], kind)
            case "/slow":
                self._released.wait()
                self._send(200, answer(people, namespace), kind)
            case "/down":
                self._send(503, b"manutencao", "text/plain")

    def _refused(self) -> bool:
        if hmac.compare_digest(self.headers.get("Authorization", "").encode(), self._authorization):
            return False
        self._send(401, b"", "text/plain", {"WWW-Authenticate": 'Basic realm="clientes"'})
        return True

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


class ServiceServer(ExampleServer):
    """The service on a port of its own."""

    def __init__(self, address: tuple[str, int], password: str) -> None:
        super().__init__(address, partial(SoapService, password=password))


if __name__ == "__main__":
    serve(ServiceServer, __doc__, "password", PASSWORD_VARIABLE)
