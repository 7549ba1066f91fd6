"""Replies are read under their caps, decoded, and whole or not at all."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Reply
from gateway.core.errors import TooLarge, Truncated, Unreadable
from gateway.upstream.reading import Inflater, whole_reply

pytestmark = pytest.mark.anyio
_MEGABYTE = 1024 * 1024


@dataclass
class Arrived:
    """A reply that has arrived in these chunks."""

    body: Sequence[bytes]
    headers: Sequence[tuple[bytes, bytes]] = ()
    status: int = 200
    ready: bytes | None = None
    closed: int = 0
    read: list[int] = field(default_factory=list)

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        for chunk in self.body:
            self.read.append(len(chunk))
            yield chunk

    async def aclose(self) -> None:
        self.closed += 1


async def read(arrived: Arrived, *, max_body: int = _MEGABYTE, max_headers: int = 65536) -> Reply:
    try:
        return await whole_reply(arrived, max_body=max_body, max_headers=max_headers)
    finally:
        assert arrived.closed == 1


def coded(name: str, *body: bytes) -> Arrived:
    return Arrived(body, [(b"Content-Encoding", name.encode())])


async def test_header_names_are_lower_case_and_repeated_ones_joined() -> None:
    reply = await read(Arrived([b"a"], [(b"X-A", b"1"), (b"x-a", b"2"), (b"Nome", "João".encode("latin-1"))]))
    assert reply.headers == {"x-a": "1, 2", "nome": "João"}


async def test_headers_over_the_cap_are_too_large_and_name_their_setting() -> None:
    headers = [(b"x%d" % number, b"v" * 100) for number in range(10)]
    assert (await read(Arrived([b"a"], headers), max_headers=1060)).body == b"a"
    arrived = Arrived([b"a"], headers)
    with pytest.raises(TooLarge, match=r"upstream\.max_headers"):
        await read(arrived, max_headers=1059)
    assert arrived.read == []


async def test_a_body_of_exactly_the_cap_is_read_and_one_byte_more_is_not() -> None:
    assert len((await read(Arrived([b"x" * 60, b"x" * 40]), max_body=100)).body) == 100
    arrived = Arrived([b"x" * 60, b"x" * 41, b"x" * 1000])
    with pytest.raises(TooLarge, match=r"upstream\.max_body"):
        await read(arrived, max_body=100)
    assert arrived.read == [60, 41]


@pytest.mark.parametrize("name", ["gzip", "x-gzip", "GZIP", "identity, gzip"])
async def test_gzip_is_undone(name: str) -> None:
    assert (await read(coded(name, gzip.compress(b"abc" * 1000)))).body == b"abc" * 1000


@pytest.mark.parametrize("wbits", [15, -15])
async def test_deflate_is_undone_with_zlibs_header_and_without(wbits: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    packed = packer.compress(b"abc" * 1000) + packer.flush()
    assert (await read(coded("deflate", packed))).body == b"abc" * 1000
    assert (await read(coded("deflate", *[bytes([byte]) for byte in packed]))).body == b"abc" * 1000


async def test_gzip_of_several_members_and_padding_is_undone() -> None:
    body = gzip.compress(b"one") + gzip.compress(b"") + gzip.compress(b"two") + b"\0" * 512
    assert (await read(coded("gzip", body))).body == b"onetwo"
    assert (await read(coded("gzip", *[bytes([byte]) for byte in body]))).body == b"onetwo"


@pytest.mark.parametrize("name", ["", "identity", "Identity"])
async def test_what_is_not_compressed_stays_as_it_is(name: str) -> None:
    assert (await read(coded(name, b"abc"))).body == b"abc"


async def test_an_empty_body_is_no_broken_gzip() -> None:
    assert (await read(coded("gzip"))).body == b""


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, gzip", "deflate, gzip", "<script>"])
async def test_a_compression_that_was_not_asked_for_is_unreadable(name: str) -> None:
    with pytest.raises(Unreadable, match="compressed in a way that it was not asked for") as unreadable:
        await read(coded(name, b"abc"))
    assert "script" not in str(unreadable.value)


@pytest.mark.parametrize("cut", [1, 2, 9, 30, -1])
async def test_a_cut_compressed_body_is_truncated(cut: int) -> None:
    packed = gzip.compress(bytes(range(256)) * 10)
    with pytest.raises(Truncated):
        await read(coded("gzip", packed[:cut]))
    packed = zlib.compress(bytes(range(256)) * 10)
    with pytest.raises(Truncated):
        await read(coded("deflate", packed[:cut]))


@pytest.mark.parametrize(
    "body", [b"not gzip at all", gzip.compress(b"abc") + b"junk", gzip.compress(b"abc" * 99)[:-8] + b"x" * 8]
)
async def test_a_body_that_is_no_gzip_is_unreadable(body: bytes) -> None:
    with pytest.raises(Unreadable, match="cannot be decompressed"):
        await read(coded("gzip", body))


@pytest.mark.parametrize("name", ["gzip", "deflate"])
async def test_a_bomb_ends_at_the_cap_with_little_memory(name: str) -> None:
    packer = zlib.compressobj(9, wbits=31 if name == "gzip" else 15)
    packed = b"".join([packer.compress(b"\0" * _MEGABYTE) for _ in range(256)]) + packer.flush()
    assert len(packed) < _MEGABYTE
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            await read(coded(name, packed), max_body=2 * _MEGABYTE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * _MEGABYTE


async def test_compressed_bytes_that_say_nothing_are_capped_too() -> None:
    empty = gzip.compress(b"") * 1000
    with pytest.raises(TooLarge):
        await read(coded("gzip", *[empty] * 100), max_body=1000)


@given(st.binary(max_size=2000), st.integers(1, 300), st.sampled_from([31, 15, -15]))
def test_however_it_is_cut_into_chunks_it_is_the_same(body: bytes, size: int, wbits: int) -> None:
    packer = zlib.compressobj(wbits=wbits)
    packed = packer.compress(body) + packer.flush()
    inflater = Inflater(gzip=wbits == 31)
    pieces = [piece for at in range(0, len(packed), size) for piece in inflater.feed(packed[at : at + size])]
    inflater.end()
    assert b"".join(pieces) == body


@given(st.binary(max_size=300))
def test_whatever_comes_it_is_an_answer_or_a_source_error(junk: bytes) -> None:
    for is_gzip in (True, False):
        inflater = Inflater(gzip=is_gzip)
        try:
            for _ in inflater.feed(junk):
                pass
            inflater.end()
        except (Unreadable, Truncated):
            pass
