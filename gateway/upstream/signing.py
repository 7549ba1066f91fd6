"""A transport that signs every request with the source's current token, and asks once more with another where it ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from gateway.adapter.contract import LargeReply, Reply
from gateway.adapter.replies import says
from gateway.core.sign_in import OAuth2Auth, SessionAuth
from gateway.core.tenant import Upstream
from gateway.upstream.exchange import Incoming, Outgoing, Transport
from gateway.upstream.oauth2 import ClientCredentials, token_endpoint
from gateway.upstream.opening import Opening
from gateway.upstream.reading import UNDONE
from gateway.upstream.session import SessionLogin
from gateway.upstream.tokens import Token, Tokens

_OAUTH2_ENDED = frozenset({401})
"""RFC 6750, 3.1: a token that expired or was revoked. 403 means that it does not reach so far: another would not either."""

_LOOKED_INTO = 1024 * 1024
"""Bytes of a reply that may be the page of a session that ended; a larger one is not."""


def signed(upstream: Upstream, connect: Callable[[Upstream], Transport]) -> Transport:
    """The transport to `upstream` with what its `auth` asks for; nothing is around it where the credentials never change."""
    transport = connect(upstream)
    auth = upstream.auth
    if isinstance(auth, OAuth2Auth):
        endpoint = token_endpoint(upstream, auth)
        tokens = Tokens(ClientCredentials(auth, endpoint, connect(endpoint)))
        return SignedTransport(transport, tokens, upstream, ended=_OAUTH2_ENDED)
    if isinstance(auth, SessionAuth):
        tokens = Tokens(SessionLogin(auth, upstream, transport))
        return SignedTransport(transport, tokens, upstream, ended=auth.ended, texts=auth.ended_texts)
    return transport


class SignedTransport:
    """`ended`: statuses that mean that the token is good no more; `texts`: phrases of a reply that do."""

    def __init__(
        self,
        inner: Transport,
        tokens: Tokens,
        upstream: Upstream,
        *,
        ended: frozenset[int],
        texts: tuple[str, ...] = (),
    ) -> None:
        self._inner = inner
        self._tokens = tokens
        self._upstream = upstream
        self._ended = ended
        self._texts = texts

    async def send(self, request: Outgoing) -> Incoming:
        """As `exchange.Transport.send`, and as the sign-in raises. A refused request did nothing: any may be repeated."""
        token = await self._tokens.current()
        incoming = await self._inner.send(_with(token, request))
        if incoming.status in self._ended:
            await incoming.aclose()
        elif self._texts:
            held = await _held(incoming, self._upstream)
            if held.ready is None or not says(held.ready, self._texts):
                return held
            await held.aclose()
        else:
            return incoming
        token = await self._tokens.renewed(token)
        return await self._inner.send(_with(token, request))

    async def aclose(self) -> None:
        await self._tokens.aclose()
        await self._inner.aclose()


def _with(token: Token, request: Outgoing) -> Outgoing:
    """The token replaces whatever the adapter or the configuration put in its place."""
    if token.header is None:
        mark = b"&" if b"?" in request.target else b"?"
        return Outgoing(
            request.method, request.target + mark + token.query, request.headers, request.body, request.lines
        )
    name = token.header[0]
    headers = [field for field in request.headers if field[0] != name]
    return Outgoing(request.method, request.target, [*headers, token.header], request.body)


class _Held:
    """A reply that was looked into, decoded: as `exchange.Incoming`."""

    def __init__(self, opening: Opening, reply: Reply | LargeReply, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.status = reply.status
        self.headers = headers
        self.ready = reply.body if isinstance(reply, Reply) else None
        self._opening = opening
        self._reply = reply

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        if isinstance(self._reply, Reply):
            yield self._reply.body
            return
        async for chunk in self._reply.chunks:
            yield chunk

    async def aclose(self) -> None:
        await self._opening.aclose()


async def _held(incoming: Incoming, caps: Upstream) -> _Held:
    """Raises TooLarge, Truncated, Unreadable; then the connection is let go of."""
    fields = [field for field in incoming.headers if field[0].lower() not in UNDONE]
    opening = Opening(incoming, whole=_LOOKED_INTO, max_body=caps.max_body, max_headers=caps.max_headers)
    try:
        return _Held(opening, await opening.reply(), fields)
    except BaseException:
        await opening.aclose()
        raise
