"""The use case of a page without a back end: a token that the company signed becomes a code for the customer it names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from gateway.core.code_settings import PageTokens
from gateway.core.command import Command, Effect
from gateway.core.disclosure import Viewer
from gateway.core.errors import IdentityReplayed, OriginRefused, PageCodesOff, TooManyCodes, UnknownTenant
from gateway.core.redaction import Redacted
from gateway.core.signed_identity import Claims
from gateway.service.codes import Issued, IssueRequest
from gateway.service.live import Tenants
from gateway.service.signed_identity import verify

PAGE = Viewer("issuer", "page")
"""Who is named in the audit: no key, but the company all the same."""
CODES_OF_TOKEN = 3
"""As often as somebody loses one and wants another, while one token lives."""
CODES_OF_CUSTOMER, CODES_WITHIN = 10, 300.0
"""With however many tokens; within so many seconds."""


@dataclass(frozen=True, slots=True, repr=False)
class PageRequest(Redacted):
    """`origin`: of the page, as its browser says it; None where none was said. `request_id`: as in Command."""

    tenant: str
    origin: str | None
    token: str
    request_id: str = ""


class IssuesCodes(Protocol):
    async def issue(self, command: Command, request: IssueRequest) -> Effect[Issued]: ...


class Buckets(Protocol):
    def take(self, key_id: str) -> float:
        """0.0, or the seconds until the next one is let through."""
        ...


@dataclass(slots=True, repr=False)
class Uses(Redacted):
    """How often something was used lately. In this process alone: several workers let through as many times more."""

    _seen: dict[str, tuple[int, float]] = field(default_factory=dict)
    _swept_at: int = 1024

    def take(self, what: str, most: int, until: float, now: float) -> float:
        """0.0, and it is counted; or the seconds until it is forgotten. `until`, `now`: seconds since 1970."""
        count, ends = self._seen.get(what, (0, until))
        if ends <= now:
            count, ends = 0, until
        if count >= most:
            return ends - now
        self._seen[what] = (count + 1, ends)
        self._sweep(now)
        return 0.0

    def _sweep(self, now: float) -> None:
        if len(self._seen) >= self._swept_at:
            self._seen = {what: seen for what, seen in self._seen.items() if seen[1] > now}
            self._swept_at = max(1024, 2 * len(self._seen))


@dataclass(frozen=True, slots=True)
class PageCodes:
    """`buckets`: how fast all pages of a tenant may ask together; a token that is none never costs them anything."""

    desk: IssuesCodes
    tenants: Tenants
    buckets: Buckets
    now: Callable[[], datetime]
    uses: Uses = field(default_factory=Uses)

    def pages(self, tenant: str, origin: str | None) -> PageTokens:
        """What the tenant says of its pages. Raises PageCodesOff, OriginRefused, TenantBroken."""
        try:
            pages = self.tenants.get(tenant).codes.pages
        except UnknownTenant:
            raise PageCodesOff from None
        if pages is None:
            raise PageCodesOff
        if origin not in pages.origins:
            raise OriginRefused
        return pages

    async def issue(self, request: PageRequest) -> Issued:
        """Raises as `pages`, `verify` and `CodeDesk.issue` do; IdentityReplayed for a used-up token; TooManyCodes."""
        pages = self.pages(request.tenant, request.origin)
        now = self.now()
        claims = verify(request.token, pages.how, now)
        self._count(request.tenant, claims, pages.how.leeway, now.timestamp())
        command = Command(request.tenant, PAGE, request_id=request.request_id)
        effect = await self.desk.issue(command, IssueRequest(search=claims.fields))
        return effect.made

    def _count(self, tenant: str, claims: Claims, leeway: float, now: float) -> None:
        assert claims.expires_at is not None
        forgotten = claims.expires_at.timestamp() + leeway
        if self.uses.take(f"{tenant}\0token\0{claims.token_id}", CODES_OF_TOKEN, forgotten, now):
            raise IdentityReplayed
        who = claims.subject or "\0".join(f"{name}={value}" for name, value in sorted(claims.fields.items()))
        wait = self.uses.take(f"{tenant}\0customer\0{who}", CODES_OF_CUSTOMER, now + CODES_WITHIN, now)
        wait = wait or self.buckets.take(f"{tenant} pages")
        if wait:
            raise TooManyCodes(wait)
