"""Identifications with everything in them, over invented people."""

from __future__ import annotations

from datetime import date

from gateway.core import steps
from gateway.core.model import (
    Address,
    Conflict,
    Contact,
    Customer,
    Document,
    Identification,
    Identifier,
    Match,
    Outcome,
    Proposal,
    ProspectOption,
    SourceAnswer,
    SourceOutcome,
    Standing,
    UniqueKey,
)
from gateway.core.steps import Step

MARIA = Customer(
    UniqueKey("email", "email", "maria@example.com"),
    name="Maria da Conceição",
    documents=(Document("cpf", "52998224725"), Document("cpf", "***.982.247-**", masked=True)),
    emails=("maria@example.com", "maria@example.org"),
    phones=("+5511987654321",),
    birth_date=date(1980, 3, 17),
    addresses=(Address(street="Rua das Flores", number="10", city="São Paulo", state="SP"),),
    attributes={"plano": "Ouro"},
    display={"pontos": 12, "tags": ["vip"]},
    sources=("erp", "crm"),
    provenance={"name": ("erp", "crm"), "emails[1]": ("crm",)},
    conflicts=(Conflict("name", (("erp", "Maria da Conceição"), ("crm", "Maria Conceição"))),),
)
MARIAS_CONTACT = Contact(
    "c-1",
    Standing.CUSTOMER,
    MARIA.unique_key,
    "Maria",
    (Identifier("email", "maria@example.com", verified=True), Identifier("attributes.plano", "Ouro")),
    "Cliente",
    {"attributes.plano": "Ouro"},
)
FOUND = Identification(
    Outcome.FOUND,
    complete=False,
    more=True,
    matches=(Match(MARIA, MARIAS_CONTACT, verified=True),),
    sources=(
        SourceAnswer(
            "erp", SourceOutcome.FOUND, refused=1, dropped=2, truncated=True, elapsed=0.0123456, warnings=("bare &",)
        ),
        SourceAnswer("soap", SourceOutcome.TIMED_OUT, code="timed_out", detail="The source did not answer in time."),
    ),
    searched=("cpf", "nome"),
    trace=(
        Step(0.001, steps.Asked(1, (steps.SentKey("cpf", "masked", "***.***.***-25"),)), "erp"),
        Step(0.02, steps.Answered(4, truncated=True), "erp", 0.019),
    ),
)
JUST_A_NAME = Identification(
    Outcome.SEVERAL,
    complete=True,
    more=False,
    matches=(
        Match(
            Customer(UniqueKey("email", "email", "ana@example.com"), sources=("erp",)),
            verified=True,
            same_document=True,
        ),
        Match(None, Contact("c-2", Standing.REGISTERED)),
    ),
    sources=(SourceAnswer("erp", SourceOutcome.FOUND),),
    searched=("nome",),
)
NOT_FOUND = Identification(
    Outcome.NOT_FOUND,
    complete=True,
    more=False,
    matches=(),
    sources=(SourceAnswer("erp", SourceOutcome.NOT_FOUND),),
    searched=("cpf",),
    proposal=Proposal(
        "Cliente não cadastrado/52998224725",
        "Não Cliente",
        ProspectOption.KEYED,
        UniqueKey("cpf", "cpf", "52998224725"),
    ),
    known_prospect=Contact("c-3", Standing.PROSPECT, name="Ana"),
)
UNAVAILABLE = Identification(
    Outcome.UNAVAILABLE,
    complete=False,
    more=False,
    matches=(),
    sources=(SourceAnswer("erp", SourceOutcome.FAILED, code="unreachable", detail="No connection to the source."),),
    searched=("cpf",),
)
ALL = (FOUND, JUST_A_NAME, NOT_FOUND, UNAVAILABLE)
