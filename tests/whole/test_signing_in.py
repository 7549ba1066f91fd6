"""From a tenant's YAML to a customer, over each way in which a source may want to know who asks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from gateway.config.gateway_file import GatewaySettings, Grant
from gateway.config.registry import TenantRegistry
from gateway.core.errors import Unauthorised
from gateway.core.model import Query, SearchKey
from gateway.plugins import discover
from gateway.service.live import LiveSource, LiveTenants
from gateway.testing import SourceRequest, SourceResponse
from gateway.testing.failing import everything_logged
from gateway.testing.source import Peer, running_source, written
from gateway.upstream import Resolver, open_wire
from tests.upstream.certificates import Authority, server_side

pytestmark = pytest.mark.anyio

SECRET = "s3nh4-muito-secreta"
TENANT = """\
tenant: acme
name: Acme Seguros
locale: pt-BR
country: BR
time_zone: America/Sao_Paulo
search_fields: {cpf: {kind: cpf}}
unique_key: {name: email, kind: email, of: person}
sources:
  api:
    adapter: rest_json
    upstream: {url: ADDRESS, AUTH}
    settings: {path: customers, query: {document: "{cpf}"}}
    mapping: {unique_key: email, documents: {cpf: cpf}}
routes: {default: {sources: [api]}}
"""
ANA = [{"email": "ana@example.com", "cpf": "12345678909"}]
ASKED = Query((SearchKey("cpf", "cpf", "12345678909"),))

OAUTH2 = "auth: {oauth2: {token_url: ADDRESS/sign-in, client_id: gw, client_secret: !env ACME_KEY}}"
SESSION = (
    "auth: {session: {login: {path: sign-in, form: {user: gw, password: !env ACME_KEY}}, token: {json: access_token}, "
    'send: {header: Authorization, format: "Bearer {token}"}}}'
)
STATIC = "auth: {bearer: {token: !env ACME_KEY}}"
TLS = "tls: {client_certificate: !file client.pem, client_key: !file client.key, ca: !file ca.pem}"


class Here:
    """Every name is this machine."""

    async def addresses(self, host: str, port: int) -> list[str]:
        return ["127.0.0.1"]


class Api:
    """Gives Ana to whoever shows the token that is good now."""

    def __init__(self, good: str = "") -> None:
        self.good = good
        self.signed_in = 0

    async def __call__(self, request: SourceRequest, peer: Peer) -> None:
        if request.path() == "/sign-in":
            self.signed_in += 1
            self.good = f"t{self.signed_in}"
            reply = SourceResponse(json.dumps({"access_token": self.good, "token_type": "bearer"}).encode())
        elif request.headers.get("authorization") == f"Bearer {self.good}":
            reply = SourceResponse(json.dumps(ANA).encode())
        else:
            reply = SourceResponse(b'{"error": "who?"}', 401)
        await peer.send(written(reply))


@asynccontextmanager
async def source_of(config: Path, address: str, auth: str) -> AsyncIterator[LiveSource]:
    """The source as the gateway has it in use, from the tenant's file."""
    (config / "tenants").mkdir(parents=True)
    (config / "tenants" / "acme.yaml").write_text(TENANT.replace("AUTH", auth).replace("ADDRESS", address))
    gateway = GatewaySettings(grants={"acme": Grant(networks=(ip_network("127.0.0.0/8"),))})
    found = discover()
    registry = TenantRegistry(config, found.types, found.broken, gateway, environ={"ACME_KEY": SECRET})
    assert registry.problems == {}
    resolver: Resolver = Here()
    tenants = LiveTenants(registry, found.types, lambda ref, upstream: open_wire(ref, upstream, resolver=resolver))
    with tenants.lease("acme") as live:
        yield live.sources["api"]
    await tenants.aclose()


@pytest.mark.parametrize("auth", [OAUTH2, SESSION], ids=["oauth2", "session"])
async def test_a_source_behind_a_sign_in_is_asked_like_any_other(tmp_path: Path, auth: str) -> None:
    api = Api()
    with everything_logged() as logged:
        async with running_source(api) as running, source_of(tmp_path, running.url, auth) as source:
            for _ in range(3):
                assert (await source.adapter.lookup(ASKED, limit=5)).records == ANA
            assert api.signed_in == 1
            api.good = "another"
            assert (await source.adapter.lookup(ASKED, limit=5)).records == ANA
            assert api.signed_in == 2
    assert SECRET not in "".join(logged.lines)


async def test_credentials_that_never_change_are_refused_once(tmp_path: Path) -> None:
    async with running_source(Api("other")) as running, source_of(tmp_path, running.url, STATIC) as source:
        with pytest.raises(Unauthorised):
            await source.adapter.lookup(ASKED, limit=5)
        assert len(running.requests) == 1


async def test_a_source_that_wants_a_certificate_is_shown_it(tmp_path: Path) -> None:
    authority = Authority()
    ours, secrets = authority.signs("gateway"), tmp_path / "config" / "secrets" / "acme"
    secrets.mkdir(parents=True)
    for name, text in {"client.pem": ours.certificate, "client.key": ours.key, "ca.pem": authority.pem}.items():
        (secrets / name).write_text(text)
    server = server_side(tmp_path, authority.signs("api.acme.example"), clients=authority)
    async with running_source(Api(SECRET), tls=server) as running:
        address = running.url.replace("127.0.0.1", "api.acme.example")
        async with source_of(tmp_path / "config", address, f"{STATIC}, {TLS}") as source:
            assert (await source.adapter.lookup(ASKED, limit=5)).records == ANA
