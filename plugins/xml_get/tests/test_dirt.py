"""What is mended in a reply that a strict parser refuses, and what is refused for good."""

from __future__ import annotations

import time

import pytest
from gateway_xml_get.mend import LARGEST

from gateway.adapter import SourceError, TooLarge, Truncated, Unreadable
from plugins.xml_get.tests.reading import ISO, READS, read

DOCUMENT = '<clientes>\n<cliente email="ana@example.com" nome="Ana &amp; Zé"/>\n</clientes>'
ANA = {"email": "ana@example.com", "nome": "Ana & Zé"}
BEFORE = "The reply had blanks or text before the document: left out."
AFTER = "The reply had text after the document: left out."
CONTROLS = "The reply had control characters: read as blanks."
BARE = "The reply had '&' that began no reference: read as the character itself."
NAMED = "The reply had HTML's named entities: read as their characters."
NUMBERED = "The reply had references to characters that XML does not allow: read as blanks."
PROLOG = '<?xml version="1.0" encoding="UTF-8"?>'

DIRT = {
    "blanks before the declaration": (f"\r\n  {PROLOG}\n{DOCUMENT}", (BEFORE,)),
    "a notice before the declaration": (f"Notice: Undefined index\n{PROLOG}{DOCUMENT}", (BEFORE,)),
    "markup before the declaration": (f"<br />\n<b>Notice</b>: x <br />{PROLOG}{DOCUMENT}", (BEFORE,)),
    "text before the root": (f"ok {DOCUMENT}", (BEFORE,)),
    "a mark that comes late": (f"\n\ufeff{PROLOG}{DOCUMENT}", (BEFORE,)),
    "printed markup before the root": (f"<br />\n<b>Notice</b>: x <br />{DOCUMENT}", (BEFORE,)),
    "text after the document": (f"{PROLOG}{DOCUMENT}\n-- fim --", (AFTER,)),
    "markup after the document": (f"{DOCUMENT}<!-- 12 ms --><br /><b>Warning</b>: y", (AFTER,)),
    "zeros after the document": (f"{DOCUMENT}\0\0\0", (CONTROLS,)),
    "both": (f"x {PROLOG}{DOCUMENT} y", (AFTER, BEFORE)),
    "a bare ampersand": (DOCUMENT.replace("&amp;", "&"), (BARE,)),
    "an HTML entity": (DOCUMENT.replace("Zé", "Z&eacute;"), (NAMED,)),
    "an ampersand and an entity": (DOCUMENT.replace("&amp; Zé", "& Z&eacute;"), (BARE, NAMED)),
    "a control character": (DOCUMENT.replace("Ana &", "Ana\x02&"), (CONTROLS,)),
    "a reference to a control character": (DOCUMENT.replace("Ana &", "Ana&#2;&"), (NUMBERED,)),
    "the same in hexadecimal": (DOCUMENT.replace("Ana &", "Ana&#x1F;&"), (NUMBERED,)),
}  # fmt: skip


@pytest.mark.parametrize("reads", [frozenset(), READS], ids=["mapping unknown", "mapping known"])
@pytest.mark.parametrize("dirt", DIRT)
def test_dirt_is_mended_and_each_mend_is_a_warning(dirt: str, reads: frozenset[str]) -> None:
    reply, warnings = DIRT[dirt]
    found = read(reply, reads=reads)
    (record,) = found.records
    assert {name: str(value).replace("Ana& ", "Ana & ") for name, value in record.items()} == ANA
    assert set(found.warnings) == set(warnings)


CLEAN = {
    "line breaks of Windows": (DOCUMENT.replace("\n", "\r\n"), ANA),
    "a comment and an instruction": (f"{PROLOG}<?x y?><!-- & -->{DOCUMENT}<!-- fim -->\n", ANA),
    "CDATA": ("<c><r><email>a</email><nome><![CDATA[Ana & <Zé> &eacute;]]></nome></r></c>",
              {"email": "a", "nome": "Ana & <Zé> &eacute;"}),
    "references": ("<c><r><email>a</email><nome>Z&#233; &#x1F600;</nome></r></c>", {"email": "a", "nome": "Zé 😀"}),
}  # fmt: skip


@pytest.mark.parametrize("form", CLEAN)
def test_what_xml_allows_is_no_dirt(form: str) -> None:
    reply, record = CLEAN[form]
    found = read(reply)
    assert (list(found.records), found.warnings) == ([record], ())


def test_a_mend_leaves_cdata_and_comments_as_they_are() -> None:
    found = read("<c><!-- a & b --><r><email>a & b</email><nome><![CDATA[c & d &eacute;]]></nome></r></c>")
    assert list(found.records) == [{"email": "a & b", "nome": "c & d &eacute;"}]


def test_an_unknown_entity_keeps_every_letter() -> None:
    assert list(read("<c><r><email>a</email><nome>R&D; &nope; x</nome></r></c>").records) == [
        {"email": "a", "nome": "R&D; &nope; x"}
    ]


def test_an_entity_that_stands_for_markup_stays_text() -> None:
    (record,) = read("<c><r><email>a</email><nome>&nbsp;&LT;b&GT;&QUOT;</nome></r></c>").records
    assert record["nome"] == '\xa0<b>"'


