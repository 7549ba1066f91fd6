"""What the transport's exceptions mean: the one table from httpcore2, TLS and the system to a SourceError.

A cause is kept where its text is the system's; where it may quote bytes of a stranger's reply or of our request, it is not.
"""

from __future__ import annotations

import ssl

import httpcore2

from gateway.core.errors import Misconfigured, SourceError, TooLarge, Truncated, Unauthorised, Unreachable, Unreadable

HEADERS_TOO_LARGE = "The source's reply headers are over the cap. Raise upstream.max_headers if they are meant."
# h11 marks an overlong head with the status that a server would answer with (RFC 6585, 5).
_OVERLONG_HEAD = 431
_NO_HTTP = "The source does not answer in valid HTTP/1.1. Check the scheme and the port in upstream.url."
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

FAILURES = (httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException, OSError)
"""All that httpcore2 raises by itself; time-outs among them are the system's own (`ETIMEDOUT`)."""


def before_the_body(error: Exception) -> SourceError:
    """Until the reply's headers are here: what breaks is a connection that did not come about."""
    if isinstance(error, httpcore2.LocalProtocolError):
        return Misconfigured("The request cannot be written as HTTP. Check the source's headers.")
    if isinstance(error, httpcore2.RemoteProtocolError):
        return _protocol(error) or Unreachable()
    return _because(_unreachable(error), error)


def within_the_body(error: Exception, *, ended: bool) -> SourceError:
    """After the headers: what breaks is a reply that is not whole. `ended`: the source closed the connection."""
    if isinstance(error, httpcore2.ProtocolError):
        return Truncated() if ended else _protocol(error) or Truncated()
    return _because(Truncated(), error)


def _because(failure: SourceError, cause: Exception) -> SourceError:
    failure.__cause__ = cause
    return failure


def _protocol(error: Exception) -> SourceError | None:
    """httpcore2 wraps what h11 says of a reply, and speaks for itself where the source closed without a word (None)."""
    reason = error.args[0] if error.args else None
    if not isinstance(reason, Exception):
        return None
    too_large = getattr(reason, "error_status_hint", None) == _OVERLONG_HEAD
    return TooLarge(HEADERS_TOO_LARGE) if too_large else Unreadable(_NO_HTTP)


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
