"""What runs beside the requests, as long as the application lives."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from collections.abc import AsyncGenerator, Collection, Coroutine, Sequence
from collections.abc import Mapping as Map
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Protocol

from structlog.typing import FilteringBoundLogger

from gateway.assembly import Gateway, doubt_about_key, utc_now
from gateway.config.watch import watch
from gateway.core.errors import StorageUnavailable, TenantBroken, UnknownTenant
from gateway.observe.doubts import Doubts
from gateway.observe.frames import described
from gateway.observe.metrics import Metrics
from gateway.service.retaining import retain

_RETAIN_LOOK = 300.0
"""Seconds between two looks whether it is time again to let go of what is past its days."""
_LOOKED_OVER = 100
"""Most tenants that are put to use before anybody asks, so that the log tells what is doubtful about them; where there are
more, each one's doubts are told when it is first asked for."""
_LOOK = 15.0
"""Seconds between two looks whether something is to be done by the clock."""


class Jobs(Protocol):
    """What is done by the clock: loads of prospects, contacts that are to be filled."""

    async def tick(self) -> None:
        """Begin what is due. Raises StorageUnavailable."""
        ...

    async def aclose(self) -> None: ...


async def _comes(event: asyncio.Event, within: float) -> bool:
    """Within so many seconds."""
    try:
        async with asyncio.timeout(within):
            return await event.wait()
    except TimeoutError:
        return False


@dataclass(slots=True)
class Upkeep:
    """Taking up changed files, letting go of what is past its days, doing what is done by the clock; at the end, closing the
    sources. `jobs`: what the log calls it -> what is done by the clock; `look`: seconds between two looks at it."""

    gateway: Gateway
    metrics: Metrics
    log: FilteringBoundLogger
    jobs: Map[str, Jobs] = field(default_factory=dict)
    look: float = _LOOK
    _told: dict[str, str] = field(default_factory=dict)
    _looking: set[asyncio.Task[None]] = field(default_factory=set)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """While the application lives: files are watched, SIGHUP re-reads them."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.take_up)
        self.gateway.tenants.made = Doubts(self.log).tell
        self._tell_at_the_start()
        watching = asyncio.create_task(self._watch(stop))
        watching.add_done_callback(self._watching_ended)
        at_work = [self._begun("retaining", self._retain(stop))]
        at_work += [self._begun(what, self._by_the_clock(stop, jobs)) for what, jobs in self.jobs.items()]
        # What is loaded stays: without this, every full collection walks it again, and p99 doubles.
        gc.collect()
        gc.freeze()
        try:
            yield
        finally:
            stop.set()
            loop.remove_signal_handler(signal.SIGHUP)
            await asyncio.wait((watching, *at_work, *self._looking))
            await self.gateway.tenants.aclose()
            if self.gateway.storage is not None:
                await self.gateway.storage.aclose()

    def take_up(self) -> None:
        """Re-read what changed; tell the log and the metrics what came of it."""
        try:
            reloaded = self.gateway.reload()
        except OSError as error:
            # A folder that is being exchanged is away for a moment; what replaces it is seen as the next change.
            self.log.error("configuration_unreadable", reason=error.strerror)
            return
        if reloaded.changed or reloaded.removed:
            self.metrics.reloaded("taken")
            self.log.info("configuration_taken", changed=sorted(reloaded.changed), removed=sorted(reloaded.removed))
            self._look_over(reloaded.changed)
        for _ in range(self._tell_problems()):
            self.metrics.reloaded("broken")

    async def _watch(self, stop: asyncio.Event) -> None:
        async for _ in watch(self.gateway.folder, stop):
            self.take_up()

    async def _retain(self, stop: asyncio.Event) -> None:
        """Now and then, what is past its days is let go of, by one worker of all."""
        storage, holder = self.gateway.storage, os.urandom(8).hex()
        while storage is not None and not await _comes(stop, _RETAIN_LOOK):
            now = utc_now()
            try:
                if await storage.retaining.is_due(holder, now):
                    for slug, gone in (await retain(self.gateway.registry.get, storage.retaining, now)).items():
                        if gone:
                            self.log.info("retained", tenant=slug, **asdict(gone))
            except StorageUnavailable as error:
                self.log.warning("not_retained", code=error.code)

    async def _by_the_clock(self, stop: asyncio.Event, jobs: Jobs) -> None:
        """What runs at the end is given up, and goes on another time."""
        try:
            while not await _comes(stop, self.look):
                # Told of where the database is watched.
                with suppress(StorageUnavailable):
                    await jobs.tick()
        finally:
            await jobs.aclose()

    def _begun(self, what: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(partial(self._work_ended, what))
        return task

    def _watching_ended(self, watching: asyncio.Task[None]) -> None:
        """Too few of the system's watches, a folder that may not be read: the gateway serves on, and says so."""
        error = None if watching.cancelled() else watching.exception()
        if error is not None:
            remedy = "SIGHUP still re-reads the configuration."
            self.log.error("watching_ended", error=described(error), remedy=remedy)

    def _work_ended(self, what: str, work: asyncio.Task[None]) -> None:
        """A defect: the gateway serves on without it, and says so."""
        error = None if work.cancelled() else work.exception()
        if error is not None:
            remedy = "Until the gateway is started anew this is not done. Report it."
            self.log.error("upkeep_ended", what=what, error=described(error), remedy=remedy)

    def _tell_at_the_start(self) -> None:
        """Say what is there, and what of it is not well."""
        for name, why in self.gateway.plugins.broken.items():
            self.log.error("plugin_broken", plugin=name, why=why)
        self._tell_problems()
        slugs = self.gateway.registry.slugs()
        self.log.info("configuration_loaded", tenants=len(slugs), broken=len(self._told))
        if (doubt := doubt_about_key(self.gateway.settings)) is not None:
            self.log.warning("configuration_doubtful", doubt=doubt)
        self._look_over(slugs)

    def _look_over(self, slugs: Collection[str]) -> None:
        """Beside the requests."""
        if len(slugs) <= _LOOKED_OVER:
            looking = self._begun("looking", self._put_to_use(sorted(slugs)))
            self._looking.add(looking)
            looking.add_done_callback(self._looking.discard)

    async def _put_to_use(self, slugs: Sequence[str]) -> None:
        for slug in slugs:
            with suppress(UnknownTenant, TenantBroken), self.gateway.tenants.lease(slug):
                await asyncio.sleep(0)

    def _tell_problems(self) -> int:
        """Each problem once, and that it is gone; how many are new."""
        problems = self.gateway.problems
        now = {slug: str(error) for slug, error in problems.items()}
        new = [slug for slug in now if now[slug] != self._told.get(slug)]
        for slug in new:
            lines = [str(problem) for problem in problems[slug].problems]
            self.log.error("configuration_broken", tenant=slug, problems=lines)
        for slug in self._told.keys() - now.keys():
            self.log.info("configuration_mended", tenant=slug)
        self._told = now
        self.metrics.tenants_broken(len(now))
        return len(new)
