"""`gateway serve`: one worker on uvicorn, with httptools and uvloop, without an access log."""

from __future__ import annotations

import logging
import socket
import sys
from typing import Annotated, BinaryIO, cast

import typer

from gateway.cli.options import DEFAULT_CONFIG, Config

_GRACE = 30
"""Seconds that requests under way have to end after SIGTERM."""


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of gateway.yaml's.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port, instead of gateway.yaml's.")] = None,
    config: Config = DEFAULT_CONFIG,
) -> None:
    """Serve the API until SIGTERM or Ctrl-C; requests under way are finished. SIGHUP re-reads the configuration.

    Prints `ready <port>` once it listens; the log goes to standard error.
    """
    # Here, because the other commands need none of it.
    import uvicorn

    from gateway.app import assemble, make_app
    from gateway.config.gateway_file import load_gateway
    from gateway.observe.logs import LogFormat, open_log, take_over
    from gateway.observe.metrics import Metrics
    from gateway.observe.watch import Watch

    class Announced(uvicorn.Server):
        """Tells standard output when, and on which port, it listens."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                listening = self.servers[0].sockets[0].getsockname()[1]
                print(f"ready {listening}", flush=True)

    settings = load_gateway(config / "gateway.yaml")
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    log = open_log(cast(BinaryIO, sys.stderr.buffer), LogFormat(settings.log_format), level)
    take_over(log, level)
    metrics = Metrics()
    watcher = Watch(log, metrics)
    app = make_app(assemble(config, watcher), watcher, metrics, log)
    server = Announced(
        uvicorn.Config(
            app,
            host=host or settings.host,
            port=settings.port if port is None else port,
            loop="uvloop" if sys.platform != "win32" else "asyncio",
            http="httptools",
            access_log=False,
            log_config=None,
            server_header=False,
            date_header=False,
            lifespan="on",
            timeout_graceful_shutdown=_GRACE,
        )
    )
    server.run()
    if not server.started:
        raise typer.Exit(1)
