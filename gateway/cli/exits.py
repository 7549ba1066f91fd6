"""The exit codes of every command (docs/cli.md has the same table)."""

from __future__ import annotations

from enum import IntEnum

from gateway.core.model import Outcome


class Exit(IntEnum):
    """0: as asked. The rest tell a script what happened."""

    OK = 0
    """Done; for `identify`: found exactly one."""
    PROBLEM = 1
    """The configuration is wrong, or a source that was checked is not well."""
    USAGE = 2
    """The command line or the request is wrong; nobody was asked."""
    SEVERAL = 3
    """`identify`: more than one."""
    NOT_FOUND = 4
    """`identify`: nobody, and every source that was asked said so."""
    UNAVAILABLE = 5
    """`identify`: could not find out."""


OF_OUTCOME = {
    Outcome.FOUND: Exit.OK,
    Outcome.SEVERAL: Exit.SEVERAL,
    Outcome.NOT_FOUND: Exit.NOT_FOUND,
    Outcome.UNAVAILABLE: Exit.UNAVAILABLE,
}
