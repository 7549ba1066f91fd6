"""Which records of several sources describe one customer; what they say is then fused, by priority."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from gateway.core.fusion import fuse
from gateway.core.junk import is_junk
from gateway.core.model import Document, Match, SourceAnswer, UniqueKey, Verified
from gateway.core.names import may_be_one_person
from gateway.core.tenant import UniqueKeySpec

PERSON = "person"
_CNPJ = "cnpj"


def merge(answers: Sequence[SourceAnswer], unique_key: UniqueKeySpec) -> tuple[Match, ...]:
    """The customers of `answers`, which stand in order of priority; the same customer of several sources once.

    Two records are one customer
    - if their unique keys are the same; but where the key is `of: person`, not if both a document and the name contradict:
      man and wife may have one e-mail address;
    - else, where the key is `of: person`, if a checked document is the same, neither a document nor the name contradicts,
      and their keys do not differ: one of them has a junk key (`nao@tem.com`), which is as good as none. Two keys stay two
      customers, marked `same_document`.

    Never two records of one source, and never by a junk value. Where it is open which of several records is meant, all
    stay apart: nobody is picked silently. Matches stand in order of priority, then as their source gave them; one is
    verified if any record in it is.
    """
    given = [customer for answer in answers for customer in answer.customers]
    if len(given) == 1:
        return (Match(given[0].customer, verified=given[0].verified),)
    groups = grouped(answers, unique_key)
    if unique_key.of != PERSON:
        return tuple(group.match() for group in groups)
    shared = _shared(groups)
    return tuple(group.match(same_document=not shared.isdisjoint(group.documents)) for group in groups)


def grouped(answers: Sequence[SourceAnswer], unique_key: UniqueKeySpec) -> list[Group]:
    """The records of each customer, in order of priority."""
    given = [(answer.source, customer) for answer in answers for customer in answer.customers]
    records = [Record(place, source, one) for place, (source, one) in enumerate(given)]
    if unique_key.of != PERSON:
        return _by_key(records, _one_of_each_source)
    return _by_document(_by_key(records, _are_one_person))


@dataclass(frozen=True, eq=False)
class Record:
    """One customer as one source gave it. `place`: by priority, then as the source gave them."""

    place: int
    source: str
    given: Verified

    @cached_property
    def key(self) -> UniqueKey | None:
        """The unique key, unless it is junk."""
        key = self.given.customer.unique_key
        return None if is_junk(key.kind, key.value) else key

    @cached_property
    def documents(self) -> tuple[Document, ...]:
        """The checked documents that tell this customer. Beside another document a CNPJ is the employer's."""
        checked = [one for one in self.given.customer.documents if not one.masked and not is_junk(one.kind, one.value)]
        return tuple([one for one in checked if one.kind != _CNPJ] or checked)


@dataclass(frozen=True, eq=False)
class Group:
    """Records of one customer, at most one of each source, by priority."""

    records: tuple[Record, ...]

    @cached_property
    def key(self) -> UniqueKey | None:
        return next((record.key for record in self.records if record.key is not None), None)

    @cached_property
    def documents(self) -> frozenset[Document]:
        return frozenset(document for record in self.records for document in record.documents)

    def match(self, *, same_document: bool = False) -> Match:
        verified = any(record.given.verified for record in self.records)
        first = self.records[0].given.customer
        if len(self.records) == 1:
            return Match(first, verified=verified, same_document=same_document)
        said = [(record.source, record.given.customer) for record in self.records]
        return Match(fuse(said, self.key or first.unique_key), verified=verified, same_document=same_document)


def _by_key(records: Sequence[Record], are_one: Callable[[Sequence[Record]], bool]) -> list[Group]:
    """Records with the same key together; alone where the key is junk, or where they are not one."""
    buckets: dict[object, list[Record]] = {}
    for record in records:
        buckets.setdefault(record if record.key is None else record.key.value, []).append(record)
    groups: list[Group] = []
    for bucket in buckets.values():
        if are_one(bucket):
            groups.append(Group(tuple(bucket)))
        else:
            groups += (Group((record,)) for record in bucket)
    return _in_order(groups)


def _by_document(groups: list[Group]) -> list[Group]:
    """Groups whose keys do not differ together where they share a document, if that leaves no choice."""
    candidates = dict.fromkeys(document for group in groups for one in group.records for document in one.documents)
    shared = _shared(groups)
    for document in candidates:
        if document not in shared:
            continue
        members = [group for group in groups if document in group.documents]
        if len({group.key.value for group in members if group.key is not None}) > 1:
            # Which of the two the others belong to is open.
            members = [group for group in members if group.key is None]
        records = sorted((one for group in members for one in group.records), key=lambda one: one.place)
        if len(members) > 1 and _one_of_each_source(records) and not _contradict(members):
            groups = [group for group in groups if group not in members]
            groups.append(Group(tuple(records)))
    return _in_order(groups)


def _shared(groups: Sequence[Group]) -> frozenset[Document]:
    """The documents of more than one group."""
    counted = Counter(document for group in groups for document in group.documents)
    return frozenset(document for document, count in counted.items() if count > 1)


def _contradict(groups: Sequence[Group]) -> bool:
    """Do two of them have different documents of one kind, or the names of two people?"""
    return any(
        documents_differ(left.documents, right.documents)
        or any(names_differ(a, b) for a in left.records for b in right.records)
        for left, right in combinations(groups, 2)
    )


def _are_one_person(records: Sequence[Record]) -> bool:
    """At most one of each source, and no two of them two people."""
    return _one_of_each_source(records) and not any(
        names_differ(left, right) and documents_differ(frozenset(left.documents), frozenset(right.documents))
        for left, right in combinations(records, 2)
    )


def documents_differ(left: frozenset[Document], right: frozenset[Document]) -> bool:
    return not {one.kind for one in left - right}.isdisjoint(one.kind for one in right - left)


def names_differ(left: Record, right: Record) -> bool:
    one, other = left.given.customer.name, right.given.customer.name
    return one is not None and other is not None and not may_be_one_person(one, other)


def _one_of_each_source(records: Sequence[Record]) -> bool:
    return len({record.source for record in records}) == len(records)


def _in_order(groups: list[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.records[0].place)
