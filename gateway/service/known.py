"""The contact base's part in an identification: the contacts of the customers that came, and who is only known here."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Protocol

from gateway.core import steps
from gateway.core.errors import StorageError, TimedOut
from gateway.core.interaction import Interaction
from gateway.core.joining import CONTACT_BASE, MOST_FOUND, Sought, join, sought_for
from gateway.core.model import Contact, Match, Query, Skip, SourceAnswer, SourceOutcome, Standing
from gateway.service.live import LiveTenant
from gateway.service.refs import RefContent
from gateway.service.tracing import Trace

_LEAST = 0.25
"""Seconds that the contact base has at least: sources that took the whole budget are no reason to leave it out."""


class ContactLookup(Protocol):
    """Where contacts are found. Raises StorageError."""

    def glance(self, tenant: str, sought: Sought) -> tuple[Contact, ...] | None:
        """As `find`, where nothing has to be waited for; else None."""
        ...

    async def find(self, tenant: str, sought: Sought) -> tuple[Contact, ...]:
        """At most `MOST_FOUND`, and one more where there are others."""
        ...


class ContactReader(Protocol):
    """Where one contact is read. Raises StorageError."""

    async def known(self, tenant: str, contact: str | None, key: str | None) -> Contact | None:
        """The active contact with this id, else with this unique key; or who took him over when they were merged."""
        ...


class InteractionReader(Protocol):
    """Where one interaction is read. Raises StorageError."""

    async def get(self, tenant: str, interaction: str) -> Interaction:
        """With the link that holds now. Raises NotHere."""
        ...


async def with_contacts(
    base: ContactLookup, live: LiveTenant, query: Query, matches: Sequence[Match], deadline: float, trace: Trace
) -> tuple[tuple[Match, ...], SourceAnswer]:
    """The matches joined with the contact base, and what it answered as a source. It never hides a customer: where it fails,
    the matches are as they came."""
    sought, began = sought_for(query, live.tenant, matches), perf_counter()
    if not sought:
        return tuple(matches), SourceAnswer(CONTACT_BASE, SourceOutcome.SKIPPED, code=Skip.NOT_NEEDED)
    try:
        contacts = base.glance(live.tenant.slug, sought)
        if contacts is None:
            async with asyncio.timeout_at(max(deadline, asyncio.get_running_loop().time() + _LEAST)):
                contacts = await base.find(live.tenant.slug, sought)
    except TimeoutError:
        return tuple(matches), _failed(TimedOut(), SourceOutcome.TIMED_OUT, began, trace)
    except StorageError as error:
        return tuple(matches), _failed(error, SourceOutcome.FAILED, began, trace)
    joined = join(matches, contacts[:MOST_FOUND], query, live.tenant, live.verification)
    given = [match.contact.standing for match in joined if match.contact is not None]
    people = len(given) - given.count(Standing.PROSPECT)
    answer = SourceAnswer(
        CONTACT_BASE,
        SourceOutcome.FOUND if people else SourceOutcome.NOT_FOUND,
        truncated=len(contacts) > MOST_FOUND,
        elapsed=perf_counter() - began,
        contacts=people,
    )
    trace.add(steps.Joined(len(contacts), len(given), people), CONTACT_BASE, answer.elapsed)
    return joined, answer


async def contact_of(
    base: ContactReader, tenant: str, content: RefContent, deadline: float
) -> tuple[Contact | None, SourceAnswer]:
    """The active contact of a ref, and what the contact base answered as a source."""
    began, trace = perf_counter(), Trace(False)
    try:
        async with asyncio.timeout_at(max(deadline, asyncio.get_running_loop().time() + _LEAST)):
            key = None if content.unique_key is None else content.unique_key.value
            contact = await base.known(tenant, content.contact, key)
    except TimeoutError:
        return None, _failed(TimedOut(), SourceOutcome.TIMED_OUT, began, trace)
    except StorageError as error:
        return None, _failed(error, SourceOutcome.FAILED, began, trace)
    people = int(contact is not None and contact.standing is not Standing.PROSPECT)
    outcome = SourceOutcome.FOUND if people else SourceOutcome.NOT_FOUND
    return contact, SourceAnswer(CONTACT_BASE, outcome, elapsed=perf_counter() - began, contacts=people)


def _failed(error: StorageError | TimedOut, outcome: SourceOutcome, began: float, trace: Trace) -> SourceAnswer:
    elapsed = perf_counter() - began
    trace.add(steps.Failed(error.code, str(error)), CONTACT_BASE, elapsed)
    return SourceAnswer(CONTACT_BASE, outcome, code=error.code, detail=str(error), elapsed=elapsed)
