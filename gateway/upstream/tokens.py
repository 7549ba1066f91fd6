"""A source's token: obtained once for all calls that wait for it, kept until it expires or is refused, renewed."""

from __future__ import annotations

import asyncio
import copy
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import quote

from gateway.core.errors import Misconfigured, SourceError, TimedOut, Unreachable, Unreadable
from gateway.core.redaction import Redacted
from gateway.core.sign_in import HOLE, Carrier, TokenUse
from gateway.upstream.credentials import header
from gateway.upstream.failures import WIRE_CLOSED

_LONGEST = 10.0
"""Seconds for one sign-in. Calls wait no longer than their own deadline; the sign-in goes on for the next ones."""
_MARGIN = 30.0
"""Seconds by which a token is renewed before it expires (of a short-lived one a tenth of its life): requests take time."""
_BREAKS_A_COOKIE = frozenset(' ;,"\\')


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Token(Redacted):
    """As it is sent: a header field, or an escaped query parameter. `lasts`: seconds, None: until it is refused."""

    header: tuple[bytes, bytes] | None = None
    query: bytes = b""
    lasts: float | None = None


class SignIn(Protocol):
    """Obtains a token. `where`: the key of the source's configuration that says how."""

    where: str

    async def token(self) -> Token:
        """Raises SourceError."""
        ...

    async def aclose(self) -> None: ...


class Tokens:
    """The current token of one source. One sign-in is under way at most, whoever waits for it or stops waiting."""

    def __init__(self, sign_in: SignIn) -> None:
        self._sign_in = sign_in
        self._token: Token | None = None
        self._until: float | None = None
        self._under_way: asyncio.Task[Token] | None = None

    async def current(self) -> Token:
        """Raises SourceError where there is none and none can be had."""
        token = self._token
        if token is not None and (self._until is None or asyncio.get_running_loop().time() < self._until):
            return token
        if self._under_way is None:
            self._under_way = asyncio.get_running_loop().create_task(self._obtain())
            self._under_way.add_done_callback(_heard)
        return await _outcome(self._under_way)

    async def renewed(self, refused: Token) -> Token:
        """Another token than the one that was refused; a call that was slower to hear of it takes the one that is here."""
        if self._token is refused:
            self._token = None
        return await self.current()

    async def aclose(self) -> None:
        if self._under_way is not None:
            self._under_way.cancel()
            await asyncio.wait([self._under_way])
        await self._sign_in.aclose()

    async def _obtain(self) -> Token:
        loop = asyncio.get_running_loop()
        try:
            begun = loop.time()
            async with asyncio.timeout(_LONGEST):
                token = await self._sign_in.token()
            lasts = token.lasts
            self._until = None if lasts is None else begun + lasts - min(_MARGIN, lasts / 10)
            self._token = token
        except TimeoutError:
            raise TimedOut(f"No token by {self._sign_in.where}: it took over {_LONGEST:.0f} s.") from None
        finally:
            self._under_way = None
        return token


async def _outcome(task: asyncio.Task[Token]) -> Token:
    """Waits without owning: cancelled, a waiter leaves alone. The others' error is each one's own copy of it: without a
    token nothing was sent, or what was sent was refused."""
    await asyncio.wait([task])
    if task.cancelled():
        raise Unreachable(WIRE_CLOSED)
    error = task.exception()
    if isinstance(error, SourceError):
        failure = copy.copy(error)
        failure.undone = True
        raise failure from error.__cause__
    return task.result()


def _heard(task: asyncio.Task[Token]) -> None:
    """Nobody may be left to hear of a failure, which asyncio would then log."""
    if not task.cancelled():
        task.exception()


def token_of(text: str, use: TokenUse, lasts: float | None) -> Token:
    """The token as `use` says. Raises Unreadable where it cannot stand there; its text is not repeated."""
    value = use.format.replace(HOLE, text)
    if use.carrier is Carrier.QUERY:
        return Token(query=f"{quote(use.name, safe='')}={quote(value, safe='')}".encode("ascii"), lasts=lasts)
    failure = Unreadable(f"The token that came cannot be sent: it does not fit into a {use.carrier}.")
    try:
        if use.carrier is Carrier.HEADER:
            return Token(header(use.name, value), lasts=lasts)
        if _BREAKS_A_COOKIE.isdisjoint(value):
            return Token(header("Cookie", f"{use.name}={value}"), lasts=lasts)
    except Misconfigured:
        pass
    raise failure
