"""Adapter plugin `soap`: customers from a SOAP 1.1 or 1.2 service, asked as its WSDL says, read as XML.

Importing this module imports neither zeep nor lxml: a gateway without a SOAP tenant never pays for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.adapter import Adapter, AdapterContext, AdapterType, Desk, hookimpl
from gateway_soap.draft import SoapDrafter
from gateway_soap.settings import SoapSettings


def create(settings: SoapSettings, context: AdapterContext) -> Adapter:
    """An adapter for one source. No I/O: the WSDL is loaded by the first lookup or check."""
    from gateway_soap.adapter import SoapAdapter

    return SoapAdapter(settings, context)


ADAPTER = AdapterType(
    name="soap",
    summary="SOAP 1.1 or 1.2 service described by a WSDL on disk or at the source",
    settings=SoapSettings,
    create=create,
    drafter=SoapDrafter(),
    saves=lambda settings: settings.save is not None,
)


@hookimpl
def gateway_commands(desk: Desk) -> Iterable[Callable[..., None]]:
    """`gateway soap inspect` and `gateway soap pin`."""
    from gateway_soap.commands import commands

    return commands(desk)


@hookimpl
def gateway_adapters() -> Iterable[AdapterType[SoapSettings]]:
    """The one adapter type of this plugin."""
    return (ADAPTER,)
