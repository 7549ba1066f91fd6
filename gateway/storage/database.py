"""The one door to the database: reads on a few threads, writes through one writer that groups them into transactions."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from time import perf_counter
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, InternalError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from gateway.core.errors import GatewayError, StorageUnavailable
from gateway.storage.engine import begin_snapshot, end_snapshot, is_embedded, open_engine
from gateway.storage.observer import StorageObserver, Unobserved, Work

T = TypeVar("T")

READERS = 4
_GROUP = 64
"""Most writes in one transaction: the first of them does not wait long for the last."""
_ATTEMPTS = 3
"""How often a write is tried by itself: a deadlock with another process is nobody's fault."""
_UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""What a database fails with that is not well; anything else (a broken constraint) is a defect of ours."""
_CONFLICTS = ("40001", "40P01")  # serialization failure, deadlock (PostgreSQL's SQLSTATE)


class _Write(Protocol):
    """A write and who waits for it. `do`: the work; raises what it raises. Then one of the others, once."""

    def do(self, connection: Connection) -> None: ...
    def done(self) -> None: ...
    def failed(self, error: BaseException) -> None: ...


class _Waited(Generic[T]):
    """A write whose result somebody may wait for."""

    __slots__ = ("_results", "_work", "future")

    def __init__(self, work: Callable[[Connection], T]) -> None:
        self._work = work
        self._results: list[T] = []
        self.future: Future[T] = Future()
        # Whoever leaves does not take the write back.
        self.future.set_running_or_notify_cancel()

    def do(self, connection: Connection) -> None:
        # The last one counts: a write that had to be done again has given more than one.
        self._results.append(self._work(connection))

    def done(self) -> None:
        self.future.set_result(self._results[-1])

    def failed(self, error: BaseException) -> None:
        self.future.set_exception(error)


class Database:
    """`address`: see `open_engine`. `check` is run once, before the first work; it raises StorageError where the database is
    not one to work with, and is run again then. Work gets a connection, uses it there and then, and returns core types.

    Whatever the database itself fails with comes out as StorageUnavailable; what the work raises comes out as it is, and its
    write is as if it had never begun. A write whose caller went away is still done.
    """

    def __init__(
        self,
        address: str,
        check: Callable[[Connection], None] | None = None,
        observer: StorageObserver | None = None,
    ) -> None:
        self._check = check
        self._observer = observer or Unobserved()
        self._write_trouble: str | None = None
        self._reading = open_engine(address, "read")
        self._writing = open_engine(address, "write")
        self._glancing = open_engine(address, "glance") if is_embedded(address) else None
        self._at_hand: Connection | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="database-read")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="database-write")
        self._queue: deque[_Write] = deque()
        self._lock = threading.Lock()
        self._closed = False

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Raises StorageUnavailable."""
        if self._closed:
            raise StorageUnavailable
        return await asyncio.get_running_loop().run_in_executor(self._readers, partial(self._read, work))

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        """As `read`, for work of several statements that stand on one another: all of them see the same moment."""

        def at_once(connection: Connection) -> T:
            begin_snapshot(connection)
            try:
                return work(connection)
            finally:
                end_snapshot(connection)

        return await self.read(at_once)

    def glance(self, work: Callable[[Connection], T]) -> T | None:
        """A read that an index answers in tens of microseconds, done here and now on SQLite: going to another thread takes
        twice that. None where `read` has to be asked: another database, another process's lock, whatever is not well."""
        if self._glancing is None or self._closed:
            return None
        try:
            if self._at_hand is None:
                self._at_hand = self._glancing.connect()
            return work(self._at_hand) if self._check is None else self._checked(work, self._at_hand)
        except StorageUnavailable:
            return None
        except SQLAlchemyError as error:
            if not _is_ill(error):
                raise
            self._let_go()
            return None

    def _let_go(self) -> None:
        """Of the connection that glances."""
        connection, self._at_hand = self._at_hand, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Committed, and on the disk, when this returns. Raises StorageUnavailable: then it is not confirmed."""
        return await asyncio.wrap_future(self.enqueue(work))

    def enqueue(self, work: Callable[[Connection], T]) -> Future[T]:
        """A write that nobody has to wait for (the audit). Done in the order in which they come."""
        write = _Waited(work if self._check is None else partial(self._checked, work))
        with self._lock:
            if self._closed:
                raise StorageUnavailable
            self._queue.append(write)
            self._writer.submit(self._drain)
        return write.future

    @property
    def waiting(self) -> int:
        """How many writes have not begun."""
        return len(self._queue)

    @property
    def write_trouble(self) -> str | None:
        """What the last write failed with, as the database's own failure: its code; None where it did not."""
        return self._write_trouble

    def close(self) -> None:
        """Every write that was taken is done, or has failed, before this returns."""
        with self._lock:
            self._closed = True
        while self._queue:
            self._writer.submit(self._drain).exception()
        self._writer.shutdown()
        self._readers.shutdown()
        self._let_go()
        self._reading.dispose()
        self._writing.dispose()

    async def aclose(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, self.close)

    def _read(self, work: Callable[[Connection], T]) -> T:
        began = perf_counter()
        try:
            with self._reading.connect() as connection:
                result = work(connection) if self._check is None else self._checked(work, connection)
        except StorageUnavailable as error:
            self._observer.failed(Work.READ, error.code)
            raise
        except SQLAlchemyError as error:
            if not _is_ill(error):
                raise
            self._observer.failed(Work.READ, StorageUnavailable.code)
            raise StorageUnavailable from error
        self._observer.worked(Work.READ, perf_counter() - began)
        return result

    def _checked(self, work: Callable[[Connection], T], connection: Connection) -> T:
        check = self._check
        if check is not None:
            check(connection)
            self._check = None
        return work(connection)

    def _drain(self) -> None:
        """On the writer's thread: what has come meanwhile, in one transaction; where that fails, each by itself."""
        group = deque(self._queue.popleft() for _ in range(min(_GROUP, len(self._queue))))
        try:
            if len(group) > 1 and self._timed(group):
                group.clear()
        finally:
            self._each(group)

    def _each(self, group: deque[_Write]) -> None:
        """A defect in one of them ends this run (whoever waits for it was told), but costs the others nothing."""
        try:
            while group:
                began = perf_counter()
                self._told(_alone(self._writing, group.popleft()), began)
        finally:
            if group:
                self._each(group)

    def _timed(self, group: Sequence[_Write]) -> bool:
        began = perf_counter()
        done, trouble = _together(self._writing, group)
        if done:
            self._told(trouble, began)
        return done

    def _told(self, trouble: str | None, began: float) -> None:
        self._write_trouble = trouble
        if trouble is None:
            self._observer.worked(Work.WRITE, perf_counter() - began)
        else:
            self._observer.failed(Work.WRITE, trouble)


