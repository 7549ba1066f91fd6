"""What the documents of a WSDL say together: its operations, the one that the settings mean, and what this one needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches

from gateway.adapter import Misconfigured
from gateway_soap.scanned import Binding, BoundOperation, Message, Name, Part, Port, PortOperation, Ref, Scanned, Span

_HTTP = frozenset({"", "http://schemas.xmlsoap.org/soap/http", "http://www.w3.org/2003/05/soap/bindings/HTTP/"})
_NO_OPERATION = (
    "The WSDL has no SOAP operation: no service in it has a port with a SOAP binding over HTTP. "
    "It may be only the abstract part; ask the source's owner for the WSDL with bindings and a service."
)


@dataclass(frozen=True, slots=True)
class Place:
    """Which operation of a WSDL is meant, as far as somebody says."""

    operation: str
    service: str | None = None
    port: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """An operation at a port. `asks` and `answers`: the parts of its messages, None where there is no such message.
    `headers`: the parts that go as SOAP headers."""

    service: str
    port: str
    address: str
    version: str
    style: str
    encoded: bool
    name: str
    action: str
    asks: tuple[Part, ...] | None
    answers: tuple[Part, ...] | None
    headers: tuple[Part, ...]
    binding: Name

    @property
    def reply(self) -> str | None:
        """The local name of the element that answers; None where any may. WSDL 1.1, 3.5: an rpc reply's wrapper may be
        called anything; several document parts stand in the body itself."""
        parts = self.answers or ()
        if self.style == "rpc" or len(parts) != 1 or parts[0].element is None:
            return None
        return parts[0].element[1]


class Description:
    """`documents`: address -> what was scanned of it; `start`: the WSDL's own address."""

    def __init__(self, start: str, documents: Map[str, Scanned]) -> None:
        self.start = start
        self._documents = documents
        scanned = documents.values()
        self._messages: dict[Name, Message] = {one.name: one for each in scanned for one in each.messages}
        self._port_types = {one.name: one for each in scanned for one in each.port_types}
        self._bindings: dict[Name, Binding] = {one.name: one for each in scanned for one in each.bindings}

    # ------------------------------------------------------------------------------------------ operations

    def offered(self) -> tuple[Offered, ...]:
        """Every operation at every port with SOAP over HTTP, in the WSDL's order. Raises Misconfigured: there is none."""
        found = tuple(self._offered())
        if not found:
            raise Misconfigured(_NO_OPERATION)
        return found

    def _offered(self) -> Iterator[Offered]:
        for scanned in self._documents.values():
            for service in scanned.services:
                for port in service.ports:
                    binding = self._bindings.get(port.binding)
                    if binding is None or binding.version is None or binding.transport not in _HTTP:
                        continue
                    for operation in binding.operations:
                        yield self._operation(service.name, port, binding, operation)

    def _operation(self, service: str, port: Port, binding: Binding, bound: BoundOperation) -> Offered:
        abstract = self._abstract(binding, bound.name)
        return Offered(
            service=service,
            port=port.name,
            address=port.address,
            version=binding.version or "1.1",
            style=bound.style or binding.style,
            encoded=bound.encoded,
            name=bound.name,
            action=bound.action,
            asks=self._parts(abstract.asks) if abstract else None,
            answers=self._parts(abstract.answers) if abstract else None,
            headers=tuple(
                part for message, name in bound.headers for part in self._parts(message) or () if part.name == name
            ),
            binding=binding.name,
        )

    def _abstract(self, binding: Binding, name: str) -> PortOperation | None:
        port_type = self._port_types.get(binding.type)
        operations = port_type.operations if port_type is not None else []
        return next((operation for operation in operations if operation.name == name), None)

    def _parts(self, name: Name | None) -> tuple[Part, ...] | None:
        if name is None:
            return None
        message = self._messages.get(name)
        return tuple(message.parts) if message is not None else ()

    def choose(self, place: Place) -> Offered:
        """Raises Misconfigured, naming what the WSDL has, where no operation or more than one is meant."""
        chosen = _choose(self.offered(), place)
        if chosen.asks is None and chosen.answers is None:
            raise Misconfigured(
                f"The WSDL's binding has '{chosen.name}', and no port type of it does. "
                "Ask the source's owner for the whole WSDL, with all that it imports."
            )
        if chosen.asks is None or chosen.answers is None:
            raise Misconfigured(
                f"The operation '{chosen.name}' does not ask and answer. Choose one with input and output."
            )
        return chosen

    # ------------------------------------------------------------------------------------------ what it needs

    def reduced(self, chosen: Sequence[Offered], named: frozenset[str] | None = None) -> dict[str, bytes]:
        """The documents without everything that these operations do not need for asking: other services, ports, bindings,
        operations and messages, answers and faults, and the schemas' components that nothing left mentions. With `named`:
        without the optional structures of other names, too."""
        ports = {(one.service, one.port) for one in chosen}
        operations = {(one.binding, one.name) for one in chosen}
        bindings = {one.binding for one in chosen}
        port_types = {self._bindings[name].type for name in bindings}
        asked = {(self._bindings[binding].type, name) for binding, name in operations}
        messages = self._messages_of(operations, asked)
        parts = [part for one in chosen for part in (*(one.asks or ()), *one.headers)]
        needed = self._needed({ref for part in parts for ref in _mentioned(part)}, named)
        reduced: dict[str, bytes] = {}
        for address, scanned in self._documents.items():
            cut = [*scanned.others]
            cut += [one.span for one in scanned.messages if one.name not in messages]
            cut += [one.span for one in scanned.bindings if one.name not in bindings]
            cut += [one.span for one in scanned.port_types if one.name not in port_types]
            cut += _beside(scanned.bindings, operations)
            cut += [
                span
                for port_type in scanned.port_types
                for one in port_type.operations
                for span in (one.rest if (port_type.name, one.name) in asked else [one.span])
            ]
            for service in scanned.services:
                left = [port for port in service.ports if (service.name, port.name) in ports]
                cut += [port.span for port in service.ports if port not in left] if left else [service.span]
            cut += [one for one in scanned.components if (one.kind, one.name) not in needed]
            cut += [link for one in scanned.components for link in one.links if not _stays(link, named)]
            reduced[address] = scanned.without(cut)
        return reduced

    def _messages_of(self, operations: set[tuple[Name, str]], asked: set[tuple[Name, str]]) -> set[Name]:
        found = {
            message
            for name, binding in self._bindings.items()
            for one in binding.operations
            if (name, one.name) in operations
            for message, _ in one.headers
        }
        for name, port_type in self._port_types.items():
            found |= {one.asks for one in port_type.operations if (name, one.name) in asked and one.asks is not None}
        return found

    def _needed(self, wanted: set[Ref], named: frozenset[str] | None) -> set[Ref]:
        """The components that these mention, and what those mention, and so on."""
        known: dict[Ref, set[Ref]] = {}
        waiting = set(wanted)
        for scanned in self._documents.values():
            waiting |= scanned.kept
            for span in scanned.components:
                refs = known.setdefault((span.kind, span.name), set())
                refs.update(span.refs, *(link.refs for link in span.links if _stays(link, named)))
        needed: set[Ref] = set()
        while waiting:
            ref = waiting.pop()
            if ref not in needed:
                needed.add(ref)
                waiting |= known.get(ref, set())
        return needed