def test_dirt_in_an_iso_page_is_mended_in_its_own_letters() -> None:
    found = read(f'\n<?xml version="1.0" encoding="ISO-8859-1"?>{DOCUMENT.replace("&amp;", "&")}'.encode(ISO))
    assert list(found.records) == [ANA]
    assert set(found.warnings) == {BEFORE, BARE}


def test_dirt_in_xml_that_is_held_as_text_is_mended_too() -> None:
    found = read("<string>&lt;c&gt;&lt;r email='a' nome='A &amp;amp; B &amp; C'/&gt;&lt;/c&gt;</string>")
    assert list(found.records) == [{"email": "a", "nome": "A & B & C"}]
    assert found.warnings == (BARE,)


# ---------------------------------------------------------------------------------------------- refused

REFUSED: dict[str, tuple[str | bytes, type[SourceError], str]] = {
    "a DOCTYPE": (f"<!DOCTYPE clientes>{DOCUMENT}", Unreadable, "has a DOCTYPE, which is never read"),
    "a DOCTYPE after a declaration": (f"{PROLOG}\n<!DOCTYPE c [<!ENTITY a 'b'>]>{DOCUMENT}", Unreadable, "DOCTYPE"),
    "a DOCTYPE behind junk": (f"ok {PROLOG}<!DOCTYPE c SYSTEM 'file:///etc/passwd'>{DOCUMENT}", Unreadable, "DOCTYPE"),
    "a DOCTYPE in XML as text": ("<s>&lt;!DOCTYPE c&gt;&lt;c/&gt;</s>", Unreadable, "DOCTYPE"),
    "a DOCTYPE in UTF-16": (f"<!DOCTYPE c>{DOCUMENT}".encode("utf-16"), Unreadable, "DOCTYPE"),
    "two documents": (f"{DOCUMENT}{DOCUMENT}", Unreadable, "not well-formed"),
    "a record after the list": ('<clientes/><cliente nome="Ana"/>', Unreadable, "not well-formed"),
    "tags that do not match": ("<c><r><nome>Ana</r></c>", Unreadable, "not well-formed XML \\(line 1, column 20\\)"),
    "a value without quotes": ("<c><r nome=Ana/></c>", Unreadable, "not well-formed"),
    "a bare less-than": ("<c><r><nome>a < b</nome></r></c>", Unreadable, "not well-formed"),
    "plain text": ("Sistema indisponível", Unreadable, "not well-formed"),
    "JSON": ('{"clientes": []}', Unreadable, "not well-formed"),
    "XML in XML in XML in XML": (
        "<a><![CDATA[<a>&lt;a&gt;&amp;lt;a&amp;gt;&lt;/a&gt;</a>]]></a>", Unreadable, "XML inside XML",
    ),
    "a document that ends in an element": ("<c><r nome='Ana'/>", Truncated, "before it was whole"),
    "a document that ends in a tag": ("<c><r nome='Ana'", Truncated, "before it was whole"),
    "a document that ends in a value": ("<c><r nome='An", Truncated, "before it was whole"),
    "a document that ends in CDATA": ("<c><r><nome><![CDATA[An", Truncated, "before it was whole"),
    "a document that ends in a comment": ("<c><r nome='Ana'/><!-- x", Truncated, "before it was whole"),
    "a document that ends in an entity": ("<c><r>&eacu", Truncated, "before it was whole"),
    "a document that ends in a letter": ("<c><r>Jo\xc3".encode(ISO), Truncated, "before it was whole"),
    "dirt and a lost end": (f"x {PROLOG}<c><r nome='A & B'/>", Truncated, "before it was whole"),
}  # fmt: skip


@pytest.mark.parametrize("form", REFUSED)
def test_what_is_not_mended_is_refused_with_its_own_sentence(form: str) -> None:
    reply, error, words = REFUSED[form]
    with pytest.raises(error, match=words) as raised:
        read(reply)
    assert type(raised.value) is error
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None


def test_entities_are_never_resolved() -> None:
    with pytest.raises(Unreadable):
        read(f"<!DOCTYPE c [<!ENTITY a SYSTEM 'file://{__file__}'>]><c><r nome='Ana'>&a;</r></c>")


def test_every_cut_of_a_document_is_truncated_or_unreadable_and_never_nobody() -> None:
    whole = f"{PROLOG}\n{DOCUMENT}".encode()
    for length in range(len(PROLOG) + 2, len(whole)):
        with pytest.raises((Truncated, Unreadable)):
            read(whole[:length])


def test_a_large_dirty_document_is_not_mended() -> None:
    filling = "<r nome='Ana'/>" * 100 + " " * LARGEST
    with pytest.raises(Unreadable, match="not well-formed"):
        read(f"<c>{filling} & </c>")


@pytest.mark.parametrize("piece", ["<![CDATA[", "<!--", "&", "&a", "&#", "<", "<a ", "]]>", "<?xml "])
def test_mending_takes_time_in_proportion_to_the_length(piece: str) -> None:
    started = time.process_time()
    with pytest.raises((SourceError, TooLarge)):
        read(f"<c>{piece * (400_000 // len(piece))}")
    assert time.process_time() - started < 2
