"""Finds out in which encoding a reply really is, and gives it back in UTF-8.

By weight: the mark of UTF-16 or -32; the source's own `reply_encoding`; the bytes' evidence; the document's declaration; the
HTTP header's charset. The evidence: text that is not ASCII and yet valid UTF-8 is UTF-8, whatever is declared, because in
an 8-bit encoding the same bytes would read as `JoÃ£o`; and bytes 80 to 9F, control characters in ISO-8859, are windows-125x
(as browsers read them: WHATWG Encoding, where "iso-8859-1" is a label of windows-1252). UTF-8's own mark is no evidence:
pages whose file was saved with one print ISO-8859-1 behind it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from gateway.adapter import Unreadable
from gateway_xml_get.settings import charset_named

_DECLARATION = re.compile(rb"<\?xml\s[^>]*?\bencoding\s*=\s*[\"']\s*([A-Za-z0-9._:\-]{1,40})\s*[\"']")
_HEADER = re.compile(r";\s*charset\s*=\s*[\"']?\s*([A-Za-z0-9._:\-]{1,40})", re.IGNORECASE)
PROLOG = 4096
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ISO = re.compile(r"iso(?:[-_ ]?8859)?|latin", re.IGNORECASE)
_C1 = re.compile(rb"[\x80-\x9f]")
_WINDOWS = {"iso-8859-1": "windows-1252", "iso-8859-9": "windows-1254", "iso-8859-15": "windows-1252"}
EAST_ASIAN = frozenset({"gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"})
ALL_OR_NOTHING = EAST_ASIAN | {"utf-8", "utf-16"}
_UTF8_OR_BYTE = re.compile(
    rb"((?:[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]"
    rb"|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})+)|[\x80-\xff]"
)
_UNDEFINED = {0xDC00 + byte: byte for byte in range(0x80, 0x100)}
SET_IT = "If names look wrong, set settings.reply_encoding."


@dataclass(frozen=True, slots=True, repr=False)
class Decoded:
    """A reply in UTF-8, without byte order mark. `warnings`: what was declared wrongly, and how it was read."""

    body: bytes
    warnings: tuple[str, ...] = ()


def decode(body: bytes, content_type: str, override: str | None) -> Decoded:
    """The reply in UTF-8. Raises Unreadable where it is not in the encoding that is certain, or was set."""
    for mark, marked in MARKS:
        if body.startswith(mark):
            return Decoded(_wide(body[len(mark) :], marked))
    body = body.removeprefix(codecs.BOM_UTF8)
    if (unmarked := unmarked_utf16(body)) is not None:
        return Decoded(_wide(body, unmarked))
    if override is not None:
        return read_as(body, override, [])
    if body.isascii():
        return Decoded(body)
    declared, header, unknown = claims(body, content_type)
    claimed = [claim for claim in (declared, header) if claim is not None and claim != "utf-8"]
    if declared not in EAST_ASIAN and _is_utf8(body):
        return Decoded(body, doubts_of_utf8(claimed, declared, unknown))
    if not claimed:
        return _undeclared(body, "utf-8" in (declared, header))
    return read_as(body, claimed[0], doubts(claimed[0], declared, header, unknown))


def said_charset(body: bytes, content_type: str) -> str | None:
    """The charset that the reply's declaration says, or its HTTP header, or the mark that it begins with."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or unmarked_utf16(body) is not None:
        return "utf-16"
    declared, header, _ = claims(body.removeprefix(codecs.BOM_UTF8), content_type)
    return declared or header


# ---------------------------------------------------------------------------------------------- what is said


def claims(body: bytes, content_type: str) -> tuple[str | None, str | None, bool]:
    """What the declaration says, what the HTTP header says, and whether the declaration says something unusable."""
    found = _DECLARATION.search(body[:PROLOG])
    in_header = _HEADER.search(content_type)
    declared = _charset(found[1].decode("ascii")) if found else None
    return declared, _charset(in_header[1]) if in_header else None, found is not None and declared is None


