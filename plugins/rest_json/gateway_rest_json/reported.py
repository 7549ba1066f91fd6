"""Errors that an API reports with HTTP 200: the settings' `errors:`, and what JSON-RPC and GraphQL say by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.adapter import NOT_SHOWN, ErrorSign, ErrorSigns, Json, ReportedError


class ReportedErrors:
    """The signs of one source, compiled."""

    def __init__(self, signs: Sequence[ErrorSign]) -> None:
        self._signs = ErrorSigns(signs)

    def check(self, document: Json) -> None:
        """Raises the failure that the reply reports."""
        if isinstance(document, dict):
            _check_protocols(document)
        self._signs.check(document)


def _check_protocols(document: dict[str, Json]) -> None:
    """JSON-RPC 2.0 (5: `error` is there only where it failed) and GraphQL (7.1: the data beside is not the whole)."""
    name = "error" if "jsonrpc" in document else "errors"
    said = document.get(name)
    if not said or (name == "errors" and not _are_errors(said)):
        return
    raise ReportedError(f"The source's reply reports a failure under '{name}'. {NOT_SHOWN}")


def _are_errors(said: Json) -> bool:
    return isinstance(said, list) and all(isinstance(item, dict) for item in said)
