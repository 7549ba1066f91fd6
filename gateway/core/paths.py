"""Paths into a record: a plain dotted path becomes a getter, anything else a compiled JMESPath expression."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

import jmespath
from jmespath.exceptions import ArityError, IncompleteExpressionError, JMESPathError, LexerError, ParseError
from jmespath.functions import Functions
from jmespath.parser import ParsedResult

from gateway.core.model import Json

if TYPE_CHECKING:
    from jmespath.visitor import _TreeNode

ANY_NAME = "*"
"""In `Path.names`: the path reads names that it does not mention (`plano.*`, `keys(@)`)."""

_SEGMENT = r"(?!@(?:\.|$))[\w@#:-]+(?: [\w@#:-]+)*"
_PLAIN = re.compile(rf"{_SEGMENT}(?:\.{_SEGMENT})*")
_LONGEST = 1000
_DEEPEST = 40


class PathError(ValueError):
    """A path that cannot be compiled. `str()` is a sentence: where it breaks, and what to write instead."""


@dataclass(frozen=True, slots=True)
class Path:
    """A compiled path.

    `names`: every name it mentions, with ANY_NAME where it reads others too. `roots`: those of them that may stand at the
    record's top level. `lists`: those of them that an expression takes for lists: it filters, goes over, cuts or picks one
    of what stands there, which in XML is a list only where it comes more than once. `plain`: a dotted path, which keeps
    the gaps: a list on the way gives the list of what its items give, None for an item that gives nothing, so that lists
    read side by side never slip. A JMESPath projection closes its gaps up. `read` never raises: what cannot be evaluated
    on this record is absent (None). `projected`, where the expression ends in a projection without a filter
    (`data[].cliente`): reads the list that it goes over.
    """

    text: str
    names: frozenset[str]
    roots: frozenset[str]
    plain: bool
    read: Callable[[Json], Json]
    projected: Callable[[Json], Json] | None = None
    lists: frozenset[str] = frozenset()


def compile_path(text: str) -> Path:
    """`nome`, `cliente.plano.nome`, `@id`, `E-mail`, or JMESPath (`fones[?tipo=='cel'].numero`, `nome || apelido`).

    A name with `-`, `:`, `#`, blanks or accents is plain here, where JMESPath wants quotes. Raises PathError.
    """
    text = text.strip()
    if _PLAIN.fullmatch(text):
        segments = tuple(text.split("."))
        return Path(text, frozenset(segments), frozenset(segments[:1]), True, _getter(segments))
    return _compile_jmespath(text)


# ---------------------------------------------------------------------------------------------- plain paths


def _getter(segments: tuple[str, ...]) -> Callable[[Json], Json]:
    first = segments[0]
    if len(segments) == 1:

        def read_one(value: Json) -> Json:
            return value.get(first) if type(value) is dict else _walk(value, segments)

        return read_one

    rest = segments[1:]

    def read_deep(value: Json) -> Json:
        return _walk(value.get(first), rest) if type(value) is dict else _walk(value, segments)

    return read_deep


def _walk(value: Json, segments: tuple[str, ...]) -> Json:
    for place, segment in enumerate(segments):
        if isinstance(value, Map):
            value = value.get(segment)
        elif isinstance(value, list | tuple):
            rest = segments[place:]
            return [_walk(item, rest) for item in value]
        else:
            return None
    return value


# ---------------------------------------------------------------------------------------------- JMESPath


def _compile_jmespath(text: str) -> Path:
    if not text:
        raise PathError("The path is empty. Write a name, or names with dots between them (cliente.nome).")
    if len(text) > _LONGEST:
        raise PathError(f"The path is longer than {_LONGEST} characters. Read less with it.")
    try:
        with warnings.catch_warnings():
            # The older spelling of text literals (`cel` for 'cel') still reads well.
            warnings.simplefilter("ignore", PendingDeprecationWarning)
            compiled = jmespath.compile(text)
    except (JMESPathError, RecursionError) as error:
        raise PathError(_sentence(text, error)) from error
    names: set[str] = set()
    lists: set[str] = set()
    _examine(compiled.parsed, names, lists, 0)
    found = frozenset(names)
    projected = None
    if compiled.parsed["type"] == "projection":
        projected = _searching(ParsedResult(text, compiled.parsed["children"][0]))
    return Path(text, found, found, False, _searching(compiled), projected, frozenset(lists))


def _searching(compiled: ParsedResult) -> Callable[[Json], Json]:
    def read(value: Json) -> Json:
        try:
            result: Json = compiled.search(value)
        except (ValueError, TypeError, ArithmeticError):
            # Functions refuse values of another type: `length(nome)` where the source gave a number.
            return None
        return result

    return read


def _examine(node: _TreeNode, names: set[str], lists: set[str], depth: int) -> None:
    """Collect the names, and those of lists; refuse what jmespath itself finds out only when it evaluates."""
    if depth > _DEEPEST:
        raise PathError("The path nests too deeply. Split it, or read a plainer part of the record.")
    match node["type"]:
        case "field":
            names.add(node["value"])
        case "value_projection" | "current":
            names.add(ANY_NAME)
        case "projection" | "filter_projection" | "index_expression" | "flatten":
            lists.update(_last_names(node["children"][0]))
        case "function_expression":
            _check_call(node["value"], len(node["children"]))
            if node["value"] in ("keys", "values", "to_string"):
                names.add(ANY_NAME)
            for child in _taken_for_lists(node["value"], node["children"]):
                lists.update(_last_names(child))
        case "slice":
            # The children of a slice are numbers, whatever jmespath's types say.
            if cast("list[int | None]", node["children"])[2] == 0:
                raise PathError("A slice with step 0 gives nothing. Leave the step out.")
            return
    for child in node["children"]:
        _examine(child, names, lists, depth + 1)


def _last_names(node: _TreeNode) -> Iterator[str]:
    """The names whose values the expression gives: `fones` of `contato.fones`, and both of `fones || celulares`."""
    match node["type"]:
        case "field":
            yield node["value"]
        case "subexpression" | "projection" | "filter_projection" | "value_projection" | "pipe":
            yield from _last_names(node["children"][1])
        case "or_expression" | "and_expression":
            for child in node["children"]:
                yield from _last_names(child)


def _taken_for_lists(function: str, given: Sequence[_TreeNode]) -> Iterator[_TreeNode]:
    """The arguments that are refused if they are no lists: `join(', ', fones)`."""
    for child, wanted in zip(given, Functions.FUNCTION_TABLE[function]["signature"], strict=False):
        types = wanted["types"]
        if types and all(name.startswith("array") for name in types):
            yield child


def _check_call(name: str, given: int) -> None:
    function = Functions.FUNCTION_TABLE.get(name)
    if function is None:
        near = get_close_matches(name, Functions.FUNCTION_TABLE, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise PathError(f"There is no function '{name}()' in JMESPath.{hint}")
    signature = function["signature"]
    variadic = bool(signature) and bool(signature[-1].get("variadic"))
    if given < len(signature) or (given > len(signature) and not variadic):
        wanted = f"at least {len(signature)}" if variadic else str(len(signature))
        raise PathError(f"The function '{name}()' takes {wanted} argument(s), not {given}.")


_ADVICE = "Write names with dots between them (cliente.nome), or a JMESPath expression."


def _sentence(text: str, error: JMESPathError | RecursionError) -> str:
    if text.startswith("$"):
        return "This is JSONPath. Leave '$.' out: the path starts at the record (cliente.nome)."
    if "/" in text and not set(text) & set("[]'`|"):
        return "This is an address or XPath. Write names with dots between them (cliente.nome)."
    match error:
        case IncompleteExpressionError():
            return f"The path '{text}' ends too early. {_ADVICE}"
        case LexerError():
            return f"The path '{text}' cannot be read from character {error.lexer_position + 1} on. {_ADVICE}"
        case ArityError():
            return f"{error}. {_ADVICE}"
        case ParseError():
            place = error.lex_position + 1
            return f"The path '{text}' has '{error.token_value}' at character {place}, where it does not fit. {_ADVICE}"
        case RecursionError():
            return "The path nests too deeply. Split it, or read a plainer part of the record."
        case _:
            return f"The path '{text}' is not JMESPath. {_ADVICE}"
