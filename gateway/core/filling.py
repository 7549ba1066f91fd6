"""Contacts of whom only the key is at hand, until their sources were asked for the rest: how often, and how patiently."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

TRIES = 10
"""So often a contact's sources are asked; then he stays with his key."""
FIRST = timedelta(minutes=1)
"""From the link, whose own try is under way, to the next one."""
_LONGEST = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A contact who is to be filled. `sources`: those that had him when he was linked; `tries`: since then."""

    tenant: str
    contact: str
    sources: tuple[str, ...]
    tries: int


def pause_after(tries: int) -> timedelta:
    """Until the next try: four times as long each time, six hours at most."""
    return min(FIRST * int(4**tries), _LONGEST)
