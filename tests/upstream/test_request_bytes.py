"""The bytes of a request are one request, whatever values stand in it: as two servers' parsers read them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field

import h11
import httptools
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.core.errors import Misconfigured
from gateway.core.redaction import Secret
from gateway.core.tenant import QueryAuth, Upstream
from gateway.upstream.exchange import Outgoing, header_lines, outgoing
from gateway.upstream.prepare import base_of, compile_template

_MANY = settings(max_examples=2500 if "GATEWAY_PROOF" in os.environ else 500)
_NASTY = st.sampled_from(
    [
        "\r\n",
        "\n",
        "\r",
        " ",
        "\t",
        ":",
        "\0",
        " HTTP/1.1\r\n\r\nGET /x",
        "?",
        "#",
        "&",
        "%",
        "%0d%0a",
        "ã",
        "..",
        "/",
        "é\u2028",
    ]
)
_VALUE = st.one_of(st.text(max_size=20), st.lists(st.one_of(_NASTY, st.text(max_size=4)), max_size=5).map("".join))
_BYTES = st.one_of(st.binary(max_size=12), _VALUE.map(lambda text: text.encode()))
_NAME = st.sampled_from([b"x-a", b"accept"]) | _BYTES


@dataclass
class Heard:
    """What llhttp's side of a server hears."""

    target: bytes = b""
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    begun: int = 0
    ended: int = 0

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_url(self, piece: bytes) -> None:
        self.target += piece

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_body(self, piece: bytes) -> None:
        self.body += piece

    def on_message_complete(self) -> None:
        self.ended += 1


def check_one_request(request: Outgoing) -> None:
    written = request.head() + (request.body or b"")
    due = [(name, value.strip(b" \t")) for name, value in request.headers]

    heard = Heard()
    parser = httptools.HttpRequestParser(heard)
    parser.feed_data(written)
    assert (heard.begun, heard.ended) == (1, 1)
    assert (parser.get_method(), heard.target, heard.body) == (request.method, request.target, request.body or b"")
    assert [(name, value.strip(b" \t")) for name, value in heard.headers] == due

    server = h11.Connection(h11.SERVER)
    server.receive_data(written)
    event = server.next_event()
    assert isinstance(event, h11.Request)
    assert (event.method, event.target, list(event.headers)) == (request.method, request.target, due)
    body = b""
    while isinstance(event := server.next_event(), h11.Data):
        body += event.data
    assert isinstance(event, h11.EndOfMessage)
    assert body == (request.body or b"")
    assert server.trailing_data == (b"", False)


@_MANY
@given(st.sampled_from(["GET", "POST", "PUT"]), _VALUE, _VALUE, _VALUE, st.none() | st.binary(max_size=50))
def test_no_value_splits_the_request(method: str, path: str, parameter: str, header: str, body: bytes | None) -> None:
    base = base_of(Upstream("https://crm.example/a", QueryAuth("key", Secret(parameter))))
    template = compile_template(
        base, method, "c/{path}/d", [("doc", "{doc}"), ("fixed", "ç&=")], [("X-A", "a {header}"), ("X-B", "b")], "utf-8"
    )
    try:
        request = template.fill({"path": path, "doc": parameter, "header": header}, body)
    except Misconfigured:
        return
    check_one_request(request)
    assert request.head().count(b"\r\n") == 2 + len(request.headers)


@_MANY
@given(st.sampled_from([b"GET", b"POST", b"get x"]) | _BYTES, _VALUE, st.lists(st.tuples(_NAME, _BYTES), max_size=3))
@example(b"GET", "/", [(b"x", b"a\r\nx-evil: 1")])
def test_what_httpx2s_dress_asks_is_one_request_or_none(
    method: bytes, target: str, fields: list[tuple[bytes, bytes]]
) -> None:
    """There method, target and headers are the adapter's own, and nobody has escaped them."""
    try:
        request = outgoing(method, target, [(b"host", b"h"), *fields], None)
        head = request.head()
    except (Misconfigured, UnicodeEncodeError):
        return
    assert head.count(b"\n") == head.count(b"\r") == 2 + len(request.headers)
    assert head.endswith(b"\r\n\r\n")
    assert head.partition(b"\r\n")[0].count(b" ") == 2


@pytest.mark.parametrize(
    "fields",
    [
        [(b"x", b"a\r\nx-evil: 1")],
        [(b"x", b"a\nb")],
        [(b"x", b"a\rb")],
        [(b"x", b"a\0b")],
        [(b"x\r\nx-evil: 1\r\ny", b"a")],
        [(b"x y", b"a")],
        [(b"", b"a")],
        [(b"x:", b"a")],
    ],
)
def test_a_field_that_would_not_stay_one_is_refused(fields: Sequence[tuple[bytes, bytes]]) -> None:
    with pytest.raises(Misconfigured, match="cannot be written as HTTP"):
        header_lines(fields)


@pytest.mark.parametrize("target", ["/a b", "/a\r\nx: y", "", "/a\x7f", "/a\t"])
@pytest.mark.parametrize("method", [b"GET", b"GE T", b"", b"GET /x HTTP/1.1\r\n\r\nGET"])
def test_a_start_that_would_not_stay_one_is_refused(method: bytes, target: str) -> None:
    with pytest.raises(Misconfigured, match="Check the source's headers"):
        outgoing(method, target, [(b"host", b"h")], None).head()
