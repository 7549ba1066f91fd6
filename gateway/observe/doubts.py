"""What is right in the configuration and probably not meant, told to the log once: as `gateway check` tells it."""

from __future__ import annotations

from structlog.typing import FilteringBoundLogger

from gateway.service.live import LiveTenant
from gateway.service.sources import doubts_of


class Doubts:
    """Told of every tenant that is put to use."""

    def __init__(self, log: FilteringBoundLogger) -> None:
        self._log = log
        self._told: dict[str, tuple[str, ...]] = {}

    def tell(self, live: LiveTenant) -> None:
        """What was told before of the same tenant is not told again."""
        slug, doubts = live.tenant.slug, doubts_of(live)
        before = self._told.pop(slug, ())
        for doubt in doubts:
            if doubt not in before:
                self._log.warning("configuration_doubtful", tenant=slug, doubt=doubt)
        if doubts:
            self._told[slug] = doubts
