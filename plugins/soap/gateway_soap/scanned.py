"""What a WSDL or schema document says, as far as a source needs it: its parts, and from which byte to which each stands.

Names are not resolved by namespace where taking too much is harmless: of two types with one name in two namespaces, both
are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

Name: TypeAlias = tuple[str, str]
"""(namespace, local name); the namespace is empty where there is none."""
Ref: TypeAlias = tuple[str, str]
"""(kind, local name): a top-level component of some schema."""

WSDL = "http://schemas.xmlsoap.org/wsdl/"
XSD = "http://www.w3.org/2001/XMLSchema"


@dataclass(slots=True)
class Span:
    """A part of the document that can be cut out of it. `kind` and `name` as in a Ref. `refs`: what is mentioned in it.
    `links`: the optional elements in it that have another component's type."""

    kind: str
    name: str
    start: int
    end: int = -1
    refs: tuple[Ref, ...] = ()
    links: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a message: of an element's or of a type's form."""

    name: str
    element: Name | None
    type: Name | None


@dataclass(slots=True)
class Message:
    name: Name
    span: Span
    parts: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class PortOperation:
    """An operation of a port type. `asks` and `answers`: its messages. `rest`: its parts beside the input."""

    name: str
    span: Span
    asks: Name | None = None
    answers: Name | None = None
    rest: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class PortType:
    name: Name
    span: Span
    operations: list[PortOperation] = field(default_factory=list)


@dataclass(slots=True)
class BoundOperation:
    """An operation of a binding. `style` and `action` as far as it has its own; `encoded`: SOAP encoding's rules; `headers`:
    (message, part) of the SOAP headers that go with it."""

    name: str
    span: Span
    style: str | None = None
    action: str = ""
    encoded: bool = False
    headers: list[tuple[Name, str]] = field(default_factory=list)
    rest: list[Span] = field(default_factory=list)


@dataclass(slots=True)
class Binding:
    """`version`: of SOAP; None where it is no SOAP binding."""

    name: Name
    type: Name
    span: Span
    version: str | None = None
    style: str = "document"
    transport: str = ""
    operations: list[BoundOperation] = field(default_factory=list)


@dataclass(slots=True)
class Port:
    name: str
    binding: Name
    span: Span
    address: str = ""


@dataclass(slots=True)
class Service:
    name: str
    span: Span
    ports: list[Port] = field(default_factory=list)


@dataclass(slots=True)
class Scanned:
    """What is in one document. `content`: it, in an encoding that has ASCII's bytes. `imports`: places that it names, as
    written. `components`: of its schemas; `others`: what nothing needs. `kept`: what redefinitions mention."""

    content: bytes
    root: str = ""
    imports: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    port_types: list[PortType] = field(default_factory=list)
    bindings: list[Binding] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    components: list[Span] = field(default_factory=list)
    others: list[Span] = field(default_factory=list)
    kept: set[Ref] = field(default_factory=set)

    def without(self, spans: list[Span]) -> bytes:
        """The document with these parts cut out."""
        pieces: list[bytes] = []
        place = 0
        for span in sorted(spans, key=lambda span: span.start):
            if span.start >= place:
                pieces.append(self.content[place : span.start])
            place = max(place, span.end)
        pieces.append(self.content[place:])
        return b"".join(pieces)
