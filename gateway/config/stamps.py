"""Has a file changed? Answered from its stamp, without reading it."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

Stamp: TypeAlias = tuple[int, int, int] | None
"""(time of the last change in nanoseconds, size, inode); None for a file that is not there or cannot be looked at."""


def stamp(path: Path) -> Stamp:
    try:
        state = path.stat()
    except OSError:
        return None
    return (state.st_mtime_ns, state.st_size, state.st_ino)
