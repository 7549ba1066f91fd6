"""What a company's own back end signs, and the keys that it signs with."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from gateway.core.model import Json
from gateway.core.redaction import Secret
from gateway.core.signed_identity import Algorithm, SignedToken

NOW = datetime(2026, 11, 22, 12, tzinfo=timezone.utc)
SECRET = "an invented secret of more than 64 bytes, so that it is good for HS512 too"


@dataclass(frozen=True)
class Pair:
    """PEM texts of both halves."""

    private: str
    public: str


def pair(algorithm: str) -> Pair:
    key = {
        "RS256": lambda: rsa.generate_private_key(65537, 2048),
        "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "EdDSA": ed25519.Ed25519PrivateKey.generate,
    }[algorithm]()
    return pem(key)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> Pair:
    return Pair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    )


HOW = SignedToken(Algorithm.HS256, Secret(SECRET), {"email": "email", "cpf": "https://acme.example/cpf"})


def claims(**changed: Json) -> dict[str, Json]:
    """A good token's claims at NOW; None takes one out."""
    usual: dict[str, Json] = {"sub": "u-7", "email": "ana@example.com", "jti": "t-1", "iat": _at(-5), "exp": _at(120)}
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def at(seconds: float) -> float:
    """Seconds since 1970, so many after NOW."""
    return _at(seconds)


def signed(said: Map[str, Json], key: str = SECRET, algorithm: str = "HS256") -> str:
    return jwt.encode(dict(said), key, algorithm)


def _at(seconds: float) -> float:
    return (NOW + timedelta(seconds=seconds)).timestamp()
