"""One pass over a WSDL or schema document: what is in it, from which byte to which, and what that refers to.

A tree of a large WSDL takes ten times the document's size; this takes a small part of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Map
from xml.parsers import expat

from gateway.adapter import TooLarge, Truncated, Unreadable
from gateway_soap.scanned import (
    WSDL,
    XSD,
    Binding,
    BoundOperation,
    Message,
    Name,
    Part,
    Port,
    PortOperation,
    PortType,
    Ref,
    Scanned,
    Service,
    Span,
)

SOAP_BINDINGS = {"http://schemas.xmlsoap.org/wsdl/soap/": "1.1", "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2"}
_DEEPEST = 256
_PIECE = 64 * 1024
_ELEMENT = f"{XSD}}}element"
_REFERS = {"import", "include", "redefine"}
_COMPONENTS = {
    "element": "element",
    "complexType": "type",
    "simpleType": "type",
    "group": "group",
    "attributeGroup": "attributeGroup",
    "attribute": "attribute",
}
_TYPE_ATTRIBUTES = ("type", "base", "itemType", f"{WSDL}}}arrayType")
_WIDE = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_DECLARED = re.compile(r"(<\?xml[^>]*?)\s+encoding\s*=\s*(\"[^\"]*\"|'[^']*')")


def scan(content: bytes, what: str, hint: str) -> Scanned:
    """What is in a document. `what` is called so in errors; `hint` says what to do where it is no XML.

    Raises Truncated, TooLarge, and Unreadable: not well-formed, or with a DOCTYPE.
    """
    content = _with_ascii(content, what)
    scanner = _Scanner(content, what)
    try:
        scanner.run()
    except expat.ExpatError as error:
        raise _failure(content, error, what, hint) from None
    except (LookupError, ValueError):
        raise Unreadable(f"{what} is in an encoding that nobody knows. Ask the source's owner.") from None
    return scanner.found


def _with_ascii(content: bytes, what: str) -> bytes:
    for mark, encoding in _WIDE:
        if content.startswith(mark):
            try:
                text = content[len(mark) :].decode(encoding)
            except UnicodeDecodeError:
                raise Unreadable(f"{what} is not in the UTF-16 that it begins with.") from None
            return _DECLARED.sub(r"\1", text, count=1).encode()
    return content


def _failure(content: bytes, error: expat.ExpatError, what: str, hint: str) -> Unreadable | Truncated:
    start = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"<"):
        return Unreadable(f"{what} is not XML. {hint}")
    cut = {
        expat.errors.codes[text] for text in (expat.errors.XML_ERROR_NO_ELEMENTS, expat.errors.XML_ERROR_UNCLOSED_TOKEN)
    }
    if error.code in cut or not content.rstrip(b" \t\r\n\0").endswith(b">"):
        return Truncated(f"{what} ended before it was whole.")
    return Unreadable(
        f"{what} is not well-formed XML (line {error.lineno}, column {error.offset}). Ask the source's owner."
    )


class _Scanner:
    """Expat's handlers. A part ends where the next thing begins: expat does not tell where a tag ends."""

    def __init__(self, content: bytes, what: str) -> None:
        self.found = Scanned(content)
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartNamespaceDeclHandler = self._declare
        self.parser.EndNamespaceDeclHandler = self._undeclare
        self.parser.StartDoctypeDeclHandler = self._doctype
        self._what = what
        self._depth = 0
        self._schema: int | None = None
        self._target = ""
        self._prefixes: dict[str, list[str]] = {}
        self._open: list[tuple[int, Span]] = []
        self._ended: list[Span] = []
        self._component: Span | None = None
        self._mentioned: set[Ref] = set()
        self._links: list[Span] = []
        # Thousands of parts mention the same ones: each is kept once.
        self._known: dict[Ref, Ref] = {}

    def run(self) -> None:
        """Raises ExpatError, and what the handlers raise."""
        parser, content = self.parser, self.found.content
        try:
            # In pieces: expat keeps a copy of what it is given at once.
            for place in range(0, len(content), _PIECE):
                parser.Parse(content[place : place + _PIECE], False)
            parser.Parse(b"", True)
        finally:
            # The parser holds its handlers, and they hold the parser: apart, all goes at once.
            parser.StartElementHandler = parser.EndElementHandler = None
            parser.StartNamespaceDeclHandler = parser.EndNamespaceDeclHandler = None
            parser.StartDoctypeDeclHandler = None

    # ------------------------------------------------------------------------------------------ expat's events

    def _doctype(self, *_: object) -> None:
        raise Unreadable(f"{self._what} has a DOCTYPE, which is refused. Ask the source's owner to leave it out.")

    def _declare(self, prefix: str | None, uri: str | None) -> None:
        self._prefixes.setdefault(prefix or "", []).append(uri or "")

    def _undeclare(self, prefix: str | None) -> None:
        self._prefixes[prefix or ""].pop()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._ended:
            self._close()
        depth = self._depth
        self._depth = depth + 1
        if depth >= _DEEPEST:
            raise TooLarge(f"{self._what} nests over {_DEEPEST} levels. Ask the source's owner for a plain one.")
        if self._component is not None:
            if tag == _ELEMENT and attributes.get("minOccurs") == "0" and self._links_elsewhere(attributes):
                return
            self._refer(tag, attributes)
        elif self._schema is not None:
            if depth == self._schema + 1:
                self._in_schema(tag, attributes)
        elif tag == f"{XSD}}}schema" and depth in (0, 2):
            self._schema = depth
            self.found.root = self.found.root or tag
        elif depth == 0:
            self.found.root = tag
            self._target = attributes.get("targetNamespace", "")
        else:
            self._in_wsdl(tag, attributes, depth)

    def _end(self, tag: str) -> None:
        if self._ended:
            self._close()
        self._depth -= 1
        if self._open and self._open[-1][0] == self._depth:
            span = self._open.pop()[1]
            self._ended.append(span)
            if span is self._component:
                self._component = None
                self._remember(span)
        if self._schema == self._depth:
            self._schema = None

    def _close(self) -> None:
        place = self.parser.CurrentByteIndex
        for span in self._ended:
            span.end = place
        self._ended.clear()

    def _span(self, kind: str, name: str = "") -> Span:
        span = Span(kind, name, self.parser.CurrentByteIndex)
        self._open.append((self._depth - 1, span))
        return span

    # ------------------------------------------------------------------------------------------ schemas

    def _in_schema(self, tag: str, attributes: dict[str, str]) -> None:
        space, _, local = tag.rpartition("}")
        if space != XSD:
            return
        if local in _REFERS and attributes.get("schemaLocation"):
            self.found.imports.append(attributes["schemaLocation"])
        kind = _COMPONENTS.get(local)
        if kind is not None:
            self._component = self._span(kind, attributes.get("name", ""))
            self.found.components.append(self._component)
            self._refer(tag, attributes)
        elif local == "redefine":
            # What it changes stands under the same name, so nothing in it can be told apart: it is kept whole.
            self._component = self._span("redefine")
        elif local == "annotation":
            self._component = self._span("annotation")
            self.found.others.append(self._component)

    def _remember(self, span: Span) -> None:
        refs = tuple(self._known.setdefault(ref, ref) for ref in self._mentioned)
        self._mentioned.clear()
        links = tuple(self._links)
        self._links.clear()
        if span.kind == "redefine":
            self.found.kept.update(refs, *(link.refs for link in links))
        elif span.kind != "annotation":
            span.refs, span.links = refs, links

    def _links_elsewhere(self, attributes: dict[str, str]) -> bool:
        """Keeps an optional element of another component's type apart: it may be cut out alone."""
        text = attributes.get("type") or attributes.get("ref")
        named = self._named(text)
        if text is None or named is None or named[0] == XSD:
            return False
        ref = ("type" if "type" in attributes else "element", named[1])
        link = self._span("link", attributes.get("name", named[1]))
        link.refs = (self._known.setdefault(ref, ref),)
        self._links.append(link)
        return True

    def _refer(self, tag: str, attributes: dict[str, str]) -> None:
        refs = self._mentioned
        for key in _TYPE_ATTRIBUTES:
            text = attributes.get(key)
            if text is not None:
                refs.add(("type", text.rpartition(":")[2].partition("[")[0]))
        if "ref" in attributes:
            local = tag.rpartition("}")[2]
            # The attribute of soapenc:Array is referred to by name only.
            refs.add((_COMPONENTS.get(local, local), attributes["ref"].rpartition(":")[2]))
        if "substitutionGroup" in attributes:
            refs.add(("element", attributes["substitutionGroup"].rpartition(":")[2]))
        if "memberTypes" in attributes:
            refs.update(("type", text.rpartition(":")[2]) for text in attributes["memberTypes"].split())

    # ------------------------------------------------------------------------------------------ WSDL

    def _in_wsdl(self, tag: str, attributes: dict[str, str], depth: int) -> None:
        space, _, local = tag.rpartition("}")
        if depth == 1:
            self._top(local if space == WSDL else "", attributes)
        elif self._open and self._open[0][1].kind in ("message", "portType", "binding", "service"):
            kind = self._open[0][1].kind
            if kind == "message" and local == "part":
                self.found.messages[-1].parts.append(
                    Part(
                        attributes.get("name", ""),
                        self._named(attributes.get("element")),
                        self._named(attributes.get("type")),
                    )
                )
            elif kind == "portType":
                self._in_port_type(local, attributes, depth)
            elif kind == "binding":
                self._in_binding(space, local, attributes, depth)
            elif kind == "service":
                self._in_service(space, local, attributes, depth)

    def _in_service(self, space: str, local: str, attributes: dict[str, str], depth: int) -> None:
        ports = self.found.services[-1].ports
        if depth == 2 and local == "port":
            binding = self._named(attributes.get("binding")) or ("", "")
            ports.append(Port(attributes.get("name", ""), binding, self._span("port")))
        elif depth == 3 and ports and space in SOAP_BINDINGS and local == "address":
            ports[-1].address = attributes.get("location", "")

    def _top(self, local: str, attributes: dict[str, str]) -> None:
        own = (self._target, attributes.get("name", ""))
        match local:
            case "import":
                if attributes.get("location"):
                    self.found.imports.append(attributes["location"])
            case "types":
                pass
            case "message":
                self.found.messages.append(Message(own, self._span("message")))
            case "portType":
                self.found.port_types.append(PortType(own, self._span("portType")))
            case "binding":
                type_ = self._named(attributes.get("type")) or ("", "")
                self.found.bindings.append(Binding(own, type_, self._span("binding")))
            case "service":
                self.found.services.append(Service(own[1], self._span("service")))
            case _:
                self.found.others.append(self._span("other"))

    def _in_port_type(self, local: str, attributes: dict[str, str], depth: int) -> None:
        operations = self.found.port_types[-1].operations
        if depth == 2 and local == "operation":
            operations.append(PortOperation(attributes.get("name", ""), self._span("operation")))
        elif depth == 3 and operations and local in ("input", "output", "fault"):
            message = self._named(attributes.get("message"))
            if local == "input":
                operations[-1].asks = message
                return
            if local == "output":
                operations[-1].answers = message
            operations[-1].rest.append(self._span("rest"))

    def _in_binding(self, space: str, local: str, attributes: dict[str, str], depth: int) -> None:
        binding = self.found.bindings[-1]
        soap = space in SOAP_BINDINGS
        if depth == 2 and local == "operation":
            binding.operations.append(BoundOperation(attributes.get("name", ""), self._span("operation")))
        elif depth == 2 and soap and local == "binding":
            binding.version = SOAP_BINDINGS[space]
            binding.style = attributes.get("style") or "document"
            binding.transport = attributes.get("transport", "")
        elif depth >= 3 and binding.operations:
            self._in_bound(binding.operations[-1], local, attributes, depth, soap)

    def _in_bound(
        self, operation: BoundOperation, local: str, attributes: dict[str, str], depth: int, soap: bool
    ) -> None:
        in_input = self._open[-1][1].kind != "rest"
        if depth == 3 and soap and local == "operation":
            operation.action = attributes.get("soapAction", "")
            operation.style = attributes.get("style")
        elif depth == 3 and local in ("output", "fault"):
            operation.rest.append(self._span("rest"))
        elif depth == 4 and soap and in_input and local == "body":
            operation.encoded = attributes.get("use") == "encoded"
        elif depth == 4 and soap and in_input and local == "header":
            message = self._named(attributes.get("message"))
            if message is not None:
                operation.headers.append((message, attributes.get("part", "")))

    def _named(self, text: str | None) -> Name | None:
        if not text:
            return None
        prefix, _, local = text.strip().rpartition(":")
        spaces: Map[str, list[str]] = self._prefixes
        known = spaces.get(prefix)
        return (known[-1] if known else "", local)
