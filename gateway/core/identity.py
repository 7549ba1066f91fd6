"""Under which word a value is kept and found again: the same document is one, however the search field calls its kind."""

from __future__ import annotations

from gateway.core.model import Customer, Identifier

_CPF_CNPJ = "cpf_cnpj"
_BY_LENGTH = {11: "cpf", 14: "cnpj"}


def identity(kind: str, value: str) -> tuple[str, str]:
    """(word, value): `cpf_cnpj` of eleven digits is a `cpf`. `value` is canonical for `kind`."""
    if kind == _CPF_CNPJ:
        return _BY_LENGTH.get(len(value), kind), value
    return kind, value


def identifiers_of(customer: Customer) -> tuple[Identifier, ...]:
    """By what a customer can be found again: whole documents, e-mails, phones; as sources say, so none is verified."""
    return (
        *(Identifier(*identity(one.kind, one.value)) for one in customer.documents if not one.masked),
        *(Identifier("email", value) for value in customer.emails),
        *(Identifier("phone", value) for value in customer.phones),
    )
