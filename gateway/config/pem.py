"""PEM texts of a tenant's, judged before TLS has to use them: certificates, and the key that belongs to one."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed448 import Ed448PublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

_LEAST_RSA = 2048


class PemRefused(ValueError):
    """`str()` is a sentence for whoever put the file there."""


def certificates(text: str) -> str:
    """The certificates in `text` alone, without what else stands around them. Raises PemRefused."""
    try:
        found = x509.load_pem_x509_certificates(text.encode())
    except ValueError as error:
        raise PemRefused(
            "This holds no PEM certificate (-----BEGIN CERTIFICATE-----). `openssl x509` converts other forms."
        ) from error
    return "".join(certificate.public_bytes(Encoding.PEM).decode() for certificate in found)


def check_key(key: str, password: str | None, certificate: str) -> None:
    """`certificate`: of several the first one is meant. Raises PemRefused where the key is not its key."""
    refused = None
    try:
        private = load_pem_private_key(key.encode(), password.encode() if password is not None else None)
    except TypeError:
        refused = (
            "The key is encrypted. Give client_key_password, or store it decrypted."
            if password is None
            else "The key is not encrypted. Take client_key_password out."
        )
    except (ValueError, UnsupportedAlgorithm):
        refused = "This holds no PEM private key" + (", or the password is not its." if password is not None else ".")
    if refused is not None:
        raise PemRefused(refused)
    first = x509.load_pem_x509_certificates(certificate.encode())[0]
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if private.public_key().public_bytes(*spki) != first.public_key().public_bytes(*spki):
        raise PemRefused("The key is not that of client_certificate. The file's first certificate has to be ours.")


def check_public_key(text: str, algorithm: str) -> None:
    """`algorithm`: RS256, ES256 or EdDSA. Raises PemRefused for what its signatures cannot be verified with."""
    if "PRIVATE KEY" in text:
        raise PemRefused(
            "This is a private key. It stays with whoever signs; `openssl pkey -pubout` gives the public one."
        )
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PemRefused("This holds no PEM public key (-----BEGIN PUBLIC KEY-----).") from error
    if algorithm == "RS256" and not (isinstance(key, RSAPublicKey) and key.key_size >= _LEAST_RSA):
        raise PemRefused(f"RS256 needs an RSA key of {_LEAST_RSA} bits or more.")
    if algorithm == "ES256" and not (isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1)):
        raise PemRefused("ES256 needs a key on the curve P-256 (prime256v1).")
    if algorithm == "EdDSA" and not isinstance(key, Ed25519PublicKey | Ed448PublicKey):
        raise PemRefused("EdDSA needs an Ed25519 or Ed448 key.")
