"""In which encoding a reply really is: declared, undeclared, declared wrongly, against the header, by its mark."""

from __future__ import annotations

import codecs

import pytest

from gateway.adapter import Unreadable
from plugins.xml_get.tests.reading import ISO, read
from plugins.xml_get.tests.test_shapes import ONE

JOAO = "João Conceição Ávila"
PLAIN = "Ana"

# name -> (what the declaration says, the codec, the mark, a name that the encoding can write)
ENCODINGS = {
    "iso-8859-1": ("ISO-8859-1", "iso-8859-1", b"", JOAO),
    "iso-8859-15": ("ISO-8859-15", "iso-8859-15", b"", "Žofie Cœur €"),
    "windows-1252": ("windows-1252", "windows-1252", b"", "João “Jô” – €"),
    "windows-1254": ("windows-1254", "windows-1254", b"", "İpek Şahin Ünlü"),
    "iso-8859-9": ("ISO-8859-9", "iso-8859-9", b"", "İpek Şahin Ünlü"),
    "utf-8": ("UTF-8", "utf-8", b"", "João İpek 名前 😀"),
    "utf-8 marked": ("UTF-8", "utf-8", codecs.BOM_UTF8, "João İpek 名前 😀"),
    "utf-8 undeclared": (None, "utf-8", b"", "João İpek 名前 😀"),
    "utf-16": ("UTF-16", "utf-16-le", codecs.BOM_UTF16_LE, "João İpek 名前 😀"),
    "utf-16 big-endian": ("UTF-16", "utf-16-be", codecs.BOM_UTF16_BE, "João İpek 名前 😀"),
    "utf-16 unmarked": ("UTF-16", "utf-16-le", b"", "João İpek 名前 😀"),
    "utf-16 unmarked big-endian": ("UTF-16", "utf-16-be", b"", "João İpek 名前 😀"),
    "ISO": ("ISO", "iso-8859-1", b"", JOAO),
    "latin1": ("latin1", "iso-8859-1", b"", JOAO),
}
MATRIX = [(shape, encoding) for shape in ONE for encoding in ENCODINGS]


def declared(name: str | None, text: str = JOAO) -> str:
    declaration = f'<?xml version="1.0" encoding="{name}"?>\n' if name else ""
    return f'{declaration}<clientes>\n<cliente nome="{text}" email="a@example.com">\n</cliente>\n</clientes>'


def name_in(found_records: object) -> str:
    assert isinstance(found_records, list | tuple)
    (record,) = found_records
    return str(record["nome"])


def test_the_matrix_is_whole() -> None:
    assert (len(ONE), len(ENCODINGS), len(MATRIX)) == (27, 14, 378)


@pytest.mark.parametrize(("shape", "encoding"), MATRIX)
def test_every_shape_is_read_in_every_encoding(shape: str, encoding: str) -> None:
    declaration, codec, mark, text = ENCODINGS[encoding]
    start = f'<?xml version="1.0" encoding="{declaration}"?>\r\n' if declaration else ""
    document = start + ONE[shape].replace("Carlos", text)
    found = read(mark + document.encode(codec))
    assert list(found.records) == [{"email": "carlos@example.com", "nome": text}]
    assert not found.warnings


# ---------------------------------------------------------------------------------------------- declared wrongly


@pytest.mark.parametrize("wrong", ["ISO-8859-1", "windows-1252", "windows-1254", "ISO-8859-15", "ISO"])
def test_utf8_declared_as_something_else_is_read_as_utf8_with_a_warning(wrong: str) -> None:
    found = read(declared(wrong).encode())
    assert name_in(found.records) == JOAO
    assert len(found.warnings) == 1
    assert "its bytes are utf-8: read so" in found.warnings[0]
    assert "settings.reply_encoding" in found.warnings[0]


def test_windows_1252_declared_as_utf8_is_read_as_windows_1252_with_a_warning() -> None:
    found = read(declared("UTF-8", "João “Jô” – €").encode("windows-1252"))
    assert name_in(found.records) == "João “Jô” – €"
    (warning,) = found.warnings
    assert warning.startswith("The reply says utf-8, but is not: read as windows-1252. If names look wrong")


def test_an_undeclared_8_bit_reply_is_read_as_windows_1252_with_a_warning() -> None:
    found = read(declared(None).encode(ISO))
    assert name_in(found.records) == JOAO
    assert "declares no usable encoding: read as windows-1252" in found.warnings[0]


