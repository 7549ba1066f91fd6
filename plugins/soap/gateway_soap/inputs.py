"""Where the settings' parameters stand in the operation's input, and the sample that zeep makes with them filled."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from difflib import get_close_matches
from typing import cast

from lxml import etree

from gateway.adapter import Misconfigured, Secret, fill, fold_name, holes
from gateway_soap.envelope import ENVELOPES
from gateway_soap.request import TOKEN, Wanted
from gateway_soap.template import Template
from gateway_soap.wsdl import Operation, Values, XsdElement

_BOOLEANS = frozenset({"true", "false", "1", "0"})


@dataclass(frozen=True, slots=True)
class _Step:
    """One name on the way to a parameter; `optional`: the schema lets it be left out, or be nil."""

    name: str
    optional: bool


@dataclass(frozen=True, slots=True, repr=False)
class _Parameter:
    """`template` may be a secret. `kind`: `text`, `boolean` or `other`, as far as a filling must know it."""

    path: str
    template: str
    fields: frozenset[str]
    steps: tuple[_Step, ...]
    kind: str


@dataclass(frozen=True, slots=True, repr=False)
class _Given:
    """What the settings give for a path; a secret has no holes, whatever is in it."""

    text: str
    fields: frozenset[str]


class Inputs:
    """The messages of one operation. Raises Misconfigured where a parameter does not fit the operation's input."""

    def __init__(self, operation: Operation, wanted: Wanted) -> None:
        self._operation = operation
        self._wanted = wanted
        spell = fold_name if wanted.loosely else str
        self._parameters = tuple(
            _resolve(operation, path, text, spell) for path, text in _with_secrets(wanted.parameters, wanted.secrets)
        )
        self._headers, self._own_headers = _sorted_headers(operation, wanted)
        self._templates: dict[frozenset[str], Template] = {}

    def template(self, fields: frozenset[str]) -> Template:
        """The message for a query of these search fields; built once for each set of them."""
        template = self._templates.get(fields)
        if template is None:
            template = self._templates[fields] = self._build(fields)
        return template

    def _build(self, fields: frozenset[str]) -> Template:
        sample = _Sample()
        values: Values = {}
        unfilled: list[_Parameter] = []
        for parameter in self._parameters:
            missing = parameter.fields - fields - {TOKEN}
            if not missing:
                _put(values, parameter.steps, sample.fill(parameter.path, parameter.template, parameter.fields))
            elif missing == parameter.fields:
                unfilled.append(parameter)
            else:
                raise Misconfigured(
                    f"The parameter '{parameter.path}' joins {_listed(parameter.fields)}, but not all of them are "
                    "filled in. Give each search field a parameter of its own."
                )
        for parameter in unfilled:
            _leave_out(values, parameter)
        if self._wanted.loosely:
            _fill_up(values, self._operation)
        envelope = self._envelope(values, self._declared_headers(sample), fields)
        self._add_headers(envelope, sample)
        return sample.template(etree.tostring(envelope, xml_declaration=True, encoding="utf-8"))

    def _declared_headers(self, sample: _Sample) -> Values:
        values: Values = {}
        for header in self._headers:
            _put(values, header.steps, sample.fill(header.path, header.template, header.fields))
        return values

    def _add_headers(self, envelope: etree._Element, sample: _Sample) -> None:
        security = self._wanted.security
        if security is None and not self._own_headers:
            return
        space = ENVELOPES[self._operation.version]
        header = envelope.find(f"{{{space}}}Header")
        if header is None:
            header = etree.Element(f"{{{space}}}Header")
            envelope.insert(0, header)
        for path, given in self._own_headers:
            _write(header, self._wanted.namespace or "", path, sample.fill(path, given.text, given.fields))
        if security is not None:
            header.insert(
                0, security.header(space, lambda field: sample.fill("security", f"{{{field}}}", frozenset({field})))
            )

    def _envelope(self, values: Values, headers: Values, fields: frozenset[str]) -> etree._Element:
        import zeep

        name = self._operation.name
        try:
            return self._operation.build(values, headers)
        except zeep.exceptions.ValidationError as error:
            place = ".".join(str(step) for step in error.path or [])
            raise Misconfigured(
                f"The WSDL requires more for '{name}' than settings.parameters give (at {place or name}). "
                "Add the missing one, if need be as a constant."
            ) from error
        except (zeep.exceptions.Error, ValueError, TypeError, LookupError, AttributeError) as error:
            # zeep's own words may quote a constant, which may be a secret.
            raise Misconfigured(
                f"The parameters for {_listed(fields)} do not fit the input of '{name}' ({type(error).__name__}). "
                "The WSDL may allow only one of them at once, or another type."
            ) from None


