"""The example REST API that answers in JSON: `python -m tests.examples.rest_api --port 0`.

`GET /v1/customers?document=&email=&phone=&name=&order=&limit=` gives a list, `GET /v1/customers/{code}` one customer or 404,
`POST /v1/search` takes the same filters as `{"filter": {…}, "limit": 10}`, `POST /v1/customers` adds a customer, once for
each `Idempotency-Key`. Documents are asked in digits, phones in E.164. Bearer token. `/v1/status` says that it is up. The
other paths go wrong, each in its own way: `/everybody` ignores every filter, `/login` is an HTML form with 200, `/html404`
an HTML page with 404, `/broken` ends in the middle, `/slow` holds the request, `/down` is a 503, `/limited` a 429. Prints
`ready <port>` when it listens.
"""

from __future__ import annotations

import hmac
import json
import threading
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler
from typing import TypeAlias
from urllib.parse import parse_qsl, unquote

from tests.examples.people import REST, Person, known_to
from tests.examples.serving import ExampleServer, serve

TOKEN_VARIABLE = "REST_API_TOKEN"
RETRY_AFTER = 7
_JSON = "application/json; charset=utf-8"
_LOGIN = b"<!DOCTYPE html><html><head><title>Entrar</title></head><body><form>Senha: <input></form></body></html>"

Value: TypeAlias = "str | list[str] | dict[str, str | None] | None"
Record: TypeAlias = dict[str, Value]


class BadRequest(ValueError):
    """What the API says with a 400."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A customer as stored: `document` in digits and letters, even where `record` shows only a part of it."""

    document: str | None
    record: Record


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))


def _texts(record: Record, name: str) -> list[str]:
    value = record.get(name)
    return [value] if isinstance(value, str) else value if isinstance(value, list) else []


_FILTERS: dict[str, Callable[[str, Entry], bool]] = {
    "document": lambda asked, entry: asked == entry.document,
    "email": lambda asked, entry: asked.casefold() in [email.casefold() for email in _texts(entry.record, "emails")],
    "phone": lambda asked, entry: asked in _texts(entry.record, "telefones"),
    "name": lambda asked, entry: _plain(asked) in _plain("".join(_texts(entry.record, "nome"))),
    "order": lambda asked, entry: asked in _texts(entry.record, "ultimoPedido"),
}


def e164(stored: str) -> str:
    """A phone as this API keeps it; what is no whole Brazilian number stays as it was typed in."""
    digits = "".join(character for character in stored if character.isdigit())
    if stored.startswith("+"):
        return f"+{digits}"
    return f"+55{digits}" if len(digits) in (10, 11) else stored


def entry_of(person: Person) -> Entry:
    record: Record = {
        "codigo": person.code,
        "nome": person.name,
        "documento": person.document_shown or person.document,
        "emails": list(person.emails),
        "telefones": [e164(phone) for phone in person.phones],
        "nascimento": person.birth_date.isoformat() if person.birth_date else None,
        "plano": {"nome": person.plan},
        "ultimoPedido": person.last_order,
        "segmento": person.segment,
    }
    if person.address is not None:
        place = person.address
        record |= {
            "enderecoLogradouro": place.street,
            "enderecoNumero": place.number,
            "enderecoComplemento": place.complement,
            "enderecoBairro": place.district,
            "enderecoCidade": place.city,
            "enderecoEstado": place.state,
            "enderecoCep": place.postal_code,
        }
    return Entry(person.document, record)


class Customers:
    """What the API knows. Adding and finding may happen at once."""

    def __init__(self) -> None:
        self._entries = [entry_of(person) for person in known_to(REST)]
        self._added: dict[str, str] = {}
        self._lock = threading.Lock()

    def everybody(self) -> list[Record]:
        with self._lock:
            return [entry.record for entry in self._entries]

    def with_code(self, code: str) -> Record | None:
        return next((record for record in self.everybody() if record["codigo"] == code), None)

    def find(self, filters: Mapping[str, object], limit: object = None) -> list[Record]:
        """Whoever meets every filter. Raises BadRequest where there is none, or one that it does not know."""
        given = {name: value for name, value in filters.items() if isinstance(value, str)}
        if not filters or len(given) < len(filters) or not given.keys() <= _FILTERS.keys():
            raise BadRequest(f"give at least one filter, as text: {', '.join(_FILTERS)}")
        if limit is not None and not str(limit).isdecimal():
            raise BadRequest("limit is a number")
        with self._lock:
            entries = list(self._entries)
        found = [
            entry.record for entry in entries if all(_FILTERS[name](asked, entry) for name, asked in given.items())
        ]
        return found[: None if limit is None else int(str(limit))]

    def add(self, record: Record, key: str | None = None) -> str:
        """Adds a customer; its code. Under a `key` that came before nobody is added, and it is the code of then."""
        documents = _texts(record, "documento")
        with self._lock:
            if key is not None and key in self._added:
                return self._added[key]
            code = f"N{len(self._entries) + 1:05d}"
            self._entries.append(Entry(documents[0] if documents else None, {**record, "codigo": code}))
            if key is not None:
                self._added[key] = code
        return code


