"""What may go wrong within a large reply: each is a failure with a sentence, unless the records were there before it."""

from __future__ import annotations

import pytest

from gateway.adapter import HtmlPage, Nobody, ReportedError, SourceError, TooLarge, Truncated, Unreadable
from plugins.xml_get.tests.reading import READS, read
from plugins.xml_get.tests.streaming import Chunks, cut, streamed

ROWS = "".join(f'<cliente email="a{number}@example.com" nome="Ana"/>\n' for number in range(20))
LIST = f"<clientes>\n{ROWS}</clientes>"


def said(reply: str | bytes | Chunks, limit: int = 50, **more: str) -> tuple[type[SourceError], str]:
    with pytest.raises(SourceError) as raised:
        streamed(reply, reads=READS, limit=limit, **more)  # type: ignore[arg-type]
    return type(raised.value), str(raised.value)


def test_it_stops_at_the_limit_and_says_that_there_are_more() -> None:
    chunks = Chunks(cut(LIST.encode(), 64))
    found = streamed(chunks, reads=READS, limit=3)
    assert [record["email"] for record in found.records] == [f"a{number}@example.com" for number in range(3)]
    assert found.truncated
    assert chunks.taken < 10


@pytest.mark.parametrize(
    "rest",
    ["<cliente", "<cliente>", "</outro>", "<!DOCTYPE x>", "&nbsp;", "\0", "& co", '<cliente email="a&b"/>', "\x1a"],
)
def test_what_is_wrong_after_the_records_is_not_read(rest: str) -> None:
    """But before the limit is reached it is a failure."""
    broken = LIST.replace("</clientes>", rest)
    assert len(streamed(broken, reads=READS, limit=5).records) == 5
    assert said(broken, limit=50)[0] in (Unreadable, Truncated)


def test_a_reply_cut_after_forty_of_fifty_records_is_truncated() -> None:
    """Although all that came can be read."""
    came = cut(LIST.encode()[:-100], 64)
    assert said(Chunks(came, Truncated()))[0] is Truncated
    assert len(streamed(Chunks(came, Truncated()), reads=READS, limit=5).records) == 5


@pytest.mark.parametrize("end", ["", "<cliente>", "<cliente", "<!-- ", "<![CDATA["])
def test_a_document_that_ends_in_the_middle_is_truncated(end: str) -> None:
    assert said(f"<clientes>{ROWS}{end}")[0] is Truncated


def test_a_doctype_is_refused_however_late() -> None:
    document = f"<!--{'x' * 5000}--><!DOCTYPE r [<!ENTITY a 'b'>]>{LIST}"
    kind, sentence = said(document, limit=3)
    assert (kind, "has a DOCTYPE" in sentence) == (Unreadable, True)


def test_a_doctype_of_html_is_an_html_page() -> None:
    assert said(f"<!-- served --><!DOCTYPE html><html><body>{'<p>x</p>' * 500}</body></html>")[0] is HtmlPage
    assert said(f"<!-- served --><!doctype html><html><body>{'<p>x' * 500}")[0] is HtmlPage


def test_a_database_error_in_the_middle_is_reported_error() -> None:
    assert said(f"<clientes>{ROWS}ORA-01555: snapshot too old & gone")[0] is ReportedError


def test_what_is_not_well_formed_says_where_and_quotes_nothing() -> None:
    kind, sentence = said(f"<clientes>{ROWS}<cliente nome=Carlos/></clientes>")
    assert kind is Unreadable
    assert "(line 21, column 14), and too long to be mended. Ask its owner." in sentence
    assert "Carlos" not in sentence


def test_nesting_without_end_is_too_large() -> None:
    kind, sentence = said("<a>" * 100_000)
    assert (kind, "nested too deeply" in sentence) == (TooLarge, True)


