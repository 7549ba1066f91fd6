"""The bodies of interactions, in and out. Moments are ISO 8601 with their offset; what comes out is in UTC."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from msgspec import UNSET, Meta, UnsetType, field

from gateway.api.bodies import UniqueKey
from gateway.api.body import Body, JsonValue
from gateway.api.facts_bodies import Actions, Facts
from gateway.api.trace_bodies import EXPLAIN_RULES, JudgedRule
from gateway.core.interaction import LinkAssurance, LinkHow, NoLink, StartedBy

Line = Annotated[str, Meta(max_length=1000)]
Moment = Annotated[datetime, Meta(tz=True)]
LONGEST_NOTE = 10_000

# ---------------------------------------------------------------------------------------------- what a channel tells


class PreChatAnswer(Body, frozen=True, forbid_unknown_fields=True):
    """What the customer was asked before an operator came, and what he answered."""

    question: Line
    answer: Line


class Visitor(Body, frozen=True, forbid_unknown_fields=True):
    """Who is at the other end, technically. `place`: as the channel names it. `authenticated`: logged in at the company's
    pages."""

    authenticated: bool | UnsetType = UNSET
    browser: Line | UnsetType = UNSET
    system: Line | UnsetType = UNSET
    language: Line | UnsetType = UNSET
    place: Line | UnsetType = UNSET


class Visit(Body, frozen=True, forbid_unknown_fields=True):
    """A page that he saw, a phrase that he searched, an article that he read, and when."""

    kind: Literal["page", "search", "article"]
    what: Line
    at: Moment


class Context(Body, frozen=True, forbid_unknown_fields=True):
    """What the channel tells of the customer's way here. Kept sealed, shown to who reads the interaction."""

    pre_chat: list[PreChatAnswer] = field(default_factory=list)
    visitor: Visitor | UnsetType = UNSET
    navigation: list[Visit] = field(default_factory=list)
    variables: Annotated[dict[str, JsonValue], Meta(description="Whatever else the channel tells, by name.")] = field(
        default_factory=dict
    )


# ---------------------------------------------------------------------------------------------- requests


class ChannelUser(Body, frozen=True, forbid_unknown_fields=True):
    """Who writes, as the channel calls him: his id there (`channel_user`), his number or his address."""

    value: Annotated[str, Meta(min_length=1, max_length=300)]
    kind: Literal["channel_user", "phone", "email"] = "channel_user"


class StartInteraction(Body, frozen=True, forbid_unknown_fields=True):
    """An interaction begins. At most one of `search` and `text`: whom to look for, so that it may be linked by itself."""

    channel: Annotated[str, Meta(max_length=40, examples=["whatsapp"])]
    by_hand: Annotated[bool, Meta(description="An operator opens it, not an event of the channel.")] = False
    anonymous: Annotated[bool, Meta(description="Who writes wants to stay unknown: never linked by itself.")] = False
    channel_user: ChannelUser | UnsetType = UNSET
    context: Context | UnsetType = UNSET
    search: (
        Annotated[
            dict[str, Annotated[str, Meta(max_length=1000)]],
            Meta(max_length=50, description="Search field -> value, as for an identification."),
        ]
        | UnsetType
    ) = UNSET
    text: Annotated[str, Meta(max_length=1000, description="As for an identification: one box.")] | UnsetType = UNSET
    explain: Annotated[bool, Meta(description=EXPLAIN_RULES)] = False


class LinkInteraction(Body, frozen=True, forbid_unknown_fields=True):
    """Whom it belongs to. Exactly one of `ref` (of a match) and `contact` (the id of one in the contact base)."""

    ref: Annotated[str, Meta(max_length=8192)] | UnsetType = UNSET
    contact: Annotated[str, Meta(max_length=32)] | UnsetType = UNSET


class AddNote(Body, frozen=True, forbid_unknown_fields=True):
    """What an operator writes down."""

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_NOTE)]


class AddCase(Body, frozen=True, forbid_unknown_fields=True):
    """A case of another system. `identified`: it is registered for the linked person; an anonymous one needs nobody."""

    case: Annotated[str, Meta(min_length=1, max_length=200, description="Its number there.")]
    identified: bool
    title: Annotated[str, Meta(min_length=1, max_length=500)] | UnsetType = UNSET


# ---------------------------------------------------------------------------------------------- answers


class Link(Body, frozen=True, kw_only=True):
    """An interaction tied to a contact. `how`: by itself, by hand, by an identification code. `assurance`: `claimed` (he
    said so), `matched` (a verified match), `channel` (a logged-in user who proved himself before), `code`. `ended_at`,
    `ended_by`: of one that was undone."""

    id: str
    contact: str
    how: LinkHow
    assurance: LinkAssurance
    at: datetime
    actor: str | UnsetType = UNSET
    ended_at: datetime | UnsetType = UNSET
    ended_by: str | UnsetType = UNSET


class Interaction(Body, frozen=True, kw_only=True):
    """One attendance. `protocol`: once it is issued. `link`: the one that holds now; `unique_key`: of whom it leads to."""

    id: str
    channel: str
    started_by: StartedBy
    started_at: datetime
    anonymous: bool
    open: bool
    channel_user: ChannelUser | UnsetType = UNSET
    first_action_at: datetime | UnsetType = UNSET
    finished_at: datetime | UnsetType = UNSET
    protocol: str | UnsetType = UNSET
    link: Link | UnsetType = UNSET
    unique_key: UniqueKey | UnsetType = UNSET
    actor: str | UnsetType = UNSET


class StartedInteraction(Body, frozen=True):
    """`not_linked`: where somebody was searched for, why the interaction was not linked by itself. `facts`, `actions`: what
    is known, and what the tenant's rules want done. `rules`: only with `explain`."""

    interaction: Interaction
    facts: Facts
    actions: Actions
    not_linked: NoLink | UnsetType = UNSET
    rules: tuple[JudgedRule, ...] | UnsetType = UNSET


class FinishedInteraction(Body, frozen=True):
    """`protocol`: the number that the customer is given. `survey`: where he is led to, if the channel has one."""

    interaction: Interaction
    protocol: str
    survey: str | UnsetType = UNSET


class Note(Body, frozen=True):
    """What somebody wrote down, and when."""

    id: str
    text: str
    at: datetime
    actor: str | UnsetType = UNSET


class Case(Body, frozen=True, kw_only=True):
    """A reference to a case of another system."""

    id: str
    case: str
    identified: bool
    at: datetime
    title: str | UnsetType = UNSET
    actor: str | UnsetType = UNSET


class InteractionHistory(Body, frozen=True):
    """An interaction and everything that was done in it, in the order in which it was done; `links` with those that ended.
    Without the permission `customers.read`, without context, notes and cases."""

    interaction: Interaction
    context: Context
    links: tuple[Link, ...]
    notes: tuple[Note, ...]
    cases: tuple[Case, ...]


class InteractionPage(Body, frozen=True):
    """The latest first. `next`: the cursor to go on with; left out at the end."""

    interactions: tuple[Interaction, ...]
    next: str | UnsetType = UNSET
