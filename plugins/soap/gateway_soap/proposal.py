"""The YAML of a source from an operation's fields in and out: what their names suggest, for a person to go through."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.adapter import fold_name
from gateway_soap.description import Offered
from gateway_soap.fields import Leaf

_NAMES = {
    "cpf_cnpj": ("cpfcnpj", "cnpjcpf", "documento", "doc", "numerodocumento", "nrdocumento"),
    "cpf": ("cpf", "nrcpf", "numcpf", "numerocpf"),
    "cnpj": ("cnpj", "nrcnpj", "numerocnpj"),
    "email": ("email", "mail", "enderecoemail", "emailaddress", "emailcliente"),
    "fone": ("telefone", "fone", "celular", "phone", "telefonecelular", "mobile", "phonenumber", "tel"),
    "nome": ("nome", "name", "nomecliente", "razaosocial", "fullname", "customername"),
    "codigo": ("codigo", "codcliente", "codigocliente", "matricula", "id", "customerid", "clienteid"),
}
"""Search field -> folded names that mean it."""
_MEANT = {name: field for field, names in _NAMES.items() for name in names}
_KEYS = ("email", "cpf", "cpf_cnpj", "cnpj", "codigo")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is proposed for. `wsdl`: what stands under settings.wsdl; `url`: the endpoint by the WSDL. `ambiguous`: its
    name alone does not say which operation is meant."""

    wsdl: dict[str, str]
    url: str
    operation: Offered
    ambiguous: bool
    inputs: Sequence[Leaf]
    outputs: Sequence[Leaf]


def source_yaml(asked: Asked) -> str:
    """The block of a source, with a remark wherever a person must decide."""
    return "\n".join(_lines(asked)) + "\n"


def _lines(asked: Asked) -> Iterator[str]:
    operation = asked.operation
    yield "sources:"
    yield "  erp:"
    yield "    adapter: soap"
    yield f"    upstream: {{url: {_text(asked.url)}}}   # as the WSDL names it; often an internal host: check it"
    yield "    settings:"
    yield f"      wsdl: {{{', '.join(f'{key}: {_text(value)}' for key, value in asked.wsdl.items())}}}"
    yield f"      operation: {_text(operation.name)}"
    if asked.ambiguous:
        yield f"      service: {_text(operation.service)}"
        yield f"      port: {_text(operation.port)}"
    yield "      parameters:"
    yield from _parameters(asked.inputs)
    record, leaves = _record(asked.outputs)
    if record:
        yield f"      records: {_text(record)}"
    yield "    mapping:"
    yield from _mapping(leaves)


def _parameters(inputs: Sequence[Leaf]) -> Iterator[str]:
    taken: set[str] = set()
    for leaf in inputs:
        field = _meant(leaf.path)
        if field is not None and field not in taken:
            taken.add(field)
            yield f'        {_text(leaf.path)}: "{{{field}}}"'
        elif not leaf.optional:
            yield f'        # {leaf.path}: ""   # TODO required ({leaf.type}): a constant, or a search field as {{name}}'
    if not taken:
        yield '        # TODO no parameter is named like a search field: write one as path: "{cpf}"'


def _record(outputs: Sequence[Leaf]) -> tuple[str, dict[str, str]]:
    """The path of the records and, below it, search field -> path; where most of the known names are."""
    groups: dict[str, dict[str, str]] = {}
    for leaf in outputs:
        field = _meant(leaf.path)
        if field is not None:
            around = leaf.record or ""
            groups.setdefault(around, {}).setdefault(
                field, leaf.path.removeprefix(f"{around}.") if around else leaf.path
            )
    if not groups:
        return "", {}
    best = max(groups, key=lambda around: (len(groups[around]), -len(around)))
    return best, groups[best]


def _mapping(known: dict[str, str]) -> Iterator[str]:
    key = next((known[field] for field in _KEYS if field in known), None)
    yield f"      unique_key: {_text(key)}" if key else "      # TODO unique_key: the name of what every customer has"
    if "nome" in known:
        yield f"      name: {_text(known['nome'])}"
    documents = {field: known[field] for field in ("cpf_cnpj", "cpf", "cnpj") if field in known}
    if "cpf_cnpj" in documents:
        documents = {"cpf": documents["cpf_cnpj"], "cnpj": documents["cpf_cnpj"]}
    if documents:
        yield f"      documents: {{{', '.join(f'{kind}: {_text(path)}' for kind, path in documents.items())}}}"
    for field, line in (("email", "emails"), ("fone", "phones")):
        if field in known:
            yield f"      {line}: {_text(known[field])}"
    if "codigo" in known:
        yield f"      attributes: {{codigo: {_text(known['codigo'])}}}"


def _meant(path: str) -> str | None:
    return _MEANT.get(fold_name(path.rpartition(".")[2]))


def _text(value: str) -> str:
    """As YAML: bare where that is plain, else in quotes."""
    plain = value and value[0].isalpha() and all(character.isalnum() or character in "._-/" for character in value)
    return value if plain and value.lower() not in ("true", "false", "null") else json.dumps(value, ensure_ascii=False)
