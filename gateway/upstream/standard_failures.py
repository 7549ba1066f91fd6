"""What httpcore2's exceptions mean: the one table from them to a SourceError."""

from __future__ import annotations

import httpcore2

from gateway.core.errors import Misconfigured, SourceError, TooLarge, Truncated, Unreachable, Unreadable
from gateway.upstream.failures import CANNOT_BE_WRITTEN, HEADERS_TOO_LARGE, NO_HTTP, unreachable

# h11 marks an overlong head with the status that a server would answer with (RFC 6585, 5).
_OVERLONG_HEAD = 431

FAILURES = (httpcore2.ProtocolError, httpcore2.NetworkError, httpcore2.TimeoutException, OSError)
"""All that httpcore2 raises by itself; time-outs among them are the system's own (`ETIMEDOUT`)."""


def before_the_body(error: Exception) -> SourceError:
    """Until the reply's headers are here: what breaks is a connection that did not come about."""
    if isinstance(error, httpcore2.LocalProtocolError):
        return Misconfigured(CANNOT_BE_WRITTEN)
    if isinstance(error, httpcore2.RemoteProtocolError):
        return _protocol(error) or Unreachable()
    return unreachable(error)


def within_the_body(error: Exception, *, ended: bool) -> SourceError:
    """After the headers: what breaks is a reply that is not whole. `ended`: the source closed the connection."""
    if isinstance(error, httpcore2.ProtocolError):
        return Truncated() if ended else _protocol(error) or Truncated()
    failure = Truncated()
    failure.__cause__ = error
    return failure


def _protocol(error: Exception) -> SourceError | None:
    """httpcore2 wraps what h11 says of a reply, and speaks for itself where the source closed without a word (None)."""
    reason = error.args[0] if error.args else None
    if not isinstance(reason, Exception):
        return None
    too_large = getattr(reason, "error_status_hint", None) == _OVERLONG_HEAD
    return TooLarge(HEADERS_TOO_LARGE) if too_large else Unreadable(NO_HTTP)
