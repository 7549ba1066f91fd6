"""SOAP's own encoding in a message (SOAP 1.1, 5): every value names its type, which old servers insist on."""

from __future__ import annotations

from lxml import etree

_XSI, _XSD = "http://www.w3.org/2001/XMLSchema-instance", "http://www.w3.org/2001/XMLSchema"
_STYLES = {
    "http://schemas.xmlsoap.org/soap/envelope/": "http://schemas.xmlsoap.org/soap/encoding/",
    "http://www.w3.org/2003/05/soap-envelope": "http://www.w3.org/2003/05/soap-encoding",
}


def name_types(wrapper: etree._Element, type_: object, envelope: str) -> None:
    """Marks the operation's element as encoded, and the values in it with their types; `type_`: zeep's."""
    wrapper.set(f"{{{envelope}}}encodingStyle", _STYLES[envelope])
    _name_below(wrapper, type_)


def _name_below(parent: etree._Element, type_: object) -> None:
    from zeep import xsd

    if not isinstance(type_, xsd.ComplexType):
        return
    known = {element.name: element.type for _, element in type_.elements if isinstance(element, xsd.Element)}
    for child in parent:
        inner = known.get(etree.QName(child).localname)
        if inner is None:
            continue
        name = getattr(inner, "qname", None)
        named = isinstance(name, etree.QName) and (name.namespace == _XSD or getattr(inner, "is_global", False))
        if named and name is not None:
            _set_type(child, name)
        _name_below(child, inner)


def _set_type(element: etree._Element, name: etree.QName) -> None:
    """A prefix in a value has to be declared by hand: lxml declares those of names only."""
    prefix = next((known for known, uri in element.nsmap.items() if known and uri == name.namespace), None)
    if prefix is None:
        # An attribute in the namespace makes lxml declare it; the declaration stays when the attribute goes.
        scratch = f"{{{name.namespace}}}type"
        element.set(scratch, "")
        prefix = next(known for known, uri in element.nsmap.items() if known and uri == name.namespace)
        del element.attrib[scratch]
    element.set(f"{{{_XSI}}}type", f"{prefix}:{name.localname}")
