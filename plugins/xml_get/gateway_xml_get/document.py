"""One reply, in UTF-8, to what the source said: records, nobody, or the error that the page reports."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from gateway.adapter import (
    ErrorSign,
    ErrorSigns,
    Found,
    HtmlPage,
    Json,
    Nobody,
    RawRecord,
    ReportedError,
    SourceError,
    TooLarge,
    Unreadable,
    check_definite,
    fold,
    fold_name,
)
from gateway_xml_get import shapes, signs
from gateway_xml_get.fields import FieldReader, local_name
from gateway_xml_get.parse import Parsed, Parser
from gateway_xml_get.rearrange import rearrange
from gateway_xml_get.settings import Pairs

_NESTED = 3
_PERHAPS = (
    "The source's reply holds nobody, but text around its XML or a remark in it, which may be an error message. "
    "Ask its owner to leave that out."
)
_IRREGULAR = (
    "The reply's fields stand directly under its root, and its records begin with different ones: some may be mixed up. "
    "Ask its owner for an element around each record."
)
_NOT_NAMED = "The source's reply has no element that settings.records names. Correct it, or leave it out."
_NEEDS_WHOLE = "The records of this document cannot be told before its end."
_COUNTED = (
    "The source's reply counts records and shows none. Ask its owner how to ask for them; if it means nobody, describe it "
    "under nobody:."
)
_NO_RECORD = (
    "The source's reply is XML without any record. "
    "If its text is how the source says nobody, list that text under nobody:."
)


@dataclass(frozen=True, slots=True, repr=False)
class _Opened:
    """A document out of what held it. `leaf`: where its bare wrappers end. `doubtful`: as Parsed has it."""

    root: _Element
    leaf: _Element
    doubtful: bool

    @property
    def nothing_but(self) -> str | None:
        """The document's only text; "" where it has no value at all; None where there is more to it."""
        return (self.leaf.text or "").strip() if not len(self.leaf) and signs.is_inert(self.leaf) else None


