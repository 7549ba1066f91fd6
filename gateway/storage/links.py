"""Links of interactions to contacts: what holds, what ended, and which pairs are never linked by themselves again."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from sqlalchemy import Connection, Row, delete, insert, select, update

from gateway.core.errors import Conflict, NotHere
from gateway.core.identity import identity
from gateway.core.interaction import Interaction, Link, LinkAssurance, LinkHow, NoLink
from gateway.core.linking import LinkTarget, assurance_of, is_surer, refused_contact
from gateway.core.model import Contact, Identifier
from gateway.storage import fillings
from gateway.storage.becoming import Becoming
from gateway.storage.contacts import Contacts
from gateway.storage.ids import new_id
from gateway.storage.moments import maybe_moment, moment, stored
from gateway.storage.sealing import Sealing
from gateway.storage.tables import INTERACTIONS, LINKS, UNLINKED
from gateway.storage.upserts import insert_into

_WHO = "who"


class Links:
    """Within whatever transaction the caller is in, on interactions that are open and locked (`Interactions.open`).
    `actor`: who acts, None for nobody."""

    def __init__(self, sealing: Sealing, contacts: Contacts) -> None:
        self._sealing = sealing
        self._contacts = contacts
        self._becoming = Becoming(sealing, contacts)

    def link_automatically(
        self, connection: Connection, tenant: str, interaction: Interaction, target: LinkTarget, now: datetime
    ) -> str | NoLink | None:
        """The contact, unless he is not to be linked by itself; then nothing is saved either. Where the interaction is
        linked to him already, the link stays (None) or a surer one takes its place; one to somebody else stays."""
        known, link = self._known(connection, tenant, target), interaction.link
        if link is not None and (known is None or known.id != link.contact):
            return NoLink.LINKED
        if known is not None:
            apart = self._taken_apart(connection, tenant, interaction, known)
            refused = refused_contact(known, taken_apart=apart)
            if link is not None:
                if refused or not is_surer(self._assurance(interaction, known, target), link.assurance):
                    return None
                self._end(connection, tenant, link, None, now)
            elif refused:
                return refused
        contact = self._saved(connection, tenant, target, None, now)
        self._add(connection, tenant, interaction, contact, LinkHow.AUTOMATIC, target, None, now)
        return contact.id

    def link_if_unchanged(
        self, connection: Connection, tenant: str, interaction: Interaction, target: LinkTarget, now: datetime
    ) -> str | NoLink | None:
        """As `link_automatically`. That the contact was changed between the search and now costs the rest of the transaction
        nothing."""
        try:
            with connection.begin_nested():
                return self.link_automatically(connection, tenant, interaction, target, now)
        except (NotHere, Conflict):
            return NoLink.CHANGED_MEANWHILE

    def is_of(self, connection: Connection, tenant: str, link: Link, target: LinkTarget) -> bool:
        """Does the link lead to the target?"""
        with suppress(NotHere):
            known = self._known(connection, tenant, target)
            return known is not None and known.id == link.contact
        return False

    def link(
        self,
        connection: Connection,
        tenant: str,
        interaction: Interaction,
        target: LinkTarget,
        actor: str | None,
        now: datetime,
    ) -> str:
        """By hand; the contact. Raises NotHere, Conflict (`linked_already`, `contact_inactive`, `junk_key`, `other_key`)."""
        if interaction.link is not None:
            raise Conflict(
                "linked_already",
                "The interaction is linked to somebody. Unlink it first, or re-identify to replace him.",
            )
        contact = self._saved(connection, tenant, target, actor, now)
        self._add(connection, tenant, interaction, contact, LinkHow.HAND, target, actor, now)
        return contact.id

    def unlink(
        self, connection: Connection, tenant: str, interaction: Interaction, actor: str | None, now: datetime
    ) -> str:
        """Gives the contact. The pair is never linked by itself again. Raises Conflict (`nobody_linked`)."""
        link = interaction.link
        if link is None:
            raise Conflict("nobody_linked", "The interaction is linked to nobody, so there is nothing to undo.")
        self._end(connection, tenant, link, actor, now)
        apart = insert_into(connection, UNLINKED).values(
            tenant=tenant, who_index=self._who(tenant, interaction)[0], contact=link.contact, at=stored(now)
        )
        connection.execute(apart.on_conflict_do_nothing())
        self._point(connection, tenant, interaction, None)
        return link.contact

    def reidentify(
        self,
        connection: Connection,
        tenant: str,
        interaction: Interaction,
        target: LinkTarget,
        actor: str | None,
        now: datetime,
    ) -> tuple[str, str]:
        """The link is replaced; the old one stays as one that ended. Gives the contacts, before and now. Raises as
        `link`, and Conflict (`nobody_linked`; `linked_already` where it leads to him as it is)."""
        if interaction.link is None:
            raise Conflict("nobody_linked", "The interaction is linked to nobody yet. Link it instead.")
        contact = self._saved(connection, tenant, target, actor, now)
        if contact.id == interaction.link.contact:
            raise Conflict("linked_already", "The interaction is linked to this very contact already.")
        before = self.unlink(connection, tenant, interaction, actor, now)
        self._add(connection, tenant, interaction, contact, LinkHow.HAND, target, actor, now)
        return before, contact.id

    def prove(
        self,
        connection: Connection,
        tenant: str,
        interaction: Interaction | None,
        target: LinkTarget,
        user: Identifier,
        actor: str | None,
        now: datetime,
    ) -> Contact:
        """By a code that he alone could show: `user`, who writes, is the target's contact, and nobody else's any more. The
        interaction's link, if it led elsewhere or was less sure, is replaced; what was taken apart before is no more.
        Raises Conflict (`junk_key`, `other_key`), NotHere."""
        contact = self._saved(connection, tenant, target, actor, now)
        self._contacts.his_alone(connection, tenant, contact.id, user, now)
        for who in (self._who(tenant, interaction) if interaction else (), self._of_user(tenant, user)):
            here = (UNLINKED.c.tenant == tenant) & UNLINKED.c.who_index.in_(who) & (UNLINKED.c.contact == contact.id)
            connection.execute(delete(UNLINKED).where(here))
        if interaction is None:
            return contact
        link = interaction.link
        if link is not None and (link.contact, link.assurance) == (contact.id, LinkAssurance.CODE):
            return contact
        if link is not None:
            self._end(connection, tenant, link, actor, now)
        proved = {"how": LinkHow.CODE, "assurance": LinkAssurance.CODE, "actor": actor, "at": stored(now)}
        made = insert(LINKS).values(tenant=tenant, id=new_id(now), interaction=interaction.id, contact=contact.id)
        connection.execute(made.values(proved))
        self._point(connection, tenant, interaction, contact.id)
        return contact

    # ------------------------------------------------------------------------------------------ whom

    def _known(self, connection: Connection, tenant: str, target: LinkTarget) -> Contact | None:
        """Who the target is, as far as he is known here. Raises NotHere for an id that nobody has."""
        key = target.draft.unique_key if target.draft is not None else None
        holder = None if key is None else self._contacts.holder(connection, tenant, key.value)
        if holder is not None or target.contact is None:
            return holder
        return self._contacts.held(connection, tenant, target.contact)

    def _saved(
        self, connection: Connection, tenant: str, target: LinkTarget, actor: str | None, now: datetime
    ) -> Contact:
        """The target's contact, made or brought up to date; a prospect who is this customer follows. Raises NotHere,
        Conflict."""
        draft = target.draft
        if draft is not None:
            saved = self._contacts.save(connection, tenant, draft, now, target.contact)
            whole = self._becoming.follow(
                connection, tenant, saved, actor, now, same=target.contact, seal_name=draft.seal_name
            )
            if target.fill:
                fillings.mark(connection, tenant, whole.id, target.fill, now)
            return whole
        assert target.contact is not None
        contact = self._contacts.held(connection, tenant, target.contact)
        if not contact.active:
            raise Conflict(
                "contact_inactive", "This contact was deactivated. Make him active first, or choose another."
            )
        return contact

    def _taken_apart(self, connection: Connection, tenant: str, interaction: Interaction, contact: Contact) -> bool:
        """Did somebody unlink who writes from this contact, or from one that was merged into it, however often since?"""
        apart = select(UNLINKED.c.contact).where(
            UNLINKED.c.tenant == tenant, UNLINKED.c.who_index.in_(self._who(tenant, interaction))
        )
        once = connection.execute(apart).scalars().all()
        return any(self._contacts.is_now(connection, tenant, one) == contact.id for one in once)

    def _who(self, tenant: str, interaction: Interaction) -> tuple[bytes, ...]:
        user = interaction.channel_user
        return who_indexes(self._sealing, tenant, (user.kind, user.value) if user is not None else None, interaction.id)

    def _of_user(self, tenant: str, user: Identifier) -> tuple[bytes, ...]:
        return who_indexes(self._sealing, tenant, (user.kind, user.value), "")

    # ------------------------------------------------------------------------------------------ rows

    def _add(
        self,
        connection: Connection,
        tenant: str,
        interaction: Interaction,
        contact: Contact,
        how: LinkHow,
        target: LinkTarget,
        actor: str | None,
        now: datetime,
    ) -> None:
        connection.execute(
            insert(LINKS).values(
                tenant=tenant,
                id=new_id(now),
                interaction=interaction.id,
                contact=contact.id,
                how=how,
                assurance=self._assurance(interaction, contact, target),
                actor=actor,
                at=stored(now),
            )
        )
        self._point(connection, tenant, interaction, contact.id)

    def _assurance(self, interaction: Interaction, contact: Contact, target: LinkTarget) -> LinkAssurance:
        if target.vouched:
            return LinkAssurance.CHANNEL
        return assurance_of(target.verified, interaction.channel, interaction.channel_user, contact)

    def _end(self, connection: Connection, tenant: str, link: Link, actor: str | None, now: datetime) -> None:
        here = (LINKS.c.tenant == tenant) & (LINKS.c.id == link.id)
        connection.execute(update(LINKS).where(here).values(ended_at=stored(now), ended_by=actor))

    def _point(self, connection: Connection, tenant: str, interaction: Interaction, contact: str | None) -> None:
        here = (INTERACTIONS.c.tenant == tenant) & (INTERACTIONS.c.id == interaction.id)
        connection.execute(update(INTERACTIONS).where(here).values(contact=contact))


def who_indexes(sealing: Sealing, tenant: str, user: tuple[str, str] | None, interaction: str) -> tuple[bytes, ...]:
    """The indexes of who writes: the channel's user, else the interaction itself; the first is the one to store."""
    kind, value = ("interaction", interaction) if user is None else identity(*user)
    return sealing.indexes(tenant, _WHO, f"{kind}\0{value}")


def links_of(connection: Connection, tenant: str, interaction: str) -> tuple[Link, ...]:
    """All links of an interaction, those that ended, too."""
    wanted = select(LINKS).where(LINKS.c.tenant == tenant, LINKS.c.interaction == interaction)
    return tuple(link_of(row) for row in connection.execute(wanted.order_by(LINKS.c.at, LINKS.c.id)))


def link_of(row: Row[tuple[object, ...]], prefix: str = "") -> Link:
    """`prefix`: in front of the columns' names."""
    id_, contact, how, assurance, at, actor, ended_at, ended_by = (
        getattr(row, f"{prefix}{name}")
        for name in ("id", "contact", "how", "assurance", "at", "actor", "ended_at", "ended_by")
    )
    return Link(
        id_, contact, LinkHow(how), LinkAssurance(assurance), moment(at), actor, maybe_moment(ended_at), ended_by
    )
