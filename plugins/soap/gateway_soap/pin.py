"""A WSDL and what it imports, written beside each other with their references rewritten: serving then fetches nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import quoteattr, unescape

from gateway.adapter import Misconfigured
from gateway_soap.documents import ENCODING, Documents

_REFERENCE = re.compile(
    rb"(<(?:[\w.-]+:)?(?:import|include|redefine)\b[^<>]*?\b(?:location|schemaLocation)\s*=\s*)(\"[^\"]*\"|'[^']*')"
)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_QUOTES = {"&quot;": '"', "&apos;": "'"}


def write_pinned(documents: Documents, folder: Path, name: str) -> list[Path]:
    """Writes `<name>.wsdl` and its imports into the folder; gives the files, the WSDL first. Each is replaced as a whole.

    Raises OSError, and Misconfigured for a name that is none.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name):
        raise Misconfigured("The name of a pinned WSDL has letters, digits, '.', '_' and '-' only.")
    files = dict(_named(documents, name))
    folder.mkdir(parents=True, exist_ok=True)
    for address, scanned in documents.scanned.items():
        _replace(folder / files[address], _rewritten(scanned.content, address, files))
    return [folder / file for file in files.values()]


def _named(documents: Documents, name: str) -> Iterator[tuple[str, str]]:
    """Address -> file name."""
    yield documents.start, f"{name}.wsdl"
    others = [address for address in documents.scanned if address != documents.start]
    for number, address in enumerate(others, 1):
        kind = "wsdl" if documents.scanned[address].root.endswith("}definitions") else "xsd"
        parts = urlsplit(address)
        stem = _UNSAFE.sub("-", f"{parts.path.rpartition('/')[2]}-{parts.query}").strip("-.")[:40]
        yield address, f"{name}-{number}-{stem.removesuffix(f'.{kind}') or kind}.{kind}"


def _rewritten(content: bytes, address: str, files: dict[str, str]) -> bytes:
    def local(found: re.Match[bytes]) -> bytes:
        written = unescape(found[2][1:-1].decode("utf-8", "replace"), _QUOTES)
        target = files.get(urljoin(address, written.strip()))
        if target is None or urljoin(address, written.strip()) == ENCODING:
            return found[0]
        return found[1] + quoteattr(target).encode("ascii")

    return _REFERENCE.sub(local, content)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(content)
    os.replace(fresh, path)
