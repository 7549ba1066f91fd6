"""Replies to compare transports and parsers by: a corpus by hand, and generated ones."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass

from hypothesis import strategies as st

OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True)
class Served:
    """A reply as it is sent; `closing`: the connection ends after it."""

    data: bytes
    closing: bool = False


def with_length(body: bytes, fields: bytes = b"", status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\n%bcontent-length: %d\r\n\r\n%b" % (status, fields, len(body), body)


def in_chunks(chunks: list[bytes], fields: bytes = b"", *, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    framed = b"".join(b"%x%b\r\n%b\r\n" % (len(chunk), extension, chunk) for chunk in chunks if chunk)
    return b"%b%btransfer-encoding: chunked\r\n\r\n%b0\r\n%b\r\n" % (OK, fields, framed, trailers)


_GZIPPED = gzip.compress(b"<r>Jo\xc3\xa3o</r>" * 50, mtime=0)

WELL_FORMED = {
    "with a length": Served(with_length(b"ok")),
    "without a body": Served(with_length(b"")),
    "no reason": Served(b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\nok"),
    "empty reason": Served(b"HTTP/1.1 200 \r\ncontent-length: 2\r\n\r\nok"),
    "reason outside ASCII": Served(b"HTTP/1.1 404 N\xe3o h\xe1\r\ncontent-length: 2\r\n\r\nok"),
    "204": Served(b"HTTP/1.1 204 No Content\r\n\r\n"),
    "304 with a length": Served(b"HTTP/1.1 304 Not Modified\r\ncontent-length: 10\r\n\r\n"),
    "500": Served(with_length(b"<fault/>", status=b"500 Internal Server Error")),
    "599": Served(with_length(b"x", status=b"599 Whatever")),
    "names in any case": Served(b"HTTP/1.1 200 OK\r\nCONTENT-Length:2\r\nX-a:1\r\nx-A:  2\r\n\r\nok"),
    "empty values": Served(with_length(b"ok", b"x-empty:\r\nx-blank:   \r\n")),
    "blanks around values": Served(with_length(b"ok", b"x-a: \t a b \t \r\n")),
    "values outside ASCII": Served(with_length(b"ok", b"x-nome: Jo\xe3o \xc3\xa3\r\n")),
    "repeated fields": Served(with_length(b"ok", b"set-cookie: a=1\r\nset-cookie: b=2\r\n")),
    "in chunks": Served(in_chunks([b"a", b"bc", b"d" * 5000])),
    "in chunks, none of them": Served(in_chunks([])),
    "in chunks, with extensions": Served(in_chunks([b"ab", b"c"], extension=b";name=value")),
    "in chunks, with trailers": Served(in_chunks([b"ab"], trailers=b"x-sum: 1\r\nx-more: 2\r\n")),
    "in chunks, capital coding": Served(in_chunks([b"ab"]).replace(b"chunked", b"Chunked")),
    "in chunks, long size": Served(OK + b"transfer-encoding: chunked\r\n\r\n0000002\r\nab\r\n000\r\n\r\n"),
    "until the end": Served(OK + b"\r\nok", closing=True),
    "until the end, nothing": Served(OK + b"\r\n", closing=True),
    "until the end, a lot": Served(OK + b"connection: close\r\n\r\n" + b"x" * 300_000, closing=True),
    "HTTP/1.0": Served(b"HTTP/1.0 200 OK\r\n\r\nok", closing=True),
    "HTTP/1.0 with a length": Served(b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", closing=True),
    "HTTP/1.0 that stays": Served(b"HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\nok"),
    "closing with a length": Served(with_length(b"ok", b"connection: close\r\n"), closing=True),
    "100 before it": Served(b"HTTP/1.1 100 Continue\r\n\r\n" + with_length(b"ok")),
    "103 before it": Served(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\nx-a: 1\r\n\r\n" + with_length(b"ok")),
    "two before it": Served(b"HTTP/1.1 100 C\r\n\r\nHTTP/1.1 102 P\r\n\r\n" + in_chunks([b"ok"])),
    "an upgrade offered": Served(with_length(b"ok", b"connection: upgrade\r\nupgrade: h2c\r\n")),
    "gzip": Served(with_length(_GZIPPED, b"content-encoding: gzip\r\n")),
    "gzip in chunks": Served(in_chunks([_GZIPPED[:7], _GZIPPED[7:]], b"content-encoding: x-gzip\r\n")),
    "deflate": Served(with_length(zlib.compress(b"ok"), b"content-encoding: deflate\r\n")),
    "large": Served(with_length(bytes(range(256)) * 4096)),
    "LF alone": Served(b"HTTP/1.1 200 OK\nx-a: 1\ncontent-length: 2\n\nok"),
    "many fields": Served(with_length(b"ok", b"".join(b"x-%d: %d\r\n" % (n, n) for n in range(90)))),
}

NEITHER = {
    "two different lengths": OK + b"content-length: 2\r\ncontent-length: 3\r\n\r\nabc",
    "a list of lengths": OK + b"content-length: 2, 3\r\n\r\nabc",
    "a negative length": OK + b"content-length: -1\r\n\r\nabc",
    "a length with a sign": OK + b"content-length: +3\r\n\r\nabc",
    "a length in hex": OK + b"content-length: 0x3\r\n\r\nabc",
    "an empty length": OK + b"content-length:\r\n\r\nabc",
    "another transfer coding": OK + b"transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "an unknown transfer coding": OK + b"transfer-encoding: gzip\r\n\r\n0\r\n\r\n",
    "chunked twice": OK + b"transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    "a bad size of a chunk": OK + b"transfer-encoding: chunked\r\n\r\nxyz\r\nabc\r\n0\r\n\r\n",
    "an endless size of a chunk": OK + b"transfer-encoding: chunked\r\n\r\n" + b"f" * 30 + b"\r\nabc",
    "a chunk that is longer than its size": OK + b"transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
    "no colon": OK + b"no colon\r\n\r\n",
    "a blank before the colon": OK + b"x-a : 1\r\ncontent-length: 2\r\n\r\nok",
    "a NUL in a value": OK + b"x-a: a\0b\r\ncontent-length: 2\r\n\r\nok",
    "a control character in a name": OK + b"x\x01a: b\r\ncontent-length: 2\r\n\r\nok",
    "an empty name": OK + b": b\r\ncontent-length: 2\r\n\r\nok",
    "status of letters": b"HTTP/1.1 abc OK\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 OK\r\n\r\n",
    "status 000": b"HTTP/1.1 000 OK\r\n\r\n",
    "status of four digits": b"HTTP/1.1 2000 OK\r\n\r\n",
    "switching protocols": b"HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\nabc",
    "101 without a word": b"HTTP/1.1 101 Switching\r\n\r\nabc",
    "another protocol": b"220 mail.example.com ESMTP\r\n\r\n",
    "RTSP": b"RTSP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
    "a page and nothing else": b"<html><body>hello</body></html>\r\n\r\n",
    "a NUL": b"\0" * 20,
}
"""What no client may take for a reply."""

OURS_REFUSES = {
    "the same length twice": OK + b"content-length: 3\r\ncontent-length: 3\r\n\r\nabc",
    "the same length in a list": OK + b"content-length: 3, 3\r\n\r\nabc",
    "a length beside chunks": OK + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "chunks beside a length": OK + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n2\r\nab\r\n0\r\n\r\n",
    "a folded field": OK + b"x-a: 1\r\n 2\r\ncontent-length: 3\r\n\r\nabc",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\ncontent-length: 3\r\n\r\nabc",
}
"""What the standard transport still reads, and ours refuses: framing that two readers may take for two things."""

_TOKEN = st.from_regex(rb"x-[!#$%&'*+.^_`|~0-9A-Za-z-]{0,12}", fullmatch=True)
_VALUE = st.from_regex(rb"[!-~\x80-\xff]?[\t -~\x80-\xff]{0,30}", fullmatch=True)


@st.composite
def well_formed(draw: st.DrawFn) -> Served:
    """Any reply that is plainly right."""
    fields = b"".join(b"%b: %b\r\n" % field for field in draw(st.lists(st.tuples(_TOKEN, _VALUE), max_size=5)))
    status = b"%d %b" % (
        draw(st.integers(200, 599).filter(lambda number: number not in (204, 205, 304))),
        draw(st.sampled_from([b"OK", b"", b"N\xe3o"])),
    )
    body = draw(st.binary(max_size=3000))
    start = b"HTTP/1.1 %b\r\n%b" % (status, fields)
    interim = draw(st.sampled_from([b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 H\r\nlink: a\r\n\r\n"]))
    framing = draw(st.sampled_from(["length", "chunked", "closing"]))
    if framing == "length":
        return Served(interim + with_length(body, fields, status))
    if framing == "closing":
        return Served(interim + start + b"\r\n" + body, closing=True)
    cuts = sorted(draw(st.lists(st.integers(0, len(body)), max_size=4)))
    chunks = [body[left:right] for left, right in zip([0, *cuts], [*cuts, len(body)], strict=True)]
    chunked = in_chunks(chunks, extension=draw(st.sampled_from([b"", b";a=b"])), trailers=b"x-t: 1\r\n")
    return Served(interim + start + chunked.removeprefix(OK))
