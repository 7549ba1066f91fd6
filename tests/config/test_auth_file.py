"""Tokens and certificates in a tenant's file: what they become, and every complaint with its place."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl

import pytest

from gateway.core.sign_in import (
    Carrier,
    ClientTls,
    CookieToken,
    HeaderToken,
    JsonToken,
    OAuth2Auth,
    SessionAuth,
    TokenUse,
)
from gateway.core.tenant import Auth
from tests.config.acme import SECRET, Folder, changed
from tests.upstream.certificates import Authority

BASIC = "auth: {basic: {user: gw, password: !env ACME_CRM}}"
OAUTH2 = "oauth2: {token_url: https://login.example/token, client_id: gw, client_secret: !env ACME_CRM"
SESSION = "session: {login: {path: login}, token: {json: data.token}, send: {header: X-Session}"
PLAIN = (
    "By its name this is a secret, which does not stand in the file: write '!env NAME', or '!file name' for a file in the "
    "tenant's secrets folder."
)


def auth_of(folder: Folder, written: str) -> Auth | None:
    return folder.tenant(changed((BASIC, f"auth: {{{written}}}"))).sources["crm"].upstream.auth


def tls_of(folder: Folder, written: str) -> ClientTls | None:
    return folder.tenant(changed((BASIC, f"tls: {written}"))).sources["crm"].upstream.tls


# ---------------------------------------------------------------------------------------------- OAuth2


def test_client_credentials(folder: Folder) -> None:
    auth = auth_of(folder, OAUTH2 + ", scope: a b, parameters: {audience: crm}, in_body: true}")
    assert isinstance(auth, OAuth2Auth)
    assert (auth.token_url, auth.client_id, auth.client_secret.reveal()) == (
        "https://login.example/token",
        "gw",
        SECRET,
    )
    assert (auth.scope, auth.parameters, auth.in_body, auth.tls) == ("a b", {"audience": "crm"}, True, None)


def test_client_credentials_need_little(folder: Folder) -> None:
    auth = auth_of(folder, OAUTH2 + "}")
    assert isinstance(auth, OAuth2Auth)
    assert (auth.scope, auth.parameters, auth.in_body) == (None, {}, False)


# ---------------------------------------------------------------------------------------------- sessions


def test_a_session_by_json(folder: Folder) -> None:
    login = "{path: login, json: {user: gw, auth: [{senha: !env ACME_CRM}], keep: true}}"
    auth = auth_of(folder, SESSION.replace("{path: login}", login) + ", expires: 8h}")
    assert isinstance(auth, SessionAuth)
    assert (auth.login.method, auth.login.path, auth.login.media_type) == ("POST", "login", "application/json")
    assert auth.login.body is not None
    assert json.loads(auth.login.body.reveal()) == {"user": "gw", "auth": [{"senha": SECRET}], "keep": True}
    assert isinstance(auth.token, JsonToken)
    assert auth.token.path.read({"data": {"token": "t"}}) == "t"
    assert auth.send == TokenUse(Carrier.HEADER, "X-Session", "{token}")
    assert auth.lasts == 8 * 3600
    assert (set(auth.ended), auth.ended_texts) == ({401, 403}, ())
    assert SECRET not in repr(auth)


def test_a_session_by_form_and_cookie(folder: Folder) -> None:
    auth = auth_of(
        folder,
        "session: {login: {form: {user: gwç, password: !env ACME_CRM}}, token: {cookie: SID}, send: {cookie: SID}, "
        "ended: [{status: 302}, {text: Sessão Expirada}]}",
    )
    assert isinstance(auth, SessionAuth)
    assert auth.login.media_type == "application/x-www-form-urlencoded"
    assert auth.login.body is not None
    assert parse_qsl(auth.login.body.reveal()) == [("user", "gwç"), ("password", SECRET)]
    assert (auth.token, auth.send) == (CookieToken("SID"), TokenUse(Carrier.COOKIE, "SID"))
    assert auth.lasts is None
    assert set(auth.ended) == {302, 401, 403}
    assert auth.ended_texts == ("sessao expirada",)


def test_a_session_by_query_and_header(folder: Folder) -> None:
    auth = auth_of(
        folder,
        "session: {login: {method: GET, query: {u: gw, pwd: !env ACME_CRM}, headers: {X-Api-Key: !env ACME_CRM}}, "
        'token: {header: X-Token}, send: {query: sid, format: "id-{token}"}}',
    )
    assert isinstance(auth, SessionAuth)
    assert [(name, secret.reveal()) for name, secret in auth.login.query] == [("u", "gw"), ("pwd", SECRET)]
    assert [(name, secret.reveal()) for name, secret in auth.login.headers] == [("X-Api-Key", SECRET)]
    assert (auth.login.method, auth.login.body, auth.login.media_type) == ("GET", None, None)
    assert (auth.token, auth.send) == (HeaderToken("X-Token"), TokenUse(Carrier.QUERY, "sid", "id-{token}"))


# ---------------------------------------------------------------------------------------------- TLS


def test_certificates_of_the_tenant_s_own(folder: Folder) -> None:
    authority = Authority()
    pair = authority.signs("gw")
    folder.put("secrets/acme/client.pem", f"Subject: São Paulo\n{pair.certificate}")
    folder.put("secrets/acme/client.key", pair.locked(SECRET))
    folder.put("secrets/acme/ca.pem", authority.pem + Authority().pem)
    tls = tls_of(
        folder,
        "{client_certificate: !file client.pem, client_key: !file client.key, client_key_password: !env ACME_CRM, "
        "ca: !file ca.pem}",
    )
    assert tls is not None
    assert tls.certificate is not None
    assert tls.certificate.reveal() == pair.certificate
    assert tls.authorities is not None
    assert tls.authorities.reveal().count("BEGIN CERTIFICATE") == 2
    assert "BEGIN" not in repr(tls)


def test_the_key_may_stand_in_the_certificate_s_file_or_in_the_environment(folder: Folder) -> None:
    pair = Authority().signs("gw")
    folder.environ["ACME_PEM"] = pair.certificate + pair.key
    tls = tls_of(folder, "{client_certificate: !env ACME_PEM}")
    assert tls is not None
    assert tls.key is not None
    assert pair.key in tls.key.reveal()


def test_a_new_certificate_is_another_tenant(folder: Folder) -> None:
    """A certificate is renewed by replacing its file."""
    folder.put("secrets/acme/ca.pem", Authority().pem)
    folder.write(changed((BASIC, "tls: {ca: !file ca.pem}")))
    registry = folder.registry()
    before = registry.get("acme")
    renewed = Authority("renewed").pem + Authority().pem
    folder.put("secrets/acme/ca.pem", renewed)
    assert registry.reload().changed == {"acme"}
    after = registry.get("acme").sources["crm"].upstream.tls
    assert after is not None
    assert after.authorities is not None
    assert after.authorities.reveal() == renewed
    assert registry.get("acme") is not before


# ---------------------------------------------------------------------------------------------- complaints


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (OAUTH2 + ", scop: a}", "17:161: Unknown key. Did you mean 'scope'? …"),
        ("oauth2: {client_id: gw, client_secret: !env ACME_CRM}", "17:75: The key 'token_url' is missing."),
        (OAUTH2.replace("!env ACME_CRM", SECRET) + "}", "17:146: A secret does not stand in the file: …"),
        (OAUTH2.replace("https://login", "login") + "}", "17:87: The address must begin with https:// …"),
        (OAUTH2.replace("login.example", "10.0.0.5") + "}", "17:87: This address is not public, …"),
        (OAUTH2 + ", parameters: {scope: a}}", "17:75: The gateway sends scope itself. Take it out of parameters."),
        (OAUTH2 + ", parameters: {api_key: abc}}", f"17:183: {PLAIN}"),
        (OAUTH2 + ", tls: {}}", "17:166: Give client_certificate, ca or both."),
        (SESSION.replace("data.token", '"data["') + "}", "17:113: The path 'data[' ends too early. …"),
        (SESSION.replace("{json: data.token}", "{}") + "}", "17:106: Give exactly one of json, header and cookie."),
        (SESSION.replace("{header: X-Session}", "{}") + "}", "17:132: Give exactly one of header, cookie and query."),
        (
            SESSION.replace("X-Session}", 'X-Session, format: "Bearer {tokn}"}') + "}",
            "17:132: The format holds {token} once, and no other braces.",
        ),
        (SESSION.replace("X-Session", "Host") + "}", "17:141: The gateway writes this header itself. Take it out."),
        (SESSION + ", expires: 2d}", "17:162: Write how long as a whole number with its unit: 90s, 30m or 8h."),
        (SESSION + ", expires: 25h}", "17:162: This lies between 1s and 24h."),
        (SESSION + ", ended: [{}]}", "17:161: Give one of status and text. Begin a new item for another."),
        (SESSION + ", ended: [{status: 200}]}", "17:170: The number must be at least 300."),
        (
            SESSION + ', ended: [{text: "…"}]}',
            "17:168: Without letters and digits this stands in every reply. Write what the source says.",
        ),
        (
            SESSION.replace("login}", "login, form: {u: a}, json: {}}") + "}",
            "17:84: A login has one body. …",
        ),
        (SESSION.replace("login}", "login, method: GET, form: {u: a}}") + "}", "17:84: A GET has no body. …"),
        (SESSION.replace("path: login", "path: https://x.example/") + "}", "17:84: The login's path is plain: …"),
        (SESSION.replace("path: login", 'path: "{cpf}"') + "}", "17:84: The login's path is plain: …"),
        (SESSION.replace("login}", "login, form: {senha: abc}}") + "}", f"17:112: {PLAIN}"),
        (SESSION.replace("login}", "login, form: {pin: 1234}}") + "}", "17:110: Write text (a number in quotes), …"),
        (SESSION.replace("login}", "login, json: [a]}") + "}", "17:104: Write keys and values: …"),
        (SESSION.replace("login}", "login, json: {a: [{password: 1234}]}}") + "}", f"17:120: {PLAIN}"),
        (SESSION.replace("login}", "login, query: {token: abc}}") + "}", f"17:113: {PLAIN}"),
        (SESSION.replace("login}", "login, headers: {Authorization: abc}}") + "}", f"17:123: {PLAIN}"),
        (
            SESSION.replace("login}", "login, json: {a: !env ACME_LINES}}") + "}",
            "17:104: This secret holds a line break …",
        ),
        (
            SESSION.replace("login}", "login, form: {a: !env ACME_NONE}}") + "}",
            "17:108: The environment variable …",
        ),
    ],
)
def test_what_is_wrong_with_a_token_is_told_with_its_place(folder: Folder, written: str, complaint: str) -> None:
    folder.environ["ACME_LINES"] = f"{SECRET}\nb"
    (said,) = folder.complaints(changed((BASIC, f"auth: {{{written}}}")))
    assert matches(said, complaint), said
    assert SECRET not in said


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        ("{}", "17:65: Give client_certificate, ca or both."),
        ("{client_key: !file key}", "17:65: A key without its certificate. Give client_certificate."),
        ("{ca: ca.pem}", "17:70: Name the file: '!file name', in the tenant's secrets folder, or …"),
        ("{ca: !file none}", "17:70: There is no such file in …"),
        ("{ca: !file key}", "17:70: This holds no PEM certificate (-----BEGIN CERTIFICATE-----). …"),
        ("{client_certificate: !file key}", "17:86: This holds no PEM certificate …"),
        ("{client_certificate: !file pem}", "17:86: This holds no PEM private key."),
        ("{client_certificate: !file pem, client_key: !file pem}", "17:109: This holds no PEM private key."),
        (
            "{client_certificate: !file pem, client_key: !file other}",
            "17:109: The key is not that of client_certificate. The file's first certificate has to be ours.",
        ),
        (
            "{client_certificate: !file pem, client_key: !file locked}",
            "17:109: The key is encrypted. …",
        ),
        (
            "{client_certificate: !file pem, client_key: !file locked, client_key_password: !env ACME_LOCK}",
            "17:109: This holds no PEM private key, or the password is not its.",
        ),
        (
            "{client_certificate: !file pem, client_key: !file key, client_key_password: !env ACME_LOCK}",
            "17:109: The key is not encrypted. Take client_key_password out.",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told_with_its_place(folder: Folder, written: str, complaint: str) -> None:
    pair = Authority().signs("gw")
    folder.environ["ACME_LOCK"] = "outra"
    for name, text in {
        "pem": pair.certificate,
        "key": pair.key,
        "other": Authority().signs("gw").key,
        "locked": pair.locked(SECRET),
    }.items():
        folder.put(f"secrets/acme/{name}", text)
    (said,) = folder.complaints(changed((BASIC, f"tls: {written}")))
    assert matches(said, complaint), said


def matches(said: str, complaint: str) -> bool:
    """`…` at the end stands for the rest."""
    return said.startswith(complaint[:-1]) if complaint.endswith("…") else said == complaint
