"""The tables, as the newest migration leaves them. Moments are microseconds since 1970 in UTC: one type on both databases.

Every table has `tenant` in front of its keys: no statement reads across tenants by mistake. `*_sealed` is sealed,
`*_index` is the blind index of the same value (see `sealing`); ids are random, so they tell nothing.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    text,
)

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_SLUG, _ID, _WORD, _ACTOR = String(64), String(32), String(64), String(200)

CONTACTS = Table(
    "contacts",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("standing", _WORD, nullable=False),
    Column("unique_key_name", _WORD),
    Column("unique_key_kind", _WORD),
    Column("unique_key_index", LargeBinary),
    Column("unique_key_sealed", LargeBinary),
    Column("name", Text),  # NULL where the tenant seals names
    Column("name_sealed", LargeBinary),
    Column("customer_type", Text),
    Column("stored_sealed", LargeBinary),  # JSON: path -> value
    Column("form_sealed", LargeBinary),  # JSON: field -> value
    Column("active", Boolean, nullable=False),
    Column("merged_into", _ID),
    Column("revision", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    # One contact a key; of two that were merged, the one that stays. (The migration says the same for PostgreSQL: said here,
    # it would keep that dialect in the memory of who has SQLite.)
    Index(
        "uq_contacts_unique_key",
        "tenant",
        "unique_key_index",
        unique=True,
        sqlite_where=text("merged_into IS NULL"),
    ),
    # Of those that were merged, to whom a key leads.
    Index(
        "ix_contacts_given_up",
        "tenant",
        "unique_key_index",
        sqlite_where=text("merged_into IS NOT NULL"),
    ),
    Index(None, "tenant", "standing", "created_at"),
)

IDENTIFIERS = Table(
    "identifiers",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("contact", _ID, nullable=False),
    Column("place", Integer, nullable=False),  # their order within the contact
    Column("kind", _WORD, nullable=False),
    Column("value_index", LargeBinary, nullable=False),
    Column("value_sealed", LargeBinary, nullable=False),
    Column("verified", Boolean, nullable=False),
    PrimaryKeyConstraint("tenant", "contact", "place"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"], ondelete="CASCADE"),
    # One number, many people: an index may stand at several contacts. These are in it, so that a search reads no row.
    Index(None, "tenant", "value_index", "contact"),
    # Few gave up a key in a merger: whoever is looked for by his key is looked for here in next to no time, too.
    Index("ix_identifiers_given_up", "tenant", "value_index", "contact", sqlite_where=text("kind = 'unique_key'")),
)

NAME_WORDS = Table(
    "name_words",  # what a contact is found by its name with; none where the tenant seals names
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("word", _WORD, nullable=False),  # folded
    Column("contact", _ID, nullable=False),
    PrimaryKeyConstraint("tenant", "word", "contact"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"], ondelete="CASCADE"),
    Index(None, "tenant", "contact"),
)

INTERACTIONS = Table(
    "interactions",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("channel", _WORD, nullable=False),
    Column("started_by", _WORD, nullable=False),
    Column("actor", _ACTOR),
    Column("anonymous", Boolean, nullable=False),
    Column("channel_user_kind", _WORD),
    Column("channel_user_index", LargeBinary),
    Column("channel_user_sealed", LargeBinary),
    Column("context_sealed", LargeBinary),  # JSON
    Column("started_at", BigInteger, nullable=False),
    Column("first_action_at", BigInteger),
    Column("finished_at", BigInteger),
    Column("protocol_year", Integer),
    Column("protocol_number", BigInteger),
    Column("contact", _ID),  # of the link that holds now
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"]),
    Index("uq_interactions_protocol", "tenant", "protocol_year", "protocol_number", unique=True),
    Index(None, "tenant", "contact", "started_at"),
    Index(None, "tenant", "channel_user_index", "started_at"),
    Index(None, "tenant", "started_at"),
)

LINKS = Table(
    "links",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("interaction", _ID, nullable=False),
    Column("contact", _ID, nullable=False),
    Column("how", _WORD, nullable=False),
    Column("assurance", _WORD, nullable=False),
    Column("actor", _ACTOR),
    Column("at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("ended_by", _ACTOR),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "interaction"], ["interactions.tenant", "interactions.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"]),
    Index(None, "tenant", "interaction", "at"),
    Index(None, "tenant", "contact", "at"),
)

UNLINKED = Table(
    "unlinked",  # pairs that somebody took apart: never linked again by themselves
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("who_index", LargeBinary, nullable=False),  # the channel's user; the interaction where it has none
    Column("contact", _ID, nullable=False),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "who_index", "contact"),
)

NOTES = Table(
    "notes",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("interaction", _ID, nullable=False),
    Column("text_sealed", LargeBinary, nullable=False),
    Column("actor", _ACTOR),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "interaction"], ["interactions.tenant", "interactions.id"], ondelete="CASCADE"),
    Index(None, "tenant", "interaction", "at"),
)

CASES = Table(
    "cases",  # references to cases of other systems
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("interaction", _ID, nullable=False),
    Column("contact", _ID),  # of an identified one: whom it was registered for
    Column("case_sealed", LargeBinary, nullable=False),  # its number, which may be a person's
    Column("title_sealed", LargeBinary),
    Column("identified", Boolean, nullable=False),
    Column("actor", _ACTOR),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "id"),
    ForeignKeyConstraint(["tenant", "interaction"], ["interactions.tenant", "interactions.id"], ondelete="CASCADE"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"]),
    Index(None, "tenant", "interaction", "at"),
    Index(None, "tenant", "contact", "at"),
)

PROTOCOL_COUNTERS = Table(
    "protocol_counters",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("year", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "year"),
)

IDEMPOTENCY = Table(
    "idempotency",
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column(
        "key_index", LargeBinary, nullable=False
    ),  # of the caller's API key id, the operation and its Idempotency-Key
    Column("body_index", LargeBinary, nullable=False),
    Column("gave", _ID, nullable=False),  # the id of what the first request made or changed
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "key_index"),
    Index(None, "at"),
)

SEEN = Table(
    "seen",  # events and signed identities that may come once
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("what_index", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("until", BigInteger, nullable=False),  # it is known as long
    PrimaryKeyConstraint("tenant", "what_index"),
    Index(None, "until"),
)

ATTENDANCES = Table(
    "attendances",  # what belongs to one interaction; and what is held while it is found or begun
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("who_index", LargeBinary, nullable=False),  # the caller's id of the attendance, or the channel's user
    Column("interaction", _ID),
    Column("at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "who_index"),
    ForeignKeyConstraint(["tenant", "interaction"], ["interactions.tenant", "interactions.id"], ondelete="CASCADE"),
    Index(None, "tenant", "interaction"),
    Index(None, "at"),
)

PROSPECTS = Table(
    "prospects",  # what becomes of a prospect at the end of the day; one row a contact
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("contact", _ID, nullable=False),
    Column("option", _WORD, nullable=False),  # message, keyed, form
    Column("day", String(10), nullable=False),  # 2026-11-22, on the tenant's calendar
    Column("state", _WORD, nullable=False),  # pending, loaded, refused, unknown, sending, customer
    Column("batch", _ID),
    Column("send_key", _ID, nullable=False),  # the stable idempotency key towards the source
    Column("reason", Text),
    Column("actor", _ACTOR),
    Column("at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "contact"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"], ondelete="CASCADE"),
    Index(None, "tenant", "day", "state"),
    Index(None, "tenant", "batch", "contact"),
)

BATCHES = Table(
    "batches",  # one file of prospects, or one run of sending them
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("day", String(10), nullable=False),
    Column("target", _WORD, nullable=False),  # csv, xml, json, source
    Column("file", Text),  # its name, where it is a file
    Column("state", _WORD, nullable=False),  # open, written, done
    Column("rows", Integer, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("done_at", BigInteger),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "tenant", "day"),
)

MOVES = Table(
    "moves",  # a history that went from one contact to another, so that it can go back
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("source", _ID, nullable=False),
    Column("target", _ID, nullable=False),
    Column("why", _WORD, nullable=False),  # merge, became_customer
    Column("moved_sealed", LargeBinary, nullable=False),  # JSON: what moved
    Column("actor", _ACTOR),
    Column("at", BigInteger, nullable=False),
    Column("undone_at", BigInteger),
    PrimaryKeyConstraint("tenant", "id"),
    Index(None, "tenant", "source"),
    Index(None, "tenant", "target"),
)

AUDIT = Table(
    "audit",  # an entry has a row for each that it concerns; the row at place 0 stands for the entry
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),  # of the entry; rising in time, so that it is the index of moments, too
    Column("place", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("action", _WORD, nullable=False),  # identify, interaction_link, …
    Column("key_id", _WORD, nullable=False),
    Column("actor", _ACTOR),
    Column("kinds", Text, nullable=False),  # of what was searched: `cpf name`
    Column("subject_index", LargeBinary),  # keyed hash of a searched value, or of whom it concerns
    Column("outcome", _WORD, nullable=False),
    Column("request_id", String(128), nullable=False),
    PrimaryKeyConstraint("tenant", "id", "place"),
    Index(None, "tenant", "subject_index", "id"),
)

CODES = Table(
    "codes",  # identification codes that were given out; nobody can read one here
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("id", _ID, nullable=False),
    Column("code_index", LargeBinary, nullable=False),  # the code itself, as a keyed hash
    Column("holder_index", LargeBinary, nullable=False),  # by what the holder's other codes are told
    Column("holder_sealed", LargeBinary, nullable=False),  # JSON: what is known of him
    Column("channel", _WORD),  # NULL where it is good in any
    Column("issued_by", _WORD, nullable=False),  # the id of the API key
    Column("at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),  # newer ones took its place
    Column("used_at", BigInteger),
    Column("used_by_index", LargeBinary),  # the channel's user
    Column("contact", _ID),  # to whom that led
    Column("interaction", _ID),  # which that linked
    PrimaryKeyConstraint("tenant", "id"),
    Index("uq_codes_code", "tenant", "code_index", unique=True),
    Index(None, "tenant", "holder_index", "expires_at"),
    Index(None, "expires_at"),
)

CODE_ATTEMPTS = Table(
    "code_attempts",  # wrong codes of one user of a channel, and of a tenant as a whole
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("who_index", LargeBinary, nullable=False),
    Column("failures", Integer, nullable=False),  # since `since`
    Column("since", BigInteger, nullable=False),
    Column("strikes", Integer, nullable=False),  # how often in a row he was throttled
    Column("until", BigInteger),  # none of his codes is looked at before
    PrimaryKeyConstraint("tenant", "who_index"),
    Index(None, "since"),
)

FILLINGS = Table(
    "fillings",  # contacts with no more than their key, whose sources are still to be asked for the rest
    METADATA,
    Column("tenant", _SLUG, nullable=False),
    Column("contact", _ID, nullable=False),
    Column("sources", Text, nullable=False),  # names of those that had him: `crm erp`
    Column("tries", Integer, nullable=False),
    Column("due_at", BigInteger, nullable=False),
    PrimaryKeyConstraint("tenant", "contact"),
    ForeignKeyConstraint(["tenant", "contact"], ["contacts.tenant", "contacts.id"], ondelete="CASCADE"),
    Index(None, "due_at"),
)

LEASES = Table(
    "leases",  # what one worker alone does, and until when it may
    METADATA,
    Column("name", String(200), nullable=False),
    Column("holder", _ID, nullable=False),
    Column("until", BigInteger, nullable=False),
    PrimaryKeyConstraint("name"),
)