def test_records_that_cannot_be_told_from_the_rest_are_refused_with_what_to_do() -> None:
    """A log before the list, without any name that the mapping reads."""
    log = "<log>" + "<linha hora='1'/>" * 120_000 + "</log>"
    kind, sentence = said(f"<r>{log}{LIST}</r>", piece=32768)  # type: ignore[arg-type]
    assert kind is TooLarge
    assert sentence.endswith("Name the element that is one record under settings.records, or narrow the question.")


def test_a_list_after_another_without_any_name_that_is_read_is_found() -> None:
    log = "<linha hora='1' dia='2'/>" * 30
    document = f"<r><log>{log}</log>{LIST}</r>"
    found = streamed(document, reads=READS, limit=5)
    assert found == read(document, reads=READS, limit=5)
    assert found.records[0]["email"] == "a0@example.com"


# ---------------------------------------------------------------------------------------------- signs


def test_nobody_and_errors_in_a_long_document_are_seen() -> None:
    blanks = "\n" * 3000
    assert streamed(f"<r>{blanks}<mensagem>Cliente inexistente</mensagem></r>", reads=READS).records == ()
    assert said(f"<erro>{blanks}<texto>fora do ar</texto></erro>")[0] is ReportedError
    nobody = Nobody(texts=("nada consta",))
    document = f"<r><aviso>Nada consta.</aviso>{blanks}{LIST}</r>"
    assert streamed(document, reads=READS, nobody=nobody, limit=3).records == ()


def test_an_empty_list_in_a_long_document_is_nobody() -> None:
    assert streamed(f"<r><!--{'-x' * 3000}--><clientes></clientes></r>", reads=READS) == read(
        "<r><clientes></clientes></r>", reads=READS
    )


# ---------------------------------------------------------------------------------------------- encodings

ACCENTS = "<clientes>" + '<cliente email="a@example.com" nome="João"/>' * 20 + "</clientes>"


@pytest.mark.parametrize(
    ("body", "more"),
    [
        (ACCENTS.encode(), {}),
        (ACCENTS.encode("iso-8859-1"), {"content_type": "text/xml; charset=ISO-8859-1"}),
        (ACCENTS.encode("cp850"), {"encoding": "cp850"}),
        (ACCENTS.encode("utf-16"), {}),
        (ACCENTS.encode("utf-32"), {}),
        (b"\xef\xbb\xbf" + ACCENTS.encode(), {}),
        (('<?xml version="1.0" encoding="ISO"?>' + ACCENTS).encode("iso-8859-1"), {}),
        (('<?xml version="1.0" encoding="ISO-8859-1"?>' + ACCENTS).encode(), {}),
        (('<?xml version="1.0" encoding="ISO-8859-9"?>' + ACCENTS.replace("J", "\u0161")).encode("cp1254"), {}),
        (ACCENTS.replace("João", "名前").encode("shift_jis"), {"encoding": "shift_jis"}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("piece", [1, 7, 64, 100_000])
@pytest.mark.parametrize("limit", [3, 50])
def test_encodings_are_told_as_of_a_whole_document(body: bytes, more: dict[str, str], piece: int, limit: int) -> None:
    whole = read(body, reads=READS, limit=limit, **more)  # type: ignore[arg-type]
    assert streamed(body, reads=READS, limit=limit, piece=piece, **more) == whole  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (ACCENTS.encode("latin-1"), "The reply declares no usable encoding, and is too long to be read twice."),
        (
            ('<?xml version="1.0" encoding="UTF-8"?>' + ACCENTS).encode("latin-1"),
            "The reply says utf-8, but is not, and is too long to be read twice. Set settings.reply_encoding.",
        ),
        (ACCENTS.encode()[:-90] + ACCENTS.encode("latin-1")[-90:], "is not in it throughout"),
        (ACCENTS.encode("utf-16")[:-31] + b"\xd8\xd8\xd8", "The reply was begun as utf-16-le"),
    ],
)  # fmt: skip
def test_a_reply_in_another_encoding_than_declared_is_unreadable(body: bytes, sentence: str) -> None:
    kind, text = said(body)
    assert (kind, sentence in text) == (Unreadable, True)