class DocumentReader:
    """Reads the replies of one source. `records`: the element that is a record, `pairs`: those that are a name and a value,
    where detection is overridden. `errors`: what says that the source failed. `reads`, `lists`: as AdapterContext has
    them."""

    def __init__(
        self,
        records: str | None,
        reads: frozenset[str],
        nobody: Nobody,
        pairs: Pairs | None = None,
        errors: Sequence[ErrorSign] = (),
        lists: frozenset[str] = frozenset(),
    ) -> None:
        self._parser = Parser()
        self._fields = FieldReader(reads, lists)
        self._records = records
        self._pairs = pairs
        self._errors = ErrorSigns(errors)
        self._nobody = nobody

    def read(self, body: bytes, asked: Collection[str], limit: int, *, cut: bool = False) -> Found:
        """At most `limit` records. `asked`: the values asked by, which a message may repeat. `cut`: it is the beginning of a
        longer document, which must not be read in a shape that only the whole shows. Raises SourceError."""
        parsed = self._parser.parse(body)
        usual = self._usual(parsed, limit)
        if usual is not None:
            return usual
        warnings: set[str] = set()
        opened = self._open(parsed, warnings, cut=cut)
        if self._is_configured_nobody(opened.root):
            return _found((), warnings)
        self._check_errors(opened.root)
        text = opened.nothing_but
        if text and signs.is_message(text):
            return _found((), warnings)
        if signs.is_in_error(opened.leaf):
            if signs.says_nobody(self._fields.record(opened.root, set()), asked):
                return _found((), warnings)
            raise ReportedError
        if text == "":
            return self._empty(opened, warnings)
        if text and signs.is_oracle(text):
            raise ReportedError
        if text and opened.leaf is opened.root:
            raise Unreadable(_NO_RECORD)
        return self._recorded(opened, warnings, asked, limit)

    def beginning(self, body: bytes, asked: Collection[str], limit: int) -> Found | None:
        """The first `limit` records of a longer document, of which `body` is the beginning, closed where it was cut; None
        where they are not all there, or what follows may show that these are none. Raises TooLarge."""
        try:
            # The last record may be cut: it is asked for, and not given.
            found = self.read(body, asked, limit + 1, cut=True)
        except TooLarge:
            raise
        except SourceError:
            return None
        records = found.records[:limit]
        if len(found.records) <= limit or (self._fields.selective and not any(map(self._fields.known, records))):
            return None
        return Found(records, found.warnings, truncated=True)

    def _usual(self, parsed: Parsed, limit: int) -> Found | None:
        """The usual reply in one walk: what the long way comes to (a test holds them side by side), or None where there is
        anything to weigh."""
        by_itself = self._records is None and self._pairs is None
        elements = shapes.plain_list(parsed.root, self._fields) if by_itself else None
        if elements is None:
            return None
        warnings = set(parsed.warnings)
        records = [self._fields.record(element, warnings) for element in elements[: max(limit, 1)]]
        first = records[0]
        if self._fields.selective and self._fields.known(first) < shapes.CERTAIN:
            return None
        if (len(elements) == 1 and signs.may_speak(first)) or not signs.has_own_value(first):
            return None
        if self._is_configured_nobody(parsed.root):
            return _found((), set(parsed.warnings))
        self._check_errors(parsed.root)
        return _found(records[:limit], warnings, truncated=len(elements) > limit)

    def _open(self, parsed: Parsed, warnings: set[str], *, cut: bool) -> _Opened:
        """The document, taken out of the elements that hold it as text (ASMX's `string`)."""
        doubtful = False

        def inner(body: bytes) -> _Element:
            nonlocal doubtful
            held = self._parser.parse(body)
            warnings.update(held.warnings)
            doubtful = doubtful or held.doubtful
            return held.root

        for nested in range(1, _NESTED + 1):
            warnings.update(parsed.warnings)
            doubtful = doubtful or parsed.doubtful
            if fold_name(local_name(parsed.root)) == "html":
                raise HtmlPage
            if rearrange(parsed.root, self._fields, self._pairs, inner) and cut:
                raise Unreadable(_NEEDS_WHOLE)
            opened = _Opened(parsed.root, _leaf(parsed.root), doubtful)
            held = (opened.nothing_but or "").lstrip("\ufeff \t\r\n")
            if not held.startswith("<"):
                return opened
            if nested < _NESTED:
                parsed = self._parser.parse(held.encode())
        raise Unreadable("The source's reply is XML inside XML inside XML. Check that the address is the right one.")

    def _recorded(self, opened: _Opened, warnings: set[str], asked: Collection[str], limit: int) -> Found:
        found = shapes.find(opened.root, self._fields) if self._records is None else self._named(opened.root)
        if found.is_irregular(self._fields):
            warnings.add(_IRREGULAR)
        around = found.element
        total = None if around is None else signs.total(around)
        records = [part.read(self._fields, warnings) for part in found.parts[: max(limit, 1)]]
        if len(found.parts) == 1:
            if signs.says_nobody(records[0], asked):
                return _found((), warnings)
            if signs.reports_error(records[0]) or (around is not None and signs.is_in_error(around)):
                raise ReportedError
            if total is not None and not found.listed and self._is_bare(records[0]):
                if total:
                    raise Unreadable(_COUNTED)
                return self._empty(opened, warnings)
            if self._records is not None and not found.listed:
                raise Unreadable(_NOT_NAMED)
        if not records:
            return self._empty(opened, warnings)
        more = found.listed and total is not None and total > len(found.parts)
        return _found(records[:limit], warnings, truncated=more or len(found.parts) > limit)

    def _empty(self, opened: _Opened, warnings: set[str]) -> Found:
        """Nobody, because there is nothing: unless something beside it says that the page failed, or that there are some."""
        if opened.doubtful:
            raise ReportedError(_PERHAPS)
        check_definite(self._fields.record(opened.root, set()))
        return _found((), warnings)

    def _named(self, root: _Element) -> shapes.Records:
        """The records that the settings name; where neither they nor their list are there, the document itself."""
        assert self._records is not None
        found = shapes.find_named(root, self._records)
        return shapes.Records([shapes.Part(root)], False) if found is None else found

    def _is_bare(self, record: Mapping[str, Json]) -> bool:
        """Has it nothing but a count and what envelopes have, and nothing that the mapping reads?"""
        read = [name for name in record if fold_name(name) not in signs.TOTALS and self._fields.known([name])]
        return signs.is_bare_envelope(record) and not any(record[name] for name in read)

    def _check_errors(self, root: _Element) -> None:
        if self._errors:
            self._errors.check(self._fields.record(root, set()))

    def _is_configured_nobody(self, root: _Element) -> bool:
        nobody = self._nobody
        if nobody.paths and nobody.in_document(self._fields.record(root, set())):
            return True
        if not nobody.texts:
            return False
        said = fold(
            " ".join(text for element in root.iter() for text in (element.text or "", *element.attrib.values()))
        )
        return any(text in said for text in nobody.texts)


def _leaf(root: _Element) -> _Element:
    """Down from the root through elements that have one child and nothing else."""
    leaf = root
    while (
        len(leaf) == 1 and signs.is_inert(leaf) and not (leaf.text or "").strip() and not (leaf[0].tail or "").strip()
    ):
        leaf = leaf[0]
    return leaf


def _found(records: Sequence[RawRecord], warnings: set[str], *, truncated: bool = False) -> Found:
    return Found(records, tuple(sorted(warnings)), truncated)
