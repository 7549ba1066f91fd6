"""Ids of rows: random, so that they tell nothing, and rising in time, so that an index stays small and in order."""

from __future__ import annotations

import os
from datetime import datetime

from gateway.storage.moments import stored


def new_id(now: datetime) -> str:
    """32 hexadecimal digits: 48 bits of milliseconds, 80 random ones (the idea of RFC 9562, 5.7)."""
    return f"{from_moment(now)}{os.urandom(10).hex()}"


def from_moment(moment: datetime) -> str:
    """What ids from the moment's millisecond on are not less than, and earlier ones are."""
    return f"{stored(moment) // 1000 & 0xFFFF_FFFF_FFFF:012x}"
