"""What a well-formed reply says besides records: that nobody is known, or that the page itself failed.

A failure is never taken for an absence: in doubt a document is a record, which the mapping then refuses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from lxml.etree import _Element

from gateway.adapter import Json, fold, fold_name
from gateway_xml_get.fields import local_name

TOTALS = frozenset(
    {"total", "totalregistros", "totalrecords", "count", "quantidade", "qtd", "qtde", "registros", "numfound"}
)
ENVELOPE = TOTALS | {
    *(
        "status",
        "codigo",
        "code",
        "mensagem",
        "message",
        "msg",
        "sucesso",
        "success",
        "resultado",
        "retorno",
        "erro",
        "error",
    ),
    *(
        "pagina",
        "page",
        "paginas",
        "pages",
        "versao",
        "version",
        "data",
        "hora",
        "timestamp",
        "limite",
        "limit",
        "tempo",
    ),
    *("codigoretorno", "codretorno", "returncode", "statuscode", "header", "cabecalho", "start", "encoding"),
}
"""Names that envelopes have beside the records."""
_ERRORS = frozenset({"erro", "erros", "error", "errors", "exception", "excecao", "fault", "soapfault", "falha"})
_NO_ERROR = frozenset({"", "0", "00", "000", "false", "n", "nao", "no", "ok", "none", "null"})
_NOBODY = re.compile(r"cliente(?:inexistente|n(?:ao|.{1,4}o)cadastrado(?:/.{0,200})?)[.!]*")
_STATUS = re.compile(r"[0-9]{0,4}|[a-z]|true|false|ok|nao|erro|aviso|info")
_ORACLE = re.compile(r"\s*ORA-[0-9]{5}:")


def is_message(text: str) -> bool:
    """*Cliente inexistente* or *Cliente não cadastrado/<key>*, in any case, with any accents and blanks."""
    return text.lstrip()[:1] in ("c", "C") and _NOBODY.fullmatch(fold(text).replace(" ", "")) is not None


def says_nobody(record: Mapping[str, Json], asked: Collection[str]) -> bool:
    """Is this only the message that nobody is known, with at most a status and the question's own values beside it?"""
    texts = [text for text in _texts(record) if text]
    if len(texts) > 8 or not any(is_message(text) for text in texts):
        return False
    echoes = {_squashed(value) for value in asked}
    return all(
        is_message(text) or _squashed(text) in echoes or _STATUS.fullmatch(fold(text)) is not None for text in texts
    )


def is_bare_envelope(record: Mapping[str, Json]) -> bool:
    """Has this no value but what envelopes have?"""
    return all(fold_name(name) in ENVELOPE or not any(_texts(value)) for name, value in record.items())


def reports_error(record: Mapping[str, Json]) -> bool:
    """Is this the page's own error rather than a customer?"""
    if any(is_oracle(text) for text in _texts(record)):
        return True
    failed = False
    for name, value in record.items():
        folded = fold_name(name)
        if folded in _ERRORS:
            failed = failed or any(fold(text) not in _NO_ERROR for text in _texts(value))
        elif folded not in ENVELOPE and any(_texts(value)):
            return False
    return failed


def is_oracle(text: str) -> bool:
    """An error of an Oracle database that the page shows as if it were data: `ORA-01017: …`."""
    return _ORACLE.match(text) is not None


def is_in_error(element: _Element) -> bool:
    """Is the element, or one that it stands in, named as an error?"""
    return _is_error(element) or any(_is_error(outer) for outer in element.iterancestors())


def total(around: _Element) -> int | None:
    """How many records there are, as an attribute or a plain child of `around`, or of what that stands in, says; None where
    nothing does."""
    for node in (around, *around.iterancestors()):
        said = [*node.attrib.items(), *((child.tag, child.text) for child in node if not len(child))]
        for tag, text in said:
            digits = (text or "").strip()
            if digits.isascii() and digits.isdigit() and fold_name(str(tag).rpartition("}")[2]) in TOTALS:
                return int(digits[:9])
    return None


def _is_error(element: _Element) -> bool:
    return fold_name(local_name(element)) in _ERRORS


def _texts(value: Json) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def _squashed(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