class _Sample:
    """Marks for the holes of a sample message: unlike anything else in it, and spelled so that no type changes them."""

    def __init__(self) -> None:
        self._token = f"H{secrets.token_hex(8).upper()}N"
        self._marks: list[tuple[str, str]] = []
        self._places: dict[str, str] = {}

    def fill(self, path: str, template: str, fields: frozenset[str]) -> str:
        """The text with a mark for each of its holes; without `fields` it has none."""
        if not fields:
            return template
        return fill(template, lambda field: self._mark(path, field))

    def _mark(self, path: str, field: str) -> str:
        mark = f"{self._token}{len(self._marks)}E"
        self._marks.append((mark, field))
        self._places[mark] = path
        return mark

    def template(self, envelope: bytes) -> Template:
        text = envelope.decode()
        for mark, _ in self._marks:
            if text.count(mark) != 1:
                raise Misconfigured(
                    f"The WSDL declares '{self._places[mark]}' with a type that a search field cannot fill. "
                    "Give it a constant, or leave it out."
                )
        return Template.between(text, self._marks)


def _put(values: Values, steps: Sequence[_Step], text: str) -> None:
    for step in steps[:-1]:
        inner = values.setdefault(step.name, {})
        # A path with a text of its own on the way is refused by the settings.
        values = inner if isinstance(inner, dict) else {}
    values[steps[-1].name] = text


def _leave_out(values: Values, parameter: _Parameter) -> None:
    """What the schema does not let go is sent empty, as SOAP toolkits do with strings."""
    for step in parameter.steps[:-1]:
        if step.optional and step.name not in values:
            return
        inner = values.setdefault(step.name, {})
        values = inner if isinstance(inner, dict) else {}
    last = parameter.steps[-1]
    if last.optional:
        return
    if parameter.kind != "text":
        raise Misconfigured(
            f"The WSDL requires '{parameter.path}', which is no text and so cannot be sent empty when "
            f"{_listed(parameter.fields)} is not filled in. Give it a constant, or ask with that field alone."
        )
    values[last.name] = ""


def _fill_up(values: Values, operation: Operation) -> None:
    """Texts that nobody named, sent empty."""
    body = operation.message.body
    for _, (key, element) in _choices(body.type if body is not None else None):
        if key not in values and _kind(element.type) == "text":
            values[key] = ""


# ---------------------------------------------------------------------------------------------- SOAP headers


def _sorted_headers(operation: Operation, wanted: Wanted) -> tuple[list[_Parameter], list[tuple[str, _Given]]]:
    """The headers that the WSDL declares, fitted to it, and those that are written by hand."""
    declared: list[_Parameter] = []
    own: list[tuple[str, _Given]] = []
    header = operation.message.header
    structure = header.type if header is not None else None
    known = [name for name, _ in _choices(structure)]
    for path, given in _with_secrets(wanted.headers, wanted.header_secrets):
        if path.partition(".")[0] in known:
            declared.append(_within(structure, path, given, str, "Header"))
        elif wanted.namespace is not None:
            own.append((path, given))
        else:
            raise Misconfigured(
                f"The WSDL declares no SOAP header '{path.partition('.')[0]}' for '{operation.name}'. It declares: "
                f"{', '.join(known) or 'none'}. Correct settings.headers, or give settings.header_namespace."
            )
    return declared, own


