"""An example company's site on loopback: a page with the widget under the strictest policy, and the back end it asks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files

WIDGET = files("gateway").joinpath("widget/identification-code.js").read_bytes()
POLICY = (
    "default-src 'none'; img-src data:; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; report-uri /csp-report"
)
"""Not even a style of the page's own. `img-src` is for the empty icon of the tab."""
ENDPOINT = "/account/identification-code"
_WATCH = b"""
document.addEventListener("securitypolicyviolation", (event) => {
  document.documentElement.dataset.violations =
    (document.documentElement.dataset.violations || "") + event.violatedDirective + " ";
});
for (const what of ["shown", "copied", "expired", "failed"])
  document.addEventListener(`identification-code:${what}`, (event) => {
    const seen = document.documentElement.dataset;
    seen.events = (seen.events || "") + what + (event.detail.reason ? ":" + event.detail.reason : "") + " ";
  });
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the back end."""

    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Site:
    """`answers`: what the back end says, one after the other (status, body); the last stays. `asked`: what it was asked.
    `hold`: cleared, it keeps whoever asks waiting."""

    origin: str = ""
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)
    reports: list[bytes] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    attributes: str = ""
    endpoint: str = ENDPOINT
    inside: str = ""
    policy: str = POLICY

    def says(self, *codes: str, valid_for: float = 300) -> None:
        self.answers = [(200, json.dumps({"code": code, "valid_for": valid_for}).encode()) for code in codes]

    def fails(self, status: int, body: bytes = b"{}") -> None:
        self.answers = [(status, body)]

    def page(self, lang: str) -> bytes:
        return (
            f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Acme</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="csrf-token" content="t0ken">'
            '<link rel="icon" href="data:,"><script src="/watch.js"></script>'
            '<script src="/identification-code.js" defer></script></head><body><main><h1>Acme Seguros</h1>'
            f'<p><a href="#elsewhere">Elsewhere</a></p>'
            f'<identification-code endpoint="{escape(self.endpoint)}" {self.attributes}>{self.inside}</identification-code>'
            '<p id="elsewhere"><label>Note <input></label></p></main></body></html>'
        ).encode()


@contextmanager
def serving() -> Iterator[Site]:
    site = Site()
    site.hold.set()
    site.says("F7HK-3RTW-9XYM-4JL8")

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path, _, lang = self.path.partition("?")
            match path:
                case "/":
                    self._send(200, site.page(lang or "en"), "text/html; charset=utf-8")
                case "/identification-code.js":
                    self._send(200, WIDGET, "text/javascript; charset=utf-8")
                case "/watch.js":
                    self._send(200, _WATCH, "text/javascript; charset=utf-8")
                case _:
                    self._send(404, b"", "text/plain")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            if self.path == "/csp-report":
                site.reports.append(body)
                self._send(204, b"", "text/plain")
                return
            site.asked.append(Asked({name.lower(): value for name, value in self.headers.items()}, body))
            site.hold.wait(20)
            status, said = site.answers.pop(0) if len(site.answers) > 1 else site.answers[0]
            self._send(status, said, "application/json")

        def _send(self, status: int, body: bytes, content_type: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Security-Policy", site.policy)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            """Nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A browser that left does not wait for its answer."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        site.origin = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield site
        finally:
            site.hold.set()
            server.shutdown()
            thread.join()
