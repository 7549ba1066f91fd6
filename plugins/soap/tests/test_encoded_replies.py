"""Replies that have to be put together first: SOAP encoding's references and maps, several parts, XML inside a text."""

from __future__ import annotations

import base64

import pytest
from gateway_soap.envelope import Fault, open_envelope
from lxml import etree

from gateway.adapter import Json, Reply, SourceError, TooLarge, Truncated, Unreadable
from plugins.soap.tests.sources import SOAP_11, SOAP_12, adapter_answered, names, query, response, settings

pytestmark = pytest.mark.anyio
ENC, ENC12 = "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding"
XSI = "http://www.w3.org/2001/XMLSchema-instance"


def axis(content: str) -> str:
    """A body as Axis writes it: the response, and what it refers to beside it."""
    return (
        f'<e:Envelope xmlns:e="{SOAP_11}" xmlns:s="{ENC}" xmlns:i="{XSI}" xmlns:x="http://www.w3.org/2001/XMLSchema">'
        f"<e:Body>{content}</e:Body></e:Envelope>"
    )


ANSWER = '<r:BuscarClienteResponse xmlns:r="urn:c"><lista s:arrayType="x[2]" href="#id0"/></r:BuscarClienteResponse>'
PARTS = (
    '<multiRef id="id0" s:root="0" i:type="s:Array"><cliente href="#id1"/><cliente href="#id2"/></multiRef>'
    '<multiRef id="id1" s:root="0" i:type="x:C"><nome i:type="x:string">Ana</nome><plano href="#id3"/></multiRef>'
    '<multiRef id="id2" s:root="0"><nome>Eva</nome><plano href="#id3"/><cpf i:nil="true"/></multiRef>'
    '<multiRef id="id3" s:root="0"><nome>Ouro</nome></multiRef>'
)


async def found(body: str | bytes, content_type: str = "text/xml; charset=utf-8") -> list[dict[str, Json]]:
    async with adapter_answered(body, settings(records="lista.cliente"), content_type=content_type) as adapter:
        return [dict(record) for record in (await adapter.lookup(query(codigo="7"), limit=10)).records]


@pytest.mark.parametrize("order", [ANSWER + PARTS, PARTS + ANSWER], ids=["behind", "before"])
async def test_what_stands_apart_is_put_into_its_place(order: str) -> None:
    assert await found(axis(order)) == [
        {"nome": "Ana", "plano": {"nome": "Ouro"}},
        {"nome": "Eva", "plano": {"nome": "Ouro"}},
    ]


async def test_what_stands_apart_is_found_without_being_told_where() -> None:
    async with adapter_answered(axis(ANSWER + PARTS)) as adapter:
        assert names((await adapter.lookup(query(codigo="7"), limit=10)).records) == ["Ana", "Eva"]


async def test_a_reference_to_something_inside_the_answer_is_followed_and_its_mark_is_no_value() -> None:
    inside = (
        "<BuscarClienteResponse><lista><cliente><nome>Ana</nome><plano id='ref1'><nome>Ouro</nome></plano></cliente>"
        "<cliente><nome>Eva</nome><plano href='#ref1'/></cliente></lista></BuscarClienteResponse>"
    )
    plan = {"nome": "Ouro"}
    assert await found(axis(inside)) == [{"nome": "Ana", "plano": plan}, {"nome": "Eva", "plano": plan}]


@pytest.mark.parametrize("ref", ["a", "#a"], ids=["by the book", "as PHP writes it"])
async def test_references_of_soap_1_2_are_followed(ref: str) -> None:
    body = (
        f'<e:Envelope xmlns:e="{SOAP_12}" xmlns:s="{ENC12}"><e:Body><BuscarClienteResponse><lista>'
        f'<cliente s:ref="{ref}"/>'
        '</lista><x s:id="a"><nome>Ana</nome></x></BuscarClienteResponse></e:Body></e:Envelope>'
    )
    assert names(await found(body)) == ["Ana"]


