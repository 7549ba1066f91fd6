"""What the JSON API offers on contacts."""

from __future__ import annotations

from gateway.api import bodies, contact_bodies
from gateway.api.operation import Door, Operation, QueryParameter
from gateway.core.disclosure import Permission

_CONTACTS = "/v1/tenants/{tenant}/contacts"
_CONTACT = "/v1/tenants/{tenant}/contacts/{contact}"

REGISTER = Operation(
    name="register_contact",
    method="POST",
    path=_CONTACTS,
    summary="Register a person whom no source knows",
    description="He is found at the next identification. `conflict`: `key_taken`, `idempotency_key_reused`.",
    door=Door.TENANT,
    takes=contact_bodies.ContactRegistration,
    gives=bodies.Contact,
    problems=("invalid_value",),
    permission=Permission.CONTACTS_WRITE,
    status=201,
    stores=True,
    writes=True,
    example='{"name": "Ana Souza", "identifiers": [{"kind": "cpf", "value": "529.982.247-25"}]}',
)
PUSH = Operation(
    name="push_contact",
    method="PUT",
    path=_CONTACTS,
    summary="Say how a customer is now",
    description=(
        "For the company's own back end, when its base changes. The contact of this unique key is made or is as the body "
        "says from now on; who was deactivated is active again. What a channel proved of him stays."
    ),
    door=Door.TENANT,
    takes=contact_bodies.ContactPush,
    gives=bodies.Contact,
    problems=("invalid_value",),
    permission=Permission.CONTACTS_PUSH,
    stores=True,
    writes=True,
    example='{"unique_key": "ana@example.com", "name": "Ana Souza"}',
)
READ = Operation(
    name="contact",
    method="GET",
    path=_CONTACT,
    summary="One contact",
    description="Also one that was deactivated, or merged into another (`merged_into`).",
    door=Door.TENANT,
    gives=bodies.Contact,
    problems=("not_here",),
    permission=Permission.CONTACTS_WRITE,
    stores=True,
)
CHANGE = Operation(
    name="change_contact",
    method="PATCH",
    path=_CONTACT,
    summary="Change a contact",
    description="Only if nobody changed it since. `conflict`: `changed_meanwhile`, `merged`, `key_taken`.",
    door=Door.TENANT,
    takes=contact_bodies.ContactChange,
    gives=bodies.Contact,
    problems=("invalid_value", "not_here"),
    permission=Permission.CONTACTS_WRITE,
    stores=True,
    writes=True,
    example='{"revision": 1, "name": "Ana Lima"}',
)
DEACTIVATE = Operation(
    name="deactivate_contact",
    method="POST",
    path=f"{_CONTACT}/deactivate",
    summary="Let a contact be found no more",
    description="His history stays. `PATCH` with `active: true`, or the company's push, brings him back.",
    door=Door.TENANT,
    gives=bodies.Contact,
    problems=("not_here",),
    permission=Permission.CONTACTS_WRITE,
    stores=True,
    writes=True,
)
MERGE = Operation(
    name="merge_contacts",
    method="POST",
    path=f"{_CONTACTS}/merge",
    summary="Two contacts are one person",
    description=(
        "Identifiers and history of `source` go to `target`. `conflict`: `two_keys`, `same_contact`, `merged`, `inactive`."
    ),
    door=Door.TENANT,
    takes=contact_bodies.ContactMerger,
    gives=contact_bodies.MergedContacts,
    problems=("not_here",),
    permission=Permission.CONTACTS_WRITE,
    stores=True,
    writes=True,
)
MOVES = Operation(
    name="contact_moves",
    method="GET",
    path=f"{_CONTACT}/moves",
    summary="What went from this contact, or to it?",
    description="Mergers, and prospects who became customers: each with the id by which it is taken back.",
    door=Door.TENANT,
    gives=contact_bodies.MoveList,
    problems=("not_here", "malformed_request"),
    permission=Permission.CONTACTS_WRITE,
    stores=True,
    queries=(
        QueryParameter("cursor", "The `next` of the page before."),
        QueryParameter("limit", f"Most on a page: 1 to {contact_bodies.MOST_MOVES}, 50 without it.", integer=True),
    ),
)
UNDO = Operation(
    name="undo_move",
    method="POST",
    path=f"{_CONTACTS}/moves/{{move}}/undo",
    summary="Take a merger back, once",
    description=(
        "What went over goes back, and the contact that has it again is given. "
        "`conflict`: `undone_already`, `changed_meanwhile`, `key_taken`."
    ),
    door=Door.TENANT,
    gives=bodies.Contact,
    problems=("not_here",),
    permission=Permission.CONTACTS_WRITE,
    stores=True,
    writes=True,
)

CONTACT_OPERATIONS: tuple[Operation, ...] = (REGISTER, PUSH, MERGE, UNDO, MOVES, DEACTIVATE, READ, CHANGE)
"""Addresses without a hole before those with one."""
