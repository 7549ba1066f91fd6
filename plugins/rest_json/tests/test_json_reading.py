"""JSON as strangers send it: read exactly, or refused with a sentence that says what to change."""

from __future__ import annotations

import json
from itertools import product

import pytest
from gateway_rest_json.json_reading import MOST_DEPTH, MOST_DIGITS, read_json
from hypothesis import given
from hypothesis import strategies as st

from gateway.adapter import Json, Reply, SourceError, TooLarge, Truncated, Unreadable

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner),
    max_leaves=12,
)
WHOLES = st.lists(DOCUMENTS, min_size=1) | st.dictionaries(TEXT, DOCUMENTS, min_size=1)


def reply(body: bytes | str, content_type: str = "application/json") -> Reply:
    return Reply(200, {"content-type": content_type}, body.encode() if isinstance(body, str) else body)


def refusal(body: bytes | str, content_type: str = "application/json") -> SourceError:
    with pytest.raises(SourceError) as raised:
        read_json(reply(body, content_type))
    assert raised.value.__cause__ is None
    assert raised.value.__context__ is None, "an error must not hold on to the reply"
    return raised.value


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 2]))
def test_every_document_is_read_as_it_was_written(document: Json, ascii_only: bool, indent: int | None) -> None:
    assert read_json(reply(json.dumps(document, ensure_ascii=ascii_only, indent=indent))).value == document


@given(WHOLES, st.booleans(), st.data())
def test_a_document_cut_anywhere_is_truncated_and_never_a_smaller_one(
    document: Json, ascii_only: bool, data: st.DataObject
) -> None:
    whole = json.dumps(document, ensure_ascii=ascii_only).encode()
    cut = data.draw(st.integers(1, len(whole) - 1))
    assert isinstance(refusal(whole[:cut]), Truncated)


@pytest.mark.parametrize(
    "whole",
    [
        r'[{"\u001f\ud83d\ude00": "\"\\\n"}]',
        '{"a": [true, false, null, -12.50e+10, 1E-7, 0], "b": {"c": ""}}',
        ' [ {"nome" : "Jo\u00e3o"} , 1 ] ',
    ],
)
def test_these_documents_are_truncated_wherever_they_are_cut(whole: str) -> None:
    body = whole.encode()
    for cut in range(len(whole) - len(whole.lstrip()) + 1, len(body.rstrip())):
        assert isinstance(refusal(body[:cut]), Truncated)


def test_a_cut_document_says_so() -> None:
    assert str(refusal('{"nome": "Ana", "email": "ana@ex')) == "The source's reply stops before its JSON is whole."
    in_a_letter = '{"nome": "Jo\u00e3o'.encode()[:-2]
    assert str(refusal(in_a_letter)).endswith("stops in the middle of a character: it came only in part.")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ('{"cpf": "1", "nome": "Ana", "cpf": "2"}', "gives one name twice"),
        ('[{"a": {"b": 1, "b": 1}}]', "gives one name twice"),
        ('{"a": 1, "\\u0061": 2}', "gives one name twice"),
        ('{"saldo": NaN}', "holds NaN, which JSON does not have"),
        ('{"saldo": Infinity}', "holds Infinity, which JSON does not have"),
        ('{"saldo": -Infinity}', "holds -Infinity, which JSON does not have"),
        ('{"saldo": 1e999}', "beyond what a number can be"),
        ('{"saldo": -1.5e999}', "beyond what a number can be"),
        ('{"id": %s}' % ("9" * (MOST_DIGITS + 1)), f"more than {MOST_DIGITS} digits"),
        ('{"id": %s}' % ("9" * 100_000), f"more than {MOST_DIGITS} digits"),
        (r'{"nome": "\ud800"}', "lone surrogate"),
        (r'{"nome": "\uDC00\ud800"}', "lone surrogate"),
        (r'{"\ud83d": "x"}', "lone surrogate"),
        (r'{"nome": "\ud83dx"}', "lone surrogate"),
        ('{"nome": "Ana"} {"nome": "Eva"}', "is not JSON from line 1, column 17 on"),
        ('{"nome": "Ana"}\n{"nome": "Eva"}', "is not JSON from line 2, column 1 on"),
        ('{"nome": "a\nb"}', "is not JSON from line 1, column 12 on"),
        ("{'nome': 'Ana'}", "is not JSON from line 1, column 2 on"),
        ('{"nome": "Ana",}', "is not JSON from line 1, column"),
        ('{"ativo": True}', "is not JSON from line 1, column 11 on"),
        ('{"id": 0123}', "is not JSON from line 1, column"),
        (r'{"nome": "\x41"}', "is not JSON from line 1, column"),
        ("OK", "is not JSON from line 1, column 1 on"),
        ("ORA-01017: invalid username/password", "is not JSON from line 1, column 1 on"),
        (")]}',\n{}", "is not JSON from line 1, column 1 on"),
        ('callback({"a": 1})', "is not JSON from line 1, column 1 on"),
        ('<?xml version="1.0"?><clientes/>', "answered with XML or HTML where JSON was due"),
        ("<erro>falhou</erro>", "answered with XML or HTML where JSON was due"),
        (b"\xef\xbb\xbf \n", "nothing but a byte order mark or blanks"),
    ],
)
def test_what_is_no_json_is_unreadable_and_says_why(body: str | bytes, says: str) -> None:
    error = refusal(body)
    assert isinstance(error, Unreadable)
    assert says in str(error)


