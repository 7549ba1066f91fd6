"""The SOAP adapter: fill the message, send it, read the reply as XML. zeep has no part in a lookup."""

from __future__ import annotations

from lxml import etree

from gateway.adapter import AdapterContext, Found, Nobody, Query, Reply, SourceError, Unreadable, has_answer
from gateway_soap.envelope import Fault, open_envelope
from gateway_soap.loading import Loading
from gateway_soap.settings import SoapSettings

# SOAP 1.1, 6.2 and SOAP 1.2 part 2, 7.5.2.2: faults come with these; so do answers of servers that take no care.
_ENVELOPE_STATUSES = frozenset({400, 500})


class SoapAdapter:
    """One operation of one SOAP service."""

    def __init__(self, settings: SoapSettings, context: AdapterContext) -> None:
        self._fields = settings.fields
        self._nobody = context.nobody
        self._loading = Loading(settings, context)

    @property
    def fields(self) -> frozenset[str]:
        return self._fields

    async def lookup(self, query: Query, *, limit: int) -> Found:
        service = await self._loading.service()
        message = service.inputs.template(query.fields).fill(query.values)
        content = _content(await service.call.send({}, message), self._nobody)
        if content is None:
            return Found(())
        if isinstance(content, Fault):
            if content.says_nobody(self._nobody):
                return Found(())
            raise content.error()
        return service.reader.read(content, limit)

    async def check(self) -> None:
        """Loads the WSDL and posts an envelope with an empty body. Any envelope that comes back, a fault too, shows that a
        SOAP service answers there and that HTTP let us in; credentials inside the message are not tried."""
        service = await self._loading.service()
        content = _content(await service.probe.send({}, service.empty), Nobody())
        if isinstance(content, Fault) and content.refuses_credentials:
            raise content.error()

    async def aclose(self) -> None:
        await self._loading.aclose()


def _content(reply: Reply, nobody: Nobody) -> etree._Element | Fault | None:
    """The response element, the fault, or None where the reply says nobody without one."""
    if not has_answer(reply, nobody, reads=_ENVELOPE_STATUSES):
        return None
    try:
        return open_envelope(reply)
    except Unreadable as error:
        if reply.status in _ENVELOPE_STATUSES:
            raise _refusal(reply, error) from error
        raise


def _refusal(reply: Reply, unreadable: SourceError) -> SourceError:
    """A 400 or 500 without an envelope is what its status says."""
    try:
        has_answer(reply, Nobody())
    except SourceError as error:
        return error
    return unreadable