async def test_a_link_among_the_values_is_no_reference() -> None:
    (record,) = await found(
        response("<lista><cliente id='7'><nome>Ana</nome><site href='https://x/#a'/></cliente></lista>")
    )
    assert record == {"nome": "Ana", "site": {"href": "https://x/#a"}, "id": "7"}


@pytest.mark.parametrize(
    ("parts", "error", "says"),
    [
        ("<multiRef id='id9'/>", Unreadable, "refers to a part of it that is not there"),
        ("<multiRef id='id0'><a href='#id0'/></multiRef>", Unreadable, "refers to itself in a circle"),
        (
            "<multiRef id='id0'><a href='#id1'/></multiRef><multiRef id='id1'><a href='#id0'/></multiRef>",
            Unreadable,
            "in a circle",
        ),
        (
            "".join(f"<multiRef id='id{n}'>" + f"<a href='#id{n + 1}'/>" * 10 + "</multiRef>" for n in range(9))
            + "<multiRef id='id9'><nome>Ana</nome></multiRef>",
            TooLarge,
            "stand for over 50000 elements",
        ),
        (
            "<multiRef id='id0'>"
            + "<a href='#id1'/>" * 1000
            + f"</multiRef><multiRef id='id1'>{'x' * 40_000}</multiRef>",
            TooLarge,
            "16 MB of text",
        ),
        (
            "".join(f"<multiRef id='id{n}'>" for n in range(60))
            + "x" * 400_000
            + "</multiRef>" * 60
            + "".join(f"<a href='#id{n}'/>" for n in range(60)),
            TooLarge,
            "16 MB of text",
        ),
    ],
    ids=[
        "nowhere",
        "itself",
        "circle",
        "a tree of a billion",
        "one long text a thousand times",
        "one inside the other",
    ],
)
async def test_references_that_cannot_be_followed_are_a_failure(
    parts: str, error: type[SourceError], says: str
) -> None:
    with pytest.raises(error, match=says):
        await found(axis(ANSWER + parts))


@pytest.mark.parametrize(
    ("key", "name"), [("nome", "nome"), ("Nome", "nome"), ("E-mail", "email"), ("Código do cliente", "codigocliente")]
)
async def test_a_map_of_keys_and_values_is_read_by_its_keys(key: str, name: str) -> None:
    body = axis(
        f"<BuscarClienteResponse><lista><cliente i:type='m:Map' xmlns:m='http://xml.apache.org/xml-soap'>"
        f"<item><key i:type='x:string'>{key}</key><value i:type='x:string'>Ana</value></item>"
        f"<item><key>fones</key><value i:type='s:Array'><item>1</item><item>2</item></value></item>"
        f"</cliente></lista></BuscarClienteResponse>"
    )
    (record,) = await found(body)
    assert record[name] == "Ana"
    assert record["fones"] == {"item": ["1", "2"]}


# ---------------------------------------------------------------------------------------------- several parts


ENVELOPE = response("<lista><cliente><nome>João</nome></cliente></lista>").encode()
KIND = 'multipart/related; boundary="=b"; type="application/xop+xml"; start="<raiz>"'


def parts(*given: tuple[str, bytes], end: bytes = b"\r\n--=b--\r\n") -> bytes:
    return b"".join(b"\r\n--=b\r\n" + head.encode() + b"\r\n\r\n" + content for head, content in given) + end


ROOT = "Content-Type: application/xop+xml; charset=UTF-8\r\nContent-ID: <raiz>"


@pytest.mark.parametrize(
    "body",
    [
        parts((ROOT, ENVELOPE), ("Content-ID: <foto>", b"\x00\xff\r\n--=bx")),
        parts(("Content-ID: <foto>", b"\x89PNG"), (ROOT, ENVELOPE)),
        parts((ROOT + "\r\nContent-Transfer-Encoding: base64", base64.encodebytes(ENVELOPE))),
        parts((ROOT + "\r\nContent-Transfer-Encoding: quoted-printable", ENVELOPE.replace(b"=", b"=3D"))),
        parts((ROOT, ENVELOPE)).replace(b"\r\n", b"\n"),
        b"preamble" + parts((ROOT, ENVELOPE)) + b"epilogue",
    ],
    ids=["first", "second", "base64", "quoted-printable", "bare line feeds", "with text around"],
)
async def test_the_envelope_is_taken_out_of_a_reply_of_several_parts(body: bytes) -> None:
    assert names(await found(body, KIND)) == ["João"]


