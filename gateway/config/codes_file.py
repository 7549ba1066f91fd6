"""A tenant's identification codes, `codes:` of its file."""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Mapping as Map
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from gateway.config.document import Problems
from gateway.config.file_model import FileModel, Maybe
from gateway.config.signed_identity_file import JwtFile, check_jwt, signed_token
from gateway.config.units import Duration
from gateway.core.code_settings import LONGEST_VALID, SHORTEST_VALID, USUAL_CODES, CodeSettings, PageTokens

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(?::[0-9]{1,5})?|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]{1,5})?")


def _life(seconds: float) -> float:
    if not SHORTEST_VALID <= seconds <= LONGEST_VALID or seconds != int(seconds):
        raise ValueError(f"A code is good for {SHORTEST_VALID}s to {LONGEST_VALID // 60}m, in whole seconds.")
    return seconds


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text) or text.endswith((":443", ":80")):
        raise ValueError(
            "Write an origin as browsers do: https://www.acme.example, in small letters, without a path, with a port only "
            "where it is not the usual one; http:// is for localhost alone."
        )
    return text


class CodesFile(FileModel):
    """Codes by which a customer who is logged in proves in a chat who he is."""

    valid_for: Annotated[Duration, AfterValidator(_life)] = Field(
        default=float(LONGEST_VALID), description="How long a code is good: 30s to 5m. A request may ask for less."
    )
    page_token: Maybe[JwtFile] = Field(
        default=None,
        description="For pages without a back end: the token, signed by the company, by which a page gets a code itself. It "
        "needs an audience, so that no token made for something else is taken, and an id (`jti`).",
    )
    origins: list[Annotated[str, AfterValidator(_origin)]] = Field(
        default_factory=list, description="With `page_token`: where those pages are, `https://www.acme.example`."
    )

    @model_validator(mode="after")
    def _pages_and_their_token(self) -> Self:
        if (self.page_token is not None) != bool(self.origins):
            raise ValueError("Give page_token and origins together: how a page is believed, and which pages may ask.")
        return self


def check_codes(file: CodesFile, fields: Collection[str], kinds: Map[str, str], problems: Problems) -> None:
    """Report what only the whole file shows. `fields`: the tenant's search fields; `kinds`: of those that could be read."""
    token, at = file.page_token, ("codes", "page_token")
    if token is None:
        return
    check_jwt(token, at, fields, kinds, problems)
    if token.audience is None:
        problems.at(at, "A page_token needs an audience, so that no token made for something else is taken.")


def codes(file: CodesFile) -> CodeSettings:
    # Ten thousand tenants that say nothing have one object between them.
    if file == CodesFile():
        return USUAL_CODES
    token = file.page_token
    pages = None if token is None else PageTokens(signed_token(token, single=True), frozenset(file.origins))
    return CodeSettings(int(file.valid_for), pages)
