"""The blocks that say how the gateway shows a source who it is, and whom it trusts there."""

from __future__ import annotations

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, JsonValue, PlainValidator, ValidationInfo, WithJsonSchema, model_validator

from gateway.adapter.settings import SECRETS, TenantSecret
from gateway.config.file_model import FileModel, Maybe, Phrase, Text
from gateway.config.http_text import HeaderName, Url, UserName
from gateway.config.secrets import TEXTS, is_stand_in
from gateway.config.units import Lifetime
from gateway.core.redaction import Secret
from gateway.core.sign_in import HOLE

_OWN_PARAMETERS = frozenset({"grant_type", "scope", "client_id", "client_secret"})

SecretJson: TypeAlias = "bool | int | float | str | Secret | list[SecretJson] | dict[str, SecretJson] | None"
"""JSON of which any text may be a secret."""


def _take(value: JsonValue, info: ValidationInfo) -> SecretJson:
    """Secrets in place of what stands for them, at any depth."""
    if isinstance(value, dict):
        return {name: _take(item, info) for name, item in value.items()}
    if isinstance(value, list):
        return [_take(item, info) for item in value]
    if not is_stand_in(value):
        return value
    secret = (info.context or {})[SECRETS](value)
    assert isinstance(secret, Secret)
    return secret


def _text(value: object, info: ValidationInfo) -> str | Secret:
    if not isinstance(value, str):
        raise ValueError("Write text (a number in quotes), or a secret as !env NAME or !file name.")
    taken = _take(value, info)
    assert isinstance(taken, str | Secret)
    return taken


def _object(value: object, info: ValidationInfo) -> SecretJson:
    if not isinstance(value, dict):
        raise ValueError("Write keys and values: they become the JSON object that is sent.")
    return _take(value, info)


def _pem(value: object, info: ValidationInfo) -> Secret:
    take = (info.context or {}).get(TEXTS)
    secret = take(value) if take is not None and isinstance(value, str) else None
    if not isinstance(secret, Secret):
        raise ValueError("Name the file: '!file name', in the tenant's secrets folder, or '!env NAME' with its text.")
    return secret


MaybeSecret = Annotated[
    str | Secret,
    PlainValidator(_text),
    WithJsonSchema({"x-type": "text or secret", "type": "string"}),
]
JsonObject = Annotated[
    SecretJson, PlainValidator(_object), WithJsonSchema({"x-type": "keys and values", "type": "object"})
]
Pem = Annotated[Secret, PlainValidator(_pem), WithJsonSchema({"x-type": "PEM file", "type": "string"})]
"""PEM text: `!file name` or `!env NAME`."""


# ---------------------------------------------------------------------------------------------- TLS