class RestApi(BaseHTTPRequestHandler):
    """One connection to the API. `token`, `customers` and `released` (set: `/slow` answers) are bound by the server."""

    protocol_version = "HTTP/1.1"
    server_version = "ExampleApi"
    disable_nagle_algorithm = True

    def __init__(self, *connection: object, token: str, customers: Customers, released: threading.Event) -> None:
        self._authorization = f"Bearer {token}".encode()
        self._customers = customers
        self._released = released
        super().__init__(*connection)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if self._refused():
            return
        if path == "/v1/customers":
            given: dict[str, object] = dict(parse_qsl(query, keep_blank_values=True))
            self._listed(given, given.pop("limit", None))
        elif path.startswith("/v1/customers/"):
            found = self._customers.with_code(unquote(path.removeprefix("/v1/customers/")))
            self._answer(404, {"error": "no such customer"}) if found is None else self._answer(200, found)
        elif path == "/v1/status":
            self._answer(200, {"status": "up"})
        else:
            self._go_wrong(path)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self._refused():
            return
        try:
            asked = json.loads(body)
        except ValueError:
            asked = None
        if not isinstance(asked, dict):
            self._answer(400, {"error": "the body is no JSON object"})
        elif self.path == "/v1/search" and isinstance(asked.get("filter"), dict):
            self._listed(asked["filter"], asked.get("limit"))
        elif self.path == "/v1/customers":
            self._answer(201, {"codigo": self._customers.add(asked, self.headers.get("Idempotency-Key"))})
        else:
            self._answer(404, {"error": "no such method"})

    def _listed(self, filters: Mapping[str, object], limit: object) -> None:
        try:
            found = self._customers.find(filters, limit)
        except BadRequest as error:
            self._answer(400, {"error": str(error)})
        else:
            self._answer(200, _list(found))

    def _go_wrong(self, path: str) -> None:
        match path:
            case "/everybody":
                self._answer(200, _list(self._customers.everybody()))
            case "/login":
                self._send(200, _LOGIN, "text/html")
            case "/html404":
                self._send(404, _LOGIN, "text/html")
            case "/broken":
                whole = _encoded(_list(self._customers.everybody()))
                self._send(200, whole[: len(whole) // 2], _JSON)
            case "/slow":
                self._released.wait()
                self._answer(200, _list(self._customers.everybody()))
            case "/down":
                self._answer(503, {"error": "maintenance"})
            case "/limited":
                self._send(429, _encoded({"error": "slow down"}), _JSON, {"Retry-After": str(RETRY_AFTER)})
            case _:
                self._answer(404, {"error": "no such path"})

    def _refused(self) -> bool:
        if hmac.compare_digest(self.headers.get("Authorization", "").encode(), self._authorization):
            return False
        self._send(401, _encoded({"error": "token"}), _JSON, {"WWW-Authenticate": "Bearer"})
        return True

    def _answer(self, status: int, document: Mapping[str, object]) -> None:
        self._send(status, _encoded(document), _JSON)

    def _send(self, status: int, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing: the target holds a customer's data."""


def _list(records: list[Record]) -> dict[str, object]:
    return {"data": {"items": records}, "total": len(records)}


def _encoded(document: Mapping[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


class ApiServer(ExampleServer):
    """The API on a port of its own."""

    def __init__(self, address: tuple[str, int], token: str) -> None:
        super().__init__(address, partial(RestApi, token=token, customers=Customers()))


if __name__ == "__main__":
    serve(ApiServer, __doc__, "token", TOKEN_VARIABLE)
