"""Where the customers stand in a parsed reply: the configured path, or the one place where they can be."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.adapter import Json, Path, RawRecord, Unreadable, check_definite

_ADVICE = (
    "Set settings.records to the path of the customers; if this is how the source says nobody, describe it under nobody: "
    "(such as {path: total, equals: 0})."
)


def records_of(document: Json, path: Path | None) -> Sequence[RawRecord]:
    """The records: a list as the source gave it, empty where it knows nobody; or a tuple of the one object that came.

    Without a `path`: the document, if it is a list; else its one member that is a list of objects; else the document
    itself is the record. An empty list is taken for nobody only where it is all there is: a customer without phones
    (`{"nome": …, "telefones": []}`) is not nobody. Raises Unreadable, and ReportedError where the reply says that it failed.
    """
    found = _by_shape(document) if path is None else path.read(document)
    if found is None:
        # What reports a failure is told as one, and not as a wrong path; whether there are more does not matter here.
        check_definite(document, counted=False, paged=True)
        raise Unreadable(
            ("The reply is null." if path is None else f"There is nothing at records ({path.text}) in the reply.")
            + f" That is no definite no. {_ADVICE}"
        )
    if isinstance(found, dict):
        return (found,)
    if not isinstance(found, list):
        raise Unreadable(f"{_place(path)} is a single value and not an object or a list of objects. {_ADVICE}")
    for item in found:
        if not isinstance(item, dict):
            raise Unreadable(f"{_place(path)} is a list of which not every item is an object. {_ADVICE}")
    if path is not None and not found and path.projected is not None and path.projected(document):
        raise Unreadable(f"A list came, but nothing of what records ({path.text}) names stands in it. {_ADVICE}")
    return found


def _by_shape(document: Json) -> Json:
    if not isinstance(document, dict):
        return document
    lists = [value for value in document.values() if isinstance(value, list)]
    of_objects = [value for value in lists if value and all(isinstance(item, dict) for item in value)]
    if len(of_objects) == 1:
        return of_objects[0]
    if [] in lists:
        if len(document) == 1:
            return []
        raise Unreadable(f"The reply is an object with an empty list: a customer, or nobody? {_ADVICE}")
    if of_objects:
        raise Unreadable(f"The reply has more than one list of objects. {_ADVICE}")
    return document


def _place(path: Path | None) -> str:
    return "The reply" if path is None else f"What stands at records ({path.text}) in the reply"
