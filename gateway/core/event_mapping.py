"""What a source tells of a customer's past: its records into dated events, by the table that the tenant's integrator
writes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import partial
from zoneinfo import ZoneInfo

from gateway.core.event import Event
from gateway.core.kinds import kind_named
from gateway.core.mapping import MappingError, RecordRefused
from gateway.core.model import RawRecord
from gateway.core.moments import compile_moment
from gateway.core.picks import Allowed, Pick, Picker, Problem, compile_pick, compile_pick_date
from gateway.core.targets import canonical
from gateway.core.tenant import UniqueKeySpec


@dataclass(frozen=True, slots=True)
class EventSpec:
    """As the tenant writes it. `unique_key`: whose event it is, None only where the request itself asks for one customer."""

    at: Pick
    type: Pick | None = None
    title: Pick | None = None
    text: Pick | None = None
    record: Pick | None = None
    unique_key: Pick | None = None


@dataclass(frozen=True, slots=True)
class EventMapping:
    """Compiled. `reads`: the names that its paths mention."""

    reads: frozenset[str]
    _at: Callable[[RawRecord, list[str]], datetime | None]
    _type: Picker | None
    _title: Picker | None
    _text: Picker | None
    _record: Picker | None
    _key: Callable[[RawRecord, list[str]], str | None] | None

    def of(self, record: RawRecord, source: str, key: str, warnings: list[str]) -> Event | None:
        """The event; None for one of another customer than `key`'s. Raises RecordRefused where it has no moment."""
        if self._key is not None and self._key(record, warnings) != key:
            return None
        at = self._at(record, warnings)
        if at is None:
            raise RecordRefused("The record has no moment that history.at can read.")

        def text(picker: Picker | None) -> str | None:
            return None if picker is None else picker.one(record, warnings)

        return Event(source, at, text(self._type), text(self._title), text(self._text), text(self._record))


def compile_events(spec: EventSpec, *, unique_key: UniqueKeySpec, country: str, time_zone: str) -> EventMapping:
    """Check and compile. `time_zone`: of moments that say none. Raises MappingError with every problem at once."""
    compiler = _Compiler(country, ZoneInfo(time_zone))
    mapping = compiler.mapping(spec, unique_key)
    if compiler.problems:
        raise MappingError(tuple(compiler.problems))
    return mapping


@dataclass(slots=True)
class _Compiler:
    country: str
    zone: ZoneInfo
    problems: list[Problem] = field(default_factory=list)
    pickers: list[Picker] = field(default_factory=list)

    def mapping(self, spec: EventSpec, unique_key: UniqueKeySpec) -> EventMapping:
        at = self.moment(spec.at)
        type_, title = self.picker("type", spec.type), self.picker("title", spec.title)
        text, record = self.picker("text", spec.text), self.picker("record", spec.record)
        key = None if spec.unique_key is None else self.key(spec.unique_key, unique_key)
        reads = frozenset(name for picker in self.pickers for path in picker.paths for name in path.names)
        return EventMapping(reads, at, type_, title, text, record, key)

    def picker(self, target: str, pick: Pick | None, allowed: Allowed = Allowed.DEFAULT) -> Picker | None:
        if pick is None:
            return None
        picker = compile_pick(target, pick, (target,), allowed, self.problems)
        self.pickers.append(picker)
        return picker

    def moment(self, pick: Pick) -> Callable[[RawRecord, list[str]], datetime | None]:
        picker = compile_pick("at", pick, ("at",), Allowed.DATE, self.problems)
        self.pickers.append(picker)
        compile_pick_date(pick, ("at",), self.problems)
        return partial(_moment, picker, compile_moment(pick.dates, self.zone))

    def key(self, pick: Pick, spec: UniqueKeySpec) -> Callable[[RawRecord, list[str]], str | None]:
        picker = compile_pick("unique_key", pick, ("unique_key",), Allowed.NEITHER, self.problems)
        self.pickers.append(picker)
        kind, country = kind_named(spec.kind), self.country

        def read(record: RawRecord, warnings: list[str]) -> str | None:
            text = picker.one(record, warnings)
            return None if text is None else canonical(kind, text, country, picker, warnings)

        return read


def _moment(
    picker: Picker, parse: Callable[[str], datetime | None], record: RawRecord, warnings: list[str]
) -> datetime | None:
    text = picker.one(record, warnings)
    at = None if text is None else parse(text)
    return None if at is None else at.astimezone(timezone.utc)
