"""For `gateway draft`: an API's recorded reply, and where the customers are in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from gateway.adapter import (
    Found,
    Json,
    Nobody,
    Reply,
    Setting,
    check_definite,
    compile_path,
    has_answer,
    more_beside,
)
from gateway_rest_json.json_reading import read_json
from gateway_rest_json.records import records_of

_DEEPEST = 5
_WHOLE = "@"
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


class RestJsonDrafter:
    """The largest list of objects that stands in no other is taken for the customers."""

    def read(self, reply: Reply, *, limit: int) -> Found:
        if not has_answer(reply, Nobody()):
            return Found(())
        document = read_json(reply)
        path = _records_path(document.value)
        records = records_of(document.value, None if path is None else compile_path(path))
        if not records:
            check_definite(document.value)
        more = len(records) > limit or more_beside(document.value, len(records))
        return Found(records[:limit], document.warnings, more)

    def settings(self, reply: Reply, asked: Mapping[str, str]) -> list[Setting]:
        lines = [Setting("query", {name: f"{{{field}}}" for name, field in asked.items()}, "parameter -> search field")]
        path = _records_path(read_json(reply).value)
        if path is not None:
            why = "the reply itself is the customer" if path == _WHOLE else "where the reply's list of objects stands"
            lines.append(Setting("records", path, why))
        return lines


def _records_path(document: Json) -> str | None:
    """The way to the list; None where the document itself is the list, or an object without any."""
    lists = list(_lists(document, ())) if isinstance(document, Mapping) else []
    # A customer with two phones is no list of phones: values of its own stand beside them.
    of_a_list = [found for found in lists if not _is_customer(document, found[0])]
    if not of_a_list:
        return _WHOLE if lists else None
    return _written(max(of_a_list, key=lambda found: (found[1], -len(found[0])))[0])


def _lists(value: Json, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    if not isinstance(value, Mapping) or len(path) >= _DEEPEST:
        return
    for name, inner in value.items():
        if (
            isinstance(inner, Sequence)
            and not isinstance(inner, str)
            and all(isinstance(one, Mapping) for one in inner)
        ):
            yield (*path, name), len(inner)
        else:
            yield from _lists(inner, (*path, name))


def _is_customer(document: Json, path: Sequence[str]) -> bool:
    """Do more than two texts stand beside the list, as a customer's would?"""
    around = _at(document, path[:-1])
    return isinstance(around, Mapping) and sum(isinstance(value, str) for value in around.values()) > 2


def _at(value: Json, path: Sequence[str]) -> Json:
    for name in path:
        value = value[name] if isinstance(value, Mapping) else None
    return value


def _written(path: Sequence[str]) -> str:
    return ".".join(name if set(name) <= _PLAIN else '"' + name.replace('"', '\\"') + '"' for name in path)
