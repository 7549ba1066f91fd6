"""The operations of identification codes: rows of the API's table."""

from __future__ import annotations

from gateway.api import code_bodies as bodies
from gateway.api.operation import Door, Operation
from gateway.core.disclosure import Permission

_CODES = "/v1/tenants/{tenant}/identification-codes"

MINT = Operation(
    name="issue_code",
    method="POST",
    path=_CODES,
    summary="A code by which a customer proves in a chat who he is",
    description=(
        "For the company's own back end, for a customer who is logged in there. The code is good once, for a few minutes, "
        "for this tenant and, where given, for one channel. The same request again, under one `Idempotency-Key`, gives "
        "another code and ends the one before. `conflict`: `code_used`, `idempotency_key_reused`."
    ),
    door=Door.TENANT,
    takes=bodies.MintCode,
    gives=bodies.MintedCode,
    problems=(
        "no_identifier",
        "unknown_search_field",
        "empty_search",
        "invalid_key",
        "invalid_value",
        "unknown_channel",
    ),
    permission=Permission.ISSUE_CODES,
    status=201,
    stores=True,
    writes=True,
    example='{"search": {"cpf": "529.982.247-25"}, "name": "Ana Souza"}',
)

CODE_OPERATIONS: tuple[Operation, ...] = (MINT,)