def test_utf8_with_a_latin_column_in_it_is_read_piece_by_piece() -> None:
    body = declared("UTF-8", "João @@").encode().replace(b"@@", "Conceição".encode(ISO))
    found = read(body)
    assert name_in(found.records) == "João Conceição"
    assert "utf-8 mixed with windows-1252" in found.warnings[0]


def test_windows_punctuation_in_declared_iso_is_no_control_character() -> None:
    found = read(declared("ISO-8859-1", "João – €").encode("windows-1252"))
    assert name_in(found.records) == "João – €"
    assert found.warnings == ("The reply should be iso-8859-1, but has bytes of windows-1252: read so.",)


@pytest.mark.parametrize("nonsense", ["UTF-16", "us-ascii", "x-user-defined", "rot13"])
def test_a_declaration_that_cannot_be_true_is_set_aside(nonsense: str) -> None:
    assert name_in(read(declared(nonsense).encode()).records) == JOAO
    assert name_in(read(declared(nonsense).encode(ISO)).records) == JOAO
    assert len(read(declared(nonsense).encode(ISO)).warnings) == 1


def test_a_wrong_declaration_of_plain_ascii_is_no_matter() -> None:
    for wrong in ("UTF-16", "x-user-defined", "ISO-8859-7"):
        found = read(declared(wrong, PLAIN).encode())
        assert name_in(found.records) == PLAIN
        assert not found.warnings


def test_a_utf8_mark_before_an_iso_page_is_no_evidence() -> None:
    found = read(codecs.BOM_UTF8 + declared("ISO-8859-1").encode(ISO))
    assert name_in(found.records) == JOAO


def test_a_byte_that_its_charset_leaves_undefined_spoils_nothing_else() -> None:
    found = read(declared("windows-1254", "Şahin @").encode("windows-1254").replace(b"@", b"\x81"))
    assert name_in(found.records).startswith("Şahin")
    assert found.warnings == ("The reply has bytes that windows-1254 leaves undefined.",)


# ---------------------------------------------------------------------------------------------- the header


def test_the_header_counts_where_nothing_is_declared() -> None:
    found = read(declared(None, "İpek").encode("windows-1254"), content_type="text/xml; charset=windows-1254")
    assert name_in(found.records) == "İpek"
    assert not found.warnings


@pytest.mark.parametrize(
    "header", ['text/xml; charset="ISO-8859-1"', "text/xml;charset=iso-8859-1", "text/xml; CHARSET=latin1"]
)
def test_a_header_that_the_bytes_belie_is_set_aside(header: str) -> None:
    found = read(declared("UTF-8").encode(), content_type=header)
    assert name_in(found.records) == JOAO
    (warning,) = found.warnings
    assert warning.startswith("The reply's HTTP header says iso-8859-1, but its bytes are utf-8: read so.")


def test_a_declared_utf8_that_is_iso_follows_the_header() -> None:
    found = read(declared("UTF-8", "İpek").encode("iso-8859-9"), content_type="text/xml; charset=ISO-8859-9")
    assert name_in(found.records) == "İpek"
    assert "says both utf-8 and iso-8859-9" in found.warnings[0]


def test_the_declaration_wins_over_a_header_of_the_same_rank() -> None:
    found = read(declared("windows-1254", "İpek").encode("windows-1254"), content_type="text/xml; charset=ISO-8859-1")
    assert name_in(found.records) == "İpek"
    assert "HTTP header says iso-8859-1, its declaration windows-1254" in found.warnings[0]


# ---------------------------------------------------------------------------------------------- the override


def test_the_settings_override_declaration_header_and_evidence() -> None:
    twice = JOAO.encode().decode(ISO)
    found = read(declared("UTF-8").encode(), encoding="iso-8859-1")
    assert name_in(found.records) == twice
    turkish = read(declared("ISO-8859-1", "İpek").encode("windows-1254"), encoding="windows-1254")
    assert name_in(turkish.records) == "İpek"
    assert not turkish.warnings


def test_a_reply_that_is_not_in_the_set_encoding_is_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"not in utf-8, as it should be\. Correct or drop settings\.reply_encoding"):
        read(declared("ISO-8859-1").encode(ISO), encoding="utf-8")


def test_a_mark_of_utf16_on_something_else_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="begins as utf-16"):
        read(codecs.BOM_UTF16_LE + b"<c/>x\x00\xd8")


def test_east_asian_declarations_are_trusted() -> None:
    found = read(declared("GB18030", "联通").encode("gb18030"))
    assert name_in(found.records) == "联通"
