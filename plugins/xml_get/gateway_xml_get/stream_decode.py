"""Turns a reply that is read as it comes into UTF-8: by the same weights as `decode`, on the evidence of its beginning.

Until a byte comes that is not ASCII nothing has to be decided. That byte and what came with it are the evidence; what
contradicts it later is a failure, since what was read by then cannot be mended.
"""

from __future__ import annotations

import codecs
import re

from gateway.adapter import Unreadable
from gateway_xml_get.decode import (
    ALL_OR_NOTHING,
    EAST_ASIAN,
    MARKS,
    PROLOG,
    SET_IT,
    claims,
    doubts,
    doubts_of_utf8,
    read_as,
    unmarked_utf16,
)

_ENOUGH = 4
"""Bytes that show a byte order mark, and in which a character of UTF-8 is whole."""
_FOREIGN = re.compile(rb"[\x80-\xff]")


class StreamDecoder:
    """`warnings`: what was declared wrongly, and how it was read."""

    def __init__(self, content_type: str, override: str | None) -> None:
        self.warnings: set[str] = set()
        self._content_type = content_type
        self._override = override
        self._begun = False
        self._waiting = b""
        self._prolog = b""
        self._charset = ""
        self._codec: codecs.IncrementalDecoder | None = None

    def feed(self, data: bytes, *, last: bool = False) -> bytes:
        """The next bytes in UTF-8; some may be kept back. Raises Unreadable."""
        data = self._waiting + data
        self._waiting = b""
        if not self._begun:
            if len(data) < _ENOUGH and not last:
                self._waiting = data
                return b""
            data = self._begin(data)
        if self._charset:
            return self._decoded(data, last)
        if len(self._prolog) < PROLOG:
            self._prolog = (self._prolog + data)[:PROLOG]
        foreign = _FOREIGN.search(data)
        if foreign is None:
            return data
        before, data = data[: foreign.start()], data[foreign.start() :]
        if len(data) < _ENOUGH and not last:
            self._waiting = data
            return before
        self._decide(data, last)
        return before + self._decoded(data, last)

    def _begin(self, data: bytes) -> bytes:
        """Without its mark."""
        self._begun = True
        for mark, marked in MARKS:
            if data.startswith(mark):
                self._read_as(marked)
                return data[len(mark) :]
        data = data.removeprefix(codecs.BOM_UTF8)
        charset = unmarked_utf16(data) or self._override
        if charset is not None:
            self._read_as(charset)
        return data

    def _decide(self, evidence: bytes, last: bool) -> None:
        declared, header, unknown = claims(self._prolog, self._content_type)
        claimed = [claim for claim in (declared, header) if claim is not None and claim != "utf-8"]
        if declared not in EAST_ASIAN and _may_be_utf8(evidence, last):
            self.warnings.update(doubts_of_utf8(claimed, declared, unknown))
            self._read_as("utf-8")
        elif claimed:
            self.warnings.update(doubts(claimed[0], declared, header, unknown))
            self._read_as(claimed[0])
        else:
            said = "says utf-8, but is not" if "utf-8" in (declared, header) else "declares no usable encoding"
            raise Unreadable(f"The reply {said}, and is too long to be read twice. Set settings.reply_encoding.")

    def _read_as(self, charset: str) -> None:
        self._charset = charset
        if charset in ALL_OR_NOTHING or charset.startswith("utf"):
            self._codec = codecs.getincrementaldecoder(charset)("strict")

    def _decoded(self, data: bytes, last: bool) -> bytes:
        if self._codec is None:
            # A byte is a character: each piece is read by itself.
            read = read_as(data, self._charset, [])
            self.warnings.update(read.warnings)
            return read.body
        try:
            return self._codec.decode(data, last).encode()
        except UnicodeError:
            pass
        # Outside the handler: the codec's error carries bytes of the reply.
        raise Unreadable(f"The reply was begun as {self._charset}, and is not in it throughout. {SET_IT}")


def _may_be_utf8(evidence: bytes, last: bool) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(evidence, last)
    except UnicodeError:
        return False
    return True
