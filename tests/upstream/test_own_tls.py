"""TLS of a source's own: its authority, the certificate that we show it, and what is said where either does not fit."""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from gateway.core.errors import Misconfigured, Unauthorised, Unreachable
from gateway.core.redaction import Secret
from gateway.core.sign_in import ClientTls, OAuth2Auth
from gateway.core.tenant import Upstream
from gateway.testing import SourceResponse
from gateway.testing.source import answering, running_source
from gateway.upstream import open_wire
from gateway.upstream.tls import own_tls
from tests.upstream.certificates import Authority, Pair, server_side
from tests.upstream.opened import LOOPBACK, SOURCE, Names, opened
from tests.upstream.signed import Gate, Issuer, whole_text

pytestmark = pytest.mark.anyio

HOST = "erp.acme.example"
_OK = answering(SourceResponse(b"ok"))


def named(tls: ClientTls | None) -> Callable[[str], Upstream]:
    return lambda url: Upstream(url.replace("127.0.0.1", HOST), networks=LOOPBACK, tls=tls)


def names() -> Names:
    return Names([["127.0.0.1"]])


def showing(pair: Pair, authorities: str | None) -> ClientTls:
    return ClientTls(Secret(pair.certificate), Secret(pair.key), None, Secret(authorities) if authorities else None)


async def test_a_source_that_wants_our_certificate_is_shown_it(tmp_path: Path) -> None:
    authority = Authority()
    server = server_side(tmp_path, authority.signs(HOST), clients=authority)
    async with opened(
        _OK, named(showing(authority.signs("gw"), authority.pem)), names=names(), server_tls=server
    ) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_the_key_may_stand_beside_the_certificate_or_be_encrypted(tmp_path: Path) -> None:
    authority, ours = Authority(), Authority("ours")
    server = server_side(tmp_path, authority.signs(HOST), clients=ours)
    pair, trust = ours.signs("gw"), Secret(authority.pem)
    together = ClientTls(Secret(pair.key + pair.certificate), authorities=trust)
    locked = ClientTls(Secret(pair.certificate), Secret(pair.locked("s3nh4")), Secret("s3nh4"), trust)
    for tls in (together, locked):
        async with opened(_OK, named(tls), names=names(), server_tls=server) as here:
            assert (await here.wire.prepare("GET").send({})).body == b"ok"


@asynccontextmanager
async def refusing(server: ssl.SSLContext) -> AsyncIterator[int]:
    """The port of a server that says why it ends a handshake, as most do; asyncio's own hangs up without a word."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        incoming, out = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = server.wrap_bio(incoming, out, server_side=True)
        with suppress(ssl.SSLError):
            while True:
                try:
                    tls.do_handshake()
                except ssl.SSLWantReadError:
                    writer.write(out.read())
                    incoming.write(await reader.read(65536))
        writer.write(out.read())
        await reader.read()
        writer.close()

    running = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield running.sockets[0].getsockname()[1]
    finally:
        running.close()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
async def test_a_certificate_that_the_source_does_not_accept_is_unauthorised(
    tmp_path: Path, version: ssl.TLSVersion
) -> None:
    authority, stranger = Authority(), Authority("a stranger")
    server = server_side(tmp_path, authority.signs(HOST), clients=authority)
    server.minimum_version = server.maximum_version = version
    await _refused(server, showing(stranger.signs("gw"), authority.pem))


async def test_a_source_that_was_shown_none_says_that_it_wants_one(tmp_path: Path) -> None:
    authority = Authority()
    server = server_side(tmp_path, authority.signs(HOST), clients=authority)
    await _refused(server, ClientTls(authorities=Secret(authority.pem)))


async def _refused(server: ssl.SSLContext, tls: ClientTls) -> None:
    async with refusing(server) as port:
        upstream = Upstream(f"https://{HOST}:{port}", networks=LOOPBACK, tls=tls)
        wire = open_wire(SOURCE, upstream, resolver=names())
        with pytest.raises(
            Unauthorised, match="wants a TLS certificate of ours, or does not accept the one it was shown"
        ):
            await wire.prepare("GET").send({})
        await wire.aclose()


async def test_only_the_named_authority_is_trusted(tmp_path: Path) -> None:
    """The system's are not, beside it: a public authority must not be able to stand in for the source."""
    authority, other = Authority(), Authority("another")
    assert len(own_tls(ClientTls(authorities=Secret(authority.pem))).get_ca_certs()) == 1
    server = server_side(tmp_path, authority.signs(HOST))
    for tls in (ClientTls(authorities=Secret(other.pem)), showing(authority.signs("gw"), None)):
        async with opened(_OK, named(tls), names=names(), server_tls=server) as here:
            with pytest.raises(Unreachable, match="TLS certificate is not accepted .*upstream.tls.ca the authority"):
                await here.wire.prepare("GET").send({})
            assert here.source.requests == []
    both = ClientTls(authorities=Secret(other.pem + authority.pem))
    async with opened(_OK, named(both), names=names(), server_tls=server) as here:
        assert (await here.wire.prepare("GET").send({})).body == b"ok"


