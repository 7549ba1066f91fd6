"""What a reply says beside its list of customers: that it failed, or that the list is not the whole of it.

An empty list is a definite no only where nothing beside it speaks against that. Read are members and elements by their
names, compared as `fold_name` does, at any depth but never inside a list: what stands there is a customer's own. It is a
closed vocabulary of what APIs and services in use write; a word that is not in it is no sign. A source whose *nobody*
comes with one of these signs says so under `nobody:`, which is asked first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as Map

from gateway.core.absence import scalar
from gateway.core.folding import fold, fold_name
from gateway.core.model import Json

_DEEPEST = 8

_ERRORS = frozenset(
    {
        "erro", "erros", "error", "errors", "errorcode", "errormessage", "errormsg", "errordescription",
        "exception", "exceptionmessage", "excecao", "fault", "faultcode", "faultstring", "falha", "falhas",
        "failed", "failure", "failures", "codigoerro", "mensagemerro", "msgerro", "descricaoerro", "errocodigo",
        "erromensagem"
    }
)  # fmt: skip
_NO_ERROR = frozenset(
    {
        "", "0", "00", "000", "false", "f", "no", "nao", "n", "none", "null", "nil", "[]", "{}", "ok", "success", "sucesso"
    }
)  # fmt: skip
_SUCCESSES = frozenset({"success", "sucesso", "succeeded", "issuccess", "issuccessful", "ok"})
_DENIALS = frozenset({"false", "f", "no", "nao", "n", "0"})
_STATUSES = frozenset({"status", "statuscode", "httpstatus", "httpstatuscode", "resultado", "result", "retorno"})
_FAILED = re.compile(r"erro|error|err|fail(?:ed|ure)?|falha|falhou|exception|excecao|fault|nok|timeout|[45][0-9]{2}")
_MESSAGES = frozenset(
    {
        "mensagem", "message", "msg", "descricao", "description", "detalhe", "detail", "resultado", "result",
        "retorno"
    }
)  # fmt: skip
_TROUBLE = re.compile(
    r"(?<!sem )(?<!nenhum )(?<!nenhuma )(?<!no )(?<!without )(?<!\b0 )"
    r"\b(?:erros?|errors?|falhas?|falhou|fail(?:ed|ure)|exception|excecao|timeout|time-out|indisponivel|unavailable"
    r"|fora do ar|ora-[0-9]{5}|manutencao|maintenance|negado|denied|expirad[ao]|expired|nao autorizado|unauthori[sz]ed"
    r"|tente (?:novamente|mais tarde)|try again)\b"
)

_MORE = frozenset(
    {
        "hasmore", "hasnext", "hasnextpage", "more", "moreresults", "morerecords", "moredata", "temmais",
        "maispaginas", "truncated", "istruncated", "partial", "incomplete", "incompleteresults", "timedout"
    }
)  # fmt: skip
_LAST = frozenset({"done", "last", "lastpage", "islast", "islastpage", "ultimapagina"})
_NEXT = frozenset(
    {
        "next", "nextpage", "nexturl", "nextlink", "nextcursor", "nexttoken", "nextpagetoken", "nextrecordsurl",
        "odatanextlink", "continuationtoken", "lastevaluatedkey", "proxima", "proximapagina"
    }
)  # fmt: skip
_TOTALS = frozenset(
    {
        "total", "totalcount", "totalrecords", "totalresults", "totalitems", "totalelements", "totalrows",
        "totalsize", "totalregistros", "totalhits", "registros", "quantidade", "qtd", "qtde", "count", "odatacount",
        "numfound"
    }
)  # fmt: skip
_CONFIRMED = frozenset({"true", "t", "yes", "sim", "s", "y", "1"})


def failure_beside(document: Json) -> str | None:
    """The name (folded, of the closed vocabulary) under which the reply reports that it failed, or None."""
    return next((name for name, value in _members(document, 0) if _tells_failure(name, value)), None)


def more_beside(document: Json, came: int, *, counted: bool = True, paged: bool = False) -> bool:
    """Does the reply say that there are more than the `came` that it lists? `counted`: its totals count what is listed.
    `paged`: whoever reads the list knows whether there is another page, and only totals can still speak against it."""
    return any(
        _tells_more(name, value, came if counted else None)
        for name, value in _members(document, 0)
        if not paged or name in _TOTALS
    )


def _members(value: Json, depth: int) -> Iterator[tuple[str, Json]]:
    if not isinstance(value, Map) or depth > _DEEPEST:
        return
    for name, inner in value.items():
        yield fold_name(name), inner
        yield from _members(inner, depth + 1)


def _tells_failure(name: str, value: Json) -> bool:
    if name in _ERRORS:
        return any(text not in _NO_ERROR for text in _texts(value))
    text = scalar(value)
    if text is None:
        return False
    said = fold(text)
    return (
        (name in _SUCCESSES and said in _DENIALS)
        or (name in _STATUSES and _FAILED.fullmatch(said) is not None)
        or (name in _MESSAGES and _TROUBLE.search(said) is not None)
    )


def _tells_more(name: str, value: Json, came: int | None) -> bool:
    if name in _NEXT:
        return any(text not in _NO_ERROR for text in _texts(value))
    if name in _TOTALS and came is not None:
        return _count(value) > came
    text = scalar(value)
    said = fold(text) if text is not None else ""
    return (name in _MORE and said in _CONFIRMED) or (name in _LAST and said in _DENIALS)


def _count(value: Json) -> int:
    """A number, or the number in `{"value": 3, "relation": "eq"}`; 0 for anything else."""
    text = scalar(value.get("value") if isinstance(value, Map) else value)
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _texts(value: Json) -> Iterator[str]:
    """Every single value in it, folded."""
    if isinstance(value, Map):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
    else:
        text = scalar(value)
        if text is not None:
            yield fold(text)
