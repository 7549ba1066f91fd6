"""The WSDL and its imports: from the tenant's folder, from the source itself, from nowhere else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.adapter import (
    EmptyReply,
    HtmlPage,
    Misconfigured,
    ServerError,
    SourceError,
    Truncated,
    UnexpectedStatus,
    Unreachable,
    Unreadable,
)
from gateway.testing.exchange import SourceResponse
from gateway.testing.source import running_source
from plugins.soap.tests.sources import TEXT, adapter_at, misconfigured, names, query, saved, settings, showing, targets

pytestmark = pytest.mark.anyio
SCHEMA = TEXT[TEXT.index("<xsd:schema") : TEXT.index("</wsdl:types>")]
ALONE = SCHEMA.replace(
    "<xsd:schema", '<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:tns="urn:example:clientes"', 1
)


def importing(location: str) -> str:
    """The example's WSDL with its schema elsewhere."""
    return TEXT.replace(
        SCHEMA,
        f'<xsd:schema><xsd:import namespace="urn:example:clientes" schemaLocation="{location}"/></xsd:schema>',
    )


# ---------------------------------------------------------------------------------------------- on disk


async def test_imports_are_read_from_the_wsdls_folder(tmp_path: Path) -> None:
    (tmp_path / "tipos").mkdir()
    saved(
        tmp_path,
        "tipos/a.xsd",
        ALONE,
    )
    file = saved(tmp_path, "x.wsdl", importing("tipos/a.xsd"))
    async with running_source(showing({})) as source, adapter_at(source.url, settings(wsdl={"file": file})) as adapter:
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
        assert targets(source) == ["POST /"]


@pytest.mark.parametrize(
    "location",
    [
        "../fora.xsd",
        "/etc/passwd",
        "file:///etc/passwd",
        "http://interno.example/x.xsd",
        "https://www.w3.org/2001/xml.xsd",
    ],
)
async def test_an_import_from_elsewhere_is_refused_and_named(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    saved(tmp_path, "fora.xsd", ALONE)
    said = await misconfigured(given=settings(wsdl={"file": saved(folder, "x.wsdl", importing(location))}))
    assert said.startswith("The WSDL imports ")
    assert location.rpartition("/")[2] in said
    assert "Save that file beside the WSDL" in said


async def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    saved(tmp_path, "fora.xsd", ALONE)
    (folder / "dentro.xsd").symlink_to(tmp_path / "fora.xsd")
    assert "not in its folder" in await misconfigured(
        given=settings(wsdl={"file": saved(folder, "x.wsdl", importing("dentro.xsd"))})
    )


async def test_a_missing_file_is_named(tmp_path: Path) -> None:
    said = await misconfigured(given=settings(wsdl={"file": str(tmp_path / "falta.wsdl")}))
    assert "falta.wsdl cannot be read (No such file or directory)" in said
    assert "config/wsdl/" in said
    said = await misconfigured(given=settings(wsdl={"file": saved(tmp_path, "x.wsdl", importing("falta.xsd"))}))
    assert "falta.xsd cannot be read" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "x.wsdl is not XML"),
        ("not a wsdl", "not XML"),
        ('<!DOCTYPE d [<!ENTITY a "b">]>' + TEXT.partition("?>")[2], "DOCTYPE"),
        (TEXT[:-30], "ended before it was whole"),
        ("<html><body/></html>", "no SOAP operation"),
        (TEXT.replace('type="tns:Filtro"', 'type="tns:Falta"'), "cannot be understood (LookupError"),
    ],
)
async def test_a_file_that_is_no_wsdl_is_told(tmp_path: Path, text: str, says: str) -> None:
    assert says in await misconfigured(given=settings(wsdl={"file": saved(tmp_path, "x.wsdl", text)}))


async def test_a_wsdl_that_names_a_port_type_that_it_does_not_have_is_told(tmp_path: Path) -> None:
    text = TEXT.replace('type="tns:Clientes"', 'type="tns:Falta"')
    said = await misconfigured(given=settings(wsdl={"file": saved(tmp_path, "x.wsdl", text)}))
    assert said == (
        "The WSDL's binding has 'BuscarCliente', and no port type of it does. "
        "Ask the source's owner for the whole WSDL, with all that it imports."
    )


async def test_a_mistake_in_what_only_answers_does_no_harm(tmp_path: Path) -> None:
    text = TEXT.replace('type="tns:Lista"', 'type="tns:Falta"')
    assert text != TEXT
    given = settings(wsdl={"file": saved(tmp_path, "x.wsdl", text)})
    async with running_source(showing({})) as source, adapter_at(source.url, given) as adapter:
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]


