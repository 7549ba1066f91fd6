"""Client credentials (RFC 6749, 4.4): a token from the token endpoint."""

from __future__ import annotations

import re
from urllib.parse import quote_plus, urlencode

from gateway.adapter.contract import Reply
from gateway.core.errors import Misconfigured, SourceError, Unauthorised, Unreadable
from gateway.core.model import Json
from gateway.core.redaction import Secret
from gateway.core.sign_in import Carrier, OAuth2Auth, TokenUse
from gateway.core.tenant import BasicAuth, Upstream
from gateway.upstream.address import parse_address
from gateway.upstream.exchange import Outgoing, Transport
from gateway.upstream.prepare import base_of, compile_template
from gateway.upstream.sign_in import MAX_REPLY, asked, check_status, json_object, no_token
from gateway.upstream.tokens import Token, token_of

WHERE = "upstream.auth.oauth2"
_ADDRESS = f"{WHERE}.token_url"
_BEARER = TokenUse(Carrier.HEADER, "Authorization", "Bearer {token}")
_HEADERS = (("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json"))
_REFUSED = frozenset({400, 401})
_SECONDS = re.compile(r"[0-9]{1,9}")
_UNNAMED = (Unauthorised, "It refused our credentials. Check client_id and client_secret.")
_ERRORS: dict[str, tuple[type[SourceError], str]] = {
    "invalid_client": (
        Unauthorised,
        "It does not accept the client. Check client_id and client_secret, and whether it wants them in_body.",
    ),
    "unauthorized_client": (Unauthorised, "It does not let this client have client credentials. Ask its owner."),
    "invalid_grant": _UNNAMED,
    "access_denied": (Unauthorised, "It denies this client access. Ask its owner."),
    "invalid_scope": (Misconfigured, "It does not know the scope, or does not give it to this client. Check scope."),
    "invalid_target": (Misconfigured, "It does not know the audience or resource. Check parameters."),
    "unsupported_grant_type": (Misconfigured, "It does not offer client credentials. Ask its owner how to sign in."),
    "invalid_request": (
        Misconfigured,
        "It misses something in the request. Check scope and parameters, and whether it wants the client in_body.",
    ),
}
"""RFC 6749, 5.2, and RFC 8707, 2: what the endpoint's own words mean. Its descriptions are not repeated: they may name the
client."""


def token_endpoint(upstream: Upstream, auth: OAuth2Auth) -> Upstream:
    """Where tokens come from, reached under the source's guard. Raises Misconfigured for an address that is none."""
    same_origin = parse_address(auth.token_url).origin == parse_address(upstream.url).origin
    # RFC 6749, 2.3.1: both are escaped as in a form before they become user and password.
    basic = BasicAuth(quote_plus(auth.client_id), Secret(quote_plus(auth.client_secret.reveal())))
    return Upstream(
        auth.token_url,
        None if auth.in_body else basic,
        networks=upstream.networks,
        max_body=MAX_REPLY,
        tls=auth.tls or (upstream.tls if same_origin else None),
        transport=upstream.transport,
        proxy=upstream.proxy,
    )


class ClientCredentials:
    """As `tokens.SignIn`."""

    where = WHERE

    def __init__(self, auth: OAuth2Auth, endpoint: Upstream, transport: Transport) -> None:
        self._auth = auth
        self._endpoint = endpoint
        self._transport = transport

    async def token(self) -> Token:
        try:
            answer = await asked(self._transport, self._request())
            check_status(answer.reply, reads=_REFUSED)
            return self._token(answer.reply)
        except SourceError as error:
            failure = no_token(error, WHERE, _ADDRESS)
        # Outside the handler: the error's context would hold on to what came.
        raise failure

    async def aclose(self) -> None:
        await self._transport.aclose()

    def _request(self) -> Outgoing:
        auth = self._auth
        fields = {"grant_type": "client_credentials", **auth.parameters}
        if auth.scope is not None:
            fields["scope"] = auth.scope
        if auth.in_body:
            fields |= {"client_id": auth.client_id, "client_secret": auth.client_secret.reveal()}
        template = compile_template(base_of(self._endpoint), "POST", "", (), _HEADERS, "utf-8")
        return template.fill({}, urlencode(fields).encode("ascii"))

    def _token(self, reply: Reply) -> Token:
        if reply.status in _REFUSED:
            raise _refusal(reply)
        document = json_object(reply)
        text, kind = document.get("access_token"), document.get("token_type", "Bearer")
        if not isinstance(text, str) or not text:
            raise Unreadable("Its reply holds no access_token. Check the address.")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise Misconfigured("It gives tokens of another type than Bearer, which the gateway does not speak.")
        return token_of(text, _BEARER, _lasts(document.get("expires_in")))


def _refusal(reply: Reply) -> SourceError:
    try:
        word = json_object(reply).get("error")
    except Unreadable:
        word = None
    kind, sentence = _ERRORS.get(word if isinstance(word, str) else "", _UNNAMED)
    return kind(sentence)


def _lasts(given: Json) -> float | None:
    """Seconds; None where it is not said, or not as a positive number (some servers write it as text)."""
    if isinstance(given, str) and _SECONDS.fullmatch(given):
        given = int(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given < 10**9:
        return None
    return float(given)
