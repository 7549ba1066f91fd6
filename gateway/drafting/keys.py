"""Which value can be the tenant's unique key: valid in every record, and never the same in two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.core.folding import fold_name
from gateway.drafting.judging import Finding, Judge
from gateway.drafting.words import Role

_OWN_CODES = frozenset(
    {"codigo", "code", "id", "cod", "codigocliente", "customerid", "clientid", "matricula", "codcliente"}
)
"""Codes that are a customer's own; an order's or a contract's is another's tomorrow."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """`name`: what the tenant calls it. `paths`: as the mapping writes them. `covered`: how many of `records` have a valid
    one; `unique`: no two have the same."""

    name: str
    kind: str
    paths: tuple[str, ...]
    covered: int
    records: int
    unique: bool

    @property
    def reason(self) -> str:
        what = f"valid in {self.covered} of {self.records} records"
        if self.records == 1:
            return f"{what}; one record does not show whether it is unique"
        return f"{what}, {'no two the same' if self.unique else 'but some have the same'}"

    @property
    def doubt(self) -> str:
        missing = self.records - self.covered
        told = [f"{missing} of the sample's {self.records} records would be refused without it"] if missing else []
        if not self.unique:
            told.append("two customers with one key are shown as one")
        return "; ".join(told)


def key_choices(findings: Sequence[Finding], judge: Judge, records: int) -> tuple[KeyChoice, ...]:
    """Best first: unique before not, then in most records, then documents before e-mails before codes."""
    choices = [_choice(name, kind, found, judge, records) for name, kind, found in _candidates(findings)]
    ranked = sorted(enumerate(choices), key=lambda each: (not each[1].unique, -each[1].covered, each[0]))
    return tuple(choice for _, choice in ranked if choice.covered)


def _candidates(findings: Sequence[Finding]) -> Iterator[tuple[str, str, list[Finding]]]:
    documents = [found for found in findings if found.role is Role.DOCUMENT]
    kinds = list(dict.fromkeys(found.kind for found in documents))
    if {"cpf", "cnpj"} <= set(kinds):
        yield "cpf_cnpj", "cpf_cnpj", documents
    for kind in kinds:
        yield kind.rpartition(".")[2], kind, [found for found in documents if found.kind == kind]
    emails = [found for found in findings if found.role is Role.EMAIL]
    if emails:
        yield "email", "email", emails[:1]
    for found in findings:
        if found.role is Role.CODE and fold_name(found.column.names[-1]) in _OWN_CODES:
            yield found.column.names[-1], "code", [found]


def _choice(name: str, kind: str, found: Sequence[Finding], judge: Judge, records: int) -> KeyChoice:
    paths = [f"{one.column.path}[0]" if one.column.always_listed else one.column.path for one in found]
    values: list[str] = []
    for index in range(records):
        first = (one.column.values[index][0] for one in found if one.column.values.get(index))
        value = next((value for text in first if (value := judge.canonical(kind, text)) is not None), None)
        if value is not None:
            values.append(value)
    return KeyChoice(name, kind, tuple(paths), len(values), records, len(set(values)) == len(values))
