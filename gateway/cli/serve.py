"""`gateway serve`: one worker or several on uvicorn, with httptools and uvloop, without an access log."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Annotated, BinaryIO, NoReturn, cast

import typer

from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, Config

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger

    from gateway.assembly import Gateway
    from gateway.cli.workers import Shift, Station
    from gateway.config.gateway_file import GatewaySettings
    from gateway.observe.metrics import Metrics
    from gateway.observe.watch import Watch

_GRACE = 30
"""Seconds that requests under way have to end after SIGTERM."""
_BACKLOG = 2048


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of gateway.yaml's.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port, instead of gateway.yaml's.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that share the work, instead of gateway.yaml's number.")
    ] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; requests under way are finished. SIGHUP re-reads the configuration.

    Prints `ready <port>` once it listens; the log goes to standard error.
    """
    # Here, because the other commands need none of it.
    with _without("rich", "greenlet"):
        # Takes what it finds installed: rich for coloured tracebacks, of which no log line has any, and greenlet.
        import structlog  # noqa: F401

    from gateway.assembly import assemble, open_storage
    from gateway.cli.workers import Shift, Supervisor
    from gateway.config.gateway_file import load_gateway
    from gateway.observe.logs import LogFormat, open_log, take_over
    from gateway.observe.metrics import Metrics
    from gateway.observe.storage_watch import StorageWatch
    from gateway.observe.watch import Watch

    settings = load_gateway(config / "gateway.yaml")
    count = settings.workers if workers is None else workers
    stations = _stations(settings, host or settings.host, settings.port if port is None else port, count)
    first, *others = stations
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    log = open_log(cast(BinaryIO, sys.stderr.buffer), LogFormat(settings.log_format), level)
    take_over(log, level)
    metrics = Metrics()
    watcher = Watch(log, metrics)
    storage = open_storage(settings, prepare=True, observer=StorageWatch(log, metrics))
    # Before the workers are forked: nothing of it connects, or has a thread, before its first use.
    gateway = assemble(config, watcher, settings=settings, storage=storage)
    addresses = [
        *map(_shown, first.listeners),
        *(_shown(listener) for other in others for listener in other.listeners[1:]),
    ]

    def announce() -> None:
        log.info("listening", addresses=addresses)
        print(f"ready {addresses[0].rpartition(':')[2]}", flush=True)

    work = partial(_work, gateway, watcher, metrics, log)
    if others:
        raise typer.Exit(Supervisor(stations, partial(_work_among_others, work, metrics), announce, log).run())
    work(Shift(first, announce))


@contextmanager
def _without(*modules: str) -> Iterator[None]:
    """As if `modules` were not installed; of no effect for those that are in memory already."""
    absent = [module for module in modules if module not in sys.modules]
    for module in absent:
        sys.modules[module] = cast(ModuleType, None)  # what Python itself takes for "cannot be imported"
    try:
        yield
    finally:
        for module in absent:
            del sys.modules[module]


# ---------------------------------------------------------------------------------------------- a worker


def _work(gateway: Gateway, watcher: Watch, metrics: Metrics, log: FilteringBoundLogger, shift: Shift) -> None:
    """One worker's life. Whatever holds connections is opened here and not before: processes cannot share them."""
    import uvicorn

    from gateway.app import make_app
    from gateway.cli.answering import WholeAnswers

    class Serving(uvicorn.Server):
        """Says when it serves, and ends where nobody is left to end it."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if shift.lifeline is not None:
                asyncio.get_running_loop().add_reader(shift.lifeline, self.orphaned, shift.lifeline)
            shift.ready()

        def orphaned(self, lifeline: int) -> None:
            asyncio.get_running_loop().remove_reader(lifeline)
            log.error("supervisor_gone")
            self.should_exit = True

    if shift.again:
        _catch_up(gateway, log)
    listener, *more = shift.station.listeners
    operations: tuple[str, int] | None = more[0].getsockname()[:2] if more else None
    server = Serving(
        uvicorn.Config(
            make_app(gateway, watcher, metrics, log, operations),
            loop="uvloop" if sys.platform != "win32" else "asyncio",
            http=WholeAnswers,
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            # Nothing here depends on where a request came from, and nobody speaks WebSocket: neither is looked for.
            proxy_headers=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=_GRACE,
        )
    )
    # uvicorn raises the signal again once it has ended in good order; the default would make that a violent death.
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, server.handle_exit)
    server.run([listener, *more])


def _work_among_others(work: Callable[[Shift], None], metrics: Metrics, shift: Shift) -> None:
    """Of several workers each names itself wherever it speaks."""
    from gateway.observe.logs import name_worker

    name_worker(shift.station.number)
    metrics.worker = shift.station.number
    work(shift)


def _catch_up(gateway: Gateway, log: FilteringBoundLogger) -> None:
    """What was read at the start may have changed since; the worker before knew."""
    try:
        gateway.reload()
    except OSError as error:
        log.error("configuration_unreadable", reason=error.strerror)


# ---------------------------------------------------------------------------------------------- listeners


def _stations(settings: GatewaySettings, host: str, port: int, count: int) -> list[Station]:
    """A place for each worker: a listener on the same address, and one of its own for the operations. Where one cannot be,
    the command ends."""
    from gateway.cli.workers import Station

    if count > 1 and sys.platform != "linux":
        _end("several workers share a port only on Linux. Start one, or several gateways behind a load balancer.")
    if count > 1 and port != 0:
        # Listeners that share a port would share it with another gateway's, too.
        _listen(host, port).close()
    stations = []
    for number in range(1, count + 1):
        listeners = [_listen(host, port, shared=count > 1)]
        port = listeners[0].getsockname()[1]
        if settings.operations is not None:
            there, first = settings.operations
            listeners.append(_listen(there, first and first + number - 1))
        stations.append(Station(number, tuple(listeners)))
    return stations


def _listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return socket.create_server(
            cast(tuple[str, int], address[:2]), family=family, backlog=_BACKLOG, reuse_port=shared
        )
    except (OSError, OverflowError) as error:
        # Python adds the address
        reason = str(error.strerror).partition(" (")[0] if isinstance(error, OSError) else "There is no such port"
        _end(
            f"cannot listen on {host}, port {port}: {reason}. Stop whoever has it, or choose others: --host and --port, or "
            "gateway.yaml."
        )


def _end(complaint: str) -> NoReturn:
    typer.echo(f"gateway: {complaint}", err=True)
    raise typer.Exit(Exit.PROBLEM) from None


def _shown(listener: socket.socket) -> str:
    return ":".join(map(str, listener.getsockname()[:2]))
