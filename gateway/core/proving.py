"""Who a code proves: what the company said of him when he got it, held against what the sources say of him now."""

from __future__ import annotations

from dataclasses import replace

from gateway.core.issued_code import CodeHolder
from gateway.core.junk import is_junk
from gateway.core.keeping import ContactDraft, stored_part, without_junk
from gateway.core.linking import LinkTarget, is_proved, key_of
from gateway.core.model import Identification, Identifier, Match, Outcome, UniqueKey
from gateway.core.tenant import Tenant


def question_of(holder: CodeHolder, tenant: Tenant) -> dict[str, str]:
    """What the sources are asked with: his unique key alone, where that is a search field; else everything that tells who he
    is."""
    field = tenant.unique_field
    key = None if field is None else holder.search.get(field)
    return dict(holder.search) if field is None or key is None else {field: key}


def held_against(holder: CodeHolder, found: Identification | None) -> Identification | None:
    """What the sources found, where it is the same customer. Of a customer with another unique key than the company said
    nothing is shown: that is no answer (`unavailable`)."""
    key = holder.draft.unique_key
    if found is None or key is None or all(_is(key, match) for match in found.matches):
        return found
    return replace(found, outcome=Outcome.UNAVAILABLE, complete=False, matches=(), proposal=None, known_prospect=None)


def proved(holder: CodeHolder, found: Identification | None, user: Identifier, tenant: Tenant) -> LinkTarget:
    """Whose contact it is, and how that is kept: as the sources have him now, else as the company said; with who writes as
    proved. `found`: held against the holder before."""
    match = _only(found, user)
    if match is not None and found is not None and holder.draft.unique_key is None and not found.complete:
        # A telephone may be two people's, of whom a source that is silent has the one who is logged in.
        match = match if match.contact is not None and is_proved(match.contact, user) else None
    draft, contact = holder.draft, None if match is None else match.contact
    if match is not None and match.customer is not None:
        his = match.customer.unique_key
        if not is_junk(his.kind, his.value):
            draft = _fresher(stored_part(match.customer, tenant), draft)
    key = draft.unique_key
    same = contact is not None and (key is None or contact.unique_key in (None, key))
    known = (Identifier(user.kind, user.value, verified=True), *draft.identifiers)
    kept = replace(draft, identifiers=without_junk(known), seal_name=tenant.seal_names)
    return LinkTarget(contact.id if contact is not None and same else None, kept, verified=True)


def _is(key: UniqueKey, match: Match) -> bool:
    """A contact that nobody gave a key yet may be his."""
    his = key_of(match)
    return his is None or (his.kind, his.value) == (key.kind, key.value)


def _only(found: Identification | None, user: Identifier) -> Match | None:
    """The one match that is surely he: of several, the one where this user of the channel proved himself before."""
    if found is None:
        return None
    sure = [match for match in found.matches if match.verified]
    if len(sure) > 1:
        sure = [match for match in sure if match.contact is not None and is_proved(match.contact, user)]
    return sure[0] if len(sure) == 1 else None


def _fresher(now: ContactDraft, then: ContactDraft) -> ContactDraft:
    return replace(
        then,
        unique_key=now.unique_key,
        name=now.name or then.name,
        identifiers=(*now.identifiers, *then.identifiers),
        stored={**then.stored, **now.stored},
    )
