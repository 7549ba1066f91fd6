"""Prospects as text: CSV, XML or JSON, one after the other, so that no file has to be in memory."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from gateway.core.joining import known_as
from gateway.core.prospect import Prospect
from gateway.core.prospect_load import Batch
from gateway.core.prospect_settings import FileFormat, LoadFile
from gateway.core.tenant import Tenant

_FIRST = ("contact", "day", "option", "name", "unique_key", "customer_type")
_FORM = "form."
_OTHERS = "others"
_SPLIT = {"cpf_cnpj": ("cpf", "cnpj")}
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_PHONE = re.compile(r"\+[0-9]{1,20}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class CannotBeWritten(Exception):
    """The prospect has a letter that the file's encoding lacks."""


@dataclass(frozen=True, slots=True)
class ProspectText:
    """How one batch is written. `head` and `tail` stand around the prospects; `first` and `next` write one, the second of
    these after another. All of it is encoded already. They raise CannotBeWritten."""

    head: bytes
    first: Callable[[Prospect], bytes]
    next: Callable[[Prospect], bytes]
    tail: bytes


def prospect_text(load: LoadFile, tenant: Tenant, batch: Batch) -> ProspectText:
    match load.format:
        case FileFormat.CSV:
            return _csv(load, tenant)
        case FileFormat.XML:
            return _xml(load, tenant, batch)
        case FileFormat.JSON:
            return _json(tenant, batch)


# ---------------------------------------------------------------------------------------------- CSV


def _csv(load: LoadFile, tenant: Tenant) -> ProspectText:
    kinds = tuple(dict.fromkeys(_kinds(tenant)))
    fields = tuple(tenant.prospects.form)
    heads = (*_FIRST, *kinds, *(f"{_FORM}{name}" for name in fields), _OTHERS)
    encoding, mark = _without_mark(load.encoding)

    def line(values: Sequence[str]) -> bytes:
        written = io.StringIO()
        csv.writer(written, delimiter=load.separator, lineterminator="\r\n").writerow(values)
        try:
            return written.getvalue().encode(encoding)
        except UnicodeEncodeError:
            raise CannotBeWritten from None

    def one(prospect: Prospect) -> bytes:
        return line([_inert(value) for value in _row(prospect, kinds, fields)])

    return ProspectText(mark + line(heads), one, one, b"")


def _kinds(tenant: Tenant) -> list[str]:
    """Of every identifier that a prospect of this tenant may have."""
    searched = [kind for field in tenant.search_fields.values() if (kind := known_as(field)) is not None]
    filled = [field.kind for field in tenant.prospects.form.values() if field.kind not in (None, "name", "code")]
    return [one for kind in (*searched, *filled) if kind for one in _SPLIT.get(kind, (kind,))]


def _row(prospect: Prospect, kinds: Sequence[str], fields: Sequence[str]) -> list[str]:
    contact = prospect.contact
    key = contact.unique_key
    known = [(one.kind, one.value) for one in contact.identifiers]
    others = [f"{kind}={value}" for kind, value in known if kind not in kinds]
    others += [f"{_FORM}{name}={value}" for name, value in contact.form.items() if name not in fields]
    return [
        contact.id,
        prospect.day,
        prospect.option,
        contact.name or "",
        key.value if key else "",
        contact.customer_type or "",
        *(" ".join(value for kind, value in known if kind == wanted) for wanted in kinds),
        *(contact.form.get(name, "") for name in fields),
        " ".join(others),
    ]


def _inert(value: str) -> str:
    """A spreadsheet takes what begins so for a formula (OWASP, CSV injection); an apostrophe in front makes it text. A phone
    number in E.164 is none."""
    plain = value.replace("\x00", "")
    if plain.startswith(_FORMULA) and not all(map(_PHONE.fullmatch, plain.split(" "))):
        return f"'{plain}"
    return plain


def _without_mark(encoding: str) -> tuple[str, bytes]:
    """The encoding of a part of a file, and the mark that the file begins with."""
    if encoding == "utf-8-sig":
        return "utf-8", b"\xef\xbb\xbf"
    if encoding in ("utf-16", "utf-32"):
        return f"{encoding}-le", "\ufeff".encode(f"{encoding}-le")
    return encoding, b""


# ---------------------------------------------------------------------------------------------- XML


def _xml(load: LoadFile, tenant: Tenant, batch: Batch) -> ProspectText:
    encoding, mark = _without_mark(load.encoding)
    declared = load.encoding.removesuffix("-sig").upper()

    def encoded(text: str) -> bytes:
        return text.encode(encoding, "xmlcharrefreplace")

    def one(prospect: Prospect) -> bytes:
        contact, key = prospect.contact, prospect.contact.unique_key
        heads = {"contact": contact.id, "day": prospect.day, "option": prospect.option}
        lines = [f"<prospect{_attributes(heads)}>"]
        if contact.name:
            lines.append(_element("name", {}, contact.name))
        if key is not None:
            lines.append(_element("unique_key", {"name": key.name, "kind": key.kind}, key.value))
        if contact.customer_type:
            lines.append(_element("customer_type", {}, contact.customer_type))
        lines += [_element("identifier", {"kind": each.kind}, each.value) for each in contact.identifiers]
        lines += [_element("form", {"field": name}, value) for name, value in contact.form.items()]
        return encoded("\n".join((*lines, "</prospect>\n")))

    about = _attributes({"tenant": tenant.slug, "day": batch.day, "batch": batch.id})
    head = f'<?xml version="1.0" encoding="{declared}"?>\n<prospects{about}>\n'
    return ProspectText(mark + encoded(head), one, one, encoded("</prospects>\n"))


def _element(name: str, attributes: dict[str, str], text: str) -> str:
    return f"<{name}{_attributes(attributes)}>{escape(_CONTROL.sub(' ', text))}</{name}>"


def _attributes(values: dict[str, str]) -> str:
    return "".join(f" {name}={quoteattr(_CONTROL.sub(' ', value))}" for name, value in values.items())


# ---------------------------------------------------------------------------------------------- JSON


def _json(tenant: Tenant, batch: Batch) -> ProspectText:
    """UTF-8, as JSON is (RFC 8259, 8.1); a prospect a line."""

    def one(prospect: Prospect) -> bytes:
        contact, key = prospect.contact, prospect.contact.unique_key
        values: dict[str, object] = {"contact": contact.id, "day": prospect.day, "option": prospect.option}
        if contact.name:
            values["name"] = contact.name
        if key is not None:
            values["unique_key"] = {"name": key.name, "kind": key.kind, "value": key.value}
        if contact.customer_type:
            values["customer_type"] = contact.customer_type
        values["identifiers"] = [{"kind": each.kind, "value": each.value} for each in contact.identifiers]
        values["form"] = dict(contact.form)
        return json.dumps(values, ensure_ascii=False).encode()

    about = {"tenant": tenant.slug, "day": batch.day, "batch": batch.id}
    head = json.dumps(about)[:-1].encode() + b', "prospects": [\n'
    return ProspectText(head, one, lambda prospect: b",\n" + one(prospect), b"\n]}\n")