def _stays(link: Span, named: frozenset[str] | None) -> bool:
    return named is None or link.name in named


def _mentioned(part: Part) -> Iterator[Ref]:
    if part.element is not None:
        yield "element", part.element[1]
    if part.type is not None:
        yield "type", part.type[1]


def _beside(bindings: Sequence[Binding], operations: set[tuple[Name, str]]) -> list[Span]:
    return [
        span
        for binding in bindings
        for one in binding.operations
        for span in (one.rest if (binding.name, one.name) in operations else [one.span])
    ]


# ---------------------------------------------------------------------------------------------- choosing


def _choose(candidates: Sequence[Offered], place: Place) -> Offered:
    left = _narrowed(candidates, "operation", place.operation, lambda each: each.name)
    for what, wanted, name in (
        ("service", place.service, lambda each: each.service),
        ("port", place.port, lambda each: each.port),
        ("version", place.version, lambda each: each.version),
    ):
        if wanted is not None:
            left = _narrowed(left, what, wanted, name)
    if len({each.service for each in left}) == 1 and len({each.version for each in left}) > 1:
        left = [each for each in left if each.version == "1.1"]
    if len(left) > 1:
        places = ", ".join(f"{each.service}/{each.port} ({each.version})" for each in left)
        raise Misconfigured(
            f"Several ports of the WSDL have '{place.operation}': {places}. "
            "Give settings.service, settings.port or settings.version."
        )
    return left[0]


def _narrowed(candidates: Sequence[Offered], what: str, wanted: str, name: Callable[[Offered], str]) -> list[Offered]:
    left = [each for each in candidates if name(each) == wanted]
    if not left:
        known = sorted({name(each) for each in candidates})
        near = get_close_matches(wanted, known, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        shown = ", ".join(known[:40]) + (", …" if len(known) > 40 else "")
        raise Misconfigured(f"The WSDL has no {what} '{wanted}'.{hint} It has: {shown}. Correct settings.{what}.")
    return left
