"""The operations of identification codes: rows of the API's table."""

from __future__ import annotations

from gateway.api import code_bodies as bodies
from gateway.api.operation import IDENTITY_PROBLEMS, Door, Operation
from gateway.api.reception_bodies import Reception
from gateway.core.disclosure import Permission

_CODES = "/v1/tenants/{tenant}/identification-codes"

ISSUE = Operation(
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
    takes=bodies.IssueCode,
    gives=bodies.IssuedCode,
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

FROM_PAGE = Operation(
    name="issue_code_from_page",
    method="POST",
    path=f"{_CODES}/from-page",
    summary="A code for a page without a back end",
    description=(
        "For the company's own pages, without an API key: `token` is what the company signed for who is logged in, and "
        "tells whom the code is for. Only for origins that the tenant lists; a token is good for a few codes while it lives."
    ),
    door=Door.OPEN,
    takes=bodies.PageToken,
    gives=bodies.IssuedCode,
    problems=(
        "page_codes_off",
        "origin_refused",
        "malformed_request",
        "body_too_large",
        *IDENTITY_PROBLEMS,
        "too_many_requests",
        "no_identifier",
        "invalid_key",
        "invalid_value",
        "tenant_broken",
    ),
    status=201,
    stores=True,
    pages=True,
)

REDEEM = Operation(
    name="redeem_code",
    method="POST",
    path=f"{_CODES}/redeem",
    summary="Is there a code in this message, and who does it prove?",
    description=(
        "Give the message as it was written: the code is found in any case, with blanks, punctuation or a sentence around "
        "it. A good one is used up, its customer is kept with this user of the channel as proved, the open interaction is "
        "linked with assurance `code`, and the sources are asked for the customer as he is now; where they do not answer, "
        "the code is `valid` all the same and the outcome `unavailable`. After too many wrong codes of one user none of his "
        "is looked at for a while. `conflict`: `finished`, `other_user`, `idempotency_key_reused`."
    ),
    door=Door.TENANT,
    takes=bodies.RedeemCode,
    gives=Reception,
    problems=("too_many_in_flight", "text_too_long", "unknown_channel", "invalid_key", "not_here"),
    permission=Permission.INTERACT,
    stores=True,
    writes=True,
    example=(
        '{"text": "oi, meu código é 8X7F-M9LK-JX8H-TTM8", "channel": "whatsapp", "channel_user": {"value": "5511987654321"}}'
    ),
)

CODE_OPERATIONS: tuple[Operation, ...] = (REDEEM, ISSUE, FROM_PAGE)
