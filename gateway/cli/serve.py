"""`gateway serve`: one worker on uvicorn, with httptools and uvloop, without an access log."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Annotated, BinaryIO, cast

import typer

from gateway.cli.exits import Exit
from gateway.cli.options import DEFAULT_CONFIG, Config

_GRACE = 30
"""Seconds that requests under way have to end after SIGTERM."""
_BACKLOG = 2048


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of gateway.yaml's.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port, instead of gateway.yaml's.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; requests under way are finished. SIGHUP re-reads the configuration.

    Prints `ready <port>` once it listens; the log goes to standard error.
    """
    # Here, because the other commands need none of it.
    with _without("rich"):
        import structlog  # noqa: F401  # takes rich for coloured tracebacks wherever that is installed; no log line has any
    import uvicorn

    from gateway.app import assemble, make_app, open_storage
    from gateway.cli.answering import WholeAnswers
    from gateway.config.gateway_file import load_gateway
    from gateway.observe.logs import LogFormat, open_log, take_over
    from gateway.observe.metrics import Metrics
    from gateway.observe.watch import Watch

    class Announced(uvicorn.Server):
        """Tells standard output when, and on which port, it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            addresses = [":".join(map(str, listener.getsockname()[:2])) for listener in sockets or ()]
            log.info("listening", addresses=addresses)
            print(f"ready {addresses[0].rpartition(':')[2]}", flush=True)

    settings = load_gateway(config / "gateway.yaml")
    listeners = [_listen(host or settings.host, settings.port if port is None else port)]
    operations: tuple[str, int] | None = None
    if settings.operations is not None:
        listeners.append(_listen(*settings.operations))
        operations = listeners[-1].getsockname()[:2]
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    log = open_log(cast(BinaryIO, sys.stderr.buffer), LogFormat(settings.log_format), level)
    take_over(log, level)
    metrics = Metrics()
    watcher = Watch(log, metrics)
    server = Announced(
        uvicorn.Config(
            make_app(
                assemble(config, watcher, settings=settings, storage=open_storage(settings, prepare=True)),
                watcher,
                metrics,
                log,
                operations,
            ),
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
    server.run(listeners)


@contextmanager
def _without(module: str) -> Iterator[None]:
    """As if `module` were not installed; of no effect where it is in memory already."""
    absent = module not in sys.modules
    if absent:
        sys.modules[module] = cast(ModuleType, None)  # what Python itself takes for "cannot be imported"
    try:
        yield
    finally:
        if absent:
            del sys.modules[module]


def _listen(host: str, port: int) -> socket.socket:
    """A listener on the address; where that cannot be, the command ends."""
    try:
        [(family, _, _, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return socket.create_server(cast(tuple[str, int], address[:2]), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = str(error.strerror).partition(" (")[0]  # Python adds the address
        typer.echo(
            f"gateway: cannot listen on {host}, port {port}: {reason}. Stop whoever has it, or choose others: --host and "
            "--port, or gateway.yaml.",
            err=True,
        )
        raise typer.Exit(Exit.PROBLEM) from None
