"""How a source says that it knows nobody (`nobody:` of a source): a closed vocabulary of signs."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as Map
from dataclasses import dataclass

from gateway.core.beside import failure_beside
from gateway.core.model import Json

_NULL = "null"
_NOTHING = frozenset({_NULL, "0", ""})
"""Texts of signs that say that there is nothing, which is also what a failure leaves behind."""


@dataclass(frozen=True, slots=True)
class PathSign:
    """Nobody, where the value at a path of the reply equals a text. `read` is the compiled path.

    `null` is a value that is there: an error document, which lacks the path, says nothing by that. A JMESPath expression
    cannot tell the two apart, so only dotted names and `@` can be null. `null`, `0` and an empty text mean nobody only where
    nothing beside them reports a failure (GraphQL answers `"data": null` to whatever went wrong).
    """

    path: str
    equals: str
    read: Callable[[Json], Json]

    def is_in(self, document: Json) -> bool:
        value = self.read(document)
        if _as_text(value) != self.equals or (value is None and not _is_there(document, self.path)):
            return False
        return self.equals not in _NOTHING or failure_beside(document) is None


@dataclass(frozen=True, slots=True)
class Nobody:
    """The signs of one source. What is not listed here is a failure, not an absence.

    `empty_body`: an empty reply. `statuses`: HTTP statuses (404, 204). `texts`: phrases anywhere in the reply, compared
    without case and accents. `paths`: values in the reply. `faults`: SOAP fault codes or phrases of the fault's text.
    """

    empty_body: bool = False
    statuses: frozenset[int] = frozenset()
    texts: tuple[str, ...] = ()
    paths: tuple[PathSign, ...] = ()
    faults: tuple[str, ...] = ()

    def in_document(self, document: Json) -> bool:
        """Does the parsed reply carry one of the path signs?"""
        return any(sign.is_in(document) for sign in self.paths)


def _is_there(document: Json, path: str) -> bool:
    """Is every name of the path a member, the last one too?"""
    if path.strip() == "@":
        return True
    for name in path.strip().split("."):
        if not isinstance(document, Map) or name not in document:
            return False
        document = document[name]
    return True


def _as_text(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return _NULL if value is None else None
