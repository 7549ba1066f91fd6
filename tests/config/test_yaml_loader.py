"""What a configuration file says: YAML 1.2's core types, every value with its place."""

import math
from pathlib import Path

import pytest

from gateway.config.document import Tagged, Value
from gateway.config.yaml_loader import MOST_BYTES, MOST_VALUES, parse
from gateway.core.errors import ConfigurationError

TOO_MANY = f"The file has more than {MOST_VALUES} values, with aliases counted in full."


def value(text: str) -> Value:
    document = parse("f.yaml", text.encode())
    assert not document.problems
    return document.value


def complaints(data: str | bytes) -> list[str]:
    """Everything the loader says against a file."""
    try:
        document = parse("f.yaml", data.encode() if isinstance(data, str) else data)
    except ConfigurationError as error:
        return str(error).splitlines()
    return [str(problem) for problem in document.problems]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("18:30", "18:30"),
        ("010", "010"),
        ("-010", "-010"),
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("2026-01-31", "2026-01-31"),
        ("1_000", "1_000"),
        ("012.345.678-90", "012.345.678-90"),
        ("0b11", "0b11"),
        ("1.2.3", "1.2.3"),
        ("+", "+"),
        (".", "."),
        ("=", "="),
        ('"12"', "12"),
        ("'true'", "true"),
        ("12345678909", 12345678909),
        ("-7", -7),
        ("0", 0),
        ("0x1F", 31),
        ("0o17", 15),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("true", True),
        ("False", False),
        ("~", None),
        ("null", None),
        ("", None),
        ("Não Cliente", "Não Cliente"),
        ("1" * 101, "1" * 101),
    ],
)
def test_plain_scalars_have_the_types_of_yaml_1_2(written: str, read: Value) -> None:
    assert value(f"key: {written}\n") == {"key": read}


def test_nan_is_a_number() -> None:
    found = value("key: .nan")
    assert isinstance(found, dict)
    assert isinstance(found["key"], float)
    assert math.isnan(found["key"])


def test_keys_stay_text() -> None:
    assert value("1: a\ntrue: b\nnull: c\n010: d\n") == {"1": "a", "true": "b", "null": "c", "010": "d"}


def test_tags_name_where_a_secret_is() -> None:
    assert value("a: !env ACME_CRM\nb: !file crm-password\n") == {
        "a": Tagged("!env", "ACME_CRM"),
        "b": Tagged("!file", "crm-password"),
    }


def test_a_byte_order_mark_and_windows_line_ends_are_read() -> None:
    assert parse("f.yaml", b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").value == {"a": 1, "b": 2}


def test_every_value_and_key_has_its_place() -> None:
    document = parse("f.yaml", b"a:\n  - x\n  - {b: c}\n")
    item = document.place.inside["a"].inside[1]
    assert (item.line, item.column) == (3, 5)
    assert item.keys == {"b": (3, 6)}
    assert item.inside["b"][:2] == (3, 9)


def test_an_alias_means_what_its_anchor_means() -> None:
    assert value("a: &pick {path: nome}\nb: *pick\n") == {"a": {"path": "nome"}, "b": {"path": "nome"}}


def test_a_key_that_stands_twice_is_refused_with_both_places() -> None:
    assert complaints("a: 1\nb:\n  c: 1\n  c: 2\na: 3\n") == [
        "f.yaml:4:3: This key stands already at 3:3. Keep one of the two.",
        "f.yaml:5:1: This key stands already at 1:1. Keep one of the two.",
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: A second document starts here. Keep one in a file."),
        ("a:\n\tb: 1\n", "f.yaml:2:1: A tab indents this line. YAML indents with blanks."),
        ("a: [1, 2\n", "f.yaml:1:4: The bracket that opens here is not closed, or a comma is missing."),
        ("a: 'x\nb: 1\n", "f.yaml:1:4: The quote that opens here is never closed."),
        ("a: b: c\n", "f.yaml:1:5: A second ': ' in one value. Put the text in quotes, or start a new line."),
        ("a: @x\n", "f.yaml:1:4: No value starts with this character. Put the text in quotes."),
        ("a: - x\n", "f.yaml:1:4: A list ('- ') cannot start here. Begin it on a new line."),
        (
            "a:\n  b: 1\n c: 2\n",
            "f.yaml:3:2: Not indented like the keys above it, or a quote or bracket above is not closed.",
        ),
        ("a: 1\nb: \x01\n", "f.yaml:2:4: The control character U+0001 is not allowed. Delete it."),
        (b"a: 1\nb: \xe7\n", "f.yaml:2:4: Not UTF-8 from here on. Save the file in UTF-8."),
        (
            "a: !!python/object:os.system x\n",
            "f.yaml:1:4: Unknown tag. There are !env and !file; text that starts with ! needs quotes.",
        ),
        (
            "a: !e!nv x\n",
            "f.yaml:1:4: Unknown tag. There are !env and !file; text that starts with ! needs quotes.",
        ),
        ("a: !env [x]\n", "f.yaml:1:4: !env is followed by a name, not by a list or a mapping."),
        ("? [a]\n: 1\n", "f.yaml:1:3: A key is plain text: no list, mapping, alias or tag."),
        ("x: &x {a: 1}\n<<: *x\n", "f.yaml:2:1: Merge keys (<<) are not part of YAML 1.2. Write the keys out."),
        ("a: *b\n", "f.yaml:1:4: This alias (*) names no anchor (&) that was finished before it."),
        ("a: &a [*a]\n", "f.yaml:1:8: This alias (*) names no anchor (&) that was finished before it."),
        ("[" * 60 + "]" * 60, "f.yaml:1:34: Nested deeper than 32 levels. No configuration needs that."),
        (
            "{a: 1}\n}",
            "f.yaml:2:1: Something stands after the end of the document. Take it out, or close the quote above.",
        ),
        ('a: "\\q"', "f.yaml:1:5: Not YAML: found unknown escape character."),
    ],
)
def test_what_is_refused_is_refused_with_its_place(text: str | bytes, complaint: str) -> None:
    assert complaints(text) == [complaint]


def test_a_billion_laughs_are_refused() -> None:
    laughs = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    laughs += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    (complaint,) = complaints("\n".join(laughs))
    assert complaint.endswith(TOO_MANY)


def test_the_gateways_own_file_may_have_as_many_values_as_it_has_bytes_but_aliases_may_not_multiply_them() -> None:
    many = b"[" + b"a," * MOST_VALUES + b"a]"
    assert parse("f.yaml", many, trusted=True).value == ["a"] * (MOST_VALUES + 1)
    assert complaints(many)[0].endswith(TOO_MANY)
    laughs = b"a: &a [" + b"ha," * 200 + b"]\n" + b"b: [" + b"*a," * 200 + b"]"
    with pytest.raises(ConfigurationError) as caught:
        parse("f.yaml", laughs, trusted=True)
    assert str(caught.value).endswith(TOO_MANY)


def test_a_giant_file_is_refused() -> None:
    assert complaints(b"#" * (MOST_BYTES + 1)) == [
        "f.yaml: The file is larger than 1024 KiB. Split it, or take out what is no configuration."
    ]


def test_the_pure_python_parser_reads_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import yaml

    from gateway.config import yaml_loader

    text = b"a: &x [1, 010, NO]\nb: *x\nc: {d: !env N, e: 'q'}\n"
    fast = parse("f.yaml", text)
    monkeypatch.setattr(yaml_loader, "_LOADER", yaml.SafeLoader)
    assert parse("f.yaml", text) == fast
    assert complaints("a: [1\n")[0].startswith("f.yaml:2:1: Not YAML:")
