"""The rows of the API's table that are about prospects."""

from __future__ import annotations

from gateway.api import prospect_bodies as bodies
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.core.disclosure import Permission
from gateway.core.prospect import ProspectState

STORE = Operation(
    name="store_prospect",
    method="POST",
    path="/v1/tenants/{tenant}/prospects",
    summary="Keep somebody whom nobody knows",
    description=(
        "What a definite `not_found` proposed is stored: as `message` without a history, as `keyed` with a history under "
        "the key that was searched, as `form` with the form that an operator fills in, now or later. Who is stored already "
        "is brought up to date."
    ),
    door=Door.TENANT,
    takes=bodies.ProspectRequest,
    gives=bodies.Prospect,
    problems=("ref_expired", "ref_forged", "invalid_form", "not_here"),
    example='{"ref": "AmzvE0AB6EgO1uN0p2kq0bV", "name": "Maria Souza"}',
    permission=Permission.LINK,
    status=201,
    stores=True,
    writes=True,
)
CLASSIFY = Operation(
    name="classify_prospect",
    method="POST",
    path="/v1/tenants/{tenant}/prospects/{contact}/form",
    summary="Classify a contact as a prospect, with the tenant's form",
    description=(
        "By hand, after the attendance: a stored prospect, or a registered contact who is to become one. Fields that are "
        "not sent keep what was filled in before."
    ),
    door=Door.TENANT,
    takes=bodies.ProspectFormRequest,
    gives=bodies.Prospect,
    problems=("not_here", "invalid_form"),
    example='{"form": {"nome": "Maria Souza"}}',
    permission=Permission.LINK,
    stores=True,
    writes=True,
)
SETTLE = Operation(
    name="settle_prospect",
    method="POST",
    path="/v1/tenants/{tenant}/prospects/{contact}/settle",
    summary="Say what became of a prospect of whom nobody knows whether he arrived",
    description=(
        "For a person who looked into the company's own base. Of one who is not `unknown`: `conflict`, with the reason "
        "`not_unknown`. What a load finds out meanwhile does not change it any more."
    ),
    door=Door.TENANT,
    takes=bodies.SettleRequest,
    gives=bodies.Prospect,
    problems=("not_here",),
    example='{"state": "loaded"}',
    permission=Permission.LOAD_PROSPECTS,
    stores=True,
    writes=True,
)
LOAD = Operation(
    name="load_prospects",
    method="POST",
    path="/v1/tenants/{tenant}/prospects/load",
    summary="Load the day's prospects into the company's own base",
    description=(
        "Begins what `gateway prospects load` does, and does not wait for its end. One load of a tenant runs at a time: "
        "else `conflict`, with the reason `load_under_way`."
    ),
    door=Door.TENANT,
    takes=bodies.LoadRequest,
    gives=bodies.LoadStarted,
    problems=("no_loading",),
    example="{}",
    permission=Permission.LOAD_PROSPECTS,
    status=202,
    stores=True,
    writes=True,
)
LIST = Operation(
    name="prospects",
    method="GET",
    path="/v1/tenants/{tenant}/prospects",
    summary="Which prospects are there, and what became of them?",
    description="The oldest first, in pages. Personal data only for roles with `customers.read`.",
    door=Door.TENANT,
    gives=bodies.ProspectList,
    problems=("malformed_request",),
    permission=Permission.LOAD_PROSPECTS,
    stores=True,
    queries=(
        QueryParameter("day", "Of this day only: `2026-11-22`, on the tenant's calendar."),
        QueryParameter("state", f"In this state only: {', '.join(f'`{state}`' for state in ProspectState)}."),
        QueryParameter("cursor", "The `next` of the page before."),
        QueryParameter("limit", f"Most on a page: 1 to {bodies.MOST_PROSPECTS}, 50 without it.", integer=True),
    ),
)
OPERATIONS = (STORE, CLASSIFY, SETTLE, LOAD, LIST)
