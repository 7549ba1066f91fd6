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
from gateway_soap.settings import Wsdl
from gateway_soap.strict_xml import parse

_MOST_DOCUMENTS = 200
_MOST_BYTES = 32 * 1024 * 1024
_IMPORTS = {
    "{http://schemas.xmlsoap.org/wsdl/}import": "location",
    "{http://www.w3.org/2001/XMLSchema}import": "schemaLocation",
    "{http://www.w3.org/2001/XMLSchema}include": "schemaLocation",
    "{http://www.w3.org/2001/XMLSchema}redefine": "schemaLocation",
}
_UNKNOWN = "http://source.invalid/"
"""Stands for the source's address where the context does not tell it: its own WSDL is read, its imports cannot be."""
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Documents:
    """A WSDL with everything it imports. `start`: the WSDL's address, a key of `contents`."""

    start: str
    contents: Map[str, bytes]


async def fetch(wsdl: Wsdl, context: AdapterContext) -> Documents:
    """All documents of a WSDL. Raises Misconfigured where one is foreign, or is missing or unreadable on disk; what `parse`
    and `has_answer` raise where the source does not show them."""
    if wsdl.file is not None:
        return await asyncio.to_thread(_from_folder, wsdl.file)
    return await _from_source(wsdl.path or "", context)


# ---------------------------------------------------------------------------------------------- on disk


def _from_folder(file: Path) -> Documents:
    start = file.resolve()
    contents: dict[str, bytes] = {}
    waiting = [start.as_uri()]
    while waiting:
        address = waiting.pop()
        if address in contents:
            continue
        contents[address] = _file_content(address, start.parent)
        _check_size(contents)
        try:
            waiting.extend(_references(contents[address], address))
        except SourceError as error:
            raise Misconfigured(str(error)) from error
    return Documents(start.as_uri(), contents)


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


async def _from_source(path: str, context: AdapterContext) -> Documents:
    start = path if urlsplit(path).scheme else (context.address or _UNKNOWN) + path
    contents = {start: await _content(context.wire, path, path)}
    waiting = await asyncio.to_thread(_references, contents[start], start)
    while waiting:
        address = waiting.pop()
        if address in contents:
            continue
        if not context.address or _origin(address) != _origin(context.address):
            raise Misconfigured(
                f"The WSDL imports {_shown(address)}, which is not at the source's own address. "
                "Save the WSDL and its imports in config/wsdl/ and give settings.wsdl.file."
            )
        contents[address] = await _content(context.wire, address, _shown(address))
        _check_size(contents)
        waiting.extend(await asyncio.to_thread(_references, contents[address], address))
    return Documents(start, contents)


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


def _references(content: bytes, address: str) -> list[str]:
    """The addresses that a document imports. Raises what `parse` raises."""
    hint = "Give a WSDL, or a schema that it imports."
    root = parse(content, what=f"The WSDL document {_shown(address)}", hint=hint)
    named = [element.get(_IMPORTS[str(element.tag)]) for element in root.iter(*_IMPORTS)]
    return [urljoin(address, reference) for reference in named if reference]


def _check_size(contents: Map[str, bytes]) -> None:
    if len(contents) > _MOST_DOCUMENTS or sum(map(len, contents.values())) > _MOST_BYTES:
        raise Misconfigured(
            f"The WSDL with its imports is over {_MOST_DOCUMENTS} documents or {_MOST_BYTES >> 20} MiB. "
            "Save a smaller one with only the operation in use, and give settings.wsdl.file."
        )


def _shown(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme == "file":
        return unquote(parts.path.rpartition("/")[2])
    return address if len(address) <= 200 else f"{address[:200]}…"
