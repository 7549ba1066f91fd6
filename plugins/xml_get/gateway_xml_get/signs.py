"""What a well-formed reply says besides records: that nobody is known, or that the page itself failed.

A failure is never taken for an absence: in doubt a document is a record, which the mapping then refuses.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

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
ERRORS = frozenset(
    {
        *("erro", "erros", "error", "errors", "exception", "excecao", "fault", "soapfault", "falha", "timeout"),
        *(
            "acessonegado",
            "accessdenied",
            "naoautorizado",
            "unauthorized",
            "indisponivel",
            "manutencao",
            "sessaoexpirada",
        ),
    }
)
_INERT = frozenset({"versao", "version", "data", "date", "hora", "timestamp", "encoding", "lang", "idioma"})
_OF_THE_ANSWER = ENVELOPE | ERRORS
_NO_ERROR = frozenset({"", "0", "00", "000", "false", "n", "nao", "no", "ok", "none", "null"})
_NOBODY = re.compile(r"cliente(?:inexistente|n(?:ao|.{1,4}o)cadastrado(?:/.{0,200})?)[.!]*")
_ORACLE = re.compile(r"\s*ORA-[0-9]{5}:")
_MAY_BE_NOBODY = re.compile(r"\s*[cC]\s*(?:[lL]|[^\x00-\x7f])")
"""How every text begins that _NOBODY fits: nearly all values are told from it without folding them."""
_MAY_SPEAK = re.compile(rf"{_MAY_BE_NOBODY.pattern}|{_ORACLE.pattern}")
_STATUS = re.compile(r"[0-9]{0,4}|[a-z]|true|false|ok|nao|erro|aviso|info")


def is_message(text: str) -> bool:
    """*Cliente inexistente* or *Cliente não cadastrado/<key>*, in any case, with any accents and blanks."""
    return _MAY_BE_NOBODY.match(text) is not None and _NOBODY.fullmatch(fold(text).replace(" ", "")) is not None


def may_speak(record: Mapping[str, Json]) -> bool:
    """May `says_nobody` or `reports_error` hold? Nearly every customer is told from both by how its texts begin, and by a
    value that no envelope has."""
    if any(map(_MAY_SPEAK.match, _texts(record))):
        return True
    return not any(fold_name(name) not in _OF_THE_ANSWER and any(_texts(value)) for name, value in record.items())


def says_nobody(record: Mapping[str, Json], asked: Collection[str]) -> bool:
    """Is this only the message that nobody is known, with at most a status and the question's own values beside it?"""
    texts = [text for text in _texts(record) if text]
    if len(texts) > 8 or not any(map(is_message, texts)):
        return False
    echoes = {_squashed(value) for value in asked}
    return all(
        is_message(text) or _squashed(text) in echoes or _STATUS.fullmatch(fold(text)) is not None for text in texts
    )


def is_bare_envelope(record: Mapping[str, Json]) -> bool:
    """Has this no value but what envelopes have?"""
    return all(fold_name(name) in ENVELOPE or not any(_texts(value)) for name, value in record.items())


def has_own_value(record: Mapping[str, Json]) -> bool:
    """Has it a text of a customer's own, which is no document in itself?"""
    for name, value in record.items():
        if isinstance(value, str) and value and value[0] != "<" and fold_name(name) not in ENVELOPE:
            return True
    return False


def is_inert(element: _Element) -> bool:
    """Has it no attribute that says anything of a customer or of the answer?"""
    for tag in element.keys():  # noqa: SIM110, SIM118  asked of every reply: a generator costs more than what it does
        if tag[0] != "{" and fold_name(tag) not in _INERT:
            return False
    return True


def reports_error(record: Mapping[str, Json]) -> bool:
    """Is this the page's own error rather than a customer?"""
    if any(map(is_oracle, _texts(record))):
        return True
    failed = False
    for name, value in record.items():
        folded = fold_name(name)
        if folded in ERRORS:
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
    return fold_name(local_name(element)) in ERRORS


def _texts(value: Json) -> list[str]:
    """Every text in it, at whatever depth."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    found: list[str] = []
    for inner in inside:
        if isinstance(inner, str):
            found.append(inner)
        else:
            found += _texts(inner)
    return found


def _squashed(text: str) -> str:
    return "".join(character for character in fold(text) if character.isalnum())