async def test_the_named_authority_does_not_excuse_a_wrong_host_or_an_expired_certificate(tmp_path: Path) -> None:
    authority = Authority()
    tls = ClientTls(authorities=Secret(authority.pem))
    for shown, sentence in (
        (authority.signs("crm.acme.example"), "certificate is not accepted .Hostname mismatch"),
        (authority.expired(HOST), "certificate is not accepted .certificate has expired"),
    ):
        async with opened(_OK, named(tls), names=names(), server_tls=server_side(tmp_path, shown)) as here:
            with pytest.raises(Unreachable, match=sentence):
                await here.wire.prepare("GET").send({})


def test_every_context_verifies_names_and_speaks_1_2_at_least() -> None:
    authority = Authority()
    for tls in (ClientTls(), ClientTls(authorities=Secret(authority.pem)), showing(authority.signs("gw"), None)):
        context = own_tls(tls)
        assert context.minimum_version == ssl.TLSVersion.TLSv1_2
        assert context.verify_mode == ssl.CERT_REQUIRED
        assert context.check_hostname


def test_the_key_stays_in_memory_and_leaves_nothing_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = len(os.listdir("/proc/self/fd"))
    own_tls(showing(Authority().signs("gw"), None))
    assert len(os.listdir("/proc/self/fd")) == before
    assert list(tmp_path.iterdir()) == []


def test_without_memory_files_the_key_is_on_disk_for_its_owner_only_and_briefly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "memfd_create")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    own_tls(showing(Authority().signs("gw"), None))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("spoiled", ["certificate", "key", "other key", "password", "locked", "authorities"])
async def test_what_openssl_cannot_use_is_misconfigured_without_its_words(spoiled: str) -> None:
    pair = Authority().signs("gw")
    certificate, key, password, authorities = Secret(pair.certificate), Secret(pair.key), None, None
    match spoiled:
        case "certificate":
            certificate = Secret("no PEM")
        case "key":
            key = Secret("no PEM")
        case "other key":
            key = Secret(Authority().signs("gw").key)
        case "password":
            key, password = Secret(pair.locked("s3nh4")), Secret("outra")
        case "locked":
            key = Secret(pair.locked("s3nh4"))
        case _:
            authorities = Secret("não é PEM")
    wire = open_wire(
        SOURCE,
        Upstream("https://127.0.0.1:9", networks=LOOPBACK, tls=ClientTls(certificate, key, password, authorities)),
    )
    with pytest.raises(Misconfigured, match="no usable certificate, key or ca") as failed:
        await wire.prepare("GET").send({})
    assert pair.key[30:60] not in whole_text(failed.value)
    await wire.aclose()


# ---------------------------------------------------------------------------------------------- the token endpoint


async def test_a_token_endpoint_of_another_origin_has_tls_of_its_own(tmp_path: Path) -> None:
    ours, theirs = Authority("ours"), Authority("theirs")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    gate = Gate(set())
    asked = server_side(tmp_path / "a", ours.signs(HOST), clients=ours)
    giving = server_side(tmp_path / "b", theirs.signs(HOST), clients=theirs)
    async with running_source(gate, tls=asked) as source, running_source(Issuer(gate), tls=giving) as issuer:
        for own in (showing(theirs.signs("gw"), theirs.pem), None):
            auth = OAuth2Auth(issuer.url.replace("127.0.0.1", HOST), "gw", Secret("x"), tls=own)
            upstream = Upstream(
                source.url.replace("127.0.0.1", HOST), auth, networks=LOOPBACK, tls=showing(ours.signs("gw"), ours.pem)
            )
            wire = open_wire(SOURCE, upstream, resolver=names())
            try:
                if own is not None:
                    assert (await wire.prepare("GET").send({})).body == b"ok"
                    continue
                with pytest.raises(Unreachable, match="oauth2.token_url name its host, or upstream.auth.oauth2.tls.ca"):
                    await wire.prepare("GET").send({})
            finally:
                await wire.aclose()


async def test_a_token_endpoint_of_the_source_s_origin_shares_its_tls(tmp_path: Path) -> None:
    authority = Authority()
    server = server_side(tmp_path, authority.signs(HOST), clients=authority)
    gate = Gate(set())
    issuer = Issuer(gate)

    async def both(request: object, peer: object) -> None:
        await (issuer if request.path() == "/token" else gate)(request, peer)  # type: ignore[attr-defined,arg-type]

    async with running_source(both, tls=server) as source:
        url = source.url.replace("127.0.0.1", HOST)
        auth = OAuth2Auth(f"{url}/token", "gw", Secret("x"))
        tls = showing(authority.signs("gw"), authority.pem)
        wire = open_wire(SOURCE, Upstream(url, auth, networks=LOOPBACK, tls=tls), resolver=names())
        answers = await asyncio.gather(*[wire.prepare("GET").send({}) for _ in range(3)])
        assert [reply.body for reply in answers] == [b"ok"] * 3
        await wire.aclose()
