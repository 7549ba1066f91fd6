"""Does a customer agree with what was asked? Nobody is shown somebody else's data.

Some systems ignore a filter that they do not know and return everybody, so every record is held against the question:

1. Each key is compared with one value of the customer (`matches`): it agrees, disagrees or is absent.
2. A record of which any value disagrees is dropped and counted.
3. Where a record disagrees on a key, the source did not filter by it: records without that value are dropped, too.
4. A record that is left is verified if a value agreed. If all were absent, it is shown as not verified; so it is where
   nothing but the name agreed although more than a name was asked for: a namesake is not the one with that CPF.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Map
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

from gateway.core.agreement import Agreement, any_of
from gateway.core.comparison import Compare, Comparison, any_document, birth_date, comparison_of
from gateway.core.kinds import Kind, Strength, kind_named
from gateway.core.model import ATTRIBUTES, Customer, Query, SearchKey, UniqueKey, Verified
from gateway.core.tenant import SearchField

__all__ = ["Agreement", "Verdict", "Verification", "check_matches", "compile_verification", "held_to_key"]

_Check: TypeAlias = Callable[[Customer], Agreement]
_Values: TypeAlias = Callable[[Customer], Sequence[str]]

_CPF_CNPJ = "cpf_cnpj"
_BY_LENGTH = {11: "cpf", 14: "cnpj"}
_PATHS = ("name", "emails", "phones", "documents", "unique_key", "birth_date")
_DOCUMENTS = "documents."


@dataclass(frozen=True, slots=True)
class Discarded:
    """A customer that is dropped: its place among those that came, from 0, and why: search fields and rules, no values."""

    place: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kept`: customers, as they came. `discarded`: the others."""

    kept: tuple[Verified, ...]
    discarded: tuple[Discarded, ...] = ()

    @property
    def dropped(self) -> int:
        """How many are not among those that are kept."""
        return len(self.discarded)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, each once."""
        return tuple(dict.fromkeys(reason for one in self.discarded for reason in one.reasons))

    @property
    def mismatch(self) -> bool:
        """Customers came and none is left: the source answered another question."""
        return self.dropped > 0 and not self.kept


@dataclass(frozen=True, slots=True)
class Verification:
    """The compiled rule of one tenant."""

    _fields: Map[str, _Field]

    def verify(self, query: Query, customers: Sequence[Customer]) -> Verdict:
        """Hold every customer against `query`, whose values are canonical (not in a source's form)."""
        if not customers:
            return Verdict(())
        fields = [self._fields[key.field] for key in query.keys]
        checks = [field.asks_for(key) for field, key in zip(fields, query.keys, strict=True)]
        telling = [place for place, field in enumerate(fields) if field.telling] or range(len(fields))
        rows: list[list[Agreement]] = []
        disputed: set[int] = set()
        for customer in customers:
            row = [check(customer) for check in checks]
            rows.append(row)
            if Agreement.DISAGREES in row:
                disputed.update(place for place, found in enumerate(row) if found is Agreement.DISAGREES)
        if not disputed:
            pairs = zip(customers, rows, strict=True)
            return Verdict(tuple([Verified(customer, _agrees(row, telling)) for customer, row in pairs]))
        kept: list[Verified] = []
        discarded: list[Discarded] = []
        for number, (customer, row) in enumerate(zip(customers, rows, strict=True)):
            against = [place for place in sorted(disputed) if row[place] is not Agreement.AGREES]
            if against:
                discarded.append(Discarded(number, tuple([fields[place].reason(row[place]) for place in against])))
            else:
                kept.append(Verified(customer, _agrees(row, telling)))
        return Verdict(tuple(kept), tuple(discarded))


def held_to_key(key: UniqueKey, customers: Sequence[Customer]) -> Verdict:
    """The rule for a customer who was selected: the one with this unique key, and nobody else."""
    kept = tuple(
        [Verified(customer, verified=True) for customer in customers if customer.unique_key.value == key.value]
    )
    others = [place for place, customer in enumerate(customers) if customer.unique_key.value != key.value]
    return Verdict(kept, tuple([Discarded(place, ("the record's unique key is another",)) for place in others]))


def _agrees(row: Sequence[Agreement], telling: Sequence[int]) -> bool:
    return any(row[place] is Agreement.AGREES for place in telling)


@dataclass(frozen=True, slots=True)
class _Field:
    """One search field: `asks_for` prepares the check of one question. `telling`: it can tell one customer from another, as
    no name can."""

    name: str
    matches: str
    asks_for: Callable[[SearchKey], _Check]
    telling: bool

    def reason(self, found: Agreement) -> str:
        if found is Agreement.DISAGREES:
            return f"{self.name}: the record's {self.matches} is another"
        return f"{self.name}: the record has no {self.matches}, and another record's is another"


def compile_verification(fields: Map[str, SearchField], country: str) -> Verification:
    """Compile the rule for a tenant's search fields. Raises ValueError for a `matches` that `check_matches` refuses."""
    return Verification({name: _compile(field, country) for name, field in fields.items()})


def check_matches(path: str) -> str | None:
    """Is this a value of the customer that a search field can be compared with? None, or a sentence that says which are."""
    if path in _PATHS or (path.startswith((_DOCUMENTS, ATTRIBUTES)) and not path.endswith(".")):
        return None
    return f"'{path}' is not a value of the customer. Known: {', '.join(_PATHS)}, documents.<kind>, attributes.<name>."


# ---------------------------------------------------------------------------------------------- compiling


def _compile(field: SearchField, country: str) -> _Field:
    path = field.matches
    if path is None or field.unverified:
        return _Field(field.name, path or "", _never_compared, telling=False)
    if problem := check_matches(path):
        raise ValueError(problem)
    kind = kind_named(field.kind)
    telling = kind.strength is not Strength.NAME
    if path == "documents" or path.startswith(_DOCUMENTS):
        return _Field(field.name, path, _documents(path, kind, country), telling)
    comparison = birth_date(country) if path == "birth_date" else comparison_of(kind, country)
    return _Field(field.name, path, partial(_check, comparison, _values(path)), telling)


def _never_compared(key: SearchKey) -> _Check:
    return lambda customer: Agreement.ABSENT


def _check(comparison: Comparison, values: _Values, key: SearchKey) -> _Check:
    compare = comparison(key)

    def check(customer: Customer) -> Agreement:
        given = values(customer)
        return compare(given[0]) if len(given) == 1 else any_of(map(compare, given))

    return check


def _values(path: str) -> _Values:
    if path.startswith(ATTRIBUTES):
        return partial(_attribute, path.removeprefix(ATTRIBUTES))
    return {
        "name": lambda customer: (customer.name,) if customer.name else (),
        "emails": lambda customer: customer.emails,
        "phones": lambda customer: customer.phones,
        "unique_key": lambda customer: (customer.unique_key.value,) if customer.unique_key.value else (),
        "birth_date": lambda customer: (customer.birth_date.isoformat(),) if customer.birth_date else (),
    }[path]


def _attribute(name: str, customer: Customer) -> Sequence[str]:
    value = customer.attributes.get(name)
    return (value,) if value else ()


def _documents(path: str, kind: Kind, country: str) -> Callable[[SearchKey], _Check]:
    """Only documents of the asked kind are compared: a company's CNPJ says nothing about the CPF that was asked for."""
    wanted = path.removeprefix(_DOCUMENTS) if path != "documents" else kind.name
    if kind.strength is not Strength.DOCUMENT:
        return partial(_check_documents, any_document, None if path == "documents" else wanted)
    comparison = comparison_of(kind, country)
    if wanted == _CPF_CNPJ:
        return lambda key: _check_documents(comparison, _BY_LENGTH.get(len(key.value)), key)
    return partial(_check_documents, comparison, wanted)


def _check_documents(comparison: Comparison, kind: str | None, key: SearchKey) -> _Check:
    """`kind`: compare with documents of this kind; None: with all."""
    compare: Compare = comparison(key)

    def check(customer: Customer) -> Agreement:
        given = [document.value for document in customer.documents if kind is None or document.kind == kind]
        return compare(given[0]) if len(given) == 1 else any_of(map(compare, given))

    return check
