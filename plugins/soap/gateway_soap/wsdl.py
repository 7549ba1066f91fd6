"""One operation of a WSDL, as zeep reads it. zeep is imported here and only when a WSDL is loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, Protocol, TypeAlias, cast

from lxml import etree

from gateway.adapter import Misconfigured
from gateway_soap.documents import Documents
from gateway_soap.settings import SoapSettings

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

    def serialize(self, *args: str, **values: str | Values) -> _Serialised: ...


class _ZeepOperation(Protocol):
    name: str
    soapaction: str | None
    style: str
    input: _Message | None
    output: _Message | None


class _Binding(Protocol):
    def all(self) -> Map[str, _ZeepOperation]: ...


class _Port(Protocol):
    binding: _Binding | None


class _Service(Protocol):
    ports: Map[str, _Port]


class _Document(Protocol):
    services: Map[str, _Service]


_VERSIONS = {"http://schemas.xmlsoap.org/soap/envelope/": "1.1", "http://www.w3.org/2003/05/soap-envelope": "1.2"}


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation at a port. `reply`: the local name of the element that answers it; None where any may (rpc)."""

    name: str
    version: str
    action: str
    reply: str | None
    message: _Message

    def build(self, values: Values) -> bytes:
        """The envelope as zeep makes it. Raises zeep's errors, ValueError and TypeError."""
        text = values.get("") if self.message.body is not None else None
        serialised = self.message.serialize(text) if isinstance(text, str) else self.message.serialize(**values)
        return etree.tostring(serialised.content, xml_declaration=True, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Candidate:
    service: str
    port: str
    version: str
    operation: _ZeepOperation


def open_operation(documents: Documents, settings: SoapSettings) -> Operation:
    """Compile the WSDL and find the operation. CPU for tens of milliseconds and more: call it in a thread.

    Raises Misconfigured, naming what the WSDL has, where the settings do not fit it.
    """
    candidates = list(_candidates(_load(documents)))
    if not candidates:
        raise Misconfigured(
            "The WSDL has no SOAP operation: no service in it has a port with a SOAP binding over HTTP. "
            "It may be only the abstract part; ask the source's owner for the WSDL with bindings and a service."
        )
    chosen = _choose(candidates, settings)
    operation = chosen.operation
    if operation.input is None or operation.output is None:
        raise Misconfigured(
            f"The operation '{operation.name}' does not ask and answer. Choose one with input and output."
        )
    return Operation(
        name=operation.name,
        version=chosen.version,
        action=settings.soap_action if settings.soap_action is not None else operation.soapaction or "",
        reply=_reply_name(operation),
        message=operation.input,
    )


def _reply_name(operation: _ZeepOperation) -> str | None:
    """WSDL 1.1, 3.5: an rpc reply's wrapper may be called anything; several document parts stand in the body itself."""
    body = operation.output.body if operation.output is not None else None
    if body is None or operation.style != "document" or body.qname.namespace in _VERSIONS:
        return None
    return body.qname.localname


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


def _load(documents: Documents) -> _Document:
    import zeep
    from zeep.wsdl import Document

    settings = zeep.Settings(strict=True, forbid_dtd=True, force_https=False)
    try:
        # zeep's own types ask for more than it uses: of a transport only `load`.
        document = cast(_Document, Document(documents.start, cast(Any, _Shelf(documents.contents)), settings=settings))
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


# ---------------------------------------------------------------------------------------------- choosing


def _candidates(document: _Document) -> Iterator[_Candidate]:
    for service_name, service in document.services.items():
        for port_name, port in service.ports.items():
            if port.binding is None:
                continue
            # HTTP GET and POST bindings have no envelope.
            version = _VERSIONS.get(getattr(port.binding, "nsmap", {}).get("soap-env", ""))
            if version is not None:
                for operation in port.binding.all().values():
                    yield _Candidate(service_name, port_name, version, operation)


def _choose(candidates: Sequence[_Candidate], settings: SoapSettings) -> _Candidate:
    left = _narrowed(candidates, "operation", settings.operation, lambda each: each.operation.name)
    for what, wanted, name in (
        ("service", settings.service, lambda each: each.service),
        ("port", settings.port, lambda each: each.port),
        ("version", settings.version, lambda each: each.version),
    ):
        if wanted is not None:
            left = _narrowed(left, what, wanted, name)
    if len({each.service for each in left}) == 1 and len({each.version for each in left}) > 1:
        left = [each for each in left if each.version == "1.1"]
    if len(left) > 1:
        places = ", ".join(f"{each.service}/{each.port} ({each.version})" for each in left)
        raise Misconfigured(
            f"Several ports of the WSDL have '{settings.operation}': {places}. "
            "Give settings.service, settings.port or settings.version."
        )
    return left[0]


def _narrowed(
    candidates: Sequence[_Candidate], what: str, wanted: str, name: Callable[[_Candidate], str]
) -> list[_Candidate]:
    left = [each for each in candidates if name(each) == wanted]
    if not left:
        known = sorted({name(each) for each in candidates})
        near = get_close_matches(wanted, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        shown = ", ".join(known[:40]) + (", …" if len(known) > 40 else "")
        raise Misconfigured(f"The WSDL has no {what} '{wanted}'.{hint} It has: {shown}. Correct settings.{what}.")
    return left
