"""A session: the token that a login's reply gives, in its JSON, a header or a cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.core.errors import SourceError, Unauthorised
from gateway.core.sign_in import CookieToken, HeaderToken, Login, SessionAuth
from gateway.core.tenant import Upstream
from gateway.upstream.exchange import Outgoing, Transport
from gateway.upstream.prepare import base_of, compile_template
from gateway.upstream.sign_in import Answer, asked, check_status, json_object, no_token
from gateway.upstream.tokens import Token, token_of

WHERE = "upstream.auth.session"
_ABSENT = (
    "Its reply holds no token where upstream.auth.session.token says. Either it refused our credentials in its own way, or "
    "the place is another one."
)


class SessionLogin:
    """As `tokens.SignIn`, over the source's own transport: a login never goes to another origin."""

    where = WHERE

    def __init__(self, auth: SessionAuth, upstream: Upstream, transport: Transport) -> None:
        self._auth = auth
        self._upstream = replace(upstream, auth=None)
        self._transport = transport

    async def token(self) -> Token:
        try:
            answer = await asked(self._transport, _request(self._upstream, self._auth.login))
            return token_of(self._read(answer), self._auth.send, self._auth.lasts)
        except SourceError as error:
            failure = no_token(error, WHERE)
        # Outside the handler: the error's context would hold on to what came.
        raise failure

    async def aclose(self) -> None:
        """The transport is the source's."""

    def _read(self, answer: Answer) -> str:
        """The token is the proof that the login was accepted: many answer a cookie with a redirect to their first page."""
        place, reply = self._auth.token, answer.reply
        if isinstance(place, HeaderToken | CookieToken):
            found = _field(answer, place) if 200 <= reply.status < 400 else ""
            if not found and not 200 <= reply.status < 300:
                check_status(reply)
        else:
            check_status(reply)
            value = place.path.read(json_object(reply))
            found = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
        if not found:
            raise Unauthorised(_ABSENT)
        return found


def _field(answer: Answer, place: HeaderToken | CookieToken) -> str:
    if isinstance(place, HeaderToken):
        return answer.reply.headers.get(place.name.lower(), "").strip()
    return _cookie(answer.fields, place.name)


def _cookie(fields: Sequence[tuple[bytes, bytes]], wanted: str) -> str:
    """The cookie's value, the last one where it is set again (RFC 6265, 5.2); empty where it is not set, or is deleted."""
    found = ""
    for field, value in fields:
        if field.lower() != b"set-cookie":
            continue
        name, _, text = value.decode("latin-1").partition(";")[0].partition("=")
        if name.strip() == wanted:
            found = text.strip()
    return found


def _request(upstream: Upstream, login: Login) -> Outgoing:
    """What is secret goes through holes: it is escaped for its place, and braces in it mean nothing."""
    values = {f"query{index}": secret.reveal() for index, (_, secret) in enumerate(login.query)}
    values |= {f"header{index}": secret.reveal() for index, (_, secret) in enumerate(login.headers)}
    query = [(name, f"{{query{index}}}") for index, (name, _) in enumerate(login.query)]
    headers = [(name, f"{{header{index}}}") for index, (name, _) in enumerate(login.headers)]
    if login.media_type is not None:
        headers.append(("Content-Type", login.media_type))
    template = compile_template(base_of(upstream), login.method, login.path, query, headers, "utf-8")
    return template.fill(values, login.body.reveal().encode() if login.body is not None else None)
