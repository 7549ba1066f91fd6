"""The server's answers: a head never waits for more than its own body, and nothing of it is lost."""

from __future__ import annotations

import asyncio
import http.client

from starlette.types import Message, Receive, Scope, Send

from gateway.cli.answering import HeadWithBody
from tests.api.served import served

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n"


class Written(asyncio.Transport):
    """Keeps what is written, each write apart."""

    def __init__(self) -> None:
        self.writes: list[bytes] = []
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.writes.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


def test_a_head_leaves_with_its_body_in_one_piece() -> None:
    below = Written()
    joined = HeadWithBody(below)
    for _ in range(2):
        joined.write(HEAD)
        joined.write(b"{}")
    assert below.writes == [HEAD + b"{}"] * 2


def test_an_interim_answer_is_not_held_back() -> None:
    below = Written()
    HeadWithBody(below).write(b"HTTP/1.1 100 Continue\r\n\r\n")
    assert below.writes == [b"HTTP/1.1 100 Continue\r\n\r\n"]


def test_a_head_without_a_body_leaves_when_the_connection_closes() -> None:
    below = Written()
    joined = HeadWithBody(below)
    joined.write(HEAD)
    joined.close()
    assert below.writes == [HEAD]
    assert below.closed
    assert joined.is_closing()


async def _three_pieces(scope: Scope, receive: Receive, send: Send) -> None:
    start: Message = {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"27")]}
    await send(start)
    for number, piece in enumerate((b"first", b"HTTP/1.1 is a text", b"last")):
        await send({"type": "http.response.body", "body": piece, "more_body": number < 2})


def test_over_one_connection_every_answer_is_whole_with_and_without_a_body() -> None:
    with served(_three_pieces) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        for method, expected in (("HEAD", b""), ("GET", b"firstHTTP/1.1 is a textlast"), ("HEAD", b""), ("POST", None)):
            connection.request(method, "/")
            answered = connection.getresponse()
            body = answered.read()
            assert (answered.status, answered.getheader("content-length")) == (200, "27")
            assert body == (b"firstHTTP/1.1 is a textlast" if expected is None else expected)
        connection.close()
