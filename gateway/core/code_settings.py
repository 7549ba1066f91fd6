"""What a tenant says of its identification codes."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.core.signed_identity import SignedToken

LONGEST_VALID, SHORTEST_VALID = 300, 30
"""Seconds that a code may be good for."""


@dataclass(frozen=True, slots=True)
class PageTokens:
    """The company's pages may get a code by a token that the company signed for who is logged in. `origins`: where those
    pages are, as browsers write it (`https://www.acme.example`)."""

    how: SignedToken
    origins: frozenset[str]


@dataclass(frozen=True, slots=True)
class CodeSettings:
    """`valid_for`: seconds that a code is good, where nobody asks for less. `pages`: None where only the company's back end
    gets codes."""

    valid_for: int = LONGEST_VALID
    pages: PageTokens | None = None


USUAL_CODES = CodeSettings()