def _charset(name: str) -> str | None:
    """A claim that can be true of bytes that are neither ASCII nor UTF-16."""
    if _ISO.fullmatch(name):
        return "iso-8859-1"
    charset = charset_named(name)
    return None if charset in ("us-ascii", "utf-16") else charset


def doubts_of_utf8(claimed: list[str], declared: str | None, unknown: bool) -> tuple[str, ...]:
    """Of a reply that is UTF-8 by its bytes: the warning where something else is claimed."""
    if claimed:
        where = "declaration" if claimed[0] == declared else "HTTP header"
        return (f"The reply's {where} says {claimed[0]}, but its bytes are utf-8: read so. {SET_IT}",)
    return ("The reply declares an encoding that it is not in: read as utf-8.",) if unknown else ()


def doubts(charset: str, declared: str | None, header: str | None, unknown: bool) -> list[str]:
    """Of a reply that is read as `charset`: the warning where something else is claimed, too."""
    if "utf-8" in (declared, header):
        return [f"The reply says both utf-8 and {charset}, and is not utf-8: read as {charset}. {SET_IT}"]
    if header is not None and header != charset:
        return [f"The reply's HTTP header says {header}, its declaration {charset}: read as {charset}. {SET_IT}"]
    if unknown:
        return [f"The reply declares an encoding that it is not in: read as {charset}, as its HTTP header says."]
    return []


# ---------------------------------------------------------------------------------------------- how it is read


def read_as(body: bytes, charset: str, warnings: list[str]) -> Decoded:
    """In `charset`, or the page of Windows that is meant by it. Raises Unreadable."""
    if charset in _WINDOWS and _C1.search(body):
        warnings.append(f"The reply should be {charset}, but has bytes of {_WINDOWS[charset]}: read so.")
        charset = _WINDOWS[charset]
    text = _strict(body, charset)
    if text is None and charset in ALL_OR_NOTHING:
        raise Unreadable(f"The reply is not in {charset}, as it should be. Correct or drop settings.reply_encoding.")
    if text is None:
        warnings.append(f"The reply has bytes that {charset} leaves undefined.")
        text = _lenient(body, charset)
    return Decoded(text, tuple(warnings))


def _undeclared(body: bytes, says_utf8: bool) -> Decoded:
    """Declared as UTF-8, or not at all, and not UTF-8: windows-1252, but for what is UTF-8 in the midst of it."""
    mixed = False

    def in_utf8(found: re.Match[bytes]) -> bytes:
        nonlocal mixed
        if found[1] is not None:
            mixed = True
            return found[0]
        return _lenient(found[0], "windows-1252")

    text = _UTF8_OR_BYTE.sub(in_utf8, body)
    said = "says utf-8, but is not" if says_utf8 else "declares no usable encoding"
    how = "as utf-8 mixed with windows-1252" if mixed else "as windows-1252"
    return Decoded(text, (f"The reply {said}: read {how}. {SET_IT}",))


def unmarked_utf16(body: bytes) -> str | None:
    """UTF-16 without its mark begins with an ASCII character, which is half zeros."""
    if len(body) < 4 or body[0] == body[1]:
        return None
    if body[1] == body[3] == 0 and body[0] and body[2]:
        return "utf-16-le"
    return "utf-16-be" if body[0] == body[2] == 0 and body[1] and body[3] else None


def _wide(body: bytes, encoding: str) -> bytes:
    text = _strict(body, encoding)
    if text is None:
        raise Unreadable(f"The reply begins as {encoding[:6]}, but is not in it throughout. Ask the source's owner.")
    return text


def _strict(body: bytes, encoding: str) -> bytes | None:
    """None, and not the codec's error: that error carries the whole reply."""
    try:
        return body.decode(encoding).encode()
    except UnicodeError:
        return None


def _lenient(body: bytes, charset: str) -> bytes:
    """In an 8-bit charset; a byte that it leaves undefined is the control character of its number (as WHATWG has it)."""
    return body.decode(charset, "surrogateescape").translate(_UNDEFINED).encode()


def _is_utf8(body: bytes) -> bool:
    return _strict(body, "utf-8") is not None
