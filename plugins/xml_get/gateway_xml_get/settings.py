"""What a tenant's YAML says under `settings:` of an `xml_get` source."""

from __future__ import annotations

import codecs
from difflib import get_close_matches
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from gateway.adapter import AdapterSettings, ErrorSign, FieldName, FieldTemplate, holes

_CHARSETS = (
    *("utf-8", "utf-16", "us-ascii", "cp437", "cp850", "mac-roman", "koi8-r", "koi8-u"),
    *("gb18030", "big5", "shift_jis", "euc-jp", "euc-kr"),
    *(f"iso-8859-{part}" for part in (*range(1, 12), 13, 14, 15, 16)),
    *(f"windows-{page}" for page in range(1250, 1259)),
)
_KNOWN = {codecs.lookup(name).name: name for name in _CHARSETS}


def charset_named(name: str) -> str | None:
    """The one name of a charset however it is spelled (`latin1`, `ISO_8859-1` -> `iso-8859-1`), or None."""
    try:
        return _KNOWN.get(codecs.lookup(name.strip()).name)
    except (LookupError, ValueError):
        return None


def can_write(text: str, charset: str) -> bool:
    """Has `charset` every character of `text`?"""
    try:
        text.encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _check_charset(name: str) -> str:
    charset = charset_named(name)
    if charset is None:
        near = get_close_matches(name.lower(), _CHARSETS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(f"'{name}' is not a charset.{hint} Usual ones: utf-8, iso-8859-1, windows-1252")
    return charset


def _check_constant(text: str) -> str:
    if "{" in text or "}" in text:
        raise ValueError("a constant holds no { or }. A search field is asked for under query: or in path:")
    return text


def _check_records(path: str) -> str:
    if not all(part.strip() for part in path.split("/")):
        raise ValueError("records is an element's name or a path of names, such as 'cliente' or 'clientes/cliente'")
    return path


Charset = Annotated[str, AfterValidator(_check_charset)]
Constant = Annotated[str, AfterValidator(_check_constant)]
ElementPath = Annotated[str, Field(min_length=1), AfterValidator(_check_records)]


class Pairs(AdapterSettings):
    """Elements that stand for a name and a value, where they are called otherwise than usual."""

    element: str = Field(min_length=1, description="The element that is one pair: `dado`.")
    name: str = Field(min_length=1, description="Its child or attribute that names the field: `rotulo`.")
    value: str = Field(min_length=1, description="Its child or attribute that holds the value; else its own text.")


class XmlGetSettings(AdapterSettings):
    """How this source is asked, and how its reply is read where that cannot be told from the reply itself."""

    query: dict[str, FieldName] = Field(
        default={}, description="Parameter of the query string -> search field whose value it carries; in this order."
    )
    path: FieldTemplate = Field(
        default="", description="Appended to upstream.url; may hold search fields: 'clientes/{cpf}.xml'."
    )
    constants: dict[str, Constant] = Field(
        default={}, description="Parameters that are sent with every question, such as formato: xml."
    )
    query_encoding: Charset = Field(
        default="utf-8", description="The charset in which the page reads the query string: iso-8859-1, windows-1252 …"
    )
    reply_encoding: Charset | None = Field(
        default=None, description="The reply's real charset, where its declaration is wrong and the evidence misleads."
    )
    records: ElementPath | None = Field(
        default=None,
        description="The element that is one record, 'cliente' or 'clientes/cliente', where detection errs.",
    )
    pairs: Pairs | None = Field(
        default=None,
        description="What a field of name and value looks like, where detection errs: it is read by its name.",
    )
    errors: tuple[ErrorSign, ...] = Field(
        default=(), description="Values of the reply that say that the source failed, although it answers with 200."
    )
    limit_parameter: str | None = Field(
        default=None, min_length=1, description="The parameter that tells the page how many records to send at most."
    )

    @model_validator(mode="after")
    def _asks_with_something(self) -> XmlGetSettings:
        if not self.query and not holes(self.path):
            raise ValueError(
                "nothing to ask with: give query: {<parameter>: <search field>}, or a {search_field} in path"
            )
        if self.query_encoding == "utf-16":
            raise ValueError(
                "a query string is not in utf-16. The usual charsets are utf-8, iso-8859-1 and windows-1252"
            )
        names = [*self.query, *self.constants, *([self.limit_parameter] if self.limit_parameter else [])]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"the parameter '{twice[0]}' is given twice among query, constants and limit_parameter")
        if not can_write("".join((*names, *self.constants.values())), self.query_encoding):
            raise ValueError(f"a parameter or a constant has a character that {self.query_encoding} cannot write")
        return self

    @property
    def fields(self) -> frozenset[str]:
        """The search fields that the question can carry."""
        return frozenset(self.query.values()) | holes(self.path)