@pytest.mark.parametrize(
    ("body", "kind", "error", "says"),
    [
        (parts((ROOT, ENVELOPE), end=b""), KIND, Truncated, "multipart reply ended before it was whole"),
        (parts((ROOT, ENVELOPE[:-9])), KIND, Truncated, "ended before it was whole"),
        (parts((ROOT, ENVELOPE)), "multipart/related", Unreadable, "names no boundary"),
        (parts((ROOT, ENVELOPE)), 'multipart/related; boundary="other"', Unreadable, "has no part in it"),
        (parts(("Content-ID: <a>", b"GIF89a")), KIND, Unreadable, "is not XML"),
    ],
)
async def test_parts_without_an_envelope_are_a_failure(
    body: bytes, kind: str, error: type[SourceError], says: str
) -> None:
    with pytest.raises(error, match=says):
        await found(body, kind)


# ---------------------------------------------------------------------------------------------- XML in a text


INNER = "<clientes><cliente><nome>João &amp; Ana</nome></cliente></clientes>"


def as_text(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return response(f"<BuscarResult>{escaped}</BuscarResult>")


@pytest.mark.parametrize(
    "body",
    [
        as_text(INNER),
        as_text(f'<?xml version="1.0" encoding="utf-16"?>\n{INNER}\n'),
        response(f"<BuscarResult><![CDATA[{INNER}]]></BuscarResult>"),
    ],
)
async def test_a_document_inside_a_text_is_read(body: str) -> None:
    async with adapter_answered(body) as adapter:
        assert names((await adapter.lookup(query(codigo="7"), limit=10)).records) == ["João & Ana"]


@pytest.mark.parametrize("text", ["<clientes/>", "<clientes><cliente/></clientes>"])
async def test_an_empty_document_inside_a_text_is_nobody(text: str) -> None:
    async with adapter_answered(as_text(text)) as adapter:
        assert not (await adapter.lookup(query(codigo="7"), limit=10)).records


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("<clientes><cliente></clientes>", "inside the reply's text is not well-formed"),
        ("<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "inside the reply's text has a DOCTYPE"),
    ],
)
async def test_a_broken_document_inside_a_text_is_a_failure(text: str, says: str) -> None:
    async with adapter_answered(as_text(text)) as adapter:
        with pytest.raises(Unreadable, match=says):
            await adapter.lookup(query(codigo="7"), limit=10)


async def test_a_data_set_is_read_without_its_schema() -> None:
    data = (
        '<BuscarResult><x:schema xmlns:x="http://www.w3.org/2001/XMLSchema"><x:element name="nome"/></x:schema>'
        '<d:diffgram xmlns:d="urn:schemas-microsoft-com:xml-diffgram-v1"><NewDataSet xmlns=""><Table d:id="T1">'
        "<nome>Ana</nome><cpf>1</cpf></Table><Table><nome>Eva</nome><cpf>2</cpf></Table></NewDataSet></d:diffgram></BuscarResult>"
    )
    async with adapter_answered(response(data)) as adapter:
        assert names((await adapter.lookup(query(codigo="7"), limit=10)).records) == ["Ana", "Eva"]


def test_a_fault_is_never_taken_apart() -> None:
    fault = "<e:Fault><faultcode>e:Server</faultcode><faultstring>&lt;a&gt;</faultstring></e:Fault>"
    opened = open_envelope(Reply(500, {}, axis(fault).encode()))
    assert isinstance(opened, Fault)
    assert not isinstance(opened, etree._Element)
