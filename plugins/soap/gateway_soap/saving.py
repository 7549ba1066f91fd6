"""Saving somebody by an operation of its own: only where the answer says so he is saved (EnContact's rule)."""

from __future__ import annotations

from typing import Protocol

from lxml import etree

from gateway.adapter import (
    AdapterContext,
    Nobody,
    Person,
    Saved,
    SourceError,
    Unreadable,
    failure_beside,
    fold,
    fold_name,
    holes,
)
from gateway_soap.envelope import Fault
from gateway_soap.loading import Asking, Loading, Service
from gateway_soap.settings import SaveSettings, SoapSettings, as_saving
from gateway_soap.strict_xml import local_name

KEY = "person.key"
_NO_SIGNS = Nobody()
_HIS = frozenset({"Client", "Sender"})
"""Codes of faults that say that it is the message, and not the service (SOAP 1.1, 4.4.1; SOAP 1.2, 5.4.6)."""


class Asks(Protocol):
    """Sends a message of an operation, in the source's session where it has one."""

    async def ask(
        self, asking: Asking, fields: frozenset[str], values: dict[str, str], nobody: Nobody
    ) -> etree._Element | Fault | None: ...


class Saving:
    """The operation of `settings.save`; its part of the WSDL is compiled by the first that is saved."""

    def __init__(self, settings: SoapSettings, save: SaveSettings, context: AdapterContext, asks: Asks) -> None:
        self._loading = Loading(as_saving(settings, save), context)
        self._needs = frozenset[str]().union(*map(holes, save.parameters.values()))
        self._result = tuple(map(fold_name, save.result.split("."))) if save.result else ()
        self._says = fold(save.says)
        self._asks = asks

    async def save(self, person: Person, key: str) -> Saved:
        """Raises SourceError where the service says neither that he is there nor that it does not take him."""
        service = await self.service()
        values = {**person.values, KEY: key}
        fields = frozenset(self._needs & values.keys())
        content = await self._asks.ask(service.lookup, fields, values, _NO_SIGNS)
        if isinstance(content, Fault):
            if not content.refuses_credentials and not _HIS.isdisjoint(content.codes):
                return Saved(False, "The source refused him with a SOAP fault; its text is not shown.")
            raise content.error()
        if content is None:
            raise Unreadable("The source's reply is empty, where settings.save.result is due.")
        service.reader.check_answers(content)
        said = _said(content, self._result)
        if said is not None and fold(said) == self._says:
            return Saved(True)
        return Saved(False, "The source's answer does not say that he is saved (settings.save.says).")

    async def service(self) -> Service:
        """The operation, ready to be asked. Raises SourceError, which says that nobody was sent."""
        try:
            return await self._loading.service()
        except SourceError as error:
            error.undone = True
            raise

    async def aclose(self) -> None:
        await self._loading.aclose()


def _said(response: etree._Element, path: tuple[str, ...]) -> str | None:
    """The text at the path from the response element; without one that of its only value, None where it has several or
    stands where an error does (`<erro>true</erro>`)."""
    if not path:
        given = [(element, text) for element in response.iter() if (text := (element.text or "").strip())]
        if len(given) != 1:
            return None
        (element, text), *_ = given
        around = [local_name(str(one.tag)) for one in (element, *element.iterancestors()) if one is not response]
        return None if failure_beside(dict.fromkeys(around, text)) else text
    names = path[1:] if path[0] == fold_name(local_name(str(response.tag))) else path
    here = response
    for name in names:
        found = next((child for child in here if fold_name(local_name(str(child.tag))) == name), None)
        if found is None:
            return None
        here = found
    return (here.text or "").strip()
