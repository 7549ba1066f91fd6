"""Why records of several sources became one customer, or did not: told after the fact, for the explanation."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from gateway.core.merge import PERSON, Group, Record, documents_differ, grouped, names_differ
from gateway.core.model import SourceAnswer
from gateway.core.tenant import UniqueKeySpec

MOST = 20


def merge_reasons(answers: Sequence[SourceAnswer], unique_key: UniqueKeySpec) -> tuple[str, ...]:
    """Sentences without values, at most MOST of them; the rules are those of `merge`."""
    groups = grouped(answers, unique_key)
    together = [_together(group, unique_key.name) for group in groups if len(group.records) > 1]
    apart = [said for one, other in combinations(groups, 2) if (said := _apart(one, other, unique_key))]
    return tuple(dict.fromkeys([*together, *apart]))[:MOST]


def _together(group: Group, key: str) -> str:
    values = {record.key.value for record in group.records if record.key is not None}
    keyed = len(values) == 1 and all(record.key is not None for record in group.records)
    why = f"the same {key}" if keyed else f"the same {_documents(group.records)}, and nothing contradicts"
    return f"{_sources(group.records)} are one customer: {why}"


def _apart(one: Group, other: Group, unique_key: UniqueKeySpec) -> str | None:
    """Only where something speaks for their being one."""
    both = (*one.records, *other.records)
    same_key = one.key is not None and other.key is not None and one.key.value == other.key.value
    shared = one.documents & other.documents if unique_key.of == PERSON else frozenset()
    if not same_key and not shared:
        return None
    what = f"the same {unique_key.name}" if same_key else f"the same {_documents(both)}"
    return f"{_sources(one.records)} and {_sources(other.records)} stay apart in spite of {what}: {_why(one, other)}"


def _why(one: Group, other: Group) -> str:
    sources = [record.source for group in (one, other) for record in group.records]
    if len(set(sources)) < len(sources):
        return "one source gave both"
    if one.key is not None and other.key is not None and one.key.value != other.key.value:
        return "their unique keys differ"
    pairs = [(left, right) for left in one.records for right in other.records]
    named = any(names_differ(left, right) for left, right in pairs)
    documented = documents_differ(one.documents, other.documents)
    if named or documented:
        return f"their {' and '.join(word for word, is_so in (('names', named), ('documents', documented)) if is_so)} differ"
    return "which of several is meant is open"


def _documents(records: Sequence[Record]) -> str:
    counted = [document for record in records for document in set(record.documents)]
    shared = sorted({document.kind for document in counted if counted.count(document) > 1})
    return " and ".join(shared) or "document"


def _sources(records: Sequence[Record]) -> str:
    names = [record.source for record in records]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
