"""What a face knows of a request once it is let in: its id, and whose key came with it."""

from __future__ import annotations

from collections.abc import MutableMapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

from gateway.core.disclosure import Viewer

_REQUEST_ID = "gateway.request_id"
_CALLER = "gateway.caller"


current_request: ContextVar[str] = ContextVar("gateway.request_id", default="")
"""The id of the request for which this code runs: what a plugin logs on the way carries it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """`tenant`: whose key it is. `place`: where the key came (`bearer`, `basic`, `query:<parameter>`)."""

    tenant: str
    viewer: Viewer
    place: str


def put_request_id(scope: MutableMapping[str, object], request_id: str) -> None:
    scope[_REQUEST_ID] = request_id


def request_id_of(scope: MutableMapping[str, object]) -> str:
    """`""` where no edge gave one (a face tested on its own)."""
    return cast(str, scope.get(_REQUEST_ID, ""))


def put_caller(scope: MutableMapping[str, object], caller: Caller) -> None:
    scope[_CALLER] = caller


def caller_of(scope: MutableMapping[str, object]) -> Caller:
    """Behind the authentication only: a face that is composed without it must not answer, so a KeyError is right."""
    return cast(Caller, scope[_CALLER])
