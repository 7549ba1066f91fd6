"""One operation of a WSDL, as zeep reads it. zeep is imported here and only when a WSDL is loaded."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, cast

from lxml import etree

from gateway.adapter import Misconfigured
from gateway_soap.description import Description, Offered
from gateway_soap.documents import ENCODING, soap_encoding
from gateway_soap.encoding import name_types
from gateway_soap.envelope import ENVELOPES
from gateway_soap.request import Wanted

Values: TypeAlias = "dict[str, str | Values]"
"""What an operation is built with: nested dictionaries of texts, as zeep takes them."""


class XsdElement(Protocol):
    """An element, or (with `required` in place of occurrences) an attribute of a schema."""

    name: str
    qname: etree.QName
    type: object
    nillable: bool

    @property
    def is_optional(self) -> bool: ...


class _Serialised(Protocol):
    content: etree._Element


class _Message(Protocol):
    body: XsdElement | None
    header: XsdElement | None

    def serialize(self, *args: str, **values: str | Values | None) -> _Serialised: ...


class _ZeepOperation(Protocol):
    input: _Message | None


class _Binding(Protocol):
    def all(self) -> Map[str, _ZeepOperation]: ...


class _Port(Protocol):
    binding: _Binding


class _Service(Protocol):
    ports: Map[str, _Port]


class _Document(Protocol):
    services: Map[str, _Service]


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation at a port. `reply`: the local name of the element that answers it; None where any may (rpc).
    `encoded`: by SOAP's own encoding, which names types in the message."""

    name: str
    version: str
    action: str
    reply: str | None
    encoded: bool
    message: _Message

    def build(self, values: Values, headers: Values) -> etree._Element:
        """The envelope as zeep makes it; `headers`: of those that the WSDL declares. Raises zeep's errors, ValueError and
        TypeError."""
        declared = headers or None
        text = values.get("") if self.message.body is not None else None
        if isinstance(text, str):
            envelope = self.message.serialize(text, _soapheaders=declared).content
        else:
            envelope = self.message.serialize(**values, _soapheaders=declared).content
        if self.encoded and self.message.body is not None:
            name_types(envelope[-1][0], self.message.body.type, ENVELOPES[self.version])
        return envelope


_MUCH = 256 * 1024
"""Bytes of a WSDL, reduced to one operation, that are compiled as they are."""


@dataclass(frozen=True, slots=True)
class Reduced:
    """What one operation needs of a WSDL. `contents`: address -> document; `start`: the WSDL's own address."""

    start: str
    contents: Map[str, bytes]
    chosen: Offered
    wanted: Wanted


def reduce(description: Description, wanted: Wanted) -> Reduced:
    """Finds the operation and what it needs. Raises Misconfigured as `choose` does."""
    chosen = description.choose(wanted.place)
    left = description.reduced([chosen])
    if sum(map(len, left.values())) > _MUCH:
        # Types that mention each other may hang together by the thousand, through elements that nobody fills in.
        left = description.reduced([chosen], wanted.names)
    return Reduced(description.start, left, chosen, wanted)


def open_operation(reduced: Reduced) -> Operation:
    """Compile what is left. CPU for tens of milliseconds: call it in a thread. Raises Misconfigured where zeep cannot
    understand it."""
    chosen, wanted = reduced.chosen, reduced.wanted
    document = _load(reduced.start, reduced.contents)
    message = document.services[chosen.service].ports[chosen.port].binding.all()[chosen.name].input
    if message is None:
        raise Misconfigured(f"The binding of '{chosen.name}' has no input. Ask the source's owner for a valid WSDL.")
    return Operation(
        name=chosen.name,
        version=chosen.version,
        action=chosen.action if wanted.action is None else wanted.action,
        reply=chosen.reply,
        encoded=chosen.encoded,
        message=message,
    )


# ---------------------------------------------------------------------------------------------- loading


class _NotFetched(Exception):
    """zeep asked for a document that the WSDL's visible imports do not name."""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """All that zeep may load: what has been fetched. It stands where zeep expects a transport."""

    contents: Map[str, bytes]

    def load(self, address: str) -> bytes:
        try:
            return self.contents[address]
        except KeyError:
            raise _NotFetched(address) from None


def _load(start: str, contents: Map[str, bytes]) -> _Document:
    import zeep
    from zeep.wsdl import Document

    settings = zeep.Settings(strict=True, forbid_dtd=True, force_https=False)
    try:
        # zeep's own types ask for more than it uses: of a transport only `load`.
        document = cast(
            _Document, Document(start, cast(Any, _Shelf({**contents, ENCODING: soap_encoding()})), settings=settings)
        )
    except _NotFetched as error:
        raise Misconfigured(
            f"The WSDL needs {str(error)[:200]} without importing it from its own place. "
            "Save that schema beside the WSDL and give the import its name."
        ) from error
    except (
        zeep.exceptions.Error,
        LookupError,
        ValueError,
        TypeError,
        AttributeError,
        RuntimeError,
        AssertionError,
    ) as error:
        # All that zeep is known to raise over a WSDL that breaks its own rules.
        raise Misconfigured(
            f"The WSDL cannot be understood ({type(error).__name__}: {str(error)[:200]}). "
            "Ask the source's owner for a valid one, or mend a copy and give settings.wsdl.file."
        ) from error
    return document
