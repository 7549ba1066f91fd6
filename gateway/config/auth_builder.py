"""The blocks `auth` and `tls` of one source -> types of the core, or every reason why they cannot be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard
from urllib.parse import urlencode

from gateway.config.auth_file import (
    BasicFile,
    BearerFile,
    HeaderFile,
    LoginFile,
    OAuth2File,
    QueryFile,
    SecretJson,
    SendFile,
    SessionFile,
    TlsFile,
    TokenFile,
)
from gateway.config.document import Problems, Step
from gateway.config.http_text import SECRET_NAME
from gateway.config.source_file import UpstreamFile
from gateway.core.paths import PathError, compile_path
from gateway.core.redaction import Secret
from gateway.core.sign_in import (
    REFUSALS,
    Carrier,
    ClientTls,
    CookieToken,
    HeaderToken,
    JsonToken,
    Login,
    OAuth2Auth,
    SessionAuth,
    TokenUse,
)
from gateway.core.tenant import Auth, BasicAuth, BearerAuth, HeaderAuth, QueryAuth

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"
_PLAIN = (
    "By its name this is a secret, which does not stand in the file: write '!env NAME', or '!file name' for a file in the "
    "tenant's secrets folder."
)

Path: TypeAlias = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class AuthBuilder:
    """`check_destination`: complains of an address that the source may not reach."""

    problems: Problems
    check_destination: Callable[[str, Path], None]

    def auth(self, file: UpstreamFile, at: Path) -> Auth | None:
        """`at`: the path of `file`. None where there is none, or where something is wrong with it, which is reported."""
        match file.auth.chosen if file.auth else None:
            case BasicFile() as basic:
                return BasicAuth(basic.user, basic.password)
            case BearerFile() as bearer:
                return BearerAuth(bearer.token)
            case HeaderFile() as header:
                return HeaderAuth(header.header, header.value)
            case QueryFile() as query:
                return QueryAuth(query.parameter, query.value)
            case OAuth2File() as oauth2:
                return self._oauth2(oauth2, (*at, "auth", "oauth2"))
            case SessionFile() as session:
                return self._session(session, (*at, "auth", "session"))
            case None:
                return None

    def tls(self, file: TlsFile | None, at: Path) -> ClientTls | None:
        if file is None:
            return None
        # Only tenants with certificates of their own pay for what reads them.
        from gateway.config.pem import PemRefused, certificates, check_key

        certificate = authorities = None
        key = file.client_key or file.client_certificate
        where = "client_certificate"
        try:
            if _given(file.client_certificate):
                certificate = Secret(certificates(file.client_certificate.reveal()))
            if certificate is not None and _given(key):
                where = "client_key" if file.client_key is not None else where
                password = file.client_key_password
                check_key(key.reveal(), password.reveal() if password is not None else None, certificate.reveal())
        except PemRefused as error:
            self.problems.at((*at, where), str(error))
        try:
            if _given(file.ca):
                authorities = Secret(certificates(file.ca.reveal()))
        except PemRefused as error:
            self.problems.at((*at, "ca"), str(error))
        return ClientTls(certificate, key, file.client_key_password, authorities)

    # ------------------------------------------------------------------------------------------ tokens

    def _oauth2(self, file: OAuth2File, at: Path) -> OAuth2Auth:
        self.check_destination(file.token_url, (*at, "token_url"))
        self._refuse_plain(file.parameters, (*at, "parameters"))
        return OAuth2Auth(
            token_url=file.token_url,
            client_id=file.client_id,
            client_secret=file.client_secret,
            scope=file.scope,
            parameters=dict(file.parameters),
            in_body=file.in_body,
            tls=self.tls(file.tls, (*at, "tls")),
        )

    def _session(self, file: SessionFile, at: Path) -> SessionAuth | None:
        token = self._token(file.token, (*at, "token"))
        login = self._login(file.login, (*at, "login"))
        if token is None:
            return None
        return SessionAuth(
            login=login,
            token=token,
            send=_use(file.send),
            lasts=file.expires,
            ended=REFUSALS | {sign.status for sign in file.ended if sign.status is not None},
            ended_texts=tuple(sign.text for sign in file.ended if sign.text is not None),
        )

    def _token(self, file: TokenFile, at: Path) -> JsonToken | HeaderToken | CookieToken | None:
        if file.header is not None:
            return HeaderToken(file.header)
        if file.cookie is not None:
            return CookieToken(file.cookie)
        try:
            return JsonToken(compile_path(file.json_ or ""))
        except PathError as error:
            self.problems.at((*at, "json"), str(error))
            return None

    def _login(self, file: LoginFile, at: Path) -> Login:
        for name, values in (
            ("query", file.query),
            ("headers", file.headers),
            ("form", file.form),
            ("json", file.json_),
        ):
            self._refuse_plain(values, (*at, name))
        body, media_type = None, None
        if file.form is not None:
            body, media_type = Secret(urlencode(_revealed(file.form))), _FORM
        elif file.json_ is not None:
            body, media_type = Secret(json.dumps(file.json_, default=_reveal)), _JSON
        return Login(
            method=file.method,
            path=file.path,
            query=tuple(_as_secrets(file.query)),
            headers=tuple(_as_secrets(file.headers)),
            body=body,
            media_type=media_type,
        )

    def _refuse_plain(self, values: SecretJson | Map[str, str | Secret], at: Path) -> None:
        """Complain of every text that stands in the file although its name says that it is secret."""
        if isinstance(values, list):
            for index, item in enumerate(values):
                self._refuse_plain(item, (*at, index))
        if not isinstance(values, Map):
            return
        for name, value in values.items():
            if isinstance(value, str | int) and not isinstance(value, bool) and SECRET_NAME.search(name):
                self.problems.at((*at, name), _PLAIN)
            self._refuse_plain(value, (*at, name))


def _given(secret: Secret | None) -> TypeGuard[Secret]:
    """Not where the file could not be read: that is reported already."""
    return secret is not None and bool(secret.reveal())


def _use(file: SendFile) -> TokenUse:
    if file.header is not None:
        return TokenUse(Carrier.HEADER, file.header, file.format)
    if file.cookie is not None:
        return TokenUse(Carrier.COOKIE, file.cookie, file.format)
    return TokenUse(Carrier.QUERY, file.query or "", file.format)


def _as_secrets(values: Map[str, str | Secret]) -> Iterator[tuple[str, Secret]]:
    for name, value in values.items():
        yield name, value if isinstance(value, Secret) else Secret(value)


def _revealed(values: Map[str, str | Secret]) -> list[tuple[str, str]]:
    return [(name, secret.reveal()) for name, secret in _as_secrets(values)]


def _reveal(secret: object) -> str:
    """For `json.dumps`, which knows everything else."""
    assert isinstance(secret, Secret)
    return secret.reveal()
