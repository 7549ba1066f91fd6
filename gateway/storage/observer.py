"""What the storage tells whoever counts and logs: a port, so that logs and metrics live above."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol


class Work(StrEnum):
    """What the database was wanted for."""

    READ = "read"
    WRITE = "write"


class StorageObserver(Protocol):
    """Told of what happened, from the database's own threads as well. Must not block and must not raise."""

    def worked(self, work: Work, seconds: float) -> None:
        """The database did as it was told: a read, or a group of writes in one transaction."""
        ...

    def failed(self, work: Work, code: str) -> None:
        """It did not: the code of a StorageUnavailable."""
        ...

    def audit_lost(self, entries: int) -> None:
        """Entries of the audit had to be let go of."""
        ...


class Unobserved:
    """An observer for whom nobody listens."""

    def worked(self, work: Work, seconds: float) -> None: ...

    def failed(self, work: Work, code: str) -> None: ...

    def audit_lost(self, entries: int) -> None: ...
