"""What is made of a WSDL, loaded by the first lookup and once for all that wait for it."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Sequence
from dataclasses import dataclass

from gateway.adapter import AdapterContext, Call, Misconfigured, SourceError
from gateway_soap.documents import Documents, fetch
from gateway_soap.envelope import ENVELOPES
from gateway_soap.inputs import Inputs
from gateway_soap.memory import LARGE, give_back
from gateway_soap.records import ReplyReader
from gateway_soap.request import login_message, lookup_message
from gateway_soap.settings import SoapSettings
from gateway_soap.wsdl import Operation, Reduced, open_operation, reduce


@dataclass(frozen=True, slots=True)
class Asking:
    """One operation's messages, and the call that carries them."""

    inputs: Inputs
    call: Call


@dataclass(frozen=True, slots=True)
class Service:
    """The operations ready to be asked. `probe`: the same endpoint, asked for no operation. `login`: of a session."""

    lookup: Asking
    login: Asking | None
    probe: Call
    empty: bytes
    reader: ReplyReader


@dataclass(frozen=True, slots=True)
class _Compiled:
    operation: Operation
    inputs: Inputs
    login: Operation | None
    login_inputs: Inputs | None


class Loading:
    """A load that fails is tried again by the next lookup; those that waited for it share its failure."""

    def __init__(self, settings: SoapSettings, context: AdapterContext) -> None:
        self._settings = settings
        self._context = context
        self._lock = asyncio.Lock()
        self._service: Service | None = None
        self._compiling: asyncio.Task[_Compiled] | None = None
        self._failures = 0
        self._failure: SourceError | None = None

    async def service(self) -> Service:
        """Raises SourceError: what `fetch`, `open_operation` and `Inputs` raise."""
        if self._service is not None:
            return self._service
        failures = self._failures
        async with self._lock:
            if self._service is None:
                if self._failure is not None and self._failures != failures:
                    raise copy.copy(self._failure)
                try:
                    self._service = self._ready(await self._compiled())
                except SourceError as error:
                    self._failures += 1
                    self._failure = copy.copy(error)
                    raise
            return self._service

    async def _compiled(self) -> _Compiled:
        if self._compiling is None:
            self._compiling = asyncio.create_task(_compiled(await self._reduced()))
        # A lookup that gives up must not throw away the work: with a large WSDL no lookup would ever see its end.
        try:
            return await asyncio.shield(self._compiling)
        finally:
            if self._compiling.done():
                self._compiling = None

    async def _reduced(self) -> list[Reduced]:
        """Of the operation in use, and of the login's. What was scanned is let go of before zeep begins: its memory would
        else lie between what stays."""
        documents = await fetch(self._settings.wsdl, self._context)
        size = documents.size
        reduced = await asyncio.to_thread(_reduced, documents, self._settings)
        if size > LARGE:
            del documents
            await asyncio.to_thread(give_back)
        return reduced

    def _ready(self, compiled: _Compiled) -> Service:
        wire, operation, login = self._context.wire, compiled.operation, None
        if compiled.login is not None and compiled.login_inputs is not None:
            headers = _headers(compiled.login.version, compiled.login.action)
            login = Asking(compiled.login_inputs, wire.prepare("POST", headers=headers))
        context = self._context
        return Service(
            lookup=Asking(compiled.inputs, wire.prepare("POST", headers=_headers(operation.version, operation.action))),
            login=login,
            probe=wire.prepare("POST", headers=_headers(operation.version, "")),
            empty=f'<e:Envelope xmlns:e="{ENVELOPES[operation.version]}"><e:Body/></e:Envelope>'.encode(),
            reader=ReplyReader(operation.reply, self._settings.records, context.reads, context.nobody, context.lists),
        )

    async def aclose(self) -> None:
        if self._compiling is not None:
            self._compiling.cancel()


def _reduced(documents: Documents, settings: SoapSettings) -> list[Reduced]:
    wanted = [lookup_message(settings)]
    if settings.session is not None:
        wanted.append(login_message(settings, settings.session))
    description = documents.description
    return [reduce(description, one) for one in wanted]


async def _compiled(reduced: Sequence[Reduced]) -> _Compiled:
    return await asyncio.to_thread(_compile, reduced)


def _compile(reduced: Sequence[Reduced]) -> _Compiled:
    operations = [(operation, Inputs(operation, one.wanted)) for one in reduced for operation in (open_operation(one),)]
    login, login_inputs = operations[1] if len(operations) > 1 else (None, None)
    return _Compiled(*operations[0], login, login_inputs)


def _headers(version: str, action: str) -> list[tuple[str, str]]:
    """SOAP 1.1, 6.1.1: SOAPAction is always sent, quoted. SOAP 1.2 part 2, A.3: the action is a parameter of the type."""
    if not (action.isascii() and action.isprintable()) or set(action) & set('"{}'):
        raise Misconfigured(
            "The operation's SOAP action has characters that a header cannot carry. Give settings.soap_action."
        )
    if version == "1.1":
        return [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", f'"{action}"')]
    suffix = f'; action="{action}"' if action else ""
    return [("Content-Type", f"application/soap+xml; charset=utf-8{suffix}")]
