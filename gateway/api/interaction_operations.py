"""The operations of interactions: rows of the table that routes and OpenAPI document are made from."""

from __future__ import annotations

from dataclasses import replace

from gateway.api import interaction_bodies as bodies
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.core.disclosure import Permission

MOST_LISTED = 100
"""The largest `limit` of a list."""
_ALL = "/v1/tenants/{tenant}/interactions"
_ONE = f"{_ALL}/{{interaction}}"

_WRITE = Operation(
    name="",
    method="POST",
    path=_ONE,
    summary="",
    description="",
    door=Door.TENANT,
    gives=bodies.Interaction,
    problems=("not_here",),
    permission=Permission.INTERACT,
    stores=True,
    writes=True,
)
_LINK = replace(
    _WRITE,
    takes=bodies.LinkInteraction,
    problems=("not_here", "ref_expired", "ref_forged"),
    permission=Permission.LINK,
    example='{"contact": "01a20320a200616f0fcf38f225ff2625"}',
)

INTERACTION_OPERATIONS: tuple[Operation, ...] = (
    replace(
        _WRITE,
        name="start_interaction",
        path=_ALL,
        summary="An interaction begins",
        description=(
            "By an event of its channel, or by hand (permission `interactions.start_by_hand`). With `search` or `text` the "
            "customer is looked for, and linked if the answer is exactly one verified match of a complete answer; else "
            "`not_linked` says why. The protocol number is issued now, or at the operator's first action, as the tenant's "
            "file says of the channel."
        ),
        takes=bodies.StartInteraction,
        gives=bodies.StartedInteraction,
        status=201,
        problems=(
            "too_many_in_flight",
            "unknown_channel",
            "context_too_large",
            "empty_search",
            "unknown_search_field",
            "invalid_key",
            "nothing_recognised",
            "cannot_ask",
            "not_here",
        ),
        example='{"channel": "whatsapp", "channel_user": {"value": "5511987654321"}}',
    ),
    Operation(
        name="interactions",
        method="GET",
        path=_ALL,
        summary="Interactions, the latest first",
        description="In pages: send a page's `next` as `cursor`. With `protocol` the one that has this number, or none.",
        door=Door.TENANT,
        gives=bodies.InteractionPage,
        problems=("malformed_request",),
        permission=Permission.INTERACT,
        stores=True,
        queries=(
            QueryParameter("protocol", "A protocol number, as people read it out: 2026-0000010182."),
            QueryParameter("contact", "Only those that are linked to the contact of this id."),
            QueryParameter("cursor", "The `next` of the page before."),
            QueryParameter("limit", f"Most on a page: 1 to {MOST_LISTED}, 20 without it.", integer=True),
        ),
    ),
    Operation(
        name="interaction",
        method="GET",
        path=_ONE,
        summary="An interaction, with everything that was done in it",
        description="Its context, all its links (those that ended, too), notes and cases.",
        door=Door.TENANT,
        gives=bodies.InteractionHistory,
        problems=("not_here", "malformed_request"),
        permission=Permission.INTERACT,
        stores=True,
    ),
    replace(
        _WRITE,
        name="first_action",
        path=f"{_ONE}/first-action",
        summary="The operator acts for the first time",
        description="Issues the protocol number where it was not issued at the start. The second time changes nothing.",
    ),
    replace(
        _LINK,
        name="link_interaction",
        path=f"{_ONE}/link",
        summary="It belongs to somebody",
        description=(
            "By hand: to a match of an identification (`ref`), who is saved with it, or to a contact. Refused while it is "
            "linked (`linked_already`)."
        ),
    ),
    replace(
        _LINK,
        name="reidentify_interaction",
        path=f"{_ONE}/reidentify",
        summary="It belongs to somebody else",
        description=(
            "Replaces the link. The old one stays in the history as ended, and past interactions stay where they are. "
            "The old pair is never linked by itself again."
        ),
    ),
    replace(
        _WRITE,
        name="unlink_interaction",
        path=f"{_ONE}/unlink",
        summary="It belongs to nobody",
        description="While it is open. Who writes and this contact are never linked by themselves again.",
        permission=Permission.LINK,
    ),
    replace(
        _WRITE,
        name="add_note",
        path=f"{_ONE}/notes",
        summary="Write something down",
        description="A note of the operator's.",
        takes=bodies.AddNote,
        gives=bodies.Note,
        status=201,
        example='{"text": "Quer a 2ª via do boleto."}',
    ),
    replace(
        _WRITE,
        name="add_case",
        path=f"{_ONE}/cases",
        summary="Refer to a case",
        description="Of another system. An identified one is refused while nobody is linked (`nobody_linked`).",
        takes=bodies.AddCase,
        gives=bodies.Case,
        status=201,
        example='{"case": "SR-2026-118", "identified": true}',
    ),
    replace(
        _WRITE,
        name="finish_interaction",
        path=f"{_ONE}/finish",
        summary="The interaction ends",
        description=(
            "Gives the protocol number (issued now, if it never was) and the survey that follows. Afterwards every other "
            "write is refused (`finished`)."
        ),
        gives=bodies.FinishedInteraction,
    ),
)