def _together(engine: Engine, group: Sequence[_Write]) -> tuple[bool, str | None]:
    """All in one transaction, each behind a savepoint of its own. False where that did not come to its commit: then nothing
    is done, and nobody was told. With it the code of what the database is not fit for."""
    refused: dict[int, GatewayError] = {}
    committing = False
    try:
        with engine.begin() as connection:
            for place, write in enumerate(group):
                savepoint = connection.begin_nested()
                try:
                    write.do(connection)
                except GatewayError as error:
                    savepoint.rollback()
                    refused[place] = error
                else:
                    savepoint.commit()
            committing = True
    except SQLAlchemyError as error:
        if not _is_ill(error):
            raise
        if not committing or _is_undone(error):
            return False, None
        failure = StorageUnavailable()
        failure.__cause__ = error
        refused = {place: refused.get(place, failure) for place in range(len(group))}
    for place, write in enumerate(group):
        if place in refused:
            write.failed(refused[place])
        else:
            write.done()
    return True, next((error.code for error in refused.values() if isinstance(error, StorageUnavailable)), None)


def _is_ill(error: SQLAlchemyError) -> bool:
    """Is it the database that is not well? Anything else is a defect of ours, or of the work's."""
    # Of a file that is damaged, or no database at all, SQLite's driver says no more than DatabaseError.
    return isinstance(error, _UNAVAILABLE) or type(error) is DatabaseError


def _is_undone(error: SQLAlchemyError) -> bool:
    """A commit whose answer was lost may have been done: only what surely was not is tried again."""
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _CONFLICTS


def _alone(engine: Engine, write: _Write, attempts: int = _ATTEMPTS) -> str | None:
    """By itself. Gives the code of the database's own failure; None where it did its part."""
    try:
        with engine.begin() as connection:
            write.do(connection)
    except SQLAlchemyError as error:
        if not _is_ill(error):
            write.failed(error)
            raise
        if attempts > 1 and _is_undone(error):
            return _alone(engine, write, attempts - 1)
        failure = StorageUnavailable()
        failure.__cause__ = error
        write.failed(failure)
        return failure.code
    except GatewayError as error:
        write.failed(error)
        return error.code if isinstance(error, StorageUnavailable) else None
    except BaseException as error:
        write.failed(error)
        raise
    write.done()
    return None
