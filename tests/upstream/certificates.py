"""Invented authorities and what they sign: made anew in every test that needs them."""

from __future__ import annotations

import datetime
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_NOW = datetime.datetime.now(datetime.timezone.utc)
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, both PEM."""

    certificate: str
    key: str

    def locked(self, password: str) -> str:
        """The key, encrypted."""
        key = serialization.load_pem_private_key(self.key.encode(), None)
        return _pem(key, serialization.BestAvailableEncryption(password.encode()))


class Authority:
    """Signs certificates that are good from yesterday to tomorrow."""

    def __init__(self, name: str = "invented authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        own = self._draft(self._name, self._key).add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        self.pem = _text(own.sign(self._key, hashes.SHA256()))

    def signs(self, host: str, *, until: datetime.datetime = _NOW + _DAY) -> Pair:
        """For a server named `host`, or a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        draft = self._draft(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, until)
        draft = draft.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return Pair(_text(draft.sign(self._key, hashes.SHA256())), _pem(key, serialization.NoEncryption()))

    def expired(self, host: str) -> Pair:
        return self.signs(host, until=_NOW - _DAY)

    def _draft(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime.datetime = _NOW + _DAY
    ) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(_NOW - 10 * _DAY)
            .not_valid_after(until)
        )


def server_side(folder: Path, shown: Pair, *, clients: Authority | None = None) -> ssl.SSLContext:
    """A server's TLS; with `clients` it wants a certificate of that authority's."""
    path = folder / "server.pem"
    path.write_text(shown.certificate + shown.key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path)
    if clients is not None:
        context.load_verify_locations(cadata=clients.pem)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _text(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def _pem(key: object, encryption: serialization.KeySerializationEncryption) -> str:
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption).decode()
