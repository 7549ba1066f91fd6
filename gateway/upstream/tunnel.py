"""A tunnel to a source through an HTTP proxy (CONNECT, RFC 9110, 9.3.6): asked for, waited for, and refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol, TypeVar

from gateway.core.destination import EVERYWHERE, IPAddress
from gateway.core.errors import (
    DestinationRefused,
    RateLimited,
    SourceError,
    TimedOut,
    TooLarge,
    Unauthorised,
    UnexpectedStatus,
    Unreachable,
    Unreadable,
)
from gateway.core.tenant import Proxy
from gateway.upstream.address import parse_address
from gateway.upstream.credentials import credentials
from gateway.upstream.exchange import Outgoing
from gateway.upstream.guard import Guard, Resolver
from gateway.upstream.reply_parser import ReplyParser

# One dead address of several (IPv6 without a route, often) must not use up the lookup's whole time.
_NEXT_ADDRESS_AFTER: Final = 1.0
_MAX_HEADERS: Final = 16 * 1024
_READ: Final = 4096


class Pipe(Protocol):
    """A connection to the proxy. All but `aclose` raise OSError."""

    async def read(self, max_bytes: int) -> bytes:
        """Empty at the end."""
        ...

    async def write(self, buffer: bytes) -> None: ...

    async def aclose(self) -> None: ...


PipeT = TypeVar("PipeT", bound=Pipe)
Dial = Callable[[IPAddress, int], Awaitable[PipeT]]
"""Connects to the proxy. Raises OSError; cancelled it leaves nothing."""


class Tunnels:
    """Opens tunnels to one source. `guard` judges the source, which the proxy is trusted as little with as we are; the proxy
    itself may be at any address, since gateway.yaml names it."""

    def __init__(self, proxy: Proxy, guard: Guard, resolver: Resolver) -> None:
        """Raises Misconfigured."""
        self._proxy = proxy
        self._says = _Sentences(proxy)
        self._guard = guard
        self._address = parse_address(proxy.url)
        self._proxys_guard = Guard(EVERYWHERE, resolver)
        self._shown = [(b"proxy-authorization", value) for _, value in credentials(proxy.auth).headers]

    async def open(self, host: str, port: int, dial: Dial[PipeT]) -> PipeT:
        """A connection on which the source's first byte is the next to come. Raises SourceError; cancelled at any await it
        leaves no connection."""
        try:
            return await self._opened(await self._targets(host, port), port, dial)
        except SourceError as error:
            # Whatever it was: nothing of the request was sent.
            error.undone = True
            raise

    async def _opened(self, targets: Sequence[str], port: int, dial: Dial[PipeT]) -> PipeT:
        try:
            async with asyncio.timeout(self._proxy.timeout):
                *others, last = targets
                for target in others:
                    try:
                        async with asyncio.timeout(_NEXT_ADDRESS_AFTER):
                            return await self._through(target, port, dial)
                    except (_NoWay, TimeoutError):
                        continue
                return await self._through(last, port, dial)
        except TimeoutError:
            raise TimedOut(self._says.slow) from None

    async def _targets(self, host: str, port: int) -> Sequence[str]:
        if self._proxy.resolves:
            return [self._guard.named(host)]
        return [str(address) for address in await self._guard.addresses(host, port)]

    async def _through(self, target: str, port: int, dial: Dial[PipeT]) -> PipeT:
        pipe = await self._reach(dial)
        try:
            await self._ask(
                pipe, b"[%b]:%d" % (target.encode(), port) if ":" in target else f"{target}:{port}".encode()
            )
        except BaseException:
            await pipe.aclose()
            raise
        return pipe

    async def _reach(self, dial: Dial[PipeT]) -> PipeT:
        try:
            *others, last = await self._proxys_guard.addresses(self._address.host, self._address.port)
        except DestinationRefused:
            raise DestinationRefused(self._says.forbidden_itself) from None
        except Unreachable as error:
            raise Unreachable(self._says.unknown) from error.__cause__
        for address in others:
            try:
                async with asyncio.timeout(_NEXT_ADDRESS_AFTER):
                    return await dial(address, self._address.port)
            except (OSError, TimeoutError):
                continue
        try:
            return await dial(last, self._address.port)
        except TimeoutError:
            raise
        except OSError as error:
            raise Unreachable(self._says.away) from error

    async def _ask(self, pipe: Pipe, authority: bytes) -> None:
        """Returns when the proxy has said that the tunnel is there."""
        headers = [(b"host", authority), (b"user-agent", b"customer-identification-gateway"), *self._shown]
        # A reply to CONNECT has no body, whatever its headers say of one: as a reply to HEAD.
        reply = ReplyParser(to_head=True, max_headers=_MAX_HEADERS)
        try:
            await pipe.write(Outgoing(b"CONNECT", authority, headers).head())
            while not reply.over:
                data = await pipe.read(_READ)
                if data:
                    self._feed(reply, data)
                else:
                    reply.end(clean=True)
        except OSError as error:
            reply.end(clean=False, error=error)
        if reply.failure is not None:
            raise self._says.of(reply.failure)
        if not 200 <= reply.status < 300:
            raise self._says.status(reply.status)

    def _feed(self, reply: ReplyParser, data: bytes) -> None:
        """By lines: what stands behind the empty line would be the source's, which has not been asked yet."""
        for line in data.splitlines(keepends=True):
            if reply.over and 200 <= reply.status < 300:
                raise Unreadable(self._says.no_http)
            reply.feed(line)


