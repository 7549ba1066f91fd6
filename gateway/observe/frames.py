"""An exception as a log may show it: its type and where it came from, never its text, which may hold anybody's data."""

from __future__ import annotations

from pathlib import PurePath
from traceback import walk_tb

_MOST_FRAMES = 12
_MOST_CAUSES = 4


def described(error: BaseException) -> list[str]:
    """`ValueError at gateway_x/adapter.py:45 lookup < gateway/service/ask.py:31 ask_source`, and one line a cause."""
    lines: list[str] = []
    cause: BaseException | None = error
    while cause is not None and len(lines) < _MOST_CAUSES:
        lines.append(f"{type(cause).__qualname__} at {_way(cause)}")
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return lines


def _way(error: BaseException) -> str:
    """The innermost frame first."""
    frames = [
        f"{'/'.join(PurePath(frame.f_code.co_filename).parts[-2:])}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(error.__traceback__)
    ]
    return " < ".join(reversed(frames[-_MOST_FRAMES:])) or "an unknown place"
