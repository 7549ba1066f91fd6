"""The languages that APIs are asked in (OData, SOQL …): what a value becomes so that it cannot leave its place in them.

A closed vocabulary, written behind the name of the field: `{cpf|odata}`. Sources of the rules: OData 4.01 URL Conventions,
5.1.1.6.1 (a quote is doubled); SOQL and SOSL Reference, "Quoted String Escape Sequences"; FHIR R5 search, 3.2.1.5.7; Apache
Lucene's query parser syntax, "Escaping Special Characters"; RSQL's grammar (quoted values take backslashes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass
from types import MappingProxyType

_SOQL = str.maketrans(
    {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}
)
_FHIR = re.compile(r"[\\,|$]")
_LUCENE = re.compile(r'[\s+\-!(){}\[\]^"~*?:\\/&|<>=]')
_BACKSLASHED = re.compile(r"[\\'\"]")


@dataclass(frozen=True, slots=True)
class Language:
    """`quotes`: the quotes inside of which alone it may be used; empty: outside of quotes alone; None: anywhere. `escape`: a
    value as it is written there, or None where it cannot be."""

    quotes: str | None
    escape: Callable[[str], str | None]


def _odata(value: str) -> str:
    return value.replace("'", "''")


def _soql(value: str) -> str:
    return value.translate(_SOQL)


def _soql_like(value: str) -> str:
    return _soql(value).replace("%", "\\%").replace("_", "\\_")


def _backslashed(value: str) -> str:
    return _BACKSLASHED.sub(r"\\\g<0>", value)


def _json(value: str) -> str:
    return json.dumps(value)[1:-1]


def _fhir(value: str) -> str:
    return _FHIR.sub(r"\\\g<0>", value)


def _lucene(value: str) -> str:
    return _LUCENE.sub(r"\\\g<0>", value)


def _digits(value: str) -> str | None:
    return value if value.isascii() and value.isdigit() else None


def _number(value: str) -> str | None:
    return str(int(value)) if _digits(value) and len(value) <= 64 else None


def _plain(value: str) -> str:
    return value


NUMBER = "number"
"""A JSON body's number instead of a text; it stands alone in its text."""

LANGUAGES: Map[str, Language] = MappingProxyType(
    {
        "odata": Language("'", _odata),
        "soql": Language("'", _soql),
        "soql_like": Language("'", _soql_like),
        "rsql": Language("'\"", _backslashed),
        "quoted": Language('"', _backslashed),
        "json": Language('"', _json),
        "fhir": Language("", _fhir),
        "lucene": Language("", _lucene),
        "digits": Language(None, _digits),
        NUMBER: Language(None, _number),
        "plain": Language(None, _plain),
    }
)
