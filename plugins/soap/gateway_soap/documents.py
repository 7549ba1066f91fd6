"""The WSDL and what it imports, as bytes: from the tenant's folder or from the source itself, from nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit
from urllib.request import url2pathname

from gateway.adapter import (
    AdapterContext,
    EmptyReply,
    HtmlPage,
    Misconfigured,
    Nobody,
    Reply,
    SourceError,
    UnexpectedStatus,
    Wire,
    has_answer,
)
from gateway_soap.description import Description
from gateway_soap.scan import scan
from gateway_soap.scanned import Scanned
from gateway_soap.settings import Wsdl

_MOST_DOCUMENTS = 200
_MOST_BYTES = 32 * 1024 * 1024
_UNKNOWN = "http://source.invalid/"
"""Stands for the source's address where the context does not tell it: its own WSDL is read, its imports cannot be."""
_PORTS = {"http": 80, "https": 443}
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
"""Imported by many WSDLs, and not at any source: ours is taken."""


@dataclass(frozen=True, slots=True)
class Documents:
    """A WSDL with everything it imports. `start`: the WSDL's address, a key of `scanned`."""

    start: str
    scanned: Map[str, Scanned]

    @property
    def size(self) -> int:
        """Bytes of all documents."""
        return sum(len(one.content) for one in self.scanned.values())

    @property
    def description(self) -> Description:
        return Description(self.start, self.scanned)


async def fetch(wsdl: Wsdl, context: AdapterContext) -> Documents:
    """All documents of a WSDL. Raises Misconfigured where one is foreign, or is missing or unreadable on disk; what `scan`
    and `has_answer` raise where the source does not show them."""
    if wsdl.file is not None:
        return await asyncio.to_thread(from_folder, wsdl.file)
    return await from_source(wsdl.path or "", context.wire, context.address)


def soap_encoding() -> bytes:
    """SOAP 1.1's encoding schema, the part of it that WSDLs mention."""
    return (Path(__file__).parent / "schemas" / "soap-encoding.xsd").read_bytes()


# ---------------------------------------------------------------------------------------------- on disk


def from_folder(file: Path) -> Documents:
    """A WSDL on disk with what it imports, all in its folder or below it. Raises Misconfigured."""
    start = file.resolve()
    scanned: dict[str, Scanned] = {}
    waiting = [start.as_uri()]
    while waiting:
        address = waiting.pop()
        if address in scanned:
            continue
        try:
            scanned[address] = _scanned(_file_content(address, start.parent), address)
        except Misconfigured:
            raise
        except SourceError as error:
            raise Misconfigured(str(error)) from error
        _check_size(scanned)
        waiting.extend(references(scanned[address], address))
    return Documents(start.as_uri(), scanned)


def _file_content(address: str, folder: Path) -> bytes:
    parts = urlsplit(address)
    path = Path(url2pathname(parts.path)).resolve()
    if parts.scheme != "file" or not path.is_relative_to(folder):
        raise Misconfigured(
            f"The WSDL imports {_shown(address)}, which is not in its folder. "
            "Save that file beside the WSDL and write its name into the import."
        )
    try:
        return path.read_bytes()
    except OSError as error:
        raise Misconfigured(
            f"The WSDL's file {path.name} cannot be read ({error.strerror}). "
            "Put it into the tenant's folder of config/wsdl/."
        ) from error


# ---------------------------------------------------------------------------------------------- at the source


async def from_source(path: str, wire: Wire, base: str) -> Documents:
    """A WSDL at the source's own origin with what it imports. `path`: appended to `base`, or a whole address."""
    start = path if urlsplit(path).scheme else (base or _UNKNOWN) + path
    scanned = {start: await _shown_by(wire, path, start, path)}
    waiting = references(scanned[start], start)
    while waiting:
        address = waiting.pop()
        if address in scanned:
            continue
        if not base or _origin(address) != _origin(base):
            raise Misconfigured(
                f"The WSDL imports {_shown(address)}, which is not at the source's own address. "
                "Save the WSDL and its imports in config/wsdl/ and give settings.wsdl.file."
            )
        scanned[address] = await _shown_by(wire, address, address, _shown(address))
        _check_size(scanned)
        waiting.extend(references(scanned[address], address))
    return Documents(start, scanned)


async def _shown_by(wire: Wire, path: str, address: str, shown: str) -> Scanned:
    return await asyncio.to_thread(_scanned, await _content(wire, path, shown), address)


async def _content(wire: Wire, path: str, shown: str) -> bytes:
    # A brace in an address is no hole to be filled.
    literal = path.replace("{", "%7B").replace("}", "%7D")
    reply = await wire.prepare("GET", literal, headers=[("Accept", "text/xml, application/xml, */*;q=0.1")]).send({})
    _check_answer(reply, shown)
    return reply.body


def _check_answer(reply: Reply, shown: str) -> None:
    try:
        has_answer(reply, Nobody())
    except (UnexpectedStatus, HtmlPage, EmptyReply) as error:
        # Their own sentences are about an answer.
        raise type(error)(
            f"The source shows no WSDL at {shown} (HTTP {reply.status}, {error.code}). Check settings.wsdl.path, "
            "or save the WSDL in config/wsdl/ and give settings.wsdl.file."
        ) from error


def _origin(address: str) -> tuple[str, str, int | None]:
    parts = urlsplit(address)
    try:
        port = parts.port
    except ValueError:
        port = -1
    return parts.scheme, (parts.hostname or "").rstrip("."), port or _PORTS.get(parts.scheme)


# ---------------------------------------------------------------------------------------------- imports


def _scanned(content: bytes, address: str) -> Scanned:
    return scan(content, f"The WSDL document {_shown(address)}", "Give a WSDL, or a schema that it imports.")


def references(document: Scanned, address: str) -> list[str]:
    """The addresses that a document imports, but for what is bundled here."""
    addresses = [urljoin(address, reference.strip()) for reference in document.imports]
    return [found for found in addresses if found != ENCODING]


def _check_size(scanned: Map[str, Scanned]) -> None:
    if len(scanned) > _MOST_DOCUMENTS or sum(len(one.content) for one in scanned.values()) > _MOST_BYTES:
        raise Misconfigured(
            f"The WSDL with its imports is over {_MOST_DOCUMENTS} documents or {_MOST_BYTES >> 20} MiB. "
            "Save a smaller one with only the operation in use, and give settings.wsdl.file."
        )


def _shown(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme == "file":
        return unquote(parts.path.rpartition("/")[2])
    return address if len(address) <= 200 else f"{address[:200]}…"
