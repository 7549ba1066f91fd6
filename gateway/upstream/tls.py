"""The TLS settings towards sources: always verified, version 1.2 at least; whose authorities, and our own certificate."""

from __future__ import annotations

import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from gateway.core.errors import Misconfigured
from gateway.core.sign_in import ClientTls

_UNUSABLE = "upstream.tls has no usable certificate, key or ca. `gateway check` says which."


@cache
def system_tls() -> ssl.SSLContext:
    """One context for the process, made when the first https source is asked: loading the trust store takes 20 ms."""
    return _verifying(None)


def tls_for(settings: ClientTls | None) -> Callable[[], ssl.SSLContext]:
    """What makes the context for an origin; it raises Misconfigured where the settings cannot be used."""
    return system_tls if settings is None else partial(own_tls, settings)


def own_tls(settings: ClientTls) -> ssl.SSLContext:
    """A context of one source's own. Raises Misconfigured, without a cause: OpenSSL's words would only confuse."""
    authorities = settings.authorities
    try:
        context = _verifying(authorities.reveal() if authorities is not None else None)
        if settings.certificate is not None:
            _show(context, settings)
    except (ssl.SSLError, ValueError, TypeError):
        pass
    else:
        return context
    raise Misconfigured(_UNUSABLE)


def _verifying(authorities: str | None) -> ssl.SSLContext:
    """Trusts `authorities` (PEM) alone, or where there are none the system's."""
    context = ssl.create_default_context(cadata=authorities)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _show(context: ssl.SSLContext, settings: ClientTls) -> None:
    parts = (settings.key, settings.certificate)
    text = "\n".join(part.reveal() for part in parts if part is not None)
    password = settings.key_password
    with _as_file(text.encode()) as path:
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(path, password=password.reveal() if password is not None else "")


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """A file that only this process can open: OpenSSL reads keys from nothing else. In memory, where the system can."""
    if hasattr(os, "memfd_create"):
        with os.fdopen(os.memfd_create("tls"), "wb") as file:
            file.write(data)
            file.flush()
            yield f"/proc/self/fd/{file.fileno()}"
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / "tls.pem"
        path.write_bytes(data)
        yield str(path)