async def test_a_repaired_file_is_taken_up_by_the_next_lookup(tmp_path: Path) -> None:
    file = saved(tmp_path, "x.wsdl", TEXT[:-30])
    async with running_source(showing({})) as source, adapter_at(source.url, settings(wsdl={"file": file})) as adapter:
        for _ in range(2):
            with pytest.raises(Misconfigured):
                await adapter.lookup(query(codigo="7"), limit=5)
        saved(tmp_path, "x.wsdl", TEXT)
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]


# ---------------------------------------------------------------------------------------------- from the source


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("?xsd=1", "/ws/clientes?xsd=1"),
        ("tipos.xsd", "/ws/tipos.xsd"),
        ("/outra/tipos.xsd", "/outra/tipos.xsd"),
        ("{origin}/ws/clientes?xsd=1", "/ws/clientes?xsd=1"),
    ],
)
async def test_imports_at_the_sources_own_address_are_fetched(location: str, target: str) -> None:
    async with running_source(showing({})) as source:
        located = location.format(origin=source.url)
        source.behaviour = showing({"/ws/clientes?wsdl": importing(located), target: ALONE})
        async with adapter_at(f"{source.url}/ws/clientes", settings(wsdl={"path": "?wsdl"})) as adapter:
            assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
            assert targets(source) == ["GET /ws/clientes?wsdl", f"GET {target}", "POST /ws/clientes"]
            assert all("authorization" in request.headers for request in source.requests)


async def test_a_wsdl_elsewhere_at_the_same_origin_is_fetched() -> None:
    async with running_source(showing({"/meta/x.wsdl": TEXT})) as source:
        given = settings(wsdl={"path": f"{source.url}/meta/x.wsdl"})
        async with adapter_at(f"{source.url}/ws", given) as adapter:
            assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]


@pytest.mark.parametrize(
    "location", ["http://interno.example:8080/ws?xsd=1", "file:///etc/passwd", "http://127.0.0.1:1/x"]
)
async def test_an_import_from_another_host_is_refused_and_named(location: str) -> None:
    async with running_source(showing({"/?wsdl": importing(location)})) as source:
        said = await misconfigured(source.url + "/", given=settings(wsdl={"path": "?wsdl"}))
        assert location.rpartition("/")[2] in said
        assert "settings.wsdl.file" in said
        assert targets(source) == ["GET /?wsdl"]


@pytest.mark.parametrize(
    ("shown", "error", "says"),
    [
        (SourceResponse(b"", 404), UnexpectedStatus, "no WSDL at ?wsdl (HTTP 404, unexpected_status)"),
        (SourceResponse(b"<html>Login</html>"), HtmlPage, "no WSDL at ?wsdl (HTTP 200, html_page)"),
        (SourceResponse(b""), EmptyReply, "no WSDL at ?wsdl (HTTP 200, empty_reply)"),
        (SourceResponse(b"{}"), Unreadable, "?wsdl is not XML. Give a WSDL"),
        (SourceResponse(TEXT[:-9].encode()), Truncated, "?wsdl ended before it was whole"),
        (
            SourceResponse(b"<!DOCTYPE x>" + TEXT.partition("?>")[2].encode()),
            Unreadable,
            "has a DOCTYPE, which is refused",
        ),
    ],
)
async def test_a_source_that_shows_no_wsdl_is_told(shown: SourceResponse, error: type[SourceError], says: str) -> None:
    async with (
        running_source(showing({"/?wsdl": shown})) as source,
        adapter_at(source.url + "/", settings(wsdl={"path": "?wsdl"})) as adapter,
    ):
        with pytest.raises(error, match=re.escape(says)):
            await adapter.lookup(query(codigo="7"), limit=5)


async def test_a_source_that_is_down_is_not_a_mistake_of_the_settings() -> None:
    async with (
        running_source(showing({"/?wsdl": SourceResponse(b"", 503)})) as source,
        adapter_at(source.url + "/", settings(wsdl={"path": "?wsdl"})) as adapter,
    ):
        with pytest.raises(ServerError):
            await adapter.lookup(query(codigo="7"), limit=5)
        source.behaviour = showing({"/?wsdl": TEXT})
        assert names((await adapter.lookup(query(codigo="7"), limit=5)).records) == ["Ana"]
    async with adapter_at("http://127.0.0.1:9", settings(wsdl={"path": "?wsdl"})) as adapter:
        with pytest.raises(Unreachable):
            await adapter.check()
