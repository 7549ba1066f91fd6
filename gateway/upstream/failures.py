"""What a connection's failures mean: the sentences, and the one table from TLS and the system to a SourceError.

A cause is kept where its text is the system's; where it may quote bytes of a stranger's reply or of our request, it is not.
"""

from __future__ import annotations

import ssl

from gateway.core.errors import Unreachable

HEADERS_TOO_LARGE = "The source's reply headers are over the cap. Raise upstream.max_headers if they are meant."
NO_HTTP = "The source does not answer in valid HTTP/1.1. Check the scheme and the port in upstream.url."
CANNOT_BE_WRITTEN = "The request cannot be written as HTTP. Check the source's headers."
WIRE_CLOSED = "The source's connections are closed: its tenant was replaced, or the gateway stops."
_CERTIFICATE = (
    "The source's TLS certificate is not accepted ({}). Its owner must mend it, or upstream.url name its host."
)
_TLS = (
    "No TLS connection with the source: it must speak TLS 1.2 or newer. Check the scheme and the port in upstream.url."
)


def unreachable(error: Exception) -> Unreachable:
    """Of an error of the system or of TLS, perhaps wrapped in a library's own."""
    failure = _unreachable(error)
    failure.__cause__ = error
    return failure


def _unreachable(error: Exception) -> Unreachable:
    reason: object = error
    while isinstance(reason, Exception):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return Unreachable(_CERTIFICATE.format(reason.verify_message.rstrip(".")))
        if isinstance(reason, ssl.SSLError):
            return Unreachable(_TLS)
        reason = reason.args[0] if reason.args else None
    return Unreachable()
