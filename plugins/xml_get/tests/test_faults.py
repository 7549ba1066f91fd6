"""Everything that a page is known to do wrong: each is a failure with its code and a sentence that says what to change."""

from __future__ import annotations

import asyncio

import pytest

from gateway.adapter import SourceError
from gateway.testing import SourceResponse
from gateway.testing.exchange import gzipped
from gateway.testing.source import Behaviour, answering, cut, raw, resetting, running_source
from plugins.xml_get.tests.asking import adapter_at, query

pytestmark = pytest.mark.anyio

CPF = "390.533.447-05"
WHO = f'<cliente nome="Carlos Segredo" email="segredo@example.com" cpf="{CPF}"/>'
XML = f"<clientes>{WHO}</clientes>".encode()
READS = frozenset({"nome", "email", "cpf"})


def says(body: str | bytes, status: int = 200, **headers: str) -> Behaviour:
    return answering(SourceResponse(body.encode() if isinstance(body, str) else body, status, headers))


FAULTS: dict[str, tuple[Behaviour, str, str]] = {
    "a DOCTYPE": (says(f"<!DOCTYPE c SYSTEM 'http://x.example/c.dtd'><c>{WHO}</c>"), "unreadable", "leave it out"),
    "an entity of a file": (
        says('<!DOCTYPE c [<!ENTITY e SYSTEM "file:///etc/passwd">]><c><r nome="Segredo" email="&e;"/></c>'),
        "unreadable", "leave it out",
    ),
    "entities in entities": (
        says('<!DOCTYPE c [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><c><nome>&b;</nome></c>'), "unreadable", "leave it out",
    ),
    "a login page": (
        says(f"<!DOCTYPE html><html><form>Senha de {CPF}<input></form></html>"), "html_page", "Check upstream.url and",
    ),
    "a login page without a DOCTYPE": (says("<html><body>Entrar: Segredo</body></html>"), "html_page", "Check upstream.url"),
    "a login page in XHTML": (
        says(f'<?xml version="1.0"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><p>{CPF}</p></html>'),
        "html_page", "Check upstream.url",
    ),
    "a redirect to the login": (says("", 302, location=f"/login?cpf={CPF}"), "redirected", "Put the final address in"),
    "a body over the cap": (
        says(f"<c><cliente><cpf>{CPF}</cpf><obs>{'Segredo' * 2_000_000}"), "too_large", "upstream.max_body",
    ),
    "a small gzip of gigabytes": (
        answering(gzipped(SourceResponse(b"<c>" + b"<!-- Segredo -->" * 3_000_000 + b"</c>"))), "too_large", "max_body",
    ),
    "too many elements": (says("<c>" + "<r/>" * 150_000 + "</c>"), "too_large", "Narrow the question"),
    "nesting without end": (says("<a>" * 5_000 + WHO + "</a>" * 5_000), "too_large", "Check that the address"),
    "an error element": (says(f"<erro>Falhou para {CPF}</erro>"), "reported_error", "ask the source's owner"),
    "an error beside an empty list": (
        says(f"<r><erro>Falhou para {CPF}</erro><clientes/></r>"), "reported_error", "under nobody:",
    ),
    "Oracle's error as text": (says(f"ORA-01017: invalid username {CPF}"), "reported_error", "ask the source's owner"),
    "a warning of PHP and an empty list": (
        says(f"<b>Warning</b>: mysql_query('{CPF}')<clientes></clientes>"), "reported_error", "leave that out",
    ),
    "a SOAP fault with 200": (
        says('<e:Envelope xmlns:e="urn:e"><e:Body><e:Fault><faultstring>Segredo</faultstring></e:Fault></e:Body>'
             "</e:Envelope>"),
        "reported_error", "under nobody:",
    ),
    "a document that ends in the middle": (says(XML[:-12]), "truncated", "resilience.retries"),
    "fewer bytes than announced": (cut(SourceResponse(XML)), "truncated", "resilience.retries"),
    "a connection that breaks": (resetting, "unreachable|truncated", "Check its address|resilience"),
    "no HTTP": (raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n", closing=True), "unreadable|unreachable", "address|upstream|owner"),
    "what is not well-formed": (says(f"<c><r nome={CPF}/></c>"), "unreadable", "(line 1, column 12)"),
    "another encoding than it may have": (says(f'<?xml version="1.0" encoding="EBCDIC-7"?><c>é{WHO}</c>'.encode("cp500")),
                                          "unreadable", "Ask its owner|reply_encoding"),
    "JSON": (says(f'{{"clientes": [{{"cpf": "{CPF}"}}]}}'), "unreadable", "Ask its owner"),
    "plain text": (says(f"Cliente {CPF} bloqueado"), "unreadable", "Ask its owner"),
    "an unknown text in XML": (says(f"<clientes>{CPF} bloqueado</clientes>"), "unreadable", "list that text under nobody:"),
    "an empty list with a total": (says('<r total="3"><clientes/></r>'), "unreadable", "counts records and shows none"),
    "an empty body": (says(""), "empty_reply", "add empty_body under nobody:"),
    "blanks": (says(" \r\n"), "empty_reply", "add empty_body under nobody:"),
    "a mistyped path": (says("Segredo", 404), "unexpected_status", "add {status: 404} under nobody:"),
    "a refused parameter": (says(f"cpf={CPF}", 400), "unexpected_status", "under nobody:"),
    "half an answer (206)": (says(XML, 206), "unexpected_status", "under nobody:"),
    "a wrong password": (says("Segredo", 401), "unauthorised", "Check upstream.auth"),
    "a refusal": (says("Segredo", 403), "unauthorised", "Check upstream.auth"),
    "too many questions": (says("Segredo", 429), "rate_limited", "Lower resilience.concurrency"),
    "a server error": (says(f"<erro>{CPF}</erro>", 500), "server_error", "Ask its owner"),
    "a server error with records": (says(XML, 503), "server_error", "Ask its owner"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_every_fault_is_a_failure_that_says_what_to_change(fault: str) -> None:
    behaviour, code, words = FAULTS[fault]
    async with (
        running_source(behaviour) as source,
        adapter_at(source.url, {"query": {"doc": "cpf"}}, reads=READS) as adapter,
    ):
        with pytest.raises(SourceError) as raised:
            async with asyncio.timeout(20):
                await adapter.lookup(query(cpf=CPF), limit=5)
    sentence = str(raised.value)
    assert raised.value.code in code.split("|")
    assert any(word in sentence for word in words.split("|")), sentence
    assert not any(value in sentence for value in (CPF, "39053344705", "egredo", "example.com", "invalid", "senha"))
