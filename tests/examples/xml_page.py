"""The example page of a customer that answers a GET with ISO-8859-1 XML: `python -m tests.examples.xml_page --port 0`.

`/clientes?nome=&doc=&tel=&email=&codigo=&pedido=&max=` looks customers up; it reads the query as ISO-8859-1 and compares a
CPF or CNPJ as it is stored, with its punctuation. Basic auth, user `gw`. The other paths go wrong, each in its own way:
`/everybody` ignores every filter, `/login` is an HTML form with 200, `/broken` ends in the middle, `/doctype` declares an
entity, `/slow` holds the request, `/down` is a 503. Prints `ready <port>` when it listens.
"""

from __future__ import annotations

import hmac
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterable
from functools import partial
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape, quoteattr

from tests.examples.people import XML, Person, known_to
from tests.examples.serving import ExampleServer, serve

USER = "gw"
PASSWORD_VARIABLE = "XML_PAGE_PASSWORD"
ENCODING = "iso-8859-1"
_XML_TYPE = "text/xml; charset=ISO-8859-1"
_PROLOG = '<?xml version="1.0" encoding="ISO-8859-1"?>'
_DOCTYPE = b'<!DOCTYPE clientes [<!ENTITY fora SYSTEM "file:///etc/hostname">]>'
_LOGIN = "<html><head><title>Entrar</title></head><body><form action='/entrar'>Senha: <input></form></body></html>"


def _plain(text: str) -> str:
    """As the page's database collates names: without case and accents."""
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _same_phone(asked: str, stored: str) -> bool:
    """The stored writing itself, or its last eight digits: this page knows no other."""
    return bool(stored) and (asked == stored or (len(asked) == 8 and _digits(stored).endswith(asked)))


_FILTERS: dict[str, Callable[[str, Person], bool]] = {
    "nome": lambda asked, person: _plain(asked) in _plain(person.name),
    "doc": lambda asked, person: asked == person.document_masked,
    "tel": lambda asked, person: any(_same_phone(asked, stored) for stored in person.phones),
    "email": lambda asked, person: asked.casefold() in [email.casefold() for email in person.emails],
    "codigo": lambda asked, person: asked == person.code,
    "pedido": lambda asked, person: asked == person.last_order,
}


def find(filters: Iterable[tuple[str, str]]) -> list[Person]:
    """Whoever meets every filter; nobody where there is none."""
    given = list(filters)
    if not given:
        return []
    return [person for person in known_to(XML) if all(_FILTERS[name](asked, person) for name, asked in given)]


def page(lines: Iterable[str]) -> bytes:
    """The document: ISO-8859-1, a line break after every tag, what it cannot hold as character references."""
    return ("\n".join((_PROLOG, *lines)) + "\n").encode(ENCODING, "xmlcharrefreplace")


def customers(people: Iterable[Person]) -> list[str]:
    """The lines of a list of customers; of nobody, the page's message for it."""
    records = [line for person in people for line in _record(person)]
    return ["<clientes>", *(records or _message("Cliente inexistente")), "</clientes>"]


def _message(text: str) -> list[str]:
    return ["<mensagem>", escape(text), "</mensagem>"]


def _record(person: Person) -> list[str]:
    values = {
        "codigo": person.code,
        "nome": person.name,
        "cpf" if person.cnpj is None else "cnpj": person.document_masked,
        "email": _item(person.emails, 0),
        "email2": _item(person.emails, 1),
        "fone": _item(person.phones, 0),
        "celular": _item(person.phones, 1),
        "recado": _item(person.phones, 2),
        "nascimento": person.birth_date.strftime("%d/%m/%Y") if person.birth_date else None,
        "ultimo_pedido": person.last_order,
        "segmento": person.segment,
    }
    lines = [f"<cliente{_attributes(values)}>"]
    if person.plan is not None:
        lines.append(f"<plano{_attributes({'nome': person.plan})}/>")
    if person.address is not None:
        place = person.address
        lines.append(
            "<endereco"
            + _attributes(
                {
                    "logradouro": place.street,
                    "numero": place.number,
                    "complemento": place.complement,
                    "bairro": place.district,
                    "cidade": place.city,
                    "estado": place.state,
                    "cep": place.postal_code,
                }
            )
            + "/>"
        )
    return [*lines, "</cliente>"]


def _item(values: tuple[str, ...], index: int) -> str | None:
    return values[index] if index < len(values) else None


def _attributes(values: dict[str, str | None]) -> str:
    return "".join(f" {name}={quoteattr(value)}" for name, value in values.items() if value is not None)


class XmlPage(BaseHTTPRequestHandler):
    """One connection to the page. `password` and `released` (set: `/slow` answers) are bound by `serve`."""

    protocol_version = "HTTP/1.1"
    server_version = "ExamplePage"
    disable_nagle_algorithm = True

    def __init__(self, *connection: object, password: str, released: threading.Event) -> None:
        token = b64encode(f"{USER}:{password}".encode()).decode()
        self._authorization = f"Basic {token}"
        self._released = released
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), self._authorization.encode()):
            self._answer(401, b"", headers={"WWW-Authenticate": 'Basic realm="clientes"'})
            return
        match path:
            case "/clientes":
                self._answer(200, _lookup(query))
            case "/everybody":
                self._answer(200, _everybody())
            case "/login":
                self._answer(200, _LOGIN.encode(ENCODING), kind="text/html")
            case "/broken":
                whole = _everybody()
                self._answer(200, whole[: len(whole) // 2])
            case "/doctype":
                self._answer(200, _everybody().replace(_PROLOG.encode(), _PROLOG.encode() + _DOCTYPE))
            case "/slow":
                self._released.wait()
                self._answer(200, _everybody())
            case "/down":
                self._answer(503, b"Em manutencao", kind="text/plain")
            case _:
                self._answer(404, b"", kind="text/plain")

    def _answer(
        self, status: int, body: bytes, *, kind: str = _XML_TYPE, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the target holds a customer's data."""


def _everybody() -> bytes:
    return page(customers(known_to(XML)))


def _lookup(query: str) -> bytes:
    given = dict(parse_qsl(query, encoding=ENCODING))
    most = given.pop("max", None)
    if not given.keys() <= _FILTERS.keys() or (most is not None and not most.isdecimal()):
        return page(["<erro>", *_message("Parâmetro desconhecido"), "</erro>"])
    return page(customers(find(given.items())[: None if most is None else int(most)]))


class PageServer(ExampleServer):
    """The page on a port of its own."""

    def __init__(self, address: tuple[str, int], password: str) -> None:
        super().__init__(address, partial(XmlPage, password=password))


if __name__ == "__main__":
    serve(PageServer, __doc__, "password", PASSWORD_VARIABLE)
