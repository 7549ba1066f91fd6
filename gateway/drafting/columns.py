"""Raw records of any shape as columns: a way into the record, and what stands there in each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from gateway.core.absence import present, scalar
from gateway.core.folding import fold_name
from gateway.core.model import Json, RawRecord
from gateway.core.paths import PathError, compile_path
from gateway.core.redaction import Redacted

MOST = 300
"""Columns that are looked at."""
_DEEPEST = 6
_NAMES = ("nome", "name", "campo", "field", "chave", "key", "atributo", "attribute", "clave", "alan")
_VALUES = ("valor", "value", "conteudo", "content", "deger")
_LIKE_A_VALUE = re.compile(r"[0-9]{5}|@|\A[^\w]*\Z")
"""What no name of a field has: a member that is called so is keyed by somebody's number or address."""
_LONGEST_NAME = 64


@dataclass(slots=True, repr=False)
class Column(Redacted):
    """`names`: the way, outermost first. `path`: the same as a mapping writes it. `values`: for each record what is present
    there. `listed`: in how many records a list stood on the way; `numeric`: in how many a bare number."""

    names: tuple[str, ...]
    path: str
    values: dict[int, list[str]] = field(default_factory=dict)
    listed: set[int] = field(default_factory=set)
    numeric: int = 0

    @property
    def texts(self) -> list[str]:
        """Every value, record by record."""
        return [text for found in self.values.values() for text in found]

    @property
    def always_listed(self) -> bool:
        return bool(self.values) and self.listed >= self.values.keys()


@dataclass(frozen=True, slots=True, repr=False)
class Columns(Redacted):
    """`unsafe`: were there names that look like somebody's values, and were left out for that?"""

    columns: tuple[Column, ...]
    records: int
    unsafe: bool


def columns_of(records: Sequence[RawRecord]) -> Columns:
    """In the order in which they first come. Columns of which no record has anything are left out."""
    found: dict[str, Column] = {}
    unsafe = False
    for index, record in enumerate(records):
        for names, path, value, listed in _leaves(record, (), "", listed=False):
            if any(_LIKE_A_VALUE.search(name) or len(name) > _LONGEST_NAME for name in names):
                unsafe = True
                continue
            text = present(scalar(value) or "")
            if text is None or (path not in found and len(found) >= MOST):
                continue
            column = found.setdefault(path, Column(names, path))
            column.values.setdefault(index, []).append(text)
            column.numeric += isinstance(value, int | float) and not isinstance(value, bool)
            if listed:
                column.listed.add(index)
    return Columns(tuple(found.values()), len(records), unsafe)


def _leaves(
    value: Json, names: tuple[str, ...], path: str, *, listed: bool
) -> Iterator[tuple[tuple[str, ...], str, Json, bool]]:
    if isinstance(value, Map):
        if len(names) < _DEEPEST:
            for name, inner in value.items():
                yield from _leaves(inner, (*names, name), _below(path, name), listed=listed)
    elif isinstance(value, list | tuple):
        for item in value:
            pair = _pair(item)
            if pair is None:
                yield from _leaves(item, names, path, listed=True)
            else:
                key, name, inner, content = pair
                way = f"{_quoted_path(path)}[?{_quoted(key)}=='{name}'].{_quoted(inner)} | [0]"
                yield (*names, name), way, content, False
    elif names:
        yield names, path, value, listed


def _pair(item: Json) -> tuple[str, str, str, Json] | None:
    """`{"nome": "CPF", "valor": …}`: the member that names, what it says, the member that holds, what it holds."""
    if not isinstance(item, Map) or len(item) != 2:
        return None
    (first, name), (second, content) = item.items()
    if fold_name(first) not in _NAMES:
        (first, name), (second, content) = (second, content), (first, name)
    if fold_name(first) not in _NAMES or fold_name(second) not in _VALUES or not isinstance(name, str):
        return None
    return (first, name, second, content) if name.strip() and not set(name) & set("'\\\n") else None


def _below(path: str, name: str) -> str:
    if _is_plain(name) and '"' not in path:
        return f"{path}.{name}" if path else name
    return f"{_quoted_path(path)}.{_quoted(name)}" if path else _quoted(name)


def _is_plain(name: str) -> bool:
    try:
        return "." not in name and compile_path(name).plain
    except PathError:
        return False


def _quoted_path(path: str) -> str:
    """A dotted path as JMESPath wants it."""
    return path if '"' in path else ".".join(map(_quoted, path.split(".")))


def _quoted(name: str) -> str:
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
