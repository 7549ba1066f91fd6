"""Which operation at which port, and what goes into the headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.adapter import HtmlPage, Json
from gateway.testing.exchange import SourceResponse
from gateway.testing.source import answering, running_source
from plugins.soap.tests.sources import TEXT, adapter_at, envelope, misconfigured, query, saved, settings, showing

pytestmark = pytest.mark.anyio
ACTION = '"urn:example:clientes/BuscarCliente"'


# ---------------------------------------------------------------------------------------------- choosing


async def test_a_misspelt_operation_is_corrected() -> None:
    said = await misconfigured(given=settings(operation="BuscaCliente"))
    assert said == (
        "The WSDL has no operation 'BuscaCliente'. Did you mean 'BuscarCliente'? It has: BuscarCliente. "
        "Correct settings.operation."
    )


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"service": "Clientes"}, "no service 'Clientes'. Did you mean 'ClientesService'?"),
        ({"port": "ClientesPort13"}, "Did you mean 'ClientesPort1"),
        ({"port": "ClientesPort", "version": "1.2"}, "no version '1.2'. Did you mean '1.1'? It has: 1.1."),
    ],
)
async def test_a_place_that_the_wsdl_does_not_have_is_corrected(given: dict[str, Json], says: str) -> None:
    assert says.rstrip("?") in await misconfigured(given=settings(**given))


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "text",
    [
        TEXT[: TEXT.index("<wsdl:service")] + "</wsdl:definitions>",
        TEXT[: TEXT.index("<wsdl:binding")] + "</wsdl:definitions>",
        TEXT.replace('transport="http://schemas.xmlsoap.org/soap/http"', 'transport="http://www.w3.org/2010/soapjms/"'),
        TEXT.replace("<wsdl:operation name", "<!-- <wsdl:operation name").replace(
            "</wsdl:operation>", "</wsdl:operation> -->"
        ),
    ],
    ids=["no service", "no binding", "not over HTTP", "no operation"],
)
async def test_a_wsdl_without_an_operation_is_told(tmp_path: Path, text: str) -> None:
    said = await misconfigured(given=settings(wsdl={"file": saved(tmp_path, "x.wsdl", text)}))
    assert said.startswith("The WSDL has no SOAP operation")


async def test_several_ports_of_one_version_have_to_be_told_apart(tmp_path: Path) -> None:
    port = TEXT[TEXT.index('<wsdl:port name="ClientesPort"') : TEXT.index('<wsdl:port name="ClientesPort12"')]
    text = TEXT.replace(port, port + port.replace("ClientesPort", "Reserva"))
    file = saved(tmp_path, "x.wsdl", text)
    said = await misconfigured(given=settings(wsdl={"file": file}))
    assert "ClientesService/ClientesPort (1.1), ClientesService/Reserva (1.1)" in said
    assert "settings.port" in said
    async with (
        running_source(showing({})) as source,
        adapter_at(source.url, settings(wsdl={"file": file}, port="Reserva")) as adapter,
    ):
        assert (await adapter.lookup(query(codigo="7"), limit=5)).records


# ---------------------------------------------------------------------------------------------- headers


@pytest.mark.parametrize(
    ("given", "content_type", "action"),
    [
        ({}, "text/xml; charset=utf-8", ACTION),
        ({"soap_action": ""}, "text/xml; charset=utf-8", '""'),
        ({"soap_action": "urn:x"}, "text/xml; charset=utf-8", '"urn:x"'),
        ({"version": "1.2"}, f"application/soap+xml; charset=utf-8; action={ACTION}", None),
        ({"version": "1.2", "soap_action": ""}, "application/soap+xml; charset=utf-8", None),
        (
            {"port": "ClientesPort12"},
            'application/soap+xml; charset=utf-8; action="urn:example:clientes/BuscarCliente"',
            None,
        ),
    ],
)
async def test_headers_are_those_of_the_version(given: dict[str, Json], content_type: str, action: str | None) -> None:
    async with running_source(showing({})) as source, adapter_at(source.url, settings(**given)) as adapter:
        await adapter.lookup(query(codigo="7"), limit=5)
        headers = source.requests[-1].headers
        assert headers["content-type"] == content_type
        assert headers.get("soapaction") == action


@pytest.mark.parametrize("action", ['urn:"x', "urn:x\r\nX-Evil: 1", "urn:{cpf}", "urn:ação"])
async def test_an_action_that_no_header_carries_is_refused(action: str) -> None:
    assert "settings.soap_action" in await misconfigured(given=settings(soap_action=action))


async def test_check_posts_an_empty_body_and_no_action() -> None:
    async with running_source(showing({})) as source, adapter_at(source.url) as adapter:
        await adapter.check()
        (request,) = source.requests
        assert request.body.endswith(b"<e:Body/></e:Envelope>")
        assert request.headers["soapaction"] == '""'


async def test_check_is_not_content_with_a_login_page() -> None:
    login = answering(SourceResponse(b"<html><body>Entrar</body></html>"))
    async with running_source(login) as source, adapter_at(source.url) as adapter:
        with pytest.raises(HtmlPage):
            await adapter.check()
        fault = envelope("<e:Fault><faultcode>e:Client</faultcode></e:Fault>")
        source.behaviour = answering(SourceResponse(fault.encode(), 500))
        await adapter.check()
