"""PEM texts of a tenant's, judged before TLS has to use them: certificates, and the key that belongs to one."""

from __future__ import annotations

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key


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
