"""Every shape, in every encoding, over every way of transfer: through the adapter and the real wire, from a real socket."""

from __future__ import annotations

import asyncio
import codecs
import gzip
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from plugins.xml_get.tests.asking import adapter_at, query
from plugins.xml_get.tests.reading import READS
from plugins.xml_get.tests.test_shapes import ONE

pytestmark = pytest.mark.anyio

TURKISH = "İpek Şahin Ünlü"
PORTUGUESE = "João Conceição Ávila"
PUNCTUATED = "João “Jô” – Ávila"


@dataclass(frozen=True, slots=True)
class Encoding:
    """`declared`: what the document says; `header`: what the Content-Type says; `codec`: what it is. `doubted`: a warning
    has to say how it was read. `setting`: the source's own `reply_encoding`."""

    codec: str
    name: str
    declared: str | None = None
    header: str | None = None
    mark: bytes = b""
    doubted: bool = False
    setting: str | None = None

    def body(self, document: str) -> bytes:
        start = f'<?xml version="1.0" encoding="{self.declared}"?>\r\n' if self.declared else ""
        return self.mark + (start + document).encode(self.codec)


ENCODINGS = {
    "ISO-8859-1 declared": Encoding("iso-8859-1", PORTUGUESE, "ISO-8859-1"),
    "ISO-8859-15 declared": Encoding("iso-8859-15", "Žofie Cœur €", "ISO-8859-15"),
    "ISO-8859-9 declared": Encoding("iso-8859-9", TURKISH, "ISO-8859-9"),
    "windows-1252 declared": Encoding("windows-1252", PUNCTUATED, "windows-1252"),
    "windows-1254 declared": Encoding("windows-1254", TURKISH, "windows-1254"),
    "UTF-8 declared": Encoding("utf-8", TURKISH, "UTF-8"),
    "declared as ISO": Encoding("iso-8859-1", PORTUGUESE, "ISO"),
    "ISO-8859-1 by the header": Encoding("iso-8859-1", PORTUGUESE, header="ISO-8859-1"),
    "ISO-8859-15 by the header": Encoding("iso-8859-15", "Žofie Cœur €", header="ISO-8859-15"),
    "windows-1252 by the header": Encoding("windows-1252", PUNCTUATED, header="windows-1252"),
    "windows-1254 by the header": Encoding("windows-1254", TURKISH, header="windows-1254"),
    "UTF-8 by the header": Encoding("utf-8", TURKISH, header="utf-8"),
    "UTF-8 undeclared": Encoding("utf-8", TURKISH),
    "windows-1252 undeclared": Encoding("windows-1252", PUNCTUATED, doubted=True),
    "ISO-8859-1 undeclared": Encoding("iso-8859-1", PORTUGUESE, doubted=True),
    "windows-1254 undeclared, set": Encoding("windows-1254", TURKISH, setting="windows-1254"),
    "UTF-8 declared as ISO-8859-1": Encoding("utf-8", TURKISH, "ISO-8859-1", doubted=True),
    "UTF-8 declared as windows-1254": Encoding("utf-8", TURKISH, "windows-1254", doubted=True),
    "ISO-8859-1 declared as UTF-8": Encoding("iso-8859-1", PORTUGUESE, "UTF-8", doubted=True),
    "windows-1252 declared as ISO-8859-1": Encoding("windows-1252", PUNCTUATED, "ISO-8859-1", doubted=True),
    "windows-1254 declared as UTF-8, set": Encoding("windows-1254", TURKISH, "UTF-8", setting="windows-1254"),
    "ISO-8859-1 declared as UTF-16": Encoding("iso-8859-1", PORTUGUESE, "UTF-16", doubted=True),
    "ISO-8859-1, UTF-8 by the header": Encoding("iso-8859-1", PORTUGUESE, "ISO-8859-1", "utf-8", doubted=True),
    "UTF-8, ISO-8859-1 by the header": Encoding("utf-8", TURKISH, "UTF-8", "iso-8859-1", doubted=True),
    "UTF-8 with its mark": Encoding("utf-8", TURKISH, "UTF-8", mark=codecs.BOM_UTF8),
    "ISO-8859-1 behind UTF-8's mark": Encoding("iso-8859-1", PORTUGUESE, "ISO-8859-1", mark=codecs.BOM_UTF8),
    "UTF-16 with its mark": Encoding("utf-16-le", TURKISH, "UTF-16", mark=codecs.BOM_UTF16_LE),
    "UTF-16 with its big-endian mark": Encoding("utf-16-be", TURKISH, "UTF-16", mark=codecs.BOM_UTF16_BE),
    "UTF-16 without a mark": Encoding("utf-16-le", TURKISH, "UTF-16"),
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- the ways of transfer

Written = Callable[[bytes, bytes], bytes]
"""(further header lines, body) -> the reply's bytes."""


def _counted(head: bytes, body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n%s" % (head, len(body), body)


def _chunked(head: bytes, body: bytes) -> bytes:
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:7], body[7:8], body[8:]) if part)
    return b"HTTP/1.1 200 OK\r\n%sTransfer-Encoding: chunked\r\n\r\n%s0\r\n\r\n" % (head, chunks)


TRANSFERS: dict[str, Written] = {
    "identity": _counted,
    "gzip": lambda head, body: _counted(head + b"Content-Encoding: gzip\r\n", gzip.compress(body)),
    "deflate": lambda head, body: _counted(head + b"Content-Encoding: deflate\r\n", zlib.compress(body)),
    "chunked": _chunked,
    "gzip in chunks": lambda head, body: _chunked(head + b"Content-Encoding: gzip\r\n", gzip.compress(body)),
    "until it closes": lambda head, body: b"HTTP/1.1 200 OK\r\n%sConnection: close\r\n\r\n%s" % (head, body),
}


@dataclass(slots=True)
class Socket:
    """A server that knows nothing of HTTP but where a request ends. `reply`: the bytes of the next replies."""

    url: str = ""
    reply: bytes = field(default=b"", repr=False)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(self.reply)
                await writer.drain()
                if b"Connection: close" in self.reply:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Socket]:
    socket = Socket()
    server = await asyncio.start_server(socket.serve, "127.0.0.1", 0)
    async with server:
        socket.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield socket


# ---------------------------------------------------------------------------------------------- the matrix


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.parametrize("transfer", TRANSFERS)
@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_every_shape_comes_through_in_every_encoding_and_transfer(encoding: str, transfer: str) -> None:
    given = ENCODINGS[encoding]
    wanted = {"email": "carlos@example.com", "nome": given.name}
    settings = {"query": {"q": "nome"}, **({"reply_encoding": given.setting} if given.setting else {})}
    charset = f"; charset={given.header}" if given.header else ""
    head = f"Content-Type: text/xml{charset}\r\n".encode()
    async with listening() as page, adapter_at(page.url, settings, reads=READS) as adapter:
        for shape, document in ONE.items():
            page.reply = TRANSFERS[transfer](head, given.body(document.replace("Carlos", given.name)))
            found = await adapter.lookup(query(nome="x"), limit=5)
            assert list(found.records) == [wanted], shape
            assert bool(found.warnings) == given.doubted, (shape, found.warnings)


@pytest.mark.parametrize("count", [4698], ids=["27 shapes x 29 encodings x 6 transfers = 4698 replies"])
async def test_the_matrix_is_whole(count: int) -> None:
    assert (len(ONE), len(ENCODINGS), len(TRANSFERS)) == (27, 29, 6)
    assert len(ONE) * len(ENCODINGS) * len(TRANSFERS) == count