class _NoWay(Unreachable):
    """The proxy is there, and has no way to this address of the source's."""


class _Sentences:
    """What went wrong between the gateway and one proxy, for whoever has to mend it. Nothing that it wrote is repeated."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy
        self._keys = f"proxies.{proxy.name}"
        self._who = f"The proxy '{proxy.name}'"
        self.slow = (
            f"{self._who} opened no way to the source in time. Ask whoever runs it, or raise {self._keys}.timeout in "
            "gateway.yaml."
        )
        self.away = f"No connection to the proxy '{proxy.name}', or it broke. Check {self._keys}.url in gateway.yaml."
        self.unknown = (
            f"The host name of the proxy '{proxy.name}' is not known. Check {self._keys}.url in gateway.yaml."
        )
        self.forbidden_itself = (
            f"{self._who} has an address that hands out the machine's own credentials, which is never connected to."
        )
        self.no_http = f"{self._who} does not answer in valid HTTP/1.1. Check {self._keys}.url in gateway.yaml."
        self._too_large = (
            f"The reply headers of the proxy '{proxy.name}' are over {_MAX_HEADERS // 1024} KiB. Check {self._keys}.url in "
            "gateway.yaml."
        )

    def of(self, failure: SourceError) -> SourceError:
        """What is wrong with its reply, said of the proxy and not of the source."""
        if isinstance(failure, TooLarge):
            return TooLarge(self._too_large)
        if isinstance(failure, Unreadable):
            return Unreadable(self.no_http)
        told = Unreachable(self.away)
        told.__cause__ = failure.__cause__
        return told

    def status(self, status: int) -> SourceError:
        """Of a status that opens no tunnel."""
        who, keys = self._who, self._keys
        if status == 407 and self._proxy.auth is None:
            return Unauthorised(f"{who} wants credentials (407). Give {keys}.auth in gateway.yaml.")
        if status == 407:
            return Unauthorised(
                f"{who} refused our credentials (407). Check {keys}.auth in gateway.yaml and the secret that it names."
            )
        if status in (401, 403):
            by_name = f" If it goes by names and not by addresses, set {keys}.resolve: proxy in gateway.yaml."
            return DestinationRefused(
                f"{who} does not let us through to the source ({status}). Ask whoever runs it to allow the source's host "
                f"and port.{'' if self._proxy.resolves else by_name}"
            )
        if status == 429:
            return RateLimited(f"{who} asked us to slow down (429). Ask whoever runs it for more.")
        if status >= 500 and status != 501:
            return _NoWay(
                f"{who} cannot reach the source ({status}). Check upstream.url, and that the proxy's network leads there."
            )
        return UnexpectedStatus(
            f"{who} does not open tunnels ({status}). Check {keys}.url in gateway.yaml: it must be an HTTP proxy that "
            "allows CONNECT to the source's port."
        )
