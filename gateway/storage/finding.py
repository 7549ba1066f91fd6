"""The one statement by which contacts are found: built once for each shape of question, answered in one round trip."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    select,
    text,
    union_all,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler

from gateway.core.joining import MOST_FOUND
from gateway.storage.tables import CONTACTS, IDENTIFIERS, NAME_WORDS

_TENANT, _VALUE, _KEY, _WORD = "tenant", "value", "key", "word"
_Ids = Select[tuple[str]]


class Found(NamedTuple):
    """A row: a contact's columns, and one of its identifiers (None where it has none)."""

    id: str
    standing: str
    unique_key_name: str
    unique_key_kind: str
    unique_key_sealed: bytes | None
    name: str | None
    name_sealed: bytes | None
    customer_type: str | None
    stored_sealed: bytes | None
    form_sealed: bytes | None
    active: bool
    merged_into: str | None
    revision: int
    created_at: int
    updated_at: int
    known_place: int | None
    known_kind: str | None
    known_value_sealed: bytes | None
    known_verified: bool | None

    def __repr__(self) -> str:
        return "<Found …>"


_CONTACT = Found._fields[:-4]


class _Shape(NamedTuple):
    """How many parameters a question has; powers of two, so that few statements serve all questions."""

    dialect: str
    values: int
    keys: int
    words: int


_Pick = Callable[[tuple[object, ...]], tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class _Statement:
    """`constants`: those of its parameters that never change. `pick`: of the tenant, what is asked and the constants, in
    the order in which the driver wants them. `names`: of what it picks, where the driver knows them by name."""

    sql: str
    constants: tuple[object, ...]
    pick: _Pick
    names: tuple[str, ...] | None

    def run(self, connection: Connection, asked: tuple[object, ...]) -> list[Found]:
        # Past the expression language: compiling and caching cost ten times what the database takes.
        parameters = self.pick((*asked, *self.constants))
        if self.names is None:
            return list(map(Found._make, _rows(connection, self.sql, parameters)))
        rows = connection.exec_driver_sql(self.sql, dict(zip(self.names, parameters, strict=True))).all()
        return [Found(*row) for row in rows]


def _rows(connection: Connection, sql: str, parameters: tuple[object, ...]) -> list[tuple[Any, ...]]:
    """SQLite's rows as its driver gives them: the metadata of a result cost as much as the search."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(sql, parameters)
        return cursor.fetchall()  # type: ignore[return-value]  # the driver's rows are tuples
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, None, error, sqlite3.Error, hide_parameters=True) from error
    finally:
        cursor.close()


class Finding:
    """Gives rows of contacts, each with one of its identifiers beside it (`known_kind`; None where it has none): all of a
    contact's stand together, in their order."""

    def __init__(self) -> None:
        self._statements: dict[_Shape, _Statement] = {}

    def rows(
        self,
        connection: Connection,
        tenant: str,
        values: Sequence[bytes],
        keys: Sequence[bytes],
        words: Sequence[str],
    ) -> Sequence[Found]:
        """Of active contacts with any of the identifiers' or the keys' indexes, or with all of the words, oldest first; of
        at most `MOST_FOUND` and one more."""
        if not (values or keys or words):
            return ()
        shape = _Shape(connection.dialect.name, _padded(len(values)), _padded(len(keys)), len(words))
        statement = self._statements.get(shape)
        if statement is None:
            statement = self._statements[shape] = _compiled(connection, shape)
        asked = (tenant, *_filled(values, shape.values), *_filled(keys, shape.keys), *words)
        return statement.run(connection, asked)


def _compiled(connection: Connection, shape: _Shape) -> _Statement:
    tenant: BindParameter[str] = bindparam(_TENANT)
    parts: list[_Ids] = []
    if shape.values:
        among = IDENTIFIERS.c.value_index.in_(_holes(_VALUE, shape.values))
        parts.append(select(IDENTIFIERS.c.contact).where(IDENTIFIERS.c.tenant == tenant, among))
    if shape.keys:
        among = CONTACTS.c.unique_key_index.in_(_holes(_KEY, shape.keys))
        # As its index says, which is used only so.
        alone = CONTACTS.c.merged_into.is_(None)
        parts.append(select(CONTACTS.c.id).where(CONTACTS.c.tenant == tenant, among, alone))
        among = IDENTIFIERS.c.value_index.in_(_holes(_KEY, shape.keys))
        # Said in the words of its index: a parameter could be anything.
        given_up = text("identifiers.kind = 'unique_key'")
        parts.append(select(IDENTIFIERS.c.contact).where(IDENTIFIERS.c.tenant == tenant, among, given_up))
    if shape.words:
        parts.append(_named(tenant, _holes(_WORD, shape.words)))
    ids = parts[0] if len(parts) == 1 else union_all(*parts)
    found = (
        select(*(CONTACTS.c[name] for name in _CONTACT))
        .where(CONTACTS.c.tenant == tenant, CONTACTS.c.id.in_(ids), CONTACTS.c.active)
        # Ids rise with time, and the primary key has them in order.
        .order_by(CONTACTS.c.id)
        .limit(MOST_FOUND + 1)
        .subquery()
    )
    known = IDENTIFIERS.c
    theirs = (IDENTIFIERS.c.tenant == tenant) & (IDENTIFIERS.c.contact == found.c.id)
    statement = (
        select(found, known.place, known.kind, known.value_sealed, known.verified)
        .select_from(found.outerjoin(IDENTIFIERS, theirs))
        .order_by(found.c.id, IDENTIFIERS.c.place)
    )
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    names = (_TENANT, *_names(_VALUE, shape.values), *_names(_KEY, shape.keys), *_names(_WORD, shape.words), *constants)
    places = {name: place for place, name in enumerate(names)}
    if compiled.positiontup is None:
        return _Statement(str(compiled), tuple(constants.values()), tuple, names)
    pick = itemgetter(*(places[name] for name in compiled.positiontup))
    return _Statement(str(compiled), tuple(constants.values()), pick, None)


def _named(tenant: BindParameter[str], words: Sequence[BindParameter[object]]) -> _Ids:
    """Along the first word's entries, each held against the other words: it ends as soon as enough are found, where counting
    them would read all the entries of every word."""
    first, *others = words
    named = NAME_WORDS.alias()
    has = [_also(tenant, named.c.contact, word) for word in others]
    wanted = select(named.c.contact).where(named.c.tenant == tenant, named.c.word == first, *has)
    return wanted.order_by(named.c.contact).limit(MOST_FOUND + 1)


def _also(tenant: BindParameter[str], contact: ColumnElement[str], word: BindParameter[object]) -> ColumnElement[bool]:
    other = NAME_WORDS.alias()
    his = select(other.c.word).where(other.c.tenant == tenant, other.c.word == word, other.c.contact == contact)
    # Not EXISTS: a planner without statistics makes a join of it, of every entry with every other.
    return his.scalar_subquery().is_not(None)


def _names(what: str, how_many: int) -> list[str]:
    return [f"{what}{place}" for place in range(how_many)]


def _holes(what: str, how_many: int) -> list[BindParameter[object]]:
    return [bindparam(name) for name in _names(what, how_many)]


def _filled(given: Sequence[object], how_many: int) -> Sequence[object]:
    """The last one stands in all holes that are left."""
    return given if len(given) == how_many else (*given, *repeat(given[-1], how_many - len(given)))


def _padded(count: int) -> int:
    return 1 << (count - 1).bit_length() if count else 0
