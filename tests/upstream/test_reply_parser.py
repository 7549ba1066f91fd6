"""Replies out of bytes: the same however they are cut, never two readings, and never a hang."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

import h11
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gateway.core.errors import TooLarge, Truncated, Unreachable, Unreadable
from gateway.upstream.reply_parser import ReplyParser
from tests.upstream.replies import NEITHER, OK, OURS_REFUSES, WELL_FORMED, Served, in_chunks, well_formed, with_length

Outcome: TypeAlias = tuple[str, int, Sequence[tuple[bytes, bytes]], bytes]
"""How it ended (`whole` or an error's class), status, headers with lower-case names, body."""


def parsed(data: bytes, cuts: Sequence[int] = (), *, to_head: bool = False, max_headers: int = 65536) -> ReplyParser:
    reply = ReplyParser(to_head=to_head, max_headers=max_headers)
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    for start, end in pairwise(places):
        if reply.failure is None:
            reply.feed(data[start:end])
    return reply


def ended(reply: ReplyParser) -> Outcome:
    reply.end(clean=True)
    assert reply.begun
    if reply.failure is not None:
        return (type(reply.failure).__name__, 0, (), b"")
    assert reply.complete
    headers = [(name.lower(), value) for name, value in reply.headers]
    # h11 gives this one value in lower case.
    headers = [(name, value.lower() if name == b"transfer-encoding" else value) for name, value in headers]
    return ("whole", reply.status, headers, reply.take())


def by_h11(data: bytes) -> Outcome:
    """The same through h11, which the standard transport parses with."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=200_000)
    connection.send(h11.Request(method="GET", target="/", headers=[("host", "h")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(data)
    connection.receive_data(b"")
    status, headers, body = 0, list[tuple[bytes, bytes]](), b""
    try:
        while True:
            match connection.next_event():
                case h11.InformationalResponse(status_code=101):
                    return ("Unreadable", 0, (), b"")
                case h11.Response() as response:
                    status = response.status_code
                    headers = [(name.lower(), value) for name, value in response.headers.raw_items()]
                case h11.Data(data=piece):
                    body += piece
                case h11.EndOfMessage():
                    return ("whole", status, headers, body)
                case h11.PAUSED | h11.ConnectionClosed():
                    return ("Unreadable", 0, (), b"")
    except h11.RemoteProtocolError:
        return ("Unreadable", 0, (), b"")


@pytest.mark.parametrize("served", WELL_FORMED.values(), ids=WELL_FORMED.keys())
def test_a_well_formed_reply_is_read_as_h11_reads_it_however_it_is_cut(served: Served) -> None:
    due = by_h11(served.data)
    assert due[0] == "whole"
    assert ended(parsed(served.data)) == due
    every = range(min(len(served.data), 3000))
    assert ended(parsed(served.data, every)) == due


@given(well_formed(), st.lists(st.integers(0, 5000), max_size=8))
def test_any_well_formed_reply_is_read_as_h11_reads_it(served: Served, cuts: list[int]) -> None:
    assert ended(parsed(served.data, cuts)) == by_h11(served.data)


@pytest.mark.parametrize("data", [*NEITHER.values(), *OURS_REFUSES.values()], ids=[*NEITHER, *OURS_REFUSES])
def test_what_may_be_read_in_two_ways_is_not_read_at_all(data: bytes) -> None:
    for cuts in ((), range(len(data))):
        reply = parsed(data, cuts)
        assert type(reply.failure) is Unreadable
        assert not reply.reusable
        reply.end(clean=True)
        assert type(reply.failure) is Unreadable


_PIECES = st.sampled_from(
    [
        *(OK, b"HTTP/1.1 ", b"HTTP/1.0 404 No\r\n", b"HTTP/1.1 100 C\r\n\r\n", b"HTTP/1.1 204 N\r\n", b"\r\n", b"\n"),
        *(b"content-length: 3\r\n", b"content-length: ", b"transfer-encoding: chunked\r\n", b"Transfer-Encoding:"),
        *(b"connection: close\r\n", b"x: y\r\n", b" ", b"\t", b":", b"3\r\nabc\r\n", b"0\r\n\r\n", b"a\r\n", b";x=y"),
        *(b"abc", b"\r", b"\0", b"chunked", b",", b"-1", b"\x80", b"0"),
    ]
)


@settings(max_examples=5000 if "GATEWAY_PROOF" in os.environ else 1000)
@given(
    st.one_of(
        st.lists(_PIECES, min_size=1, max_size=14).map(b"".join),
        st.binary(min_size=1, max_size=200),
        st.tuples(st.sampled_from([served.data for served in WELL_FORMED.values()]), st.integers(0), st.binary()).map(
            lambda drawn: drawn[0][: drawn[1] % 400] + drawn[2] + drawn[0][drawn[1] % 400 + len(drawn[2]) :]
        ),
    ),
    st.lists(st.integers(0, 400), max_size=6),
)
@example(OK + b"transfer-encoding: chunked\n\n3\nabc\n0\n\n", [])
def test_whatever_comes_it_ends_and_is_never_another_body_than_h11s(data: bytes, cuts: list[int]) -> None:
    whole = ended(parsed(data))
    assert ended(parsed(data, cuts)) == whole
    other = by_h11(data)
    if whole[0] == other[0] == "whole":
        assert whole == other


def test_a_fields_cut_anywhere_are_whole() -> None:
    data = with_length(b"ok", b"x-a: one two\r\nx-b: three\r\n")
    for cut in range(len(data)):
        assert ended(parsed(data, [cut]))[2][:2] == [(b"x-a", b"one two"), (b"x-b", b"three")]


# ---------------------------------------------------------------------------------------------- trailers, interim replies


def test_trailers_are_no_headers_and_interim_fields_are_not_the_replys() -> None:
    reply = parsed(
        b"HTTP/1.1 103 Early\r\nx-early: 1\r\nkeep-alive: timeout=9\r\n\r\n"
        + in_chunks([b"ok"], trailers=b"x-late: 1\r\ncontent-encoding: gzip\r\n")
    )
    assert ended(reply)[2] == [(b"transfer-encoding", b"chunked")]
    assert reply.idle is None


@pytest.mark.parametrize(
    ("before", "endless"),
    [
        (b"", OK + b"x: " + b"y" * 100),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK, b"x: y\r\n"),
        (OK + b"x: ", b"y" * 100),
        (OK + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n", b"x: y\r\n"),
        (OK + b"transfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nx: ", b"y" * 100),
        (OK + b"transfer-encoding: chunked\r\n\r\n2;", b"x" * 100),
    ],
    ids=["head", "interim", "fields", "value", "trailers", "trailer", "extension"],
)
def test_what_never_comes_to_a_body_is_too_large(before: bytes, endless: bytes) -> None:
    reply = ReplyParser(to_head=False, max_headers=10_000)
    if before:
        reply.feed(before)
    fed = len(before)
    while reply.failure is None:
        reply.feed(endless)
        fed += len(endless)
        assert fed < 20_000
    assert type(reply.failure) in (TooLarge, Unreadable)


def test_sizes_of_chunks_are_not_counted_against_a_long_body() -> None:
    reply = ReplyParser(to_head=False, max_headers=1000)
    reply.feed(OK + b"transfer-encoding: chunked\r\n\r\n")
    for _ in range(10_000):
        reply.feed(b"1\r\n")
        reply.feed(b"x\r\n")
    reply.feed(b"0\r\n\r\n")
    assert ended(reply)[3] == b"x" * 10_000


# ---------------------------------------------------------------------------------------------- ends


def test_the_end_makes_a_reply_whole_only_where_nothing_else_says_its_length() -> None:
    assert ended(parsed(OK + b"\r\nabc"))[3] == b"abc"
    for unfinished in (with_length(b"abc")[:-1], in_chunks([b"abc"])[:-1], OK + b"transfer-encoding: chunked\r\n\r\n"):
        assert ended(parsed(unfinished))[0] == "Truncated"
    assert ended(parsed(OK + b"x: "))[0] == "Unreachable"


def test_an_end_that_is_not_the_sources_own_makes_nothing_whole() -> None:
    reply = parsed(OK + b"\r\nabc")
    reply.end(clean=False)
    assert type(reply.failure) is Truncated
    silent = ReplyParser(to_head=False, max_headers=1000)
    silent.end(clean=True)
    assert type(silent.failure) is Unreachable
    assert not silent.touched


def test_an_end_after_a_whole_reply_changes_nothing_but_its_connection() -> None:
    reply = parsed(with_length(b"abc"))
    assert reply.reusable
    reply.end(clean=False)
    assert ended(reply)[3] == b"abc"
    assert not reply.reusable


# ---------------------------------------------------------------------------------------------- what follows


@pytest.mark.parametrize("after", [b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc", b"HTTP/1.1", b"junk", b"\0"])
@pytest.mark.parametrize("first", [with_length(b"ok"), in_chunks([b"ok"]), b"HTTP/1.1 204 No\r\n\r\n"])
def test_what_follows_a_reply_is_nobodys_and_ends_the_connection(first: bytes, after: bytes) -> None:
    due = ended(parsed(first))
    for cut in ((), (len(first),), range(len(first + after))):
        reply = parsed(first + after, cut)
        assert not reply.reusable
        assert ended(reply) == due


@pytest.mark.parametrize(
    ("data", "reusable"),
    [
        (with_length(b"ok"), True),
        (in_chunks([b"ok"]), True),
        (b"HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n", True),
        (with_length(b"ok", b"connection: keep-alive, close\r\n"), False),
        (b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok", False),
        (with_length(b"ok")[:-1], True),
    ],
)
def test_a_connection_is_kept_only_as_http_allows(data: bytes, reusable: bool) -> None:
    assert parsed(data).reusable is reusable


def test_the_reply_to_a_head_has_no_body_and_its_connection_is_not_kept() -> None:
    fields = (b"content-length: 500\r\n", b"transfer-encoding: chunked\r\n", b"")
    for data in (*(OK + field + b"\r\n" for field in fields), with_length(b"a body all the same")):
        reply = parsed(data, to_head=True)
        assert reply.complete
        assert reply.take() == b""
        assert not reply.reusable


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"timeout=5", 5.0),
        (b"max=3, Timeout = 15", 15.0),
        (b"timeout=x", None),
        (b"", None),
        (b"timeout=" + b"9" * 5000, None),
    ],
)
def test_the_sources_own_patience_is_heard(value: bytes, seconds: float | None) -> None:
    assert parsed(with_length(b"ok", b"Keep-Alive: %b\r\n" % value)).idle == seconds