@pytest.mark.parametrize("name", ["ana@example.com", "12345678909"])
def test_no_value_and_no_name_of_the_reply_stands_in_an_error(name: str) -> None:
    for body in (f'{{"{name}": 1, "{name}": 2}}', f'{{"{name}": NaN}}', f'{{"a": "{name}" "{name}"}}', f"[{name}x]"):
        assert name not in str(refusal(body))


# ---------------------------------------------------------------------------------------------- numbers


def test_integers_keep_every_digit_and_floats_stay_floats() -> None:
    document = read_json(reply('{"a": 9007199254740993, "b": 1.0, "c": 12345678909, "d": 1e2, "e": -0}')).value
    assert document == {"a": 9007199254740993, "b": 1.0, "c": 12345678909, "d": 100.0, "e": 0}
    assert isinstance(document, dict)
    assert [type(value) for value in document.values()] == [int, float, int, float, int]


def test_the_longest_integer_is_read() -> None:
    assert read_json(reply("9" * MOST_DIGITS)).value == 10**MOST_DIGITS - 1


# ---------------------------------------------------------------------------------------------- depth


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
def test_nesting_is_bounded_before_anything_is_parsed(opening: str, closing: str) -> None:
    inner = "1"
    read_json(reply(opening * MOST_DEPTH + inner + closing * MOST_DEPTH))
    for depth in (MOST_DEPTH + 1, 1_000, 500_000):
        error = refusal(opening * depth + inner + closing * depth)
        assert isinstance(error, TooLarge)
        assert f"nests deeper than {MOST_DEPTH} levels" in str(error)
        assert isinstance(refusal(opening * depth), TooLarge)


@pytest.mark.parametrize("text", ['[[["', "[" * 500, "]" * 500 + "{" * 500, "\\", '\\"[', "\\\\", '"'])
def test_brackets_inside_texts_are_no_nesting(text: str) -> None:
    document = [{"obs": text, text: [{}, [text]]} for _ in range(MOST_DEPTH)]
    assert read_json(reply(json.dumps(document))).value == document


def test_nesting_is_not_hidden_by_texts() -> None:
    for text in ('"', "\\", '\\"', "]]]]", '\\\\"'):
        deep: object = [text]
        for _ in range(MOST_DEPTH):
            deep = [text, deep, text]
        assert isinstance(refusal(json.dumps(deep)), TooLarge)


# ---------------------------------------------------------------------------------------------- encodings

JOAO = '{"nome": "Jo\u00e3o \u2013 \u00c7a"}'


def test_a_byte_order_mark_is_skipped() -> None:
    document = read_json(reply(b"\xef\xbb\xbf" + JOAO.encode()))
    assert document.value == json.loads(JOAO)
    assert document.warnings == ()


@pytest.mark.parametrize("declared", ["iso-8859-1", "latin1", "windows-1252"])
def test_utf8_declared_as_something_else_is_read_as_utf8(declared: str) -> None:
    document = read_json(reply(JOAO, f"application/json; charset={declared}"))
    assert document.value == json.loads(JOAO)
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("codec", "declared"),
    [
        ("cp1252", 'charset="windows-1252"'),
        ("cp1252", "CHARSET = Windows-1252"),
        ("utf-16", "charset=utf-16"),
        ("utf-16-le", "charset=UTF-16LE"),
        ("utf-32", "charset=utf-32"),
    ],
)
def test_a_declared_charset_is_read_with_a_warning(codec: str, declared: str) -> None:
    document = read_json(reply(JOAO.encode(codec), f"application/json; {declared}"))
    assert document.value == json.loads(JOAO)
    (warning,) = document.warnings
    assert "as its Content-Type says; JSON is UTF-8" in warning


def test_the_warning_of_a_charset_has_no_value_in_it() -> None:
    document = read_json(reply('{"nome": "Jo\u00e3o"}'.encode("latin-1"), "application/json;charset=iso-8859-1"))
    assert document.value == {"nome": "Jo\u00e3o"}
    assert document.warnings == (
        "The reply is in iso-8859-1, as its Content-Type says; JSON is UTF-8 (RFC 8259, 8.1).",
    )
    assert "nome" not in repr(document)


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        *product(
            [JOAO.encode("cp1252"), JOAO.encode("utf-16")],
            ["application/json", "application/json; charset=utf-8", "application/json; charset=klingon", ""],
        ),
        (JOAO.encode("cp1252"), "application/json; charset=idna"),
        (JOAO.encode("cp1252"), "application/json; charset=unicode_escape"),
        (b'{"nome": "\xed\xa0\x80"}', "application/json"),
        (b"\xff\xfe{\x00", "application/json; charset=utf-32"),
    ],
)
def test_other_encodings_are_unreadable(body: bytes, content_type: str) -> None:
    error = refusal(body, content_type)
    assert isinstance(error, Unreadable)
    assert "is not UTF-8, as JSON has to be (RFC 8259, 8.1)" in str(error)


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_recognised(codec: str) -> None:
    assert "looks like UTF-16" in str(refusal('{"nome": "Ana"}'.encode(codec)))
