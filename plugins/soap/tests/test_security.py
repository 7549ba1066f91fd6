"""Who asks: WS-Security, SOAP headers with and without a secret, and a session that begins with a login."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path

import pytest
from gateway_soap.security import WSSE, WSU, UsernameToken
from gateway_soap.session import Session
from gateway_soap.settings import SessionSettings
from lxml import etree

from gateway.adapter import Json, Misconfigured, Secret, Unauthorised, Unreachable
from gateway.testing.exchange import SourceRequest, SourceResponse
from gateway.testing.source import Behaviour, Peer, Source, running_source, written
from plugins.soap.tests.sources import (
    ANSWER,
    SOAP_11,
    SOAP_12,
    TEXT,
    adapter_at,
    envelope,
    misconfigured,
    names,
    query,
    saved,
    settings,
    showing,
)

pytestmark = pytest.mark.anyio
TEXT_TYPE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
PASSWORD: Json = {"username": "gw", "password": "s3nha&<"}


def sent(source: Source) -> list[etree._Element]:
    """The envelopes that were posted."""
    return [etree.fromstring(request.body) for request in source.requests if request.method == "POST"]


def at(element: etree._Element, path: str) -> str | None:
    found = element.find(path, {"s": WSSE, "u": WSU})
    assert found is not None, etree.tostring(element)
    return found.text


async def asked(times: int = 1, **given: Json) -> list[etree._Element]:
    async with running_source(showing({})) as source, adapter_at(source.url, settings(**given)) as adapter:
        for _ in range(times):
            assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
        return sent(source)


# ---------------------------------------------------------------------------------------------- WS-Security


@pytest.mark.parametrize(("version", "space"), [("1.1", SOAP_11), ("1.2", SOAP_12)])
async def test_a_password_goes_as_text(version: str, space: str) -> None:
    (message,) = await asked(version=version, security=PASSWORD)
    security = message.find(f"{{{space}}}Header/{{{WSSE}}}Security")
    assert security is not None
    assert security.get(f"{{{space}}}mustUnderstand") == "1"
    assert at(security, "s:UsernameToken/s:Username") == "gw"
    password = security.find(f"{{{WSSE}}}UsernameToken/{{{WSSE}}}Password")
    assert password is not None
    assert (password.text, password.get("Type")) == ("s3nha&<", TEXT_TYPE)


async def test_a_digest_is_made_anew_for_every_message() -> None:
    messages = await asked(2, security={**PASSWORD, "digest": True, "timestamp": True})
    nonces = set()
    for message in messages:
        token = message.find(f".//{{{WSSE}}}UsernameToken")
        assert token is not None
        nonce, created, digest = at(token, "s:Nonce"), at(token, "u:Created"), at(token, "s:Password")
        assert nonce
        assert created
        assert digest
        due = hashlib.sha1(base64.b64decode(nonce) + created.encode() + b"s3nha&<").digest()
        assert base64.b64decode(digest) == due
        assert b"s3nha" not in etree.tostring(message)
        age = datetime.now(timezone.utc) - datetime.fromisoformat(created)
        assert abs(age.total_seconds()) < 60
        lasts = datetime.fromisoformat(at(message, ".//u:Expires") or "") - datetime.fromisoformat(created)
        assert lasts.total_seconds() == 300
        nonces.add(nonce)
    assert len(nonces) == 2


def test_a_token_shows_its_password_nowhere() -> None:
    assert "s3nha" not in repr(UsernameToken("gw", Secret("s3nha"), digest=True))


async def test_a_fault_over_the_token_says_what_to_check() -> None:
    fault = envelope(
        "<e:Fault><faultcode>w:FailedAuthentication</faultcode><faultstring>gw s3nha</faultstring></e:Fault>"
    )

    async def refuse(request: SourceRequest, peer: Peer) -> None:
        await peer.send(written(SourceResponse(fault.encode(), 500)))

    async with running_source(refuse) as source, adapter_at(source.url, settings(security=PASSWORD)) as adapter:
        with pytest.raises(
            Unauthorised, match=r"FailedAuthentication\)\. Check upstream\.auth, and settings\.security"
        ) as caught:
            await adapter.lookup(query(codigo="7"), limit=5)
        assert "s3nha" not in str(caught.value)


# ---------------------------------------------------------------------------------------------- SOAP headers


async def test_headers_that_the_wsdl_does_not_declare_are_written_in_a_namespace() -> None:
    (message,) = await asked(
        headers={"Autenticacao.usuario": "gw", "Autenticacao.@canal": "7", "Versao": "2"},
        header_secrets={"Autenticacao.senha": "{s}&<"},
        header_namespace="urn:sessao",
    )
    header = message.find(f"{{{SOAP_11}}}Header")
    assert header is not None
    assert [at(header, f"{{urn:sessao}}Autenticacao/{{urn:sessao}}{name}") for name in ("usuario", "senha")] == [
        "gw",
        "{s}&<",
    ]
    assert header[0].get("canal") == "7"
    assert at(header, "{urn:sessao}Versao") == "2"


DECLARED = (
    TEXT.replace(
        "</xsd:schema>",
        '<xsd:element name="Autenticacao"><xsd:complexType><xsd:sequence><xsd:element name="usuario" type="xsd:string"/>'
        '<xsd:element name="senha" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>'
        '<xsd:element name="Entrar"><xsd:complexType><xsd:sequence><xsd:element name="usuario" type="xsd:string"/>'
        '<xsd:element name="senha" type="xsd:string"/></xsd:sequence></xsd:complexType></xsd:element>'
        '<xsd:element name="EntrarResponse" type="xsd:string"/>'
        '<xsd:element name="Sessao"><xsd:complexType><xsd:sequence><xsd:element name="chave" type="xsd:string"/>'
        "</xsd:sequence></xsd:complexType></xsd:element></xsd:schema>",
        1,
    )
    .replace(
        "<wsdl:portType",
        '<wsdl:message name="cabeca"><wsdl:part name="quem" element="tns:Autenticacao"/>'
        '<wsdl:part name="chave" element="tns:Sessao"/></wsdl:message>'
        '<wsdl:message name="entrar"><wsdl:part name="p" element="tns:Entrar"/></wsdl:message>'
        '<wsdl:message name="entrou"><wsdl:part name="p" element="tns:EntrarResponse"/></wsdl:message><wsdl:portType',
        1,
    )
    .replace(
        "</wsdl:portType>",
        '<wsdl:operation name="Entrar"><wsdl:input message="tns:entrar"/><wsdl:output message="tns:entrou"/>'
        "</wsdl:operation></wsdl:portType>",
        1,
    )
    .replace(
        "</wsdl:binding>",
        '<wsdl:operation name="Entrar"><soap:operation soapAction="urn:entrar"/><wsdl:input><soap:body use="literal"/>'
        '</wsdl:input><wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation></wsdl:binding>',
        1,
    )
    .replace(
        '<wsdl:input><soap:body use="literal"/>',
        '<wsdl:input><soap:body use="literal"/><soap:header message="tns:cabeca" part="quem" use="literal"/>'
        '<soap:header message="tns:cabeca" part="chave" use="literal"/>',
        1,
    )
)


async def test_headers_that_the_wsdl_declares_are_fitted_to_it(tmp_path: Path) -> None:
    file = {"file": saved(tmp_path, "x.wsdl", DECLARED)}
    headers: dict[str, Json] = {"Autenticacao.usuario": "gw"}
    (message,) = await asked(wsdl=file, headers=headers, header_secrets={"Autenticacao.senha": "s3nha"})
    spaces = "{urn:example:clientes}"
    assert at(message, f"{{{SOAP_11}}}Header/{spaces}Autenticacao/{spaces}senha") == "s3nha"
    said = await misconfigured(given=settings(wsdl=file, headers={"Autenticacao.user": "gw"}))
    assert "'Autenticacao' has no 'user' in the WSDL. Did you mean 'usuario'?" in said
    said = await misconfigured(given=settings(wsdl=file, headers={"Autentica.user": "gw"}))
    assert said == (
        "The WSDL declares no SOAP header 'Autentica' for 'BuscarCliente'. It declares: Autenticacao, Sessao. "
        "Correct settings.headers, or give settings.header_namespace."
    )


async def test_a_header_without_what_its_schema_requires_is_told(tmp_path: Path) -> None:
    given = settings(wsdl={"file": saved(tmp_path, "x.wsdl", DECLARED)}, headers={"Autenticacao.usuario": "gw"})
    assert "requires more for 'BuscarCliente'" in await misconfigured(given=given)


# ---------------------------------------------------------------------------------------------- sessions

SESSION: Json = {
    "operation": "Entrar",
    "parameters": {"usuario": "gw"},
    "secrets": {"senha": "s3nha"},
    "token": "EntrarResponse",
    "header": "Sessao.chave",
    "ended": ["SessaoExpirada"],
}
EXPIRED = envelope("<e:Fault><faultcode>e:SessaoExpirada</faultcode></e:Fault>")
Answered = Callable[[str], SourceResponse]


def entered(token: str) -> str:
    return envelope(f'<EntrarResponse xmlns="urn:example:clientes">{token}</EntrarResponse>')


class Sessions:
    """A service with sessions: `good` is the token it takes now."""

    def __init__(self) -> None:
        self.logins = 0
        self.good = ""
        self.seen: list[str] = []
        self.answer_login: Callable[[str], str] = entered
        self.refuse = SourceResponse(EXPIRED.encode(), 500)

    @property
    def behaviour(self) -> Behaviour:
        async def behave(request: SourceRequest, peer: Peer) -> None:
            message = etree.fromstring(request.body)
            if message.find(".//{urn:example:clientes}Entrar") is not None:
                assert "s3nha" in request.body.decode()
                self.logins += 1
                self.good = f"t{self.logins}&"
                await peer.send(written(SourceResponse(self.answer_login(self.good.replace("&", "&amp;")).encode())))
                return
            token = message.findtext(".//{urn:example:clientes}chave") or ""
            self.seen.append(token)
            due = SourceResponse(ANSWER.encode()) if token == self.good else self.refuse
            await peer.send(written(due))

        return behave


def in_session(folder: Path, **more: Json) -> dict[str, Json]:
    return {"wsdl": {"file": saved(folder, "x.wsdl", DECLARED)}, "session": {**SESSION, **more}}  # type: ignore[dict-item]


async def test_one_login_serves_all_lookups(tmp_path: Path) -> None:
    service = Sessions()
    async with (
        running_source(service.behaviour) as source,
        adapter_at(source.url, settings(**in_session(tmp_path))) as adapter,
    ):
        found = await asyncio.gather(*(adapter.lookup(query(codigo="7"), limit=5) for _ in range(10)))
        assert [names(one.records) for one in found] == [["Ana"]] * 10
    assert service.logins == 1
    assert service.seen == ["t1&"] * 10


@pytest.mark.parametrize(
    "refusal", [SourceResponse(EXPIRED.encode(), 500), SourceResponse(b"", 401)], ids=["fault", "401"]
)
async def test_a_session_that_ended_is_begun_again(tmp_path: Path, refusal: SourceResponse) -> None:
    service = Sessions()
    service.refuse = refusal
    async with (
        running_source(service.behaviour) as source,
        adapter_at(source.url, settings(**in_session(tmp_path))) as adapter,
    ):
        await adapter.lookup(query(codigo="7"), limit=5)
        service.good = "another"
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
    assert service.seen == ["t1&", "t1&", "t2&"]


async def test_a_session_that_is_refused_at_once_is_a_failure_and_no_endless_loop(tmp_path: Path) -> None:
    service = Sessions()
    service.answer_login = lambda _: entered("stale")
    service.refuse = SourceResponse(
        envelope("<e:Fault><faultcode>w:FailedAuthentication</faultcode></e:Fault>").encode(), 500
    )
    async with (
        running_source(service.behaviour) as source,
        adapter_at(source.url, settings(**in_session(tmp_path))) as adapter,
    ):
        with pytest.raises(Unauthorised):
            await adapter.lookup(query(codigo="7"), limit=5)
    assert service.logins == 2


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (EXPIRED, "answered the login of settings.session with a SOAP fault"),
        (
            envelope("<e:Fault><faultcode>FailedAuthentication</faultcode></e:Fault>"),
            "refused the login of settings.session",
        ),
        (entered(""), "holds no token where settings.session.token says"),
        (envelope("<Outro><chave>x</chave></Outro>"), "holds no token where settings.session.token says"),
    ],
)
async def test_a_login_that_gives_no_token_is_unauthorised(tmp_path: Path, reply: str, says: str) -> None:
    service = Sessions()
    service.answer_login = lambda _: reply
    async with (
        running_source(service.behaviour) as source,
        adapter_at(source.url, settings(**in_session(tmp_path))) as adapter,
    ):
        for ask in (adapter.check(), adapter.lookup(query(codigo="7"), limit=5)):
            with pytest.raises(Unauthorised, match=says) as caught:
                await ask
            assert "s3nha" not in str(caught.value)


async def test_a_login_that_never_ends_is_given_up_and_the_next_lookup_begins_another() -> None:
    never, logins = asyncio.Event(), 0

    async def login() -> etree._Element:
        nonlocal logins
        logins += 1
        if logins == 1:
            await never.wait()
        return etree.fromstring("<EntrarResponse>t2</EntrarResponse>")

    session = Session(SessionSettings.model_validate(SESSION), login, longest=0.05)
    with pytest.raises(Unreachable, match=r"settings\.session") as given_up:
        await session.token()
    assert given_up.value.undone
    assert await session.token() == "t2"
    await session.aclose()


async def test_a_token_may_go_as_a_parameter(tmp_path: Path) -> None:
    given = in_session(tmp_path, header=None, parameter="filtro.codigo")
    parameters: Json = {"filtro.cpf": "{cpf}"}
    async with (
        running_source(Sessions().behaviour) as source,
        adapter_at(source.url, settings(**given, parameters=parameters)) as adapter,
    ):
        # This service wants it in the header: what matters here is what it was sent.
        with pytest.raises(Exception, match="SOAP fault"):
            await adapter.lookup(query(cpf="12345678909"), limit=5)
        assert [at(message, ".//{urn:example:clientes}codigo") for message in sent(source)[1::2]] == ["t1&", "t2&"]


async def test_a_misspelt_login_is_corrected(tmp_path: Path) -> None:
    given = in_session(tmp_path, operation="Entra")
    assert "no operation 'Entra'. Did you mean 'Entrar'?" in await misconfigured(given=settings(**given))
    given = in_session(tmp_path, parameters={"user": "gw"})
    with pytest.raises(Misconfigured, match="'Entrar' has no 'user' in the WSDL. Did you mean 'usuario'?"):
        async with adapter_at("http://127.0.0.1:9", settings(**given)) as adapter:
            await adapter.check()
