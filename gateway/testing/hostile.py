"""The suite's tests of hostile replies: what a parser must refuse instead of obey."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

import pytest

from gateway.core.errors import TooLarge, Truncated, Unreadable
from gateway.testing.bench import changed, open_bench
from gateway.testing.exchange import SourceResponse
from gateway.testing.failing import expect
from gateway.testing.protocol import ProtocolUnderTest
from gateway.testing.source import answering


def _bomb() -> Iterator[bytes]:
    """Thirty entities, each twice the one before: `&e30;` stands for ten gigabytes."""
    yield b'<!ENTITY e0 "aaaaaaaaaa">'
    for power in range(1, 31):
        yield b'<!ENTITY e%d "&e%d;&e%d;">' % (power, power - 1, power - 1)


_DECLARATION = re.compile(rb"^\s*(<\?xml[^>]*\?>)?\s*")
_DOCTYPES = {
    "a DOCTYPE": b"<!DOCTYPE r>",
    "an entity": b'<!DOCTYPE r [<!ENTITY a "b">]>',
    "an entity bomb": b"<!DOCTYPE r [" + b"".join(_bomb()) + b"]>",
    "a file": b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/hostname">]>',
    "a DTD of another host": b'<!DOCTYPE r SYSTEM "http://192.0.2.1/r.dtd">',
}


class HostileReplies(ProtocolUnderTest):
    async def test_an_entity_bomb_is_never_an_answer(self) -> None:
        async with open_bench(self) as bench:
            body = _DOCTYPES["an entity bomb"] + b"<r>&e30;</r>"
            bench.source.behaviour = answering(SourceResponse(body, headers={"content-type": "text/xml"}))
            await expect(bench, Unreadable, TooLarge)

    @pytest.mark.parametrize("opening", [b"[", b"<a>", b'{"a":'])
    async def test_deep_nesting_is_a_clean_failure(self, opening: bytes) -> None:
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(opening * (200_000 // len(opening))))
            await expect(bench, Unreadable, TooLarge)

    async def test_doctype_is_refused(self) -> None:
        if not self.xml:
            pytest.skip("the replies are no XML")
        async with open_bench(self) as bench:
            for doctype in _DOCTYPES.values():
                bench.source.behaviour = changed(self, partial(_with_doctype, doctype))
                await expect(bench, Unreadable)

    async def test_half_a_document_is_unreadable(self) -> None:
        """The HTTP reply is whole; the document in it is not."""
        if not (self.xml or self.json):
            pytest.skip("the replies are neither XML nor JSON")
        async with open_bench(self) as bench:
            bench.source.behaviour = changed(self, lambda due: SourceResponse(due.body[: len(due.body) // 2]))
            await expect(bench, Unreadable, Truncated)

    async def test_two_documents_are_unreadable(self) -> None:
        if not self.json:
            pytest.skip("the replies are no JSON")
        async with open_bench(self) as bench:
            bench.source.behaviour = changed(self, lambda due: SourceResponse(due.body + due.body))
            await expect(bench, Unreadable)

    @pytest.mark.parametrize("body", [b"NaN", b'{"a": 1, "a": 2}', b'"\\ud800"', b"[1" + b"0" * 5000 + b"]"])
    async def test_json_that_readers_disagree_about_is_a_clean_failure(self, body: bytes) -> None:
        if not self.json:
            pytest.skip("the replies are no JSON")
        async with open_bench(self) as bench:
            bench.source.behaviour = answering(SourceResponse(body))
            await expect(bench, Unreadable)


def _with_doctype(doctype: bytes, response: SourceResponse) -> SourceResponse:
    start = _DECLARATION.match(response.body)
    assert start is not None
    body = response.body[: start.end()] + doctype + response.body[start.end() :]
    return SourceResponse(body, response.status, response.headers)
