"""How a source says that it knows nobody (`nobody:` of a source): a closed vocabulary of signs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.core.model import Json


@dataclass(frozen=True, slots=True)
class PathSign:
    """Nobody, where the value at a path of the reply equals a text. `read` is the compiled path."""

    path: str
    equals: str
    read: Callable[[Json], Json]


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
        return any(_as_text(sign.read(document)) == sign.equals for sign in self.paths)


def _as_text(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    return "null" if value is None else None
