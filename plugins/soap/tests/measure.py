"""What the template and the walk save over zeep, as ratios: `python -m plugins.soap.tests.measure`. No test."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any, cast

from gateway_soap.documents import fetch
from gateway_soap.envelope import Fault, open_envelope
from gateway_soap.inputs import Inputs
from gateway_soap.records import ReplyReader
from gateway_soap.request import lookup_message
from gateway_soap.wsdl import open_operation, reduce
from zeep import Settings
from zeep.wsdl import Document

from gateway.adapter import Reply
from plugins.soap.tests.sources import NO_SIGNS, READS, context_at, settings
from tests.examples.people import SOAP, known_to
from tests.examples.soap_service import WSDL, answer

ROUNDS, TIMES = 7, 300


def main() -> None:
    given = settings()
    documents = asyncio.run(fetch(given.wsdl, context_at("http://127.0.0.1:9")))
    wanted = lookup_message(given)
    operation = open_operation(reduce(documents.description, wanted))
    template = Inputs(operation, wanted).template(frozenset({"cpf"}))
    reader = ReplyReader(operation.reply, "lista.cliente", READS, NO_SIGNS)
    body = answer(known_to(SOAP)[:1])
    # zeep reads this reply only where it is told not to look closely.
    lenient = Document(
        str(WSDL), settings=Settings(strict=False, xsd_ignore_sequence_order=True), transport=cast(Any, _NoTransport())
    )
    theirs = lenient.services["ClientesService"].ports["ClientesPort"].binding.get("BuscarCliente")

    def read() -> None:
        response = open_envelope(Reply(200, {}, body))
        assert not isinstance(response, Fault)
        assert reader.read(response, 10).records

    def read_with_zeep() -> None:
        from lxml import etree

        theirs.process_reply(etree.fromstring(body))

    filled = _micros(lambda: template.fill({"cpf": "12345678909"}))
    built = _micros(lambda: operation.build({"filtro": {"cpf": "12345678909"}}, {}))
    walked, parsed = _micros(read), _micros(read_with_zeep)
    print(f"message: filled {filled:.1f} µs, built by zeep {built:.1f} µs, ratio {built / filled:.0f}")
    print(f"reply:   walked {walked:.1f} µs, read by zeep {parsed:.1f} µs, ratio {parsed / walked:.1f}")


class _NoTransport:
    def load(self, address: str) -> bytes:
        assert address == str(WSDL)
        return WSDL.read_bytes()


def _micros(what: Callable[[], object]) -> float:
    """The median of several rounds."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(TIMES):
            what()
        rounds.append((time.process_time() - start) / TIMES * 1e6)
    return statistics.median(rounds)


if __name__ == "__main__":
    main()
