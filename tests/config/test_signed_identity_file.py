"""How a company signs who is logged in, as an integrator writes it: what it becomes, and every complaint with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from gateway.adapter.settings import SECRETS
from gateway.config.document import Problems
from gateway.config.secrets import TEXTS, SecretStore, settle
from gateway.config.signed_identity_file import SignedIdentityFile, check_identity, signed_identity
from gateway.config.validation import validate
from gateway.config.yaml_loader import parse
from gateway.core.signed_identity import Algorithm, SignedIdentity, SignedToken, UserHash
from tests.service.signing import pair, pem

GOOD, SHORT = "a" * 32, "s3nh4-muito-curta"
HS = "algorithm: HS256, secret: !env ACME_GOOD, claims: {email: email}"


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration folder with the files of a tenant."""
    config = tmp_path_factory.mktemp("config")
    folder = config / "secrets" / "acme"
    folder.mkdir(parents=True)
    rsa_pair = pair("RS256")
    for name, text in {
        "rsa.pem": rsa_pair.public,
        "private.pem": rsa_pair.private,
        "es256.pem": pair("ES256").public,
        "ed.pem": pair("EdDSA").public,
        "small.pem": pem(rsa.generate_private_key(65537, 1024)).public,
        "p384.pem": pem(ec.generate_private_key(ec.SECP384R1())).public,
        "junk.pem": "no key at all",
    }.items():
        (folder / name).write_text(text)
    return config


FIELDS = {"email": "email", "cpf": "cpf", "nome": "name"}


def read(text: str, config: Path) -> tuple[SignedIdentity | None, list[str]]:
    """What the block becomes, and what is said against it."""
    problems = Problems(parse("acme.yaml", text.encode()))
    environ = {"ACME_GOOD": GOOD, "ACME_SHORT": SHORT, "ACME_PEM": pair("ES256").public}
    store = SecretStore("acme", config, environ, frozenset(), frozenset({"acme"}))
    value, secrets = settle(problems.document.value, store.read, problems)
    context = {SECRETS: secrets.take, TEXTS: secrets.take_text}
    file = validate(SignedIdentityFile, value, problems, context=context)
    if file is not None:
        check_identity(file, (), FIELDS, FIELDS, problems)
    said = [f"{problem.line}:{problem.column} {problem.message}" for problem in problems.in_order()]
    return (signed_identity(file) if file is not None and not said else None), said


def test_a_token_with_a_shared_secret(keys: Path) -> None:
    how, said = read(f"jwt: {{{HS}, issuer: acme, audience: gw, max_age: 2m, leeway: 5s}}", keys)
    assert isinstance(how, SignedToken), said
    assert (how.algorithm, how.key.reveal(), how.claims) == (Algorithm.HS256, GOOD, {"email": "email"})
    assert (how.issuer, how.audience, how.max_age, how.leeway, how.single) == ("acme", "gw", 120.0, 5.0, False)


@pytest.mark.parametrize(("algorithm", "file"), [("RS256", "rsa.pem"), ("ES256", "es256.pem"), ("EdDSA", "ed.pem")])
def test_a_token_with_a_pair_of_keys(keys: Path, algorithm: str, file: str) -> None:
    how, said = read(f"jwt: {{algorithm: {algorithm}, public_key: !file {file}, claims: {{cpf: cpf}}}}", keys)
    assert isinstance(how, SignedToken), said
    assert how.key.reveal().startswith("-----BEGIN PUBLIC KEY-----")
    assert (how.max_age, how.leeway, how.issuer, how.audience) == (300.0, 30.0, None, None)


def test_the_hash_of_an_id(keys: Path) -> None:
    how, said = read("user_hash: {secret: !env ACME_GOOD, field: cpf}", keys)
    assert isinstance(how, UserHash), said
    assert (how.key.reveal(), how.field) == (GOOD, "cpf")


PUBLIC = "algorithm: {0}, public_key: !file {1}, claims: {{email: email}}"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{}", "1:1 Give exactly one of jwt and user_hash."),
        (f"jwt: {{{HS}}}\nuser_hash: {{secret: !env ACME_GOOD, field: cpf}}", "1:1 Give exactly one of jwt and user_hash."),
        (f"jwt: {{{HS.replace('HS256', 'none')}}}", "1:18 Expected 'HS256', 'HS384', 'HS512', 'RS256', 'ES256' or 'EdDSA'."),
        (f"jwt: {{{HS.replace('HS256', 'RS256')}}}", "1:6 RS256 takes public_key, and no secret."),
        ("jwt: {" + PUBLIC.format("HS512", "rsa.pem") + "}", "1:6 HS512 takes secret, and no public_key."),
        (f"jwt: {{{HS}, public_key: !file rsa.pem}}", "1:6 HS256 takes secret, and no public_key."),
        (f"jwt: {{{HS.replace('GOOD', 'SHORT')}}}", "The secret has less than 32 bytes"),
        (f"jwt: {{{HS.replace('HS256', 'HS384')}}}", "1:33 HS384 needs a secret of 48 bytes or more."),
        (f"jwt: {{{HS.replace('HS256', 'HS512')}}}", "1:33 HS512 needs a secret of 64 bytes or more."),
        (f"jwt: {{{HS.replace('GOOD', 'NONE')}}}", "The environment variable ACME_NONE is not set."),
        (f"jwt: {{{HS.replace('!env ACME_GOOD', GOOD)}}}", "1:33 A secret does not stand in the file"),
        (f"jwt: {{{HS.replace('{email: email}', '{}')}}}", "1:57 There is no claim. Name at least one"),
        (f"jwt: {{{HS.replace('{email:', '{emial:')}}}", "'emial' is not a search field of this tenant. Did"),
        (f"jwt: {{{HS.replace('{email: email}', '{nome: name}')}}}", "1:57 A name alone tells nobody apart. Add a claim"),
        ("user_hash: {secret: !env ACME_GOOD, field: nome}", "1:44 A name tells nobody apart. Name the field of an e-mail"),
        (f"jwt: {{{HS}, max_age: 48h}}", "This lies between 1s and 24h."),
        (f"jwt: {{{HS}, max_age: 10s, leeway: 20s}}", "The leeway is longer than max_age."),
        (f"jwt: {{{HS}, issue: acme}}", "Did you mean 'issuer'?"),
        ("jwt: {" + PUBLIC.format("RS256", "private.pem") + "}", "This is a private key."),
        ("jwt: {" + PUBLIC.format("RS256", "small.pem") + "}", "RS256 needs an RSA key of 2048 bits or more."),
        ("jwt: {" + PUBLIC.format("RS256", "es256.pem") + "}", "RS256 needs an RSA key"),
        ("jwt: {" + PUBLIC.format("ES256", "p384.pem") + "}", "ES256 needs a key on the curve P-256 (prime256v1)."),
        ("jwt: {" + PUBLIC.format("EdDSA", "rsa.pem") + "}", "EdDSA needs an Ed25519 or Ed448 key."),
        ("jwt: {" + PUBLIC.format("EdDSA", "junk.pem") + "}", "1:37 This holds no PEM public key"),
        ("jwt: {" + PUBLIC.format("EdDSA", "absent.pem") + "}", "1:37"),
        ("user_hash: {secret: !env ACME_SHORT, field: cpf}", "1:21 The secret has less than 32 bytes"),
        ("user_hash: {secret: !env ACME_GOOD, field: cpff}", "1:44 'cpff' is not a search field of this tenant."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(keys: Path, written: str, expected: str) -> None:
    how, said = read(written, keys)
    assert how is None
    [complaint] = said
    assert expected in complaint
    assert SHORT not in complaint
