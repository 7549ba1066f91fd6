"""How these tests read a reply: as the adapter does, without the way to it."""

from __future__ import annotations

from gateway_xml_get.decode import decode
from gateway_xml_get.document import DocumentReader
from gateway_xml_get.settings import Pairs

from gateway.adapter import ErrorSign, Found, Nobody

ISO = "iso-8859-1"
READS = frozenset({"email", "nome", "fone", "cpf", "plano", "endereco", "cep", "cidade"})


def read(
    reply: str | bytes,
    *,
    reads: frozenset[str] = frozenset(),
    lists: frozenset[str] = frozenset(),
    records: str | None = None,
    nobody: Nobody | None = None,
    asked: tuple[str, ...] = (),
    limit: int = 50,
    content_type: str = "",
    encoding: str | None = None,
    pairs: Pairs | None = None,
    errors: tuple[ErrorSign, ...] = (),
) -> Found:
    """What the reply says. Text is sent in UTF-8."""
    body = reply.encode() if isinstance(reply, str) else reply
    decoded = decode(body, content_type, encoding)
    found = DocumentReader(records, reads, nobody or Nobody(), pairs, errors, lists).read(decoded.body, asked, limit)
    return Found(found.records, (*decoded.warnings, *found.warnings), found.truncated)
