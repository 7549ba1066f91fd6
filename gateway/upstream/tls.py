"""The TLS settings towards sources: verified against the system's trust, version 1.2 at least."""

from __future__ import annotations

import ssl
from functools import cache


@cache
def system_tls() -> ssl.SSLContext:
    """One context for the process, made when the first https source is asked: loading the trust store takes 20 ms."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
