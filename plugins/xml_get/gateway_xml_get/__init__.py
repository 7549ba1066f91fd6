"""Adapter plugin `xml_get`: customers from a page that answers an HTTP GET with XML.

Importing this module does not import lxml: a gateway without such a tenant never pays for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from gateway.adapter import Adapter, AdapterContext, AdapterType, hookimpl
from gateway_xml_get.draft import XmlGetDrafter
from gateway_xml_get.settings import XmlGetSettings


def create(settings: XmlGetSettings, context: AdapterContext) -> Adapter:
    """An adapter for one source. No I/O. Raises Misconfigured where the settings cannot be made into a request."""
    from gateway_xml_get.adapter import XmlGetAdapter

    return XmlGetAdapter(settings, context)


ADAPTER = AdapterType(
    name="xml_get",
    summary="A page that answers an HTTP GET with XML, of whatever shape and encoding",
    settings=XmlGetSettings,
    create=create,
    drafter=XmlGetDrafter(),
)


@hookimpl
def gateway_adapters() -> Iterable[AdapterType[XmlGetSettings]]:
    """The one adapter type of this plugin."""
    return (ADAPTER,)
