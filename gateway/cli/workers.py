"""Several workers of one gateway: started one after the other, started anew where one dies, ended together.

Each is a fork of a process that has read everything and opened nothing but the listeners, so that they share its memory.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

from structlog.typing import FilteringBoundLogger

from gateway.cli.exits import Exit

_LEAST_LIFE = 1.0
"""Seconds between two starts of one worker: what kills each of them at once must not keep a core busy."""
_ENDING = (signal.SIGTERM, signal.SIGINT)
_HEARD = (*_ENDING, signal.SIGHUP, signal.SIGCHLD)


@dataclass(frozen=True, slots=True)
class Station:
    """One worker's place: its number, from 1, and the listeners that are its own. They outlive the process that stands
    there: what connects while it is started anew waits."""

    number: int
    listeners: tuple[socket.socket, ...]


@dataclass(frozen=True, slots=True)
class Shift:
    """One process's turn at a station. `again`: another one stood there before; `ready`: to be called once it serves;
    `lifeline`: a descriptor that becomes readable when the supervisor is gone, None where there is none."""

    station: Station
    ready: Callable[[], None]
    again: bool = False
    lifeline: int | None = None


@dataclass(slots=True)
class _Worker:
    station: Station
    pid: int
    word: int
    began: float
    ready: bool = False


@dataclass(slots=True)
class Supervisor:
    """Keeps a worker at each station until SIGTERM or SIGINT. `work`: what a worker does, in its own process, until it ends;
    `announce`: called once, when all of them are ready."""

    stations: Sequence[Station]
    work: Callable[[Shift], None]
    announce: Callable[[], None]
    log: FilteringBoundLogger
    _workers: list[_Worker] = field(default_factory=list)
    _due: dict[int, float] = field(default_factory=dict)
    _lifeline: tuple[int, int] = (-1, -1)
    _unstarted: list[Station] = field(default_factory=list)
    _announced: bool = False
    _ending: bool = False
    _failed: bool = False

    def run(self) -> int:
        """The exit status: 0 after an ending in good order, 1 where a worker could not start. In a worker's process it does
        not return."""
        self._lifeline = os.pipe()
        self._unstarted = list(self.stations)
        with _heard() as news:
            self._start(self._unstarted.pop(0), again=False)
            while self._workers or self._due:
                for number in self._wait(news):
                    self._hear(number)
                self._bury()
                self._start_due()
        return Exit.PROBLEM if self._failed else Exit.OK

    def _wait(self, news: socket.socket) -> Sequence[int]:
        """Until something has happened. The signals that came; workers' words are taken in."""
        words = [worker.word for worker in self._workers if not worker.ready]
        soonest = min(self._due.values(), default=None)
        patience = None if soonest is None else max(0.0, soonest - time.monotonic())
        readable, _, _ = select.select([news.fileno(), *words], [], [], patience)
        for worker in self._workers:
            # Nothing to read means that it has died without a word: its burial says so.
            if worker.word in readable and os.read(worker.word, 1):
                self._became_ready(worker)
        return news.recv(4096) if news.fileno() in readable else ()

    def _became_ready(self, worker: _Worker) -> None:
        worker.ready = True
        if self._unstarted:
            # One after the other: what no worker can do is said once.
            self._start(self._unstarted.pop(0), again=False)
        elif not self._announced and not self._ending:
            self._announced = True
            self.announce()

    # ------------------------------------------------------------------------------------------ signals

    def _hear(self, number: int) -> None:
        if number == signal.SIGHUP:
            self._tell_all(signal.SIGHUP)
        elif number in _ENDING:
            self._end()

    def _end(self) -> None:
        """No new connections, and no new workers. Told twice, a worker still finishes what is under way."""
        self._ending = True
        self._unstarted.clear()
        self._due.clear()
        for station in self.stations:
            for listener in station.listeners:
                listener.close()
        self._tell_all(signal.SIGTERM)

    def _tell_all(self, number: signal.Signals) -> None:
        for worker in self._workers:
            # It has not been buried yet, so the id is still its own.
            os.kill(worker.pid, number)

    # ------------------------------------------------------------------------------------------ beginnings and ends

    def _start(self, station: Station, *, again: bool) -> None:
        word, mouth = os.pipe()
        # A signal that comes meanwhile waits, until both processes hear what is theirs.
        signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
        pid = os.fork()
        if pid == 0:
            self._be(station, word, mouth, again=again)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        os.close(mouth)
        self._workers.append(_Worker(station, pid, word, time.monotonic()))

    def _be(self, station: Station, word: int, mouth: int, *, again: bool) -> NoReturn:
        """The new process."""
        signal.set_wakeup_fd(-1)
        for number in (*_ENDING, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        # Until it listens to it: it reads the configuration anyway.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
        lifeline, held = self._lifeline
        for descriptor in (word, held, *(worker.word for worker in self._workers)):
            os.close(descriptor)
        for other in self.stations:
            if other is not station:
                for listener in other.listeners:
                    listener.close()
        self.work(Shift(station, lambda: _say(mouth), again, lifeline))
        raise SystemExit(Exit.OK)

    def _bury(self) -> None:
        """Take leave of the workers that have ended."""
        for worker in self._workers[:]:
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid == 0:
                continue
            self._workers.remove(worker)
            os.close(worker.word)
            if self._ending:
                continue
            number, how = worker.station.number, _how(status)
            if worker.ready:
                self.log.error("worker_died", worker=number, how=how)
                self._due[number] = max(time.monotonic(), worker.began + _LEAST_LIFE)
            else:
                self.log.error("worker_failed", worker=number, how=how)
                self._failed = True
                self._end()

    def _start_due(self) -> None:
        now = time.monotonic()
        for station in self.stations:
            if self._due.get(station.number, now + 1) <= now:
                del self._due[station.number]
                self._start(station, again=True)


@contextmanager
def _heard() -> Iterator[socket.socket]:
    """Each signal is a byte, its number, on the socket: none is missed between two looks, and none interrupts anything."""
    news, told = socket.socketpair()
    with news, told:
        told.setblocking(False)
        before = {number: signal.signal(number, lambda *_: None) for number in _HEARD}
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        try:
            yield news
        finally:
            signal.set_wakeup_fd(-1)
            for number, handler in before.items():
                signal.signal(number, handler)


def _say(mouth: int) -> None:
    os.write(mouth, b"r")
    os.close(mouth)


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"status {code}" if code >= 0 else signal.Signals(-code).name
