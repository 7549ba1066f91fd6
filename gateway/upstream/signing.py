"""A transport that signs every request with the source's current token, and asks once more with another where it ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence

from gateway.adapter.replies import says
from gateway.core.sign_in import OAuth2Auth, SessionAuth
from gateway.core.tenant import Upstream
from gateway.upstream.exchange import Incoming, Outgoing, Transport
from gateway.upstream.oauth2 import ClientCredentials, token_endpoint
from gateway.upstream.reading import UNDONE, whole_reply
from gateway.upstream.session import SessionLogin
from gateway.upstream.tokens import Token, Tokens

_OAUTH2_ENDED = frozenset({401})
"""RFC 6750, 3.1: a token that expired or was revoked. 403 means that it does not reach so far: another would not either."""


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
            if not says(held.body, self._texts):
                return held
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
    """A reply that was read to its end, decoded, to look into it: as `exchange.Incoming`."""

    def __init__(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body
        self.ready: bytes | None = body

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        yield self.body

    async def aclose(self) -> None:
        """Its connection was let go of when the body was here."""


async def _held(incoming: Incoming, caps: Upstream) -> _Held:
    """Raises TooLarge, Truncated, Unreadable; lets go of the connection in every case."""
    fields = [field for field in incoming.headers if field[0].lower() not in UNDONE]
    reply = await whole_reply(incoming, max_body=caps.max_body, max_headers=caps.max_headers)
    return _Held(reply.status, fields, reply.body)
