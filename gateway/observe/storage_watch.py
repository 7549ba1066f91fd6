"""Hears what the storage tells, and makes counts of it, and two lines of the log for each outage."""

from __future__ import annotations

from threading import Lock

from structlog.typing import FilteringBoundLogger

from gateway.observe.metrics import Metrics


class StorageWatch:
    """The storage's observer. Told from several threads. Reading and writing fail each for itself: of a full disk one can
    still read."""

    def __init__(self, log: FilteringBoundLogger, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics
        self._lock = Lock()
        self._away: dict[str, str] = {}
        self._losing = False

    def worked(self, work: str, seconds: float) -> None:
        self._metrics.storage_worked(work, seconds)
        if work not in self._away:
            return
        with self._lock:
            back = self._away.pop(work, None) is not None
            self._losing = False
        if back:
            self._log.warning("storage_back", work=work)

    def failed(self, work: str, code: str) -> None:
        self._metrics.storage_failed(work, code)
        with self._lock:
            new = self._away.get(work) != code
            self._away[work] = code
        if new:
            self._log.error("storage_unavailable", work=work, code=code)

    def audit_lost(self, entries: int) -> None:
        self._metrics.audit_lost(entries)
        with self._lock:
            new, self._losing = not self._losing, True
        if new:
            self._log.error("audit_lost", remedy="Mend the database; gateway_audit_lost_total counts the entries.")
