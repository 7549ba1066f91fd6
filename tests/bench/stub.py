"""The sources: nginx where it is installed, else the small asyncio server of this module, which answers the same.

Run as `python -m tests.bench.stub --port 9000 --pages pages.json`; `--drip` sends its answers a byte every so many seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from tests.bench.servers import free_port, running

NGINX = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder}; keepalive_requests 100000000;
{http}
}}
"""
ASKED = "{asked}"
_SAID = """  map $request_body $said_{name} {{ "~{element}>([^<]*)<" $1; }}"""
_SELF = "  upstream self {{ server 127.0.0.1:{port}; keepalive 64; keepalive_requests 100000000; }}"


@dataclass(frozen=True, slots=True)
class Page:
    """One address of a source. In `reply`, `{asked}` becomes the value of the query's `parameter`, or of the posted XML's
    `element`; a page with neither always gives the same bytes."""

    path: str
    reply: str
    kind: str = "text/xml"
    parameter: str = ""
    element: str = ""

    @property
    def name(self) -> str:
        return self.path.strip("/")


@contextmanager
def source(pages: Sequence[Page], folder: Path, *, core: int | None) -> Iterator[str]:
    """A source with these pages; gives its address (`http://127.0.0.1:9000`)."""
    port, folder = free_port(), folder / "source"
    folder.mkdir()
    if shutil.which("nginx"):
        command = ["nginx", "-c", str(_nginx(pages, port, folder)), "-e", str(folder / "nginx.err")]
    else:
        (folder / "pages.json").write_text(json.dumps([asdict(page) for page in pages]))
        command = [sys.executable, "-m", "tests.bench.stub", "--port", str(port), "--pages", str(folder / "pages.json")]
    with running(command, port, core=core):
        yield f"http://127.0.0.1:{port}"


# ---------------------------------------------------------------------------------------------- nginx


def _nginx(pages: Sequence[Page], port: int, folder: Path) -> Path:
    before = [_SAID.format(name=page.name, element=page.element) for page in pages if page.element]
    if before:
        before.append(_SELF.format(port=port))
    locations = [location for page in pages for location in _locations(page, folder)]
    server = f"  server {{ listen 127.0.0.1:{port} backlog=4096; root {folder}; {' '.join(locations)} }}"
    path = folder / "nginx.conf"
    path.write_text(NGINX.format(folder=folder, http="\n".join([*before, server])))
    return path


def _locations(page: Page, folder: Path) -> Iterator[str]:
    if page.parameter:
        yield f"location = {page.path} {{ {_returned(page, f'arg_{page.parameter}')} }}"
    elif page.element:
        # nginx reads a body only to pass it on; so it passes what was asked on to itself.
        yield (
            f"location = {page.path} {{ proxy_pass http://self/said{page.path}; proxy_method GET; "
            'proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Content-Length ""; '
            f"proxy_pass_request_body off; proxy_set_header X-Said $said_{page.name}; }}"
        )
        yield f"location = /said{page.path} {{ {_returned(page, 'http_x_said')} }}"
    else:
        (folder / page.name).write_text(page.reply)
        yield f'location = {page.path} {{ types {{ }} default_type "{page.kind}"; }}'


def _returned(page: Page, variable: str) -> str:
    assert not set("'\\$") & set(page.reply)
    return f"default_type \"{page.kind}\"; return 200 '{page.reply.replace(ASKED, f'${{{variable}}}')}';"


# ---------------------------------------------------------------------------------------------- without nginx


class Stub(asyncio.Protocol):
    """Answers each request as soon as it is whole."""

    def __init__(self, pages: Sequence[Page], drip: float) -> None:
        self._pages = {page.path: page for page in pages}
        self._drip = drip
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while b"\r\n\r\n" in self._rest:
            head, _, after = self._rest.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head.lower())
            size = int(length[1]) if length else 0
            if len(after) < size:
                return
            body, self._rest = after[:size], after[size:]
            answer = self.answer(head.split(b" ", 2)[1].decode(), body.decode())
            if self._drip:
                self._send_slowly(answer)
            else:
                self._transport.write(answer)

    def answer(self, target: str, body: str) -> bytes:
        """The whole answer to one request: its target and its body."""
        address = urlsplit(target)
        page = self._pages[address.path]
        asked = parse_qs(address.query).get(page.parameter, [""])[0]
        if page.element:
            found = re.search(f"{page.element}>([^<]*)<", body)
            asked = found[1] if found else ""
        reply = page.reply.replace(ASKED, asked).encode()
        return f"HTTP/1.1 200 OK\r\nContent-Type: {page.kind}\r\nContent-Length: {len(reply)}\r\n\r\n".encode() + reply

    def _send_slowly(self, left: bytes) -> None:
        if left and not self._transport.is_closing():
            self._transport.write(left[:1])
            asyncio.get_running_loop().call_later(self._drip, self._send_slowly, left[1:])


async def _serve(port: int, pages: Sequence[Page], drip: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Stub(pages, drip), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pages", type=Path, required=True)
    parser.add_argument("--drip", type=float, default=0.0)
    arguments = parser.parse_args()
    pages = [Page(**page) for page in json.loads(arguments.pages.read_text())]
    asyncio.run(_serve(arguments.port, pages, arguments.drip))


if __name__ == "__main__":
    main()