def _write(parent: etree._Element, namespace: str, path: str, text: str) -> None:
    *steps, last = path.split(".")
    for step in steps:
        found = parent.find(f"{{{namespace}}}{step}")
        parent = (
            found if found is not None else etree.SubElement(parent, f"{{{namespace}}}{step}", nsmap={None: namespace})
        )
    if last.startswith("@"):
        parent.set(last[1:], text)
    else:
        etree.SubElement(parent, f"{{{namespace}}}{last}", nsmap={None: namespace}).text = text


# ---------------------------------------------------------------------------------------------- the schema


def _with_secrets(texts: Map[str, str], hidden: Map[str, Secret]) -> Iterator[tuple[str, _Given]]:
    """Braces in a secret are no holes."""
    for path, text in texts.items():
        yield path, _Given(text, holes(text))
    for path, secret in hidden.items():
        yield path, _Given(secret.reveal(), frozenset())


def _resolve(operation: Operation, path: str, given: _Given, spell: Callable[[str], str]) -> _Parameter:
    from zeep import xsd

    element = operation.message.body
    if element is None:
        raise Misconfigured(f"The operation '{operation.name}' takes no input, so it cannot be asked for anybody.")
    if not isinstance(element.type, xsd.ComplexType):
        return _whole_body(element, path, given)
    return _within(element.type, path, given, spell, operation.name)


def _within(structure: object, path: str, given: _Given, spell: Callable[[str], str], what: str) -> _Parameter:
    """`what`: whose structure it is, for its readers."""
    from zeep import xsd

    steps: list[_Step] = []
    here = structure
    for position, name in enumerate(names := path.split(".")):
        choices = {spell(known): found for known, found in _choices(here)} if isinstance(here, xsd.ComplexType) else {}
        found = choices.get(spell(name))
        if found is None:
            raise _unknown(".".join(names[:position]) or what, name, [known for known, _ in _choices(here)])
        key, inner = found
        optional = not getattr(inner, "required", True) or inner.is_optional or inner.nillable
        steps.append(_Step(key, optional))
        here = inner.type
    if isinstance(here, xsd.ComplexType) and here.elements:
        raise Misconfigured(
            f"The parameter '{path}' is a structure in the WSDL. Fill what is in it: "
            f"{', '.join(f'{path}.{name}' for name, _ in _choices(here))}."
        )
    kind = _kind(here)
    if kind == "boolean" and not given.fields and given.text not in _BOOLEANS:
        raise Misconfigured(f"The parameter '{path}' is a boolean in the WSDL. Write true or false.")
    return _Parameter(path, given.text, given.fields, tuple(steps), kind)


def _whole_body(element: XsdElement, path: str, given: _Given) -> _Parameter:
    if path != element.name:
        raise Misconfigured(f"The operation's input is the text '{element.name}' itself. Name that in parameters.")
    return _Parameter(path, given.text, given.fields, (_Step("", False),), _kind(element.type))


def _choices(structure: object) -> Iterator[tuple[str, tuple[str, XsdElement]]]:
    """Name in a path -> (zeep's name for it, what it is)."""
    from zeep import xsd

    if isinstance(structure, xsd.ComplexType):
        for name, element in structure.elements:
            if isinstance(element, xsd.Element):
                yield str(element.name), (str(name), cast(XsdElement, element))
        for name, attribute in structure.attributes:
            if isinstance(attribute, xsd.Attribute):
                yield f"@{attribute.name}", (name, cast(XsdElement, attribute))


def _kind(type_: object) -> str:
    from zeep import xsd
    from zeep.xsd.types.builtins import Boolean, String

    if isinstance(type_, Boolean):
        return "boolean"
    text = isinstance(type_, String) or not isinstance(type_, xsd.AnySimpleType)
    return "text" if text else "other"


def _unknown(place: str, name: str, choices: Sequence[str]) -> Misconfigured:
    near = get_close_matches(name, choices, n=1, cutoff=0.5)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    return Misconfigured(
        f"'{place}' has no '{name}' in the WSDL.{hint} It has: {', '.join(choices) or 'nothing'}. "
        "Correct settings.parameters."
    )


def _listed(fields: frozenset[str]) -> str:
    return ", ".join(sorted(fields)) or "no search field"
