"""Errors that a source reports with HTTP 200: values of the reply that its settings list under `errors:`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeAlias

from pydantic import AfterValidator, Field, model_validator

from gateway.adapter.settings import AdapterSettings
from gateway.core.errors import RateLimited, ReportedError, ServerError, SourceError, Unauthorised
from gateway.core.folding import fold
from gateway.core.model import Json
from gateway.core.paths import Path, compile_path

NOT_SHOWN = (
    "Its text is not shown, since it may quote what was asked; ask the source's owner. If it means nobody, describe it "
    "under nobody:."
)
_NOTHING = frozenset({"", "0", "false", "null"})


def check_path_of_reply(text: str) -> str:
    compile_path(text)
    return text


PathOfReply = Annotated[str, AfterValidator(check_path_of_reply)]


Value: TypeAlias = str | bool | int


class ErrorSign(AdapterSettings):
    """A value of the reply that says that the source failed. Without `equals` and `unless`: whatever is there, but for null,
    false, 0 and what is empty."""

    path: PathOfReply = Field(description="Path of the value in the reply: dotted names or JMESPath.")
    equals: Value | list[Value] | None = Field(
        default=None, description="Values that say that it failed; case and accents do not count."
    )
    unless: Value | list[Value] | None = Field(
        default=None, description="Values that say that it did not fail; any other is a failure, and none at all."
    )
    means: Literal["reported_error", "unauthorised", "rate_limited", "server_error"] = Field(
        default="reported_error", description="The failure's code. `server_error` is tried again, as a 5xx is."
    )

    @model_validator(mode="after")
    def _one_comparison(self) -> ErrorSign:
        if self.equals is not None and self.unless is not None:
            raise ValueError("equals: names failures and unless: the rest of the world; write one of the two")
        return self


class ErrorSigns:
    """The signs of one source, compiled."""

    def __init__(self, signs: Sequence[ErrorSign]) -> None:
        self._signs = tuple((sign, compile_path(sign.path), _folded(sign)) for sign in signs)

    def __bool__(self) -> bool:
        return bool(self._signs)

    def check(self, document: Json) -> None:
        """Raises the failure that the reply reports. What `nobody:` describes is asked before."""
        for sign, path, values in self._signs:
            if _fails(path.read(document), values, told=sign.unless is not None):
                raise _failure(sign, path)


def _fails(value: Json, values: frozenset[str], *, told: bool) -> bool:
    text = _text(value)
    if told:
        return text not in values
    return text in values if values else bool(value) and text not in _NOTHING


def _failure(sign: ErrorSign, path: Path) -> SourceError:
    what = f"The source's reply reports a failure at errors ({path.text}). {NOT_SHOWN}"
    match sign.means:
        case "unauthorised":
            return Unauthorised(f"The source refused our credentials, as its reply says at errors ({path.text}).")
        case "rate_limited":
            return RateLimited(f"The source asked us to slow down, as its reply says at errors ({path.text}).")
        case "server_error":
            return ServerError(what)
    return ReportedError(what)


def _folded(sign: ErrorSign) -> frozenset[str]:
    given = sign.equals if sign.equals is not None else sign.unless
    values = given if isinstance(given, list) else [] if given is None else [given]
    return frozenset(text for value in values if (text := _text(value)) is not None)


def _text(value: Json) -> str | None:
    """A single value as it is compared; None for lists and structures."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return fold(str(value)) if isinstance(value, str | int | float) else None
