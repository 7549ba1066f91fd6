"""Was something else told that is not his? Each value of an event is a search of its own, and who is found by one of them is
held against the others, too, before anything is linked by itself."""

from __future__ import annotations

from collections.abc import Mapping as Map
from dataclasses import replace

from gateway.core.joining import as_customer
from gateway.core.keys import normalise
from gateway.core.kinds import Strength, kind_named
from gateway.core.model import Identification, Match
from gateway.core.tenant import Tenant
from gateway.core.verification import compile_verification

_CHANGE = frozenset({Strength.EMAIL, Strength.PHONE, Strength.CHANNEL_USER})


def held_to_all(tenant: Tenant, values: Map[str, str], found: Identification) -> Identification:
    """`values`: search field -> everything that was told, each valid for its kind. A match who carries one of them
    otherwise stands as not verified: somebody else may write, so a person has to look.

    Who was found by a document or by the unique key may write from another telephone or address: these change. His name
    does not, nor does another document of his.
    """
    others = {name: value for name, value in values.items() if name not in found.searched}
    kinds = {name: kind_named(field.kind).strength for name, field in tenant.search_fields.items()}
    if any(kinds[name] is Strength.DOCUMENT or name == tenant.unique_field for name in found.searched):
        others = {name: value for name, value in others.items() if kinds[name] not in _CHANGE}
    if not others or not found.matches:
        return found
    query = normalise(tenant.search_fields, others, tenant.country, unique=tenant.unique_field)
    verification = compile_verification(tenant.search_fields, tenant.country)

    def held(match: Match) -> Match:
        if match.customer is not None:
            customer = match.customer
        elif match.contact is not None:
            customer = as_customer(match.contact)
        else:
            return match
        # By itself, or it would be held for another's fault.
        agrees = not verification.verify(query, (customer,)).dropped
        return match if agrees or not match.verified else replace(match, verified=False)

    matches = tuple(held(match) for match in found.matches)
    return found if matches == found.matches else replace(found, matches=matches)
