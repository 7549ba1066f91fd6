"""What the answers amount to: found, several, a definite not_found, or unavailable. A failure is never an absence.

=============  ======================================================================================================
found          exactly one match
several        more than one, or one of a list that was cut; nothing is linked by itself
not_found      nobody; at least one source was really asked and said so itself, and beside such answers there is only
               `skipped(not_needed)`
unavailable    nobody, and anything else beside it, or nobody was asked
=============  ======================================================================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from gateway.core.identity import identity
from gateway.core.joining import known_as
from gateway.core.junk import is_junk
from gateway.core.model import (
    Contact,
    Identification,
    Identifier,
    Match,
    Outcome,
    Proposal,
    ProspectOption,
    Query,
    Skip,
    SourceAnswer,
    SourceOutcome,
    Standing,
    UniqueKey,
)
from gateway.core.tenant import Tenant

_FEWEST = 2


def conclude(
    matches: Sequence[Match],
    answers: Sequence[SourceAnswer],
    *,
    query: Query,
    tenant: Tenant,
    limit: int | None = None,
) -> Identification:
    """The identification by one query. `answers`: of every source of the route; the contact base counts as one.

    `limit`: most matches, the tenant's own at most; never fewer than two are shown, so that a cut makes no `found` of
    `several`. Matches that are only a stored prospect are nobody: the first is given as `known_prospect`.
    """
    people = [match for match in matches if not _is_prospect(match)]
    most = max(_FEWEST, tenant.limit if limit is None else min(limit, tenant.limit))
    outcome = _outcome(people, answers)
    definite = outcome is Outcome.NOT_FOUND
    prospect = _known_prospect(matches) if len(people) < len(matches) else None
    return Identification(
        outcome=outcome,
        complete=outcome is not Outcome.UNAVAILABLE and all(map(_is_whole, answers)),
        more=bool(people) and (len(people) > most or any(answer.truncated for answer in answers)),
        matches=tuple(people[:most]),
        sources=tuple(answers),
        searched=tuple([key.field for key in query.keys]),
        proposal=_as_known(_proposal(query, tenant), prospect) if definite else None,
        known_prospect=prospect,
        warnings=tuple([f"{key.field}: {warning}" for key in query.keys for warning in key.warnings]),
    )


def combine(identifications: Sequence[Identification]) -> Identification:
    """One answer out of those to the queries that the one box's text may mean, in the order in which they were asked.

    The first with a customer is the answer. Without one it is `not_found` only if each was, and proposes what the likeliest
    query proposes. Sources and trace are those of all that were asked.
    """
    if len(identifications) == 1:
        return identifications[0]
    answering = next((one for one in identifications if one.matches), None)
    definite = bool(identifications) and all(one.outcome is Outcome.NOT_FOUND for one in identifications)
    first = identifications[0] if identifications else None
    chosen = answering or first
    prospects = (one.known_prospect for one in ([answering] if answering else identifications))
    prospect = next(filter(None, prospects), None)
    return Identification(
        outcome=answering.outcome if answering else Outcome.NOT_FOUND if definite else Outcome.UNAVAILABLE,
        complete=bool(answering or definite) and all(one.complete for one in identifications),
        more=any(one.more for one in identifications),
        matches=answering.matches if answering else (),
        sources=tuple(answer for one in identifications for answer in one.sources),
        searched=chosen.searched if chosen else (),
        proposal=_as_known(first.proposal, prospect) if first and first.proposal and definite else None,
        known_prospect=prospect,
        trace=tuple(step for one in identifications for step in one.trace),
        warnings=chosen.warnings if chosen else (),
    )


def _outcome(people: Sequence[Match], answers: Sequence[SourceAnswer]) -> Outcome:
    if people:
        # Who else would agree stands perhaps in the part that was cut off.
        cut = any(answer.truncated and (answer.customers or answer.contacts) for answer in answers)
        return Outcome.FOUND if len(people) == 1 and not cut else Outcome.SEVERAL
    asked = [answer for answer in answers if not _was_not_needed(answer)]
    return Outcome.NOT_FOUND if asked and all(map(is_definite_no, asked)) else Outcome.UNAVAILABLE


def is_definite_no(answer: SourceAnswer) -> bool:
    """The source itself said that it knows nobody, and nothing beside it speaks against that."""
    doubtful = answer.customers or answer.contacts or answer.refused or answer.dropped or answer.truncated
    return answer.outcome is SourceOutcome.NOT_FOUND and not doubtful and not answer.stale


def _was_not_needed(answer: SourceAnswer) -> bool:
    return answer.outcome is SourceOutcome.SKIPPED and answer.code == Skip.NOT_NEEDED


def _is_whole(answer: SourceAnswer) -> bool:
    """The source answered just now, and all that it said could be read; or it was not needed."""
    somebody = answer.customers or answer.contacts
    found = answer.outcome is SourceOutcome.FOUND and somebody and not answer.refused and not answer.stale
    return bool(found) or is_definite_no(answer) or _was_not_needed(answer)


def _is_prospect(match: Match) -> bool:
    return match.customer is None and match.contact is not None and match.contact.standing is Standing.PROSPECT


def _known_prospect(matches: Sequence[Match]) -> Contact | None:
    return next((match.contact for match in matches if _is_prospect(match)), None)


def _proposal(query: Query, tenant: Tenant) -> Proposal:
    """What the tenant wants of somebody whom nobody knows. `keyed` needs the unique key in the question; without it, it is
    as `message`: there is no history for a prospect without a key."""
    policy = tenant.not_found
    identifiers = _identifiers(query, tenant)
    name = next((key.value for key in query.keys if key.kind == "name"), None)
    if policy.prospect is not ProspectOption.KEYED:
        return Proposal(policy.message, policy.customer_type, policy.prospect, None, identifiers, name)
    value = query.values.get(tenant.unique_field or "")
    # Strangers who type the same nonsense must not get one history.
    if value is None or is_junk(tenant.unique_key.kind, value):
        return Proposal(policy.message, policy.customer_type, ProspectOption.MESSAGE, None, identifiers, name)
    key = UniqueKey(tenant.unique_key.name, tenant.unique_key.kind, value)
    # The wording that Direct Talk's helpdesks look for.
    message = f"Cliente não cadastrado/{value}"
    return Proposal(message, policy.customer_type, ProspectOption.KEYED, key, identifiers, name)


def _identifiers(query: Query, tenant: Tenant) -> tuple[Identifier, ...]:
    """By which of the searched values an unknown person could be found again."""
    found = [(known_as(tenant.search_fields[key.field]), key) for key in query.keys]
    return tuple(
        Identifier(*identity(kind, key.value)) for kind, key in found if kind and not is_junk(key.kind, key.value)
    )


def _as_known(proposal: Proposal, prospect: Contact | None) -> Proposal:
    """A customer type is filled in only for somebody whom the contact base does not have: a stored prospect has his own."""
    return proposal if prospect is None else replace(proposal, customer_type=prospect.customer_type)
