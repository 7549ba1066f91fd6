"""Where a list of pages goes on: opaque to whoever sends it back, and nothing in it but a moment and an id."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

from gateway.core.errors import MalformedRequest

_CONTENT = re.compile(rb"(\d{1,18})\.([0-9a-f]{32})", re.ASCII)


def position(at: int, row: str) -> str:
    """Behind this row. `at`: microseconds since 1970."""
    return urlsafe_b64encode(f"{at}.{row}".encode()).rstrip(b"=").decode("ascii")


def place_of(cursor: str) -> tuple[int, str]:
    """Raises MalformedRequest for what `position` did not give."""
    try:
        found = _CONTENT.fullmatch(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError:
        found = None
    if found is None:
        raise MalformedRequest("The cursor is none that a page gave. Send a page's 'next' as it came, or leave it out.")
    return int(found[1]), found[2].decode("ascii")
