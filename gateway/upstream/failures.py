"""What a connection's failures mean: the sentences, and the one table from TLS and the system to a SourceError.

A cause is kept where its text is the system's; where it may quote bytes of a stranger's reply or of our request, it is not.
"""

from __future__ import annotations

import ssl

from gateway.core.errors import Unauthorised, Unreachable

HEADERS_TOO_LARGE = "The source's reply headers are over the cap. Raise upstream.max_headers if they are meant."
NO_HTTP = "The source does not answer in valid HTTP/1.1. Check the scheme and the port in upstream.url."
CANNOT_BE_WRITTEN = "The request cannot be written as HTTP. Check the source's headers."
WIRE_CLOSED = "The source's connections are closed: its tenant was replaced, or the gateway stops."
_CERTIFICATE = (
    "The source's TLS certificate is not accepted ({}). Its owner must mend it, or upstream.url name its host, or "
    "upstream.tls.ca the authority that signed it."
)
_TLS = (
    "No TLS connection with the source: it must speak TLS 1.2 or newer, and may want a certificate of ours (upstream.tls). "
    "Check the scheme and the port in upstream.url."
)
_CERTIFICATE_WANTED = (
    "The source wants a TLS certificate of ours, or does not accept the one it was shown. Check client_certificate and "
    "client_key under upstream.tls."
)
# What a server says of the client's certificate (RFC 8446, 6.2), by OpenSSL's names.
_OF_OUR_CERTIFICATE = frozenset(
    {"TLSV13_ALERT_CERTIFICATE_REQUIRED", "TLSV1_ALERT_UNKNOWN_CA", "SSLV3_ALERT_BAD_CERTIFICATE"}
    | {"SSLV3_ALERT_UNSUPPORTED_CERTIFICATE", "SSLV3_ALERT_CERTIFICATE_REVOKED", "SSLV3_ALERT_CERTIFICATE_EXPIRED"}
    | {"SSLV3_ALERT_CERTIFICATE_UNKNOWN", "TLSV1_ALERT_ACCESS_DENIED"}
)


def unreachable(error: Exception, *, opening: bool = False) -> Unreachable | Unauthorised:
    """Of an error of the system or of TLS, perhaps wrapped in a library's own. Unauthorised: of our own certificate.
    `opening`: there was no connection yet."""
    failure = _unreachable(error)
    if opening:
        failure.undone = True
    failure.__cause__ = error
    return failure


def _unreachable(error: Exception) -> Unreachable | Unauthorised:
    reason: object = error
    while isinstance(reason, Exception):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Unreachable(_CERTIFICATE.format(reason.verify_message.rstrip(".")))
        if isinstance(reason, ssl.SSLError) and reason.reason in _OF_OUR_CERTIFICATE:
            return Unauthorised(_CERTIFICATE_WANTED)
        if isinstance(reason, ssl.SSLError):
            return Unreachable(_TLS)
        reason = reason.args[0] if reason.args else None
    return Unreachable()
