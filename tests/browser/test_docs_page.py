"""The API's documentation as a person sees it: complete, readable on a phone, by keyboard, and from this host alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from gateway.api.docs_page import docs_page, docs_policy
from gateway.api.openapi import openapi
from gateway.api.table import OPERATIONS


class Shown(BaseHTTPRequestHandler):
    """Serves the page under its own Content-Security-Policy."""

    def do_GET(self) -> None:
        body = docs_page(openapi("9.9"))
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", docs_policy().decode())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Shown) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/docs"
        server.shutdown()
        thread.join()


@pytest.fixture(params=[(1280, 900), (390, 844)], ids=["desk", "phone"])
def page(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[Page]:
    width, height = request.param
    context = browser.new_context(viewport={"width": width, "height": height})
    opened = context.new_page()
    opened.asked = []  # type: ignore[attr-defined]  # what the page asked for
    opened.complaints = []  # type: ignore[attr-defined]  # what the browser complained of
    opened.on("request", lambda asked: opened.asked.append(asked.url))  # type: ignore[attr-defined]
    opened.on("console", lambda said: opened.complaints.append(said.text))  # type: ignore[attr-defined]
    opened.goto(address)
    yield opened
    context.close()


def test_it_shows_every_operation_and_asks_no_other_host(page: Page, address: str) -> None:
    for operation in OPERATIONS:
        assert page.get_by_text(operation.path, exact=True).first.is_visible()
    origin = address.removesuffix("/docs")
    asked = page.asked  # type: ignore[attr-defined]
    assert [url for url in asked if not url.startswith(origin)] == []
    assert page.complaints == []  # type: ignore[attr-defined]


def test_it_fits_its_window(page: Page) -> None:
    width = page.evaluate("document.documentElement.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing(page: Page) -> None:
    results = Axe().run(page)
    assert results.violations_count == 0, results.generate_report()


def test_it_is_usable_by_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.tagName")
    assert focused == "A"