class TlsFile(FileModel):
    """TLS with certificates of one's own. A source's certificate is verified in every case."""

    client_certificate: Maybe[Pem] = Field(
        default=None,
        description="Certificate that the gateway shows: `!file client.pem`, with those between it and its authority.",
    )
    client_key: Maybe[Pem] = Field(
        default=None,
        description="Its private key: `!file client.key`; without it the key stands in the certificate's file.",
    )
    client_key_password: Maybe[TenantSecret] = Field(default=None, description="Password of an encrypted key.")
    ca: Maybe[Pem] = Field(
        default=None,
        description="Authorities that may have signed the source's certificate: `!file ca.pem`, one or more. They stand "
        "instead of the system's: add those to the file that are meant, too.",
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.client_certificate is None and (self.client_key is not None or self.client_key_password is not None):
            raise ValueError("A key without its certificate. Give client_certificate.")
        if self.client_certificate is None and self.ca is None:
            raise ValueError("Give client_certificate, ca or both.")
        return self


# ---------------------------------------------------------------------------------------------- what never changes


class BasicFile(FileModel):
    """User and password (RFC 7617)."""

    user: UserName = Field(description="User name.")
    password: TenantSecret = Field(description="Password: `!env NAME` or `!file name`.")


class BearerFile(FileModel):
    """A token in the Authorization header (RFC 6750)."""

    token: TenantSecret = Field(description="Token: `!env NAME` or `!file name`.")


class HeaderFile(FileModel):
    """A key in a header of the source's own."""

    header: HeaderName = Field(description="Name of the header: `X-Api-Key`.")
    value: TenantSecret = Field(description="Its value: `!env NAME` or `!file name`.")


class QueryFile(FileModel):
    """A key in the query string."""

    parameter: Text = Field(description="Name of the parameter: `key`.")
    value: TenantSecret = Field(description="Its value: `!env NAME` or `!file name`.")


# ---------------------------------------------------------------------------------------------- tokens


class OAuth2File(FileModel):
    """Client credentials (RFC 6749, 4.4): one token for all lookups, renewed before it expires and when it is refused."""

    token_url: Url = Field(description="The token endpoint; it may have another origin than the source.")
    client_id: Text = Field(description="The client that the gateway is.")
    client_secret: TenantSecret = Field(description="Its secret: `!env NAME` or `!file name`.")
    scope: Maybe[Text] = Field(default=None, description="Scopes, blanks between them.")
    parameters: dict[Text, Text] = Field(
        default_factory=dict, description="Further parameters of the token request: `audience`, `resource`."
    )
    in_body: bool = Field(
        default=False, description="Send client and secret in the form, where the endpoint does not take them as Basic."
    )
    tls: Maybe[TlsFile] = Field(
        default=None,
        description="TLS of the token endpoint; without it the source's, if it has the source's origin, else the system's.",
    )

    @model_validator(mode="after")
    def _parameters_of_others(self) -> Self:
        if taken := sorted(self.parameters.keys() & _OWN_PARAMETERS):
            raise ValueError(f"The gateway sends {', '.join(taken)} itself. Take it out of parameters.")
        return self


class LoginFile(FileModel):
    """The request that begins a session. Any value in it may be a secret."""

    method: Literal["GET", "POST", "PUT"] = Field(default="POST", description="Method.")
    path: str = Field(default="", description="Path; appended to `upstream.url`.")
    query: dict[Text, MaybeSecret] = Field(default_factory=dict, description="Parameters of the address.")
    headers: dict[HeaderName, MaybeSecret] = Field(default_factory=dict, description="Headers.")
    form: Maybe[dict[Text, MaybeSecret]] = Field(default=None, description="The body, as a form.")
    json_: Maybe[JsonObject] = Field(default=None, alias="json", description="The body, as JSON.")

    @model_validator(mode="after")
    def _sendable(self) -> Self:
        bodies = (self.form is not None) + (self.json_ is not None)
        if bodies > 1:
            raise ValueError("A login has one body. Give form or json.")
        if bodies and self.method == "GET":
            raise ValueError("A GET has no body. Put the values into query, or use another method.")
        if "{" in self.path or "}" in self.path or "#" in self.path or "://" in self.path:
            raise ValueError("The login's path is plain: no address of its own, no {holes}, no fragment (#…).")
        return self


class TokenFile(FileModel):
    """Where the token stands in the login's reply: one of the three."""

    json_: Maybe[Text] = Field(default=None, alias="json", description="Path of the token: `data.token`.")
    header: Maybe[HeaderName] = Field(default=None, description="Name of the header: `X-Auth-Token`.")
    cookie: Maybe[HeaderName] = Field(default=None, description="Name of the cookie: `JSESSIONID`.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("Give exactly one of json, header and cookie.")
        return self


class SendFile(FileModel):
    """Where the token stands in every request: one of the three."""

    header: Maybe[HeaderName] = Field(default=None, description="Name of the header: `X-Session`, `Authorization`.")
    cookie: Maybe[HeaderName] = Field(default=None, description="Name of the cookie: `JSESSIONID`.")
    query: Maybe[Text] = Field(default=None, description="Name of the parameter: `sid`.")
    format: Text = Field(default=HOLE, description="What is sent: `Bearer {token}`.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if len(self.model_fields_set - {"format"}) != 1:
            raise ValueError("Give exactly one of header, cookie and query.")
        if self.format.count(HOLE) != 1 or self.format.count("{") != 1 or self.format.count("}") != 1:
            raise ValueError(f"The format holds {HOLE} once, and no other braces.")
        return self


class EndedFile(FileModel):
    """One sign that the session has ended: a status, or a text."""

    status: Maybe[int] = Field(default=None, ge=300, le=599, description="HTTP status: 302, 440.")
    text: Maybe[Phrase] = Field(
        default=None, description="Phrase anywhere in the reply, compared without case and accents."
    )

    @model_validator(mode="after")
    def _one_sign(self) -> Self:
        if len(self.model_fields_set) != 1:
            raise ValueError("Give one of status and text. Begin a new item for another.")
        return self


class SessionFile(FileModel):
    """A login, then its token on every request; another login when the session has ended."""

    login: LoginFile = Field(description="How a session begins.")
    token: TokenFile = Field(description="Where its token comes from.")
    send: SendFile = Field(description="Where its token goes.")
    expires: Maybe[Lifetime] = Field(
        default=None, description="How long a session lasts; without it until the source ends it."
    )
    ended: list[EndedFile] = Field(
        default_factory=list, description="How the source says that the session has ended, beside 401 and 403."
    )


class AuthFile(FileModel):
    """How the gateway shows who it is: one of the six."""

    basic: Maybe[BasicFile] = Field(default=None, description="User and password.")
    bearer: Maybe[BearerFile] = Field(default=None, description="A bearer token.")
    header: Maybe[HeaderFile] = Field(default=None, description="A key in a header.")
    query: Maybe[QueryFile] = Field(default=None, description="A key in the query string.")
    oauth2: Maybe[OAuth2File] = Field(default=None, description="A token from a token endpoint.")
    session: Maybe[SessionFile] = Field(default=None, description="A login, then its token.")

    @model_validator(mode="after")
    def _one_of_six(self) -> Self:
        if len(self.model_fields_set) != 1 or self.chosen is None:
            raise ValueError("Give exactly one of basic, bearer, header, query, oauth2 and session.")
        return self

    @property
    def chosen(self) -> BasicFile | BearerFile | HeaderFile | QueryFile | OAuth2File | SessionFile | None:
        return self.basic or self.bearer or self.header or self.query or self.oauth2 or self.session
