"""The SOAP adapter: fill the message, send it, read the reply as XML. zeep has no part in a lookup."""

from __future__ import annotations

from datetime import datetime, timezone

from lxml import etree

from gateway.adapter import (
    AdapterContext,
    Found,
    Misconfigured,
    Nobody,
    Person,
    Query,
    Reply,
    Saved,
    SourceError,
    Unreadable,
    has_answer,
)
from gateway_soap.envelope import Fault, open_envelope
from gateway_soap.loading import Asking, Loading
from gateway_soap.request import TOKEN, lookup_message
from gateway_soap.saving import Saving
from gateway_soap.session import Session
from gateway_soap.settings import SoapSettings

# SOAP 1.1, 6.2 and SOAP 1.2 part 2, 7.5.2.2: faults come with these; so do answers of servers that take no care.
_ENVELOPE_STATUSES = frozenset({400, 500})
_NOTHING: frozenset[str] = frozenset()
_DEFINITE = Nobody()


class SoapAdapter:
    """One operation of one SOAP service."""

    def __init__(self, settings: SoapSettings, context: AdapterContext) -> None:
        self._fields = settings.fields
        self._nobody = context.nobody
        self._loading = Loading(settings, context)
        self._security = lookup_message(settings).security
        self._saving = Saving(settings, settings.save, context, self) if settings.save is not None else None
        self._session = Session(settings.session, self._login) if settings.session is not None else None

    @property
    def fields(self) -> frozenset[str]:
        return self._fields

    async def lookup(self, query: Query, *, limit: int) -> Found:
        service = await self._loading.service()
        values = query.values
        content = await self.ask(service.lookup, query.fields, values, self._nobody)
        if content is None:
            return Found(())
        if isinstance(content, Fault):
            if content.says_nobody(self._nobody):
                return Found(())
            raise content.error()
        return service.reader.read(content, limit)

    async def save(self, person: Person, *, key: str) -> Saved:
        """Raises Misconfigured where the settings have no `save`."""
        if self._saving is None:
            raise Misconfigured("This source saves nobody: its settings have no save:.")
        return await self._saving.save(person, key)

    async def ask(
        self, asking: Asking, fields: frozenset[str], values: dict[str, str], nobody: Nobody
    ) -> etree._Element | Fault | None:
        """What the service says to a message, in the session where there is one."""
        if self._session is None:
            return await self._asked(asking, fields, values, nobody)
        return await self._in_session(self._session, asking, fields, values, nobody)

    async def check(self) -> None:
        """Loads the WSDL, also what saving needs of it, and posts an envelope with an empty body. Any envelope that comes
        back, a fault too, shows that a SOAP service answers there and that HTTP let us in. With a session it logs in; other
        credentials inside the message are not tried."""
        service = await self._loading.service()
        if self._saving is not None:
            await self._saving.service()
        content = _content(await service.probe.send({}, service.empty), _DEFINITE)
        if isinstance(content, Fault) and content.refuses_credentials:
            raise content.error()
        if self._session is not None:
            await self._session.token()

    async def aclose(self) -> None:
        await self._loading.aclose()
        if self._saving is not None:
            await self._saving.aclose()
        if self._session is not None:
            await self._session.aclose()

    async def _asked(
        self, asking: Asking, fields: frozenset[str], values: dict[str, str], nobody: Nobody
    ) -> etree._Element | Fault | None:
        if self._security is not None:
            values = {**values, **self._security.values(datetime.now(timezone.utc))}
        message = asking.inputs.template(fields).fill(values)
        return _content(await asking.call.send({}, message), nobody)

    async def _in_session(
        self, session: Session, asking: Asking, fields: frozenset[str], values: dict[str, str], nobody: Nobody
    ) -> etree._Element | Fault | None:
        """Asks with the session's token, and once more with another one where the session has ended."""
        token = await session.token()
        content: etree._Element | Fault | None = None
        failure: SourceError | None = None
        try:
            content = await self._asked(asking, fields, {**values, TOKEN: token}, nobody)
        except SourceError as error:
            failure = error
        if not session.ended_by(content if failure is None else failure):
            if failure is not None:
                raise failure
            return content
        token = await session.token(refused=token)
        return await self._asked(asking, fields, {**values, TOKEN: token}, nobody)

    async def _login(self) -> etree._Element | Fault | None:
        login = (await self._loading.service()).login
        return await self._asked(login, _NOTHING, {}, _DEFINITE) if login is not None else None


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
        has_answer(reply, _DEFINITE)
    except SourceError as error:
        return error
    return unreadable
